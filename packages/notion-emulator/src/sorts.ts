import { invalid } from './api-error.ts';
import { choice, list, object, text } from './expect.ts';
import { wordsIn } from './filters.ts';
import { findProperty } from './find-property.ts';
import { floorToMinute } from './ids.ts';
import { titleOf } from './lookup.ts';
import type { DataSource, Page, Property } from './model.ts';
import type { PagePropertyResponse } from './notion-types.ts';
import { renderProperty } from './render-values.ts';
import { type Rendering, readableRelation } from './rendering.ts';
import { valueOn } from './values.ts';

/** The values that a page is sorted by, in order. Null is last in both directions. */
export type SortKey = readonly (number | string | null)[];

export interface Sorting {
  keyOf(page: Page): SortKey;
  /** Negative when `a` comes first. Pages with equal keys are ordered by creation. */
  compare(a: SortKey, b: SortKey): number;
}

type KeyPart = (page: Page) => number | string | null;

/** Reads a query's `sorts`. The first has priority. */
export function acceptSorts(value: unknown, dataSource: DataSource, rendering: Rendering): Sorting {
  const entries = value === undefined ? [] : list(value, 'body.sorts', 100);
  const sorts = entries.map((entry, index) => acceptSort(entry, `body.sorts[${index}]`, dataSource, rendering));
  return {
    keyOf: (page) => sorts.map((sort) => sort.part(page)),
    compare: (a, b) => {
      for (const [index, { sign }] of sorts.entries()) {
        const order = compareParts(a[index] ?? null, b[index] ?? null, sign);
        if (order !== 0) return order;
      }
      return 0;
    },
  };
}

function acceptSort(
  value: unknown,
  path: string,
  dataSource: DataSource,
  rendering: Rendering,
): { part: KeyPart; sign: 1 | -1 } {
  const sort = object(value, path, ['property', 'timestamp', 'direction']);
  const sign = choice(sort.direction, `${path}.direction`, ['ascending', 'descending']) === 'ascending' ? 1 : -1;
  if (sort.timestamp !== undefined) {
    const timestamp = choice(sort.timestamp, `${path}.timestamp`, ['created_time', 'last_edited_time']);
    return { part: timestampPart(timestamp), sign };
  }
  const key = text(sort.property, `${path}.property`);
  const property = findProperty(dataSource, key);
  if (!property) throw invalid(`Could not find sort property with name or id: ${key}`);
  return { part: propertyPart(property, rendering), sign };
}

const timestampPart =
  (timestamp: 'created_time' | 'last_edited_time'): KeyPart =>
  (page) =>
    floorToMinute(timestamp === 'created_time' ? page.createdAt : page.editedAt);

function propertyPart(property: Property, rendering: Rendering): KeyPart {
  const { config } = property;
  switch (config.type) {
    case 'created_time':
    case 'last_edited_time':
      return timestampPart(config.type);
    case 'number':
      return (page) => {
        const value = valueOn(page, property);
        return value?.type === 'number' ? value.number : null;
      };
    case 'checkbox':
      return (page) => {
        const value = valueOn(page, property);
        return value?.type === 'checkbox' && value.checked ? 1 : 0;
      };
    case 'date':
      return (page) => {
        const value = valueOn(page, property);
        return value?.type === 'date' && value.date ? Date.parse(value.date.start) : null;
      };
    case 'select':
    case 'status':
      return (page) => {
        const value = valueOn(page, property);
        const chosen = value?.type === 'select' || value?.type === 'status' ? value.option : null;
        const place = config.options.findIndex((option) => option.id === chosen);
        return place < 0 ? null : place;
      };
    case 'title':
    case 'rich_text':
    case 'url':
    case 'email':
    case 'phone_number':
      return (page) => wordsIn(valueOn(page, property), property, rendering).toLowerCase() || null;
    case 'multi_select':
      return (page) => {
        const value = valueOn(page, property);
        const chosen = value?.type === 'multi_select' ? value.options : [];
        return config.options.findIndex((option) => chosen.includes(option.id)) + 1 || null;
      };
    case 'unique_id':
    case 'formula':
    case 'rollup':
    case 'verification':
      return (page) => sortable(renderProperty(property, page, rendering));
    case 'button':
    case 'place':
      throw invalid(`Cannot sort by ${property.name}: it is a ${config.type}.`);
    case 'people':
    case 'relation':
    case 'files':
    case 'created_by':
    case 'last_edited_by':
      return (page) => namesIn(page, property, rendering).join(', ').toLowerCase() || null;
  }
}

/** What a computed value is sorted by. A list of values has no order of its own. */
function sortable(value: PagePropertyResponse): number | string | null {
  if (value.type === 'unique_id') return value.unique_id.number;
  if (value.type === 'verification') return value.verification?.state ?? null;
  const result = value.type === 'formula' ? value.formula : value.type === 'rollup' ? value.rollup : null;
  switch (result?.type) {
    case 'number':
      return result.number;
    case 'boolean':
      return result.boolean === null ? null : Number(result.boolean);
    case 'date':
      return result.date && Date.parse(result.date.start);
    case 'string':
      return result.string?.toLowerCase() || null;
    default:
      return null;
  }
}

/** The names of the people, the titles of the related pages, or the names of the files. */
function namesIn(page: Page, property: Property, rendering: Rendering): string[] {
  const { store, view } = rendering;
  const nameOf = (id: string): string => store.users.get(id)?.name ?? '';
  if (property.config.type === 'created_by') return [nameOf(page.createdBy)];
  if (property.config.type === 'last_edited_by') return [nameOf(page.editedBy)];
  const value = valueOn(page, property);
  switch (value?.type) {
    case 'people':
      return value.users.map(nameOf);
    case 'files':
      return value.files.map((file) => file.name);
    case 'relation':
      return readableRelation(value.pages, rendering).map((id) => {
        const related = view.page(id);
        return related ? titleOf(related) : '';
      });
    default:
      return [];
  }
}

function compareParts(a: number | string | null, b: number | string | null, sign: 1 | -1): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -sign : sign;
}
