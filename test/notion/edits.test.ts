import type { RichTextItemResponse } from '@notionhq/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Named, type NotionField, notionFields, richText, title } from '../../src/entities/define.ts';
import { entities } from '../../src/entities/index.ts';
import { RecordError } from '../../src/errors.ts';
import { canonicalValue, decodeProperty, encodeProperty, type PageProperty } from '../../src/notion/properties.ts';
import { changedFields } from '../../src/sync/reconcile.ts';
import type { Fields, Json, Value } from '../../src/sync/types.ts';
import { manyCases, pageProperties, patience, sqlValues } from './generators.ts';
import { echo, equation, held, item, type Look, mentionItem, mergeItems, zone } from './support.ts';

type Properties = Readonly<Record<string, PageProperty>>;

/** The neutral values of a page, and the residue. */
function read(fields: Named<NotionField>, page: Properties) {
  const values: Record<string, Value> = {};
  const residue: Record<string, Json> = {};
  for (const [name, field] of fields) {
    const property = page[field.property];
    if (!property) throw new Error(`the page has no "${field.property}"`);
    const decoded = decodeProperty(field, property, zone);
    values[name] = decoded.value;
    if (decoded.residue !== undefined) residue[name] = decoded.residue;
  }
  return { values, residue };
}

const canonical = (fields: Named<NotionField>, values: Fields): Fields =>
  Object.fromEntries(fields.map(([name, field]) => [name, canonicalValue(field, values[name] ?? null, zone)]));

// Many small pages find more than a few large ones in the same time.
fc.configureGlobal({ ...fc.readConfigureGlobal(), baseSize: 'xsmall' });

describe('an edit of one field', () => {
  test.each(entities.map((entity) => [entity.name, entity] as const))(
    '%s: changes exactly that field of the request, and nothing else on the page',
    { timeout: patience },
    (_, entity) => {
      const fields = notionFields(entity);
      const pages = fc.record(
        Object.fromEntries(fields.map(([, field]) => [field.property, pageProperties(field)])),
      ) as fc.Arbitrary<Properties>;
      const edits = fc
        .constantFrom(...fields)
        .chain(([name, field]) => sqlValues(field).map((value) => ({ name, field, value })));
      fc.assert(
        fc.property(pages, edits, (page, { name, field, value }) => {
          const { values, residue } = read(fields, page);
          const edited = canonical(fields, { ...values, [name]: value });
          const changed = changedFields(values, edited);
          expect(changed.every((one) => one === name)).toBe(true);
          const properties = Object.fromEntries(
            fields.flatMap(([one, its]) => {
              if (!changed.includes(one)) return [];
              try {
                return [[its.property, encodeProperty(its, edited[one] ?? null, residue[one], zone)]];
              } catch (error) {
                if (error instanceof RecordError) return [];
                throw error;
              }
            }),
          );
          expect(Object.keys(properties).every((one) => one === field.property)).toBe(true);
          const answered = Object.fromEntries(Object.entries(properties).map(([one, write]) => [one, echo(write)]));
          const after = read(fields, { ...page, ...answered });
          const expected = Object.keys(properties).length > 0 ? edited : values;
          expect(after.values).toEqual(expected);
          for (const [one] of fields) if (one !== name) expect(after.residue[one]).toEqual(residue[one]);
        }),
        { numRuns: Math.ceil(manyCases.numRuns / entities.length) },
      );
    },
  );
});

/** What Markdown cannot express, apart from colours and underlines. */
type Embed = 'mention' | 'equation';
interface Part {
  readonly words: readonly string[];
  readonly look: Look;
  readonly embed: Embed | null;
}
type Edit = 'keep' | 'drop' | 'replace' | 'append' | 'prepend' | 'bold';

const strangeLooks: readonly Look[] = [
  {},
  { color: 'red' },
  { color: 'blue_background', underline: true },
  { underline: true, bold: true },
];
const letters = fc.constantFrom('a', 'b', 'c', 'd', 'é', 'e\u0301', 'ש');
const otherLetters = fc.constantFrom('r', 's', 't', 'ü');
const wordOf = (letter: fc.Arbitrary<string>) =>
  fc.array(letter, { minLength: 1, maxLength: 4 }).map((all) => all.join(''));
const parts: fc.Arbitrary<readonly Part[]> = fc
  .array(
    fc.record({
      words: fc.array(wordOf(letters), { minLength: 1, maxLength: 3 }),
      look: fc.constantFrom(...strangeLooks),
      embed: fc.constantFrom<(Embed | null)[]>(null, null, 'mention', 'equation'),
    }),
    { minLength: 1, maxLength: 6 },
  )
  // Words that occur once, so that it is clear which of them survived.
  .map((all) => all.map(({ words, ...part }, i) => ({ ...part, words: words.map((text, j) => `${text}${i}x${j}`) })));
const edits = fc.array(
  fc.record({
    edit: fc.constantFrom<Edit[]>('keep', 'keep', 'keep', 'drop', 'replace', 'append', 'prepend', 'bold'),
    other: wordOf(otherLetters),
  }),
  { minLength: 18, maxLength: 18 },
);

const ofPart = ({ words, look, embed }: Part): RichTextItemResponse => {
  const text = words.join(' ');
  const annotations = item('', look).annotations;
  if (embed === 'equation') return { ...equation(text), annotations };
  if (embed === 'mention')
    return { ...mentionItem({ type: 'page', page: { id: text } }, annotations), plain_text: text };
  return item(text, look);
};

describe('what Markdown cannot express', () => {
  test.each<NotionField>([richText('Notes'), title('Title')])(
    '$kind: survives an edit as long as its own words do',
    { timeout: patience },
    (field) => {
      fc.assert(
        fc.property(parts, edits, (all, script) => {
          const items = mergeItems(all.flatMap((part, i) => (i === 0 ? [ofPart(part)] : [item(' '), ofPart(part)])));
          const property =
            field.kind === 'title'
              ? held({ type: 'title', title: items })
              : held({ type: 'rich_text', rich_text: items });
          const { residue } = decodeProperty(field, property, zone);

          let next = 0;
          const kept: { text: string; part: Part; bold: boolean }[] = [];
          const written: string[] = [];
          const apply = (text: string, part: Part): void => {
            const { edit = 'keep', other = '' } = script[next++] ?? {};
            if (edit === 'prepend') written.push(`${other}${next}`);
            if (edit === 'replace') written.push(`${other}${next}`);
            else if (edit !== 'drop') {
              const bold = field.kind !== 'title' && (edit === 'bold' || part.look.bold === true);
              kept.push({ text, part, bold });
              written.push(bold ? `**${text}**` : text);
            }
            if (edit === 'append') written.push(`${other}${next}`);
          };
          for (const part of all) {
            if (part.embed) apply(part.words.join(' '), part);
            else for (const text of part.words) apply(text, part);
          }
          const value = canonicalValue(field, written.join(' '), zone);
          const sent = echo(encodeProperty(field, value, residue, zone));
          expect(decodeProperty(field, withNames(sent), zone).value).toEqual(value);
          const answer = textItems(withNames(sent));
          for (const { text, part, bold } of kept) {
            const found = answer.find((one) => one.plain_text.includes(text));
            const type = part.embed ?? 'text';
            expect(found).toMatchObject({
              type,
              annotations: {
                color: part.look.color ?? 'default',
                underline: part.look.underline ?? false,
                bold: field.kind === 'title' ? (part.look.bold ?? false) : bold,
              },
            });
            if (part.embed) expect(found?.plain_text).toBe(text);
          }
        }),
        { numRuns: 1_000 },
      );
    },
  );
});

const textItems = (property: PageProperty): RichTextItemResponse[] =>
  property.type === 'title' ? property.title : property.type === 'rich_text' ? property.rich_text : [];

/** Pages have their ids as titles here. */
function withNames(property: PageProperty): PageProperty {
  const named = textItems(property).map((one) =>
    one.type === 'mention' && one.mention.type === 'page' ? { ...one, plain_text: one.mention.page.id } : one,
  );
  return property.type === 'title' ? { ...property, title: named } : held({ type: 'rich_text', rich_text: named });
}
