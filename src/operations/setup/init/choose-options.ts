import { entities } from '../../../definition/index.ts';
import { type Entity, isOptionField, notionFields, type OptionField } from '../../../entities/define.ts';
import { isSpelledAlike } from '../../../entities/option-names.ts';
import { ConfigurationError } from '../../../errors.ts';
import { translateOptions } from '../../../notion/option-translations.ts';
import { declaredOptions, optionsOf, propertyById, type Schema, specialOptions } from '../../../notion/schema.ts';
import type { Prompter } from './prompter.ts';

/** Notion's names of options by the entity file's, by `entity/Property`. */
export type OptionInput = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** By field name, what the options of the entity file are named in Notion: `{ status: { Done: 'Gotowe' } }`. */
export type OptionNames = ReadonlyMap<string, Readonly<Record<string, string>>>;

/**
 * Parses `tasks/Status/Done=Gotowe`.
 * @returns the subject, the option and its name in Notion; null when the subject is no option
 * @throws ConfigurationError when the property has no such option
 */
export function parseOptionMapping(text: string): readonly [subject: string, option: string, name: string] | null {
  const [, subject = '', option = '', name] = /^([^=/]+\/[^=/]+)\/([^=]+?)\s*=\s*(.+)$/.exec(text) ?? [];
  if (name === undefined) return null;
  const known = optionFields().find((found) => found.subject === subject);
  if (!known) return null;
  const options = declaredOptions(known.entity, known.field);
  if (options.includes(option)) return [subject, option, name];
  throw new ConfigurationError(`--map ${text}: ${subject} has no option "${option}"; it has ${options.join(', ')}`);
}

const optionFields = () =>
  entities().flatMap((entity) =>
    notionFields(entity).flatMap(([, field]) =>
      isOptionField(field) ? [{ entity, field, subject: subjectOf(entity, field) }] : [],
    ),
  );

const subjectOf = (entity: Entity, { property }: OptionField): string => `${entity.name}/${property}`;

/** What is known of an entity's database. */
export interface MappedProperties {
  readonly schema: Schema;
  /** Property ids by field name. */
  readonly properties: ReadonlyMap<string, string>;
}

/** Such as `"Gotowe" is "Done"`: the options that Notion has in another language. */
export const describeTranslations = (entity: Entity, mapped: MappedProperties): readonly string[] =>
  presentOptions(entity, mapped).flatMap(({ field, present }) =>
    Object.entries(translateOptions(declaredOptions(entity, field), present)).map(
      ([option, name]) => `"${name}" is "${option}"`,
    ),
  );

/**
 * Chooses Notion's name of each option of the entity file. Translations are used. About an option that Lockstep depends
 * on, and that is in a language it does not know, the owner is asked.
 * @throws ConfigurationError when Notion has no option that `--map` names
 */
export async function chooseOptions(
  ask: Prompter,
  input: OptionInput,
  entity: Entity,
  mapped: MappedProperties,
): Promise<OptionNames> {
  const chosen = new Map<string, Readonly<Record<string, string>>>();
  for (const { name, field, present } of presentOptions(entity, mapped)) {
    const given = input.get(subjectOf(entity, field)) ?? {};
    checkGiven(entity, field, present, given);
    const names: Record<string, string> = { ...given };
    const declared = declaredOptions(entity, field).filter((option) => !Object.hasOwn(given, option));
    const isFree = (option: string): boolean =>
      !Object.values(names).includes(option) && !declared.some((other) => isSpelledAlike(other, option));
    Object.assign(
      names,
      translateOptions(
        declared,
        present.filter((option) => !Object.values(given).includes(option)),
      ),
    );
    for (const option of specialOptions(entity, field)) {
      const isKnown = Object.hasOwn(names, option) || present.some((other) => isSpelledAlike(other, option));
      const free = present.filter(isFree);
      if (isKnown || free.length === 0) continue;
      const name = await pick(ask, entity, { field, option, free });
      if (name !== null) names[option] = name;
    }
    chosen.set(name, names);
  }
  return chosen;
}

/** The select fields that have a property, with the names of its options. */
const presentOptions = (entity: Entity, { schema, properties }: MappedProperties) =>
  notionFields(entity).flatMap(([name, field]) => {
    const property = propertyById(schema, properties.get(name));
    if (!property || !isOptionField(field)) return [];
    return [{ name, field, present: optionsOf(property).map((option) => option.name) }];
  });

interface Open {
  readonly field: OptionField;
  readonly option: string;
  /** The options that have no meaning yet. */
  readonly free: readonly string[];
}

const pick = (ask: Prompter, entity: Entity, { field, option, free }: Open): Promise<string | null> =>
  ask.choose<string | null>(
    {
      message: `${entity.title}: which option of "${field.property}" means "${option}"?`,
      fallback: null,
      unansweredError: '',
    },
    [...free.map((name) => ({ value: name, label: name })), { value: null, label: 'None of them, add it' }],
  );

function checkGiven(
  entity: Entity,
  field: OptionField,
  present: readonly string[],
  given: Readonly<Record<string, string>>,
): void {
  for (const [option, name] of Object.entries(given)) {
    const other = Object.entries(given).find((entry) => entry[0] !== option && entry[1] === name)?.[0];
    if (other !== undefined) {
      throw new ConfigurationError(
        `--map ${subjectOf(entity, field)}/${option}=${name}: "${name}" is mapped to "${other}", too; an option has one meaning`,
      );
    }
    if (present.includes(name)) continue;
    throw new ConfigurationError(
      `--map ${subjectOf(entity, field)}/${option}=${name}: Notion has no option "${name}"; it has ${present.join(', ')}`,
    );
  }
}
