import type { PageObjectResponse, UpdatePageParameters } from '@notionhq/client';
import type { NotionField } from '../entities/define.ts';
import { FinalError, RecordError } from '../errors.ts';
import type { Json, Value } from '../sync/types.ts';
import * as dates from './dates.ts';
import { parseMarkdown, toMarkdown } from './markdown.ts';
import {
  asPiece,
  isPlain,
  isSayable,
  mergePieces,
  type Piece,
  plainSpan,
  type RichTextWrite,
  readRichText,
  replaceText,
  type Span,
  sameSpans,
  textOf,
  writeRichText,
} from './rich-text.ts';

export type PageProperty = PageObjectResponse['properties'][string];
export type PropertyWrite = NonNullable<UpdatePageParameters['properties']>[string];

export interface Decoded {
  readonly value: Value;
  /** There only if the value alone, written back, would not say all that Notion holds. */
  readonly residue?: Json;
}

type FieldOf<K extends NotionField['kind']> = Extract<NotionField, { kind: K }>;
type TextualField = FieldOf<'title' | 'rich_text'>;
type DateLikeField = FieldOf<'date' | 'timestamp'>;

const mostRelations = 100;
const longestOption = 100;
const longest = { url: 2000, email: 200, phone_number: 200 };

/** The type that the field's property has in Notion. */
export function notionType(field: NotionField) {
  if (field.kind === 'relation_one' || field.kind === 'relation_many') return 'relation';
  return field.kind === 'timestamp' ? 'date' : field.kind;
}

/** Reads a property into neutral form. A relation must be complete: Notion's pages hold only its first 25. */
export function decodeProperty(field: NotionField, property: PageProperty, zone: string): Decoded {
  switch (property.type) {
    case 'title':
      if (field.kind === 'title') return decodeText(field, readRichText(property.title));
      break;
    case 'rich_text':
      if (field.kind === 'rich_text') return decodeText(field, readRichText(property.rich_text));
      break;
    case 'select':
      if (field.kind === 'select') return { value: property.select?.name ?? null };
      break;
    case 'number':
      if (field.kind === 'number') return { value: property.number };
      break;
    case 'url':
      if (field.kind === 'url') return { value: property.url || null };
      break;
    case 'email':
      if (field.kind === 'email') return { value: property.email || null };
      break;
    case 'phone_number':
      if (field.kind === 'phone_number') return { value: property.phone_number || null };
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
    `The property «${field.property}» has the type «${property.type}» in Notion, but Lockstep needs «${notionType(field)}»: change it back.`,
  );
}

/** Writes a value in Notion's form; what it cannot say comes from the residue. */
export function encodeProperty(
  field: NotionField,
  value: Value,
  residue: Json | undefined,
  zone: string,
): PropertyWrite {
  switch (field.kind) {
    case 'title':
      return { title: encodeText(field, textIn(field, value), residue) };
    case 'rich_text':
      return { rich_text: encodeText(field, textIn(field, value), residue) };
    case 'select':
      return { select: encodeOption(field, textIn(field, value)) };
    case 'number':
      return { number: encodeNumber(field, value) };
    case 'url':
      return { url: limited(field, textIn(field, value), longest.url) };
    case 'email':
      return { email: limited(field, textIn(field, value), longest.email) };
    case 'phone_number':
      return { phone_number: limited(field, textIn(field, value), longest.phone_number) };
    case 'date':
    case 'timestamp':
      return { date: encodeDate(field, textIn(field, value), residue, zone) };
    case 'relation_one':
      return { relation: encodeIds(field, toOneIds(textIn(field, value), residue)) };
    case 'relation_many':
      return { relation: encodeIds(field, sortIds(idsIn(field, value))) };
  }
}

/** What Notion would say back after this value had been written; one that cannot be written stays as it is. */
export function canonicalValue(field: NotionField, value: Value, zone: string): Value {
  if (value === '') return field.kind === 'relation_many' ? [] : null;
  switch (field.kind) {
    case 'rich_text':
      return typeof value === 'string' ? canonicalMarkdown(field, value) : value;
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

function decodeText(field: TextualField, pieces: readonly Piece[]): Decoded {
  const value = textValue(field, pieces);
  const complete =
    field.kind === 'title' ? pieces.every(isPlain) : pieces.every(isSayable) && sameSpans(parseMarkdown(value), pieces);
  const decoded = { value: value || null };
  return complete ? decoded : { ...decoded, residue: pieces };
}

const textValue = (field: TextualField, pieces: readonly Piece[]): string =>
  field.kind === 'title' ? textOf(pieces) : toMarkdown(pieces);

const spansIn = (field: TextualField, value: string): Span[] =>
  field.kind === 'title' ? [plainSpan(value)] : parseMarkdown(value);

function encodeText(field: TextualField, value: string | null, residue: Json | undefined): RichTextWrite[] {
  const text = value ?? '';
  const fresh = mergePieces(spansIn(field, text).map(asPiece));
  if (residue === undefined) return writeRichText(field.property, fresh);
  // A text's residue is what `decodeText` made it.
  const pieces = residue as unknown as readonly Piece[];
  const before = textValue(field, pieces);
  if (before === text) return writeRichText(field.property, pieces);
  const replaced = replaceText(pieces, spansIn(field, before), spansIn(field, text));
  const readsBack = textValue(field, replaced) === textValue(field, fresh);
  return writeRichText(field.property, readsBack ? replaced : fresh);
}

function canonicalMarkdown(field: TextualField, value: string): Value {
  const spans = parseMarkdown(value);
  try {
    writeRichText(field.property, spans.map(asPiece));
  } catch (error) {
    if (error instanceof RecordError) return value;
    throw error;
  }
  return toMarkdown(spans) || null;
}

function encodeOption(field: FieldOf<'select'>, value: string | null): { name: string } | null {
  const name = limited(field, value, longestOption);
  if (name?.includes(',')) {
    throw new RecordError(
      'option_name',
      `Notion refuses commas in option names: «${field.property}» cannot be set to «${name}».`,
    );
  }
  return name === null ? null : { name };
}

/** JSON has no negative zero. */
const withoutNegativeZero = <T extends Value>(value: T): T | 0 => (value === 0 ? 0 : value);

function encodeNumber(field: FieldOf<'number'>, value: Value): number | null {
  if (value === null || value === '') return null;
  if (typeof value === 'number' && Number.isFinite(value)) return withoutNegativeZero(value);
  throw new RecordError(
    'not_a_number',
    `Notion takes only finite numbers: «${field.property}» cannot be set to ${value}.`,
  );
}

function limited(field: NotionField, value: string | null, most: number): string | null {
  if (value !== null && value.length > most) {
    throw new RecordError(
      'text_too_long',
      `«${field.property}» has ${value.length} characters; Notion takes at most ${most}. Shorten it.`,
    );
  }
  return value;
}

function decodeDate(field: DateLikeField, date: dates.NotionDate | null, zone: string): Decoded {
  if (date === null) return { value: null };
  const value = field.kind === 'date' ? dates.readDate(date, zone, hasTime(field)) : dates.readTimestamp(date, zone);
  const { start, end, time_zone } = date;
  return dates.sameDate(freshDate(field, value, zone), date)
    ? { value }
    : { value, residue: { start, end, time_zone } };
}

function encodeDate(field: DateLikeField, value: string | null, residue: Json | undefined, zone: string) {
  if (value === null) return null;
  const normal = normalise(field, value, zone);
  if (normal === undefined) {
    throw new RecordError('not_a_date', `«${field.property}» cannot be set to «${value}»: Notion has no such date.`);
  }
  if (residue === undefined || residue === null) return freshDate(field, normal, zone);
  // A date's residue is what `decodeDate` made it.
  const held = residue as unknown as dates.NotionDate;
  return field.kind === 'date'
    ? dates.moveDate(held, normal, zone, hasTime(field))
    : dates.moveTimestamp(held, normal, zone);
}

const hasTime = (field: FieldOf<'date'>): boolean => field.timeColumn !== undefined;

const freshDate = (field: DateLikeField, value: string, zone: string): dates.NotionDate =>
  field.kind === 'date' ? dates.writeDate(value, zone) : dates.writeTimestamp(value);

const normalise = (field: DateLikeField, value: string, zone: string): string | undefined =>
  field.kind === 'date' ? dates.normaliseDate(value, zone, hasTime(field)) : dates.normaliseTimestamp(value, zone);

/** Notion's list may hold more than the one that SQL knows; these are kept for it. */
const decodeToOne = (ids: readonly string[]): Decoded =>
  ids.length > 1 ? { value: ids[0] ?? null, residue: ids } : { value: ids[0] ?? null };

function toOneIds(id: string | null, residue: Json | undefined): string[] {
  if (id === null) return [];
  // A to-one relation's residue is what `decodeToOne` made it.
  const [, ...others] = (residue ?? []) as readonly string[];
  return [id, ...others.filter((other) => other !== id)];
}

function encodeIds(field: NotionField, ids: readonly string[]): { id: string }[] {
  const temporary = ids.find((id) => id.startsWith('sql:'));
  if (temporary !== undefined) throw new Error(`«${field.property}» would send Notion the temporary id ${temporary}.`);
  if (ids.length > mostRelations) {
    throw new RecordError(
      'too_many_relations',
      `«${field.property}» relates to ${ids.length} pages; Notion takes at most ${mostRelations} in one write.`,
    );
  }
  return ids.map((id) => ({ id }));
}

function textIn(field: NotionField, value: Value): string | null {
  if (value === null || value === '') return null;
  if (typeof value === 'string') return value;
  throw new RecordError('not_a_text', `«${field.property}» must be a text, but is ${JSON.stringify(value)}.`);
}

function idsIn(field: NotionField, value: Value): readonly string[] {
  if (value === null || value === '') return [];
  if (typeof value === 'object') return value;
  throw new RecordError('not_a_list', `«${field.property}» must be a list of pages, but is ${JSON.stringify(value)}.`);
}
