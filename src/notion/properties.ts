import type { PageObjectResponse, UpdatePageParameters } from '@notionhq/client';
import { emptyValue, type NotionField } from '../entities/define.ts';
import { FinalError, RecordError } from '../errors.ts';
import { toStorableText } from '../shared/storable-text.ts';
import { isTemporaryId } from '../sync/temporary-id.ts';
import type { Json, Value } from '../sync/types.ts';
import { decodeDate, encodeDate, normaliseDate } from './date-codec.ts';
import { decodeFiles, encodeFiles } from './files-codec.ts';
import { encodeOption, encodeOptions, optionName, optionNames } from './option-codec.ts';
import { canonicalPerson, decodePeople, encodePeople } from './people-codec.ts';
import { canonicalPlace, decodePlace, encodePlace } from './place-codec.ts';
import type { KnownProperty } from './schema.ts';
import { canonicalMarkdown, type Decoded, decodeText, encodeText } from './text-codec.ts';
import { checkLength } from './value-limits.ts';
import { decodeVerification, encodeVerification } from './verification-codec.ts';

export type PageProperty = PageObjectResponse['properties'][string];
export type PropertyWrite = NonNullable<UpdatePageParameters['properties']>[string];

type FieldOf<K extends NotionField['kind']> = Extract<NotionField, { kind: K }>;

const MAX_RELATIONS = 100;
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
    default: {
      const decoded = decodeOther(field, property, known);
      if (decoded) return decoded;
    }
  }
  throw new FinalError(
    'property_retyped',
    `The property "${field.property}" has the type "${property.type}" in Notion, but Lockstep needs "${notionType(field)}": change it back.`,
  );
}

/** Reads a property of one of the other types that have a field; undefined where the field is of another kind. */
function decodeOther(
  field: NotionField,
  property: PageProperty,
  known: KnownProperty | undefined,
): Decoded | undefined {
  switch (property.type) {
    case 'checkbox':
      if (field.kind === 'checkbox') return { value: property.checkbox };
      break;
    case 'multi_select':
      if (field.kind === 'multi_select') return { value: optionNames(property.multi_select, known) };
      break;
    case 'people':
      if (field.kind === 'people') return decodePeople(property);
      break;
    case 'place':
      if (field.kind === 'place') return decodePlace(property);
      break;
    case 'verification':
      if (field.kind === 'verification') return decodeVerification(property);
      break;
    case 'files':
      if (field.kind === 'files') return decodeFiles(property);
      break;
  }
  return undefined;
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
      return { url: checkLength(field.property, textIn(field, value), MAX_LENGTH.url) };
    case 'email':
      return { email: checkLength(field.property, textIn(field, value), MAX_LENGTH.email) };
    case 'phone_number':
      return { phone_number: checkLength(field.property, textIn(field, value), MAX_LENGTH.phone_number) };
    case 'date':
    case 'timestamp':
      return { date: encodeDate(field, textIn(field, value), residue, zone) };
    case 'relation_one':
      return { relation: encodeIds(field, toOneIds(textIn(field, value), residue)) };
    case 'relation_many':
      return { relation: encodeIds(field, sortIds(listIn(field, value))) };
    case 'checkbox':
      return { checkbox: flagIn(field, value) };
    case 'multi_select':
      return { multi_select: encodeOptions(field, listIn(field, value), known) };
    case 'people':
      return { people: encodePeople(field, listIn(field, value), residue) };
    case 'place':
      return { place: encodePlace(field, textIn(field, value), residue) };
    case 'verification':
      return { verification: encodeVerification(field, textIn(field, value), residue) };
    case 'files':
      return { files: encodeFiles(field, listIn(field, value), residue) };
  }
}

/** What Notion would return after this value was written. A value that cannot be written is returned unchanged. */
export function canonicalValue(field: NotionField, value: Value, zone: string): Value {
  if (value === null || value === '') return emptyValue(field);
  switch (field.kind) {
    case 'rich_text':
      return typeof value === 'string' ? canonicalMarkdown(value) : value;
    case 'date':
    case 'timestamp':
      return typeof value === 'string' ? (normaliseDate(field, value, zone) ?? value) : value;
    case 'number':
      return withoutNegativeZero(value);
    case 'relation_many':
      return isList(value) ? sortIds(value) : value;
    case 'multi_select':
    case 'files':
      return isList(value) ? withoutRepeats(value) : value;
    case 'place':
      return typeof value === 'string' ? (canonicalPlace(value) ?? value) : value;
    case 'verification':
      return value === 'unverified' ? null : value;
    case 'people':
      return isList(value) ? withoutRepeats(value.map(canonicalPerson)) : value;
    default:
      return value;
  }
}

/** `Array.isArray` does not recognize a readonly array. */
const isList = (value: Value): value is readonly string[] => Array.isArray(value);

const withoutRepeats = (items: readonly string[]): readonly string[] => [...new Set(items.filter(Boolean))];

const sortIds = (ids: readonly string[]): string[] => [...new Set(ids)].toSorted();

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
      `"${field.property}" relates to ${ids.length} pages; Notion accepts at most ${MAX_RELATIONS} in one write. Remove some links.`,
    );
  }
  return ids.map((id) => ({ id }));
}

function textIn(field: NotionField, value: Value): string | null {
  if (value === null || value === '') return null;
  if (typeof value === 'string') return value;
  throw new RecordError('not_a_text', `"${field.property}" must be a text, but is ${JSON.stringify(value)}.`);
}

function flagIn(field: NotionField, value: Value): boolean {
  if (value === null || value === '') return false;
  if (typeof value === 'boolean') return value;
  throw new RecordError('not_a_flag', `"${field.property}" must be true or false, but is ${JSON.stringify(value)}.`);
}

function listIn(field: NotionField, value: Value): readonly string[] {
  if (value === null || value === '') return [];
  if (typeof value === 'object') return value;
  throw new RecordError('not_a_list', `"${field.property}" must be a list, but is ${JSON.stringify(value)}.`);
}
