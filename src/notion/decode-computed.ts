import type { UserObjectResponse } from '@notionhq/client';
import type { ComputedField, ComputedType } from '../entities/define.ts';
import { FinalError } from '../errors.ts';
import type { Value } from '../sync/types.ts';
import * as dates from './notion-dates.ts';
import type { PageProperty } from './properties.ts';

/** A property's value without its id, as in a rollup's list. */
type PropertyValue = PageProperty extends infer P ? (P extends PageProperty ? Omit<P, 'id'> : never) : never;

type Content =
  | { readonly kind: 'text'; readonly text: string | null }
  | { readonly kind: 'number'; readonly number: number | null }
  | { readonly kind: 'flag'; readonly flag: boolean | null }
  | { readonly kind: 'date'; readonly date: dates.NotionDate | null };

/** The property types that a column type can be read from. Text can be read from all. */
const SOURCES: Readonly<Record<Exclude<ComputedType, 'text'>, readonly PageProperty['type'][]>> = {
  number: ['number', 'formula', 'rollup', 'unique_id'],
  boolean: ['checkbox', 'formula'],
  timestamp: ['date', 'created_time', 'last_edited_time', 'formula', 'rollup'],
  date: ['date', 'created_time', 'last_edited_time', 'formula', 'rollup'],
};

/**
 * Reads a property of any type into its column's type. A formula or rollup whose result on
 * one page has another type, such as text in a number column, is null there.
 * @throws FinalError when the property's type can never be read into the column's type
 */
export function decodeComputed({ as, property: name }: ComputedField, property: PageProperty, zone: string): Value {
  if (as !== 'text' && !SOURCES[as].includes(property.type)) {
    throw new FinalError(
      'property_retyped',
      `The property "${name}" has the type "${property.type}" in Notion, which cannot be stored as a ${as}: declare it as 'text', or change it back.`,
    );
  }
  if (as === 'number' && property.type === 'unique_id') return property.unique_id.number;
  const content = contentOf(property);
  switch (as) {
    case 'text':
      return toText(content);
    case 'number':
      return content.kind === 'number' ? content.number : null;
    case 'boolean':
      return content.kind === 'flag' ? content.flag : null;
    case 'timestamp':
      return content.kind === 'date' && content.date ? dates.readTimestamp(content.date, zone) : null;
    case 'date':
      return content.kind === 'date' && content.date ? dates.readDate(content.date, zone, false) : null;
  }
}

function toText(content: Content): string | null {
  switch (content.kind) {
    case 'text':
      return content.text || null;
    case 'number':
      return content.number === null ? null : String(content.number);
    case 'flag':
      return content.flag === null ? null : String(content.flag);
    case 'date':
      // An ISO 8601 interval.
      return content.date && [content.date.start, content.date.end].filter((end) => end !== null).join('/');
  }
}

function contentOf(value: PropertyValue): Content {
  switch (value.type) {
    case 'title':
      return text(plainText(value.title));
    case 'rich_text':
      return text(plainText(value.rich_text));
    case 'number':
      return number(value.number);
    case 'checkbox':
      return flag(value.checkbox);
    case 'select':
      return text(value.select?.name);
    case 'status':
      return text(value.status?.name);
    case 'multi_select':
      return list(value.multi_select.map(({ name }) => name));
    case 'date':
      return date(value.date);
    case 'created_time':
      return date(instant(value.created_time));
    case 'last_edited_time':
      return date(instant(value.last_edited_time));
    case 'people':
      return list(value.people.map(nameOf));
    case 'created_by':
      return text(nameOf(value.created_by));
    case 'last_edited_by':
      return text(nameOf(value.last_edited_by));
    case 'files':
      return list(value.files.map(({ name }) => name));
    case 'url':
      return text(value.url);
    case 'email':
      return text(value.email);
    case 'phone_number':
      return text(value.phone_number);
    case 'relation':
      return list(value.relation.map(({ id }) => id));
    case 'unique_id': {
      const { prefix, number } = value.unique_id;
      return text(number === null ? null : [...(prefix ? [prefix] : []), number].join('-'));
    }
    case 'verification':
      return text(value.verification?.state);
    case 'place': {
      const { place } = value;
      return text(place && (place.name || place.address || `${place.lat}, ${place.lon}`));
    }
    case 'button':
      return text(null);
    case 'formula':
      return contentOfFormula(value.formula);
    case 'rollup':
      return contentOfRollup(value.rollup);
    default:
      // A type that is newer than this client.
      return text(null);
  }
}

function contentOfFormula(formula: Extract<PageProperty, { type: 'formula' }>['formula']): Content {
  switch (formula.type) {
    case 'string':
      return text(formula.string);
    case 'number':
      return number(formula.number);
    case 'boolean':
      return flag(formula.boolean);
    case 'date':
      return date(formula.date);
    case 'unsupported':
      return text(null);
  }
}

function contentOfRollup(rollup: Extract<PageProperty, { type: 'rollup' }>['rollup']): Content {
  switch (rollup.type) {
    case 'number':
      return number(rollup.number);
    case 'date':
      return date(rollup.date);
    case 'array':
      return list(rollup.array.map((item) => toText(contentOf(item))));
    case 'unsupported':
      return text(null);
  }
}

const text = (value: string | null | undefined): Content => ({ kind: 'text', text: value ?? null });
const number = (value: number | null): Content => ({ kind: 'number', number: value });
const flag = (value: boolean | null): Content => ({ kind: 'flag', flag: value });
const date = (value: dates.NotionDate | null): Content => ({ kind: 'date', date: value });
const list = (items: readonly (string | null)[]): Content => text(items.filter(Boolean).join(', '));

const instant = (time: string): dates.NotionDate => ({ start: time, end: null, time_zone: null });

const plainText = (items: readonly { readonly plain_text: string }[]): string =>
  items.map(({ plain_text }) => plain_text).join('');

/** The id where the integration may not read names. */
const nameOf = (user: { readonly id: string } & Partial<Pick<UserObjectResponse, 'name'>>): string =>
  user.name || user.id;
