import type { UserObjectResponse } from '@notionhq/client';
import type { ComputedField, ComputedType } from '../entities/define.ts';
import { FinalError } from '../errors.ts';
import type { Value } from '../sync/types.ts';
import * as dates from './dates.ts';
import type { PageProperty } from './properties.ts';

/** A property's value alone, as a rollup's list holds it too. */
type Held = PageProperty extends infer P ? (P extends PageProperty ? Omit<P, 'id'> : never) : never;

type Meaning =
  | { readonly kind: 'text'; readonly text: string | null }
  | { readonly kind: 'number'; readonly number: number | null }
  | { readonly kind: 'flag'; readonly flag: boolean | null }
  | { readonly kind: 'date'; readonly date: dates.NotionDate | null };

/** The property types that a column may be made of; a text can be made of all. */
const SOURCES: Readonly<Record<Exclude<ComputedType, 'text'>, readonly PageProperty['type'][]>> = {
  number: ['number', 'formula', 'rollup', 'unique_id'],
  boolean: ['checkbox', 'formula'],
  timestamp: ['date', 'created_time', 'last_edited_time', 'formula', 'rollup'],
  date: ['date', 'created_time', 'last_edited_time', 'formula', 'rollup'],
};

/**
 * Reads a property of any type into its column's type. A formula or rollup that
 * says something else on one page, such as a text where numbers are kept, is null there.
 * @throws FinalError when no page's value could ever have the column's type
 */
export function decodeComputed({ as, property: name }: ComputedField, property: PageProperty, zone: string): Value {
  if (as !== 'text' && !SOURCES[as].includes(property.type)) {
    throw new FinalError(
      'property_retyped',
      `The property «${name}» has the type «${property.type}» in Notion, which cannot be kept as a ${as}: declare it as 'text', or change it back.`,
    );
  }
  if (as === 'number' && property.type === 'unique_id') return property.unique_id.number;
  const meaning = meaningOf(property);
  switch (as) {
    case 'text':
      return inWords(meaning);
    case 'number':
      return meaning.kind === 'number' ? meaning.number : null;
    case 'boolean':
      return meaning.kind === 'flag' ? meaning.flag : null;
    case 'timestamp':
      return meaning.kind === 'date' && meaning.date ? dates.readTimestamp(meaning.date, zone) : null;
    case 'date':
      return meaning.kind === 'date' && meaning.date ? dates.readDate(meaning.date, zone, false) : null;
  }
}

function inWords(meaning: Meaning): string | null {
  switch (meaning.kind) {
    case 'text':
      return meaning.text || null;
    case 'number':
      return meaning.number === null ? null : String(meaning.number);
    case 'flag':
      return meaning.flag === null ? null : String(meaning.flag);
    case 'date':
      // An interval as ISO 8601 writes it.
      return meaning.date && [meaning.date.start, meaning.date.end].filter((end) => end !== null).join('/');
  }
}

function meaningOf(held: Held): Meaning {
  switch (held.type) {
    case 'title':
      return text(plainText(held.title));
    case 'rich_text':
      return text(plainText(held.rich_text));
    case 'number':
      return number(held.number);
    case 'checkbox':
      return flag(held.checkbox);
    case 'select':
      return text(held.select?.name);
    case 'status':
      return text(held.status?.name);
    case 'multi_select':
      return list(held.multi_select.map(({ name }) => name));
    case 'date':
      return date(held.date);
    case 'created_time':
      return date(instant(held.created_time));
    case 'last_edited_time':
      return date(instant(held.last_edited_time));
    case 'people':
      return list(held.people.map(nameOf));
    case 'created_by':
      return text(nameOf(held.created_by));
    case 'last_edited_by':
      return text(nameOf(held.last_edited_by));
    case 'files':
      return list(held.files.map(({ name }) => name));
    case 'url':
      return text(held.url);
    case 'email':
      return text(held.email);
    case 'phone_number':
      return text(held.phone_number);
    case 'relation':
      return list(held.relation.map(({ id }) => id));
    case 'unique_id': {
      const { prefix, number } = held.unique_id;
      return text(number === null ? null : [...(prefix ? [prefix] : []), number].join('-'));
    }
    case 'verification':
      return text(held.verification?.state);
    case 'place': {
      const { place } = held;
      return text(place && (place.name || place.address || `${place.lat}, ${place.lon}`));
    }
    case 'button':
      return text(null);
    case 'formula':
      return meaningOfFormula(held.formula);
    case 'rollup':
      return meaningOfRollup(held.rollup);
    default:
      // A type that Notion has added since.
      return text(null);
  }
}

function meaningOfFormula(formula: Extract<PageProperty, { type: 'formula' }>['formula']): Meaning {
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

function meaningOfRollup(rollup: Extract<PageProperty, { type: 'rollup' }>['rollup']): Meaning {
  switch (rollup.type) {
    case 'number':
      return number(rollup.number);
    case 'date':
      return date(rollup.date);
    case 'array':
      return list(rollup.array.map((item) => inWords(meaningOf(item))));
    case 'unsupported':
      return text(null);
  }
}

const text = (value: string | null | undefined): Meaning => ({ kind: 'text', text: value ?? null });
const number = (value: number | null): Meaning => ({ kind: 'number', number: value });
const flag = (value: boolean | null): Meaning => ({ kind: 'flag', flag: value });
const date = (value: dates.NotionDate | null): Meaning => ({ kind: 'date', date: value });
const list = (items: readonly (string | null)[]): Meaning => text(items.filter(Boolean).join(', '));

const instant = (time: string): dates.NotionDate => ({ start: time, end: null, time_zone: null });

const plainText = (items: readonly { readonly plain_text: string }[]): string =>
  items.map(({ plain_text }) => plain_text).join('');

/** Names need a capability that the integration may lack. */
const nameOf = (user: { readonly id: string } & Partial<Pick<UserObjectResponse, 'name'>>): string =>
  user.name || user.id;
