import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { multiSelect, type NotionField, select } from '../../src/entities/define.ts';
import { closestOption } from '../../src/entities/option-names.ts';
import { RecordError } from '../../src/errors.ts';
import { decodeProperty, encodeProperty } from '../../src/notion/properties.ts';
import type { KnownProperty } from '../../src/notion/schema.ts';
import type { Value } from '../../src/sync/types.ts';
import { manyCases, optionNames, patience } from './generators.ts';
import { held, zone } from './support.ts';

type OptionType = 'select' | 'multi_select' | 'status';
type Options = Readonly<Record<string, string>>;

const fieldOf = (type: OptionType): NotionField =>
  type === 'multi_select' ? multiSelect('Option', []) : select('Option', []);
const knownAs = (type: OptionType, options: Options): KnownProperty => ({ id: 'x', type, options });

/** The options of the schema that a sync has read: names by id. */
const optionSets = fc
  .uniqueArray(optionNames, { minLength: 1, maxLength: 5 })
  .map((names): Options => Object.fromEntries(names.map((name, index) => [`o${index}`, name])));
/** The options of a page. The last two were added after the schema was read; any of the others may have been renamed. */
const chosenOptions = fc.uniqueArray(
  fc.record({ id: fc.constantFrom('o0', 'o1', 'o2', 'o3', 'o4', 'n0', 'n1'), name: optionNames }),
  { maxLength: 5, selector: ({ id }) => id },
);

const pageWith = (type: OptionType, options: readonly { id: string; name: string }[]) =>
  held({ type, [type]: type === 'multi_select' ? options : (options[0] ?? null) });

/** The names of the options that a write sets. */
function namesIn(write: object, options: Options): readonly (string | undefined)[] {
  const [value] = Object.values(write);
  return [value].flat().flatMap((one) => (one === null ? [] : [one.name ?? options[one.id]]));
}

const listOf = (value: Value): readonly Value[] => (value === null ? [] : [value].flat());

describe('options of a schema that was read', () => {
  test.each<OptionType>(['select', 'multi_select', 'status'])(
    '%s: what Notion holds is written back by its id, whatever it was renamed to',
    { timeout: patience },
    (type) => {
      fc.assert(
        fc.property(optionSets, chosenOptions, (options, chosen) => {
          const known = knownAs(type, options);
          // A page cannot hold a status that the schema lacks.
          const possible = type === 'multi_select' ? chosen : chosen.slice(0, 1);
          const onPage = possible.filter(({ id }) => type !== 'status' || options[id] !== undefined);
          const { value } = decodeProperty(fieldOf(type), pageWith(type, onPage), zone, known);
          expect(listOf(value)).toEqual([...new Set(onPage.map(({ id, name }) => options[id] ?? name))]);
          const write = encodeProperty(fieldOf(type), value, undefined, zone, known);
          expect(Object.keys(write)).toEqual([type]);
          expect(namesIn(write, options)).toEqual(listOf(value));
        }),
        manyCases,
      );
    },
  );

  test('status: SQL sets an option in any case, and nothing else', { timeout: patience }, () => {
    const wanted = fc.oneof(
      fc.constantFrom(
        (name: string) => name,
        (name: string) => name.toUpperCase(),
        (name: string) => name.toLowerCase(),
      ),
      optionNames.map((other) => () => other),
    );
    fc.assert(
      fc.property(optionSets, fc.nat(), wanted, (options, index, change) => {
        const known = knownAs('status', options);
        const names = Object.values(options);
        const value = change(names[index % names.length] ?? '');
        const expected = closestOption(names, value);
        try {
          const write = encodeProperty(fieldOf('status'), value, undefined, zone, known);
          expect(namesIn(write, options)).toEqual([expected]);
        } catch (error) {
          if (!(error instanceof RecordError)) throw error;
          expect(expected).toBeUndefined();
        }
      }),
      manyCases,
    );
  });
});
