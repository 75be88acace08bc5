import type { PageObjectResponse, UpdatePageParameters } from '@notionhq/client';
import type { NotionField } from '../entities/define.ts';
import { closestOption } from '../entities/option-names.ts';
import { FinalError, RecordError } from '../errors.ts';
import { toStorableText } from '../shared/storable-text.ts';
import { isTemporaryId } from '../sync/temporary-id.ts';
import type { Json, Value } from '../sync/types.ts';
import * as dates from './notion-dates.ts';
import type { KnownProperty } from './schema.ts';
import { canonicalMarkdown, type Decoded, decodeText, encodeText } from './text-codec.ts';

export type PageProperty = PageObjectResponse['properties'][string];
export type PropertyWrite = NonNullable<UpdatePageParameters['properties']>[string];

type FieldOf<K extends NotionField['kind']> = Extract<NotionField, { kind: K }>;
type DateLikeField = FieldOf<'date' | 'timestamp'>;

const MAX_RELATIONS = 100;
const MAX_OPTION_LENGTH = 100;
const MAX_LENGTH = { url: 2000, email: 200, phone_number: 200 };

/** The type of the field's property in Notion. */
export function notionType(field: NotionField) {
  if (field.kind === 'relation_one' || field.kind === 'relation_many') return 'relation';
  return field.kind === 'timestamp' ? 'date' : field.kind;
}

/**
 * Reads a property into neutral form. A relation must be complete: a page object contains only its first 25.
 * @param known the property in the schema of this sync, which decides the names of options
 */
export function decodeProperty(
  field: NotionField,
  property: PageProperty,
  zone: string,
  known?: KnownProperty,
): Decoded {
  switch (property.type) {
    case 'title':
      if (field.kind === 'title') return decodeText(field, property.title);
      break;
    case 'rich_text':
      if (field.kind === 'rich_text') return decodeText(field, property.rich_text);
      break;
    case 'select':
      if (field.kind === 'select') return { value: optionName(property.select, known) };
      break;
    case 'status':
      if (field.kind === 'select') return { value: optionName(property.status, known) };
      break;
    case 'number':
      if (field.kind === 'number') return { value: withoutNegativeZero(property.number) };
      break;
    case 'url':
      if (field.kind === 'url') return { value: toStorableText(property.url ?? '') || null };
      break;
    case 'email':
      if (field.kind === 'email') return { value: toStorableText(property.email ?? '') || null };
      break;
    case 'phone_number':
      if (field.kind === 'phone_number') return { value: toStorableText(property.phone_number ?? '') || null };
      break;
    case 'date':
      if (field.kind === 'date' || field.kind === 'timestamp') return decodeDate(field, property.date, zone);
      break;
    case 'relation':
      if (field.kind === 'relation_one') return decodeToOne(property.relation.map(({ id }) => id));
      if (field.kind === 'relation_many') return { value: sortIds(property.relation.map(({ id }) => id)) };
      break;
  }
  throw new FinalError(
    'property_retyped',
    `The property "${field.property}" has the type "${property.type}" in Notion, but Lockstep needs "${notionType(field)}": change it back.`,
  );
}

/**
 * Writes a value in Notion's form; what the value does not contain comes from the residue.
 * @param known the property in the schema of this sync
 */
export function encodeProperty(
  field: NotionField,
  value: Value,
  residue: Json | undefined,
  zone: string,
  known?: KnownProperty,
): PropertyWrite {
  switch (field.kind) {
    case 'title':
      return { title: encodeText(field, textIn(field, value), residue) };
    case 'rich_text':
      return { rich_text: encodeText(field, textIn(field, value), residue) };
    case 'select': {
      const option = encodeOption(field, textIn(field, value), known);
      return known?.type === 'status' ? { status: option } : { select: option };
    }
    case 'number':
      return { number: encodeNumber(field, value) };
    case 'url':
      return { url: checkLength(field, textIn(field, value), MAX_LENGTH.url) };
    case 'email':
      return { email: checkLength(field, textIn(field, value), MAX_LENGTH.email) };
    case 'phone_number':
      return { phone_number: checkLength(field, textIn(field, value), MAX_LENGTH.phone_number) };
    case 'date':
    case 'timestamp':
      return { date: encodeDate(field, textIn(field, value), residue, zone) };
    case 'relation_one':
      return { relation: encodeIds(field, toOneIds(textIn(field, value), residue)) };
    case 'relation_many':
      return { relation: encodeIds(field, sortIds(idsIn(field, value))) };
  }
}

/** What Notion would return after this value was written. A value that cannot be written is returned unchanged. */
export function canonicalValue(field: NotionField, value: Value, zone: string): Value {
  if (value === '') return field.kind === 'relation_many' ? [] : null;
  switch (field.kind) {
    case 'rich_text':
      return typeof value === 'string' ? canonicalMarkdown(value) : value;
    case 'date':
    case 'timestamp':
      return typeof value === 'string' ? (normalise(field, value, zone) ?? value) : value;
    case 'number':
      return withoutNegativeZero(value);
    case 'relation_many':
      return Array.isArray(value) ? sortIds(value) : (value ?? []);
    default:
      return value;
  }
}

const sortIds = (ids: readonly string[]): string[] => [...new Set(ids)].toSorted();

interface NamedOption {
  readonly id: string;
  readonly name: string;
}

/** An option renamed since the schema was read keeps its old name, in pages and rows, until the schema is read again. */
const optionName = (option: NamedOption | null, known: KnownProperty | undefined): string | null =>
  option && toStorableText(known?.options?.[option.id] ?? option.name);

/** By id if known, so that an option renamed at the same time is not created again under its old name. */
function encodeOption(
  field: FieldOf<'select'>,
  value: string | null,
  known: KnownProperty | undefined,
): { id: string } | { name: string } | null {
  const name = checkLength(field, value, MAX_OPTION_LENGTH);
  if (name === null) return null;
  const ids = new Map(Object.entries(known?.options ?? {}).map(([id, option]) => [toStorableText(option), id]));
  // A status gets no new option from a page.
  const meant = known?.type === 'status' ? closestOption([...ids.keys()], name) : name;
  const id = meant === undefined ? undefined : ids.get(meant);
  if (id !== undefined) return { id };
  if (name.includes(',')) {
    throw new RecordError(
      'option_name',
      `Notion refuses commas in option names: "${field.property}" cannot be set to "${name}".`,
    );
  }
  if (known?.type === 'status') {
    throw new RecordError(
      'option_missing',
      `"${field.property}" has no option "${name}" in Notion, and writing a page cannot add an option to a status: run \`lockstep doctor --fix\`, or add it in Notion.`,
    );
  }
  return { name };
}

/** JSON has no negative zero. */
const withoutNegativeZero = <T extends Value>(value: T): T | 0 => (value === 0 ? 0 : value);

function encodeNumber(field: FieldOf<'number'>, value: Value): number | null {
  if (value === null || value === '') return null;
  if (typeof value === 'number' && Number.isFinite(value)) return withoutNegativeZero(value);
  throw new RecordError(
    'not_a_number',
    `Notion accepts only finite numbers: "${field.property}" cannot be set to ${value}.`,
  );
}

function checkLength(field: NotionField, value: string | null, max: number): string | null {
  if (value !== null && value.length > max) {
    throw new RecordError(
      'text_too_long',
      `"${field.property}" has ${value.length} characters; Notion accepts at most ${max}. Shorten it.`,
    );
  }
  return value;
}

function decodeDate(field: DateLikeField, date: dates.NotionDate | null, zone: string): Decoded {
  if (date === null) return { value: null };
  const value = valueOfDate(field, date, zone);
  const { start, end, time_zone } = date;
  return value !== null && dates.sameDate(newDate(field, value, zone), date)
    ? { value }
    : { value, residue: { start, end, time_zone } };
}

function encodeDate(field: DateLikeField, value: string | null, residue: Json | undefined, zone: string) {
  // A date's residue was written by `decodeDate`.
  const held = residue as unknown as dates.NotionDate | undefined;
  // A date that SQL cannot store is null there, and is kept in Notion.
  if (value === null) return held && valueOfDate(field, held, zone) === null ? dates.writableDate(held) : null;
  const normal = normalise(field, value, zone);
  if (normal === undefined) {
    throw new RecordError('not_a_date', `"${field.property}" cannot be set to "${value}": Notion has no such date.`);
  }
  if (!held) return newDate(field, normal, zone);
  return field.kind === 'date'
    ? dates.moveDate(held, normal, zone, hasTime(field))
    : dates.moveTimestamp(held, normal, zone);
}

const valueOfDate = (field: DateLikeField, date: dates.NotionDate, zone: string): string | null =>
  field.kind === 'date' ? dates.readDate(date, zone, hasTime(field)) : dates.readTimestamp(date, zone);

const hasTime = (field: FieldOf<'date'>): boolean => field.timeColumn !== undefined;

const newDate = (field: DateLikeField, value: string, zone: string): dates.NotionDate =>
  field.kind === 'date' ? dates.writeDate(value, zone) : dates.writeTimestamp(value);

const normalise = (field: DateLikeField, value: string, zone: string): string | undefined =>
  field.kind === 'date' ? dates.normaliseDate(value, zone, hasTime(field)) : dates.normaliseTimestamp(value, zone);

/** Notion's list may contain more pages than the one that SQL stores; the others are kept as residue. */
const decodeToOne = (ids: readonly string[]): Decoded =>
  ids.length > 1 ? { value: ids[0] ?? null, residue: ids } : { value: ids[0] ?? null };

function toOneIds(id: string | null, residue: Json | undefined): string[] {
  if (id === null) return [];
  // A to-one relation's residue was written by `decodeToOne`.
  const [, ...others] = (residue ?? []) as readonly string[];
  return [id, ...others.filter((other) => other !== id)];
}

function encodeIds(field: NotionField, ids: readonly string[]): { id: string }[] {
  const temporary = ids.find(isTemporaryId);
  if (temporary !== undefined)
    throw new Error(`"${field.property}" would send the temporary id ${temporary} to Notion.`);
  if (ids.length > MAX_RELATIONS) {
    throw new RecordError(
      'too_many_relations',
      `"${field.property}" relates to ${ids.length} pages; Notion accepts at most ${MAX_RELATIONS} in one write.`,
    );
  }
  return ids.map((id) => ({ id }));
}

function textIn(field: NotionField, value: Value): string | null {
  if (value === null || value === '') return null;
  if (typeof value === 'string') return value;
  throw new RecordError('not_a_text', `"${field.property}" must be a text, but is ${JSON.stringify(value)}.`);
}

function idsIn(field: NotionField, value: Value): readonly string[] {
  if (value === null || value === '') return [];
  if (typeof value === 'object') return value;
  throw new RecordError('not_a_list', `"${field.property}" must be a list of pages, but is ${JSON.stringify(value)}.`);
}
