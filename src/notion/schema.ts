import type { DataSourceObjectResponse } from '@notionhq/client';
import {
  type Entity,
  type Field,
  isOptionField,
  type NotionField,
  notionFields,
  type OptionField,
} from '../entities/define.ts';
import { closestOption } from '../entities/option-names.ts';
import { toStorableText } from '../shared/storable-text.ts';
import { translateOptions } from './option-translations.ts';
import { notionType } from './properties.ts';

export const SYNC_KEY = 'Sync Key';

export type Schema = DataSourceObjectResponse['properties'];
export type Property = Schema[string];

/** A property as it was last read. Its id identifies it even after a rename. */
export interface KnownProperty {
  readonly id: string;
  readonly type: string;
  /** The options of a select, multi-select or status: their names in SQL, by id. */
  readonly options?: Readonly<Record<string, string>>;
  /** Notion's names of those that have another name in SQL, by id: `Gotowe`, where SQL has `Done`. */
  readonly namesInNotion?: Readonly<Record<string, string>>;
  /** The id that each option of the entity file has, or last had, by the file's name for it. */
  readonly declared?: Readonly<Record<string, string>>;
}

export type Located =
  | { readonly kind: 'found'; readonly property: Property }
  | { readonly kind: 'retyped'; readonly property: Property }
  | { readonly kind: 'missing' };

/** A select field can use a status property, too: people convert one into the other. */
export const acceptedTypes = (field: NotionField): readonly string[] =>
  field.kind === 'select' ? ['select', 'status'] : [notionType(field)];

/**
 * Finds a field's property: by id if it was found before, so that a rename breaks nothing; else by name, unless
 * the property with that name belongs to another field.
 * @param known the entity's properties as last read, by field name
 */
export function locateProperty(
  schema: Schema,
  [name, field]: readonly [string, NotionField],
  known: Readonly<Record<string, KnownProperty>> = {},
): Located {
  const ofOthers = Object.entries(known).flatMap(([other, { id }]) => (other === name ? [] : [id]));
  const named = [schema[field.property]].filter((property) => property && !ofOthers.includes(property.id));
  const candidates = [propertyById(schema, known[name]?.id), ...named, ...titleOf(schema, field)];
  const fitting = candidates.find((candidate) => candidate && acceptedTypes(field).includes(candidate.type));
  if (fitting) return { kind: 'found', property: fitting };
  const property = candidates.find((candidate) => candidate !== undefined);
  return property ? { kind: 'retyped', property } : { kind: 'missing' };
}

/** The types of the properties that cannot hold their fields' values, by field name. */
export const retypedProperties = (
  entity: Entity,
  schema: Schema,
  known: Readonly<Record<string, KnownProperty>> | undefined,
): Record<string, string> =>
  Object.fromEntries(
    notionFields(entity).flatMap(([name, field]) => {
      const located = locateProperty(schema, [name, field], known);
      return located.kind === 'retyped' ? [[name, located.property.type]] : [];
    }),
  );

/** A data source has exactly one title, whatever its name. */
const titleOf = (schema: Schema, field: NotionField): Property[] =>
  field.kind === 'title' ? Object.values(schema).filter(({ type }) => type === 'title') : [];

export const propertyById = (schema: Schema, id: string | null | undefined): Property | undefined =>
  Object.values(schema).find((property) => property.id === id);

/** A property of any type: by id, else by name. */
export const propertyByIdOrName = (
  schema: Schema,
  { property }: Field,
  knownId: string | undefined,
): Property | undefined => propertyById(schema, knownId) ?? schema[property];

type PropertyOption = Extract<Property, { type: 'select' }>['select']['options'][number];

/** The options of a select, multi-select or status; none for other types. */
export function optionsOf(property: Property): readonly PropertyOption[] {
  if (property.type === 'select') return property.select.options;
  if (property.type === 'multi_select') return property.multi_select.options;
  return property.type === 'status' ? property.status.options : [];
}

/** The options with a meaning: the default, and those of closed and archived records. */
export const specialOptions = (
  { fields, archivedStatus, closedStatuses = [] }: Entity,
  field: OptionField,
): readonly string[] => [
  ...(field.kind === 'select' && field.default !== undefined ? [field.default] : []),
  ...(field === fields.status ? [...closedStatuses, ...(archivedStatus === undefined ? [] : [archivedStatus])] : []),
];

/** The option names that the entity file declares for a field, including those with a special meaning. */
export const declaredOptions = (entity: Entity, field: OptionField): string[] => [
  ...new Set([...field.options, ...specialOptions(entity, field)]),
];

/**
 * What to store of a property. When it is read for the first time, an option of the entity file that Notion has in
 * another language gets the file's name in SQL, and keeps it. The others have Notion's names, also after a rename.
 */
export function toKnownProperty(
  entity: Entity,
  field: Field,
  property: Property,
  before: KnownProperty | undefined,
): KnownProperty {
  const { id, type } = property;
  if (!isOptionField(field)) return { id, type };
  const last = before?.id === id ? before : undefined;
  const inNotion = optionsOf(property).map((option) => [option.id, toStorableText(option.name)] as const);
  const translated = last ? translatedNames(last) : translate(entity, field, inNotion);
  const options = Object.fromEntries(inNotion.map(([at, name]) => [at, translated[at] ?? name]));
  const others = inNotion.filter(([at, name]) => options[at] !== name);
  const declared = declaredOptions(entity, field).flatMap((name) => {
    const at = last?.declared?.[name];
    const named = (wanted: string | undefined) => Object.keys(options).find((option) => options[option] === wanted);
    const isKept = at !== undefined && at in options;
    const known = named(name) ?? (isKept ? at : named(closestOption(Object.values(options), name)));
    return known === undefined ? [] : [[name, known]];
  });
  return {
    ...{ id, type, options, declared: Object.fromEntries(declared) },
    ...(others.length > 0 && { namesInNotion: Object.fromEntries(others) }),
  };
}

/** The names in SQL, by id, of the options that have another one in Notion. */
export const translatedNames = ({ options = {}, namesInNotion = {} }: KnownProperty): Record<string, string> =>
  Object.fromEntries(
    Object.keys(namesInNotion).flatMap((id) => (options[id] === undefined ? [] : [[id, options[id]]])),
  );

/** The property with other names of options in SQL. @param names the names in SQL by those in Notion */
export function withNamesInSql(known: KnownProperty, names: Readonly<Record<string, string>>): KnownProperty {
  const renamed = Object.entries(known.options ?? {}).filter(([, name]) => Object.hasOwn(names, name));
  return {
    ...known,
    options: { ...known.options, ...Object.fromEntries(renamed.map(([id, name]) => [id, names[name] ?? name])) },
    namesInNotion: { ...known.namesInNotion, ...Object.fromEntries(renamed) },
  };
}

/** The names of the entity file, by the ids of the options that Notion has in another language. */
function translate(
  entity: Entity,
  field: OptionField,
  inNotion: readonly (readonly [id: string, name: string])[],
): Record<string, string> {
  const names = translateOptions(
    declaredOptions(entity, field),
    inNotion.map(([, name]) => name),
  );
  const idOf = (wanted: string): string => inNotion.find(([, name]) => name === wanted)?.[0] ?? '';
  return Object.fromEntries(Object.entries(names).map(([option, name]) => [idOf(name), option]));
}

/**
 * The fields whose property is another one than before, or had a type that cannot hold the field's values in between:
 * what the pages had in the old one is gone, although nobody cleared it.
 */
export const replacedProperties = (
  entity: Entity,
  before: Readonly<Record<string, KnownProperty>>,
  after: Readonly<Record<string, KnownProperty>>,
): string[] =>
  notionFields(entity).flatMap(([name, field]) => {
    const [last, now] = [before[name], after[name]];
    if (!last || !now) return [];
    return last.id !== now.id || !(last.type === '' || acceptedTypes(field).includes(last.type)) ? [name] : [];
  });

/** Names of the properties that no field of the entity uses. @param mapped the ids of those that fields use */
export function unmappedProperties(entity: Entity, schema: Schema, mapped: readonly string[]): string[] {
  const named = [SYNC_KEY, ...Object.values(entity.fields).map(({ property }) => property)];
  return Object.values(schema).flatMap(({ id, name }) => (mapped.includes(id) || named.includes(name) ? [] : [name]));
}
