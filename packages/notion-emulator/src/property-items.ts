import type { GetPagePropertyResponse, PropertyItemListResponse, PropertyItemObjectResponse } from '@notionhq/client';
import { fromCursor, requestMark, toCursor } from './cursors.ts';
import { pageSize } from './expect.ts';
import type { Page, Property } from './model.ts';
import type { PagePropertyResponse, RollupFunction } from './notion-types.ts';
import { renderProperty, rollupValues } from './render-values.ts';
import type { Rendering } from './rendering.ts';
import type { Settings } from './settings.ts';

/** Functions whose result the endpoint does not have. */
const NOT_COMPUTED: readonly RollupFunction[] = [
  'show_unique',
  'unique',
  'median',
  'count_per_group',
  'percent_per_group',
];

/**
 * Answers `GET pages/{id}/properties/{pid}`: a paginated list for titles, texts, people, relations and rollups,
 * and a single item for other types.
 * @see https://developers.notion.com/reference/property-item-object
 */
export function propertyItems(
  page: Page,
  property: Property,
  query: URLSearchParams,
  settings: Settings,
  rendering: Rendering,
): GetPagePropertyResponse {
  const whole = { ...rendering, whole: true };
  const value = renderProperty(property, page, whole);
  const { config } = property;
  const items =
    config.type === 'rollup'
      ? (rollupValues(config, page, whole) ?? []).flatMap((related) => itemsOf(related) ?? single(related))
      : itemsOf(value);
  if (!items) return single(value);
  const size = pageSize(query.get('page_size') ?? undefined, 'query.page_size', settings.pageSizeCap);
  const request = requestMark('property', page.id, property.id);
  const { served } = fromCursor(query.get('start_cursor') ?? undefined, request);
  const results = items.slice(served, served + size);
  const more = served + results.length < items.length;
  const cursor = more ? toCursor(request, { served: served + results.length }) : null;
  const { id } = value;
  const next_url = cursor && `https://api.notion.com/v1/pages/${page.id}/properties/${id}?start_cursor=${cursor}`;
  return {
    object: 'list',
    type: 'property_item',
    property_item: { id, next_url, ...summaryOf(value, more) },
    results,
    next_cursor: cursor,
    has_more: more,
  };
}

/** The items of a value that is listed; null for other types. */
function itemsOf(value: PagePropertyResponse): PropertyItemObjectResponse[] | null {
  const { id } = value;
  const object = 'property_item' as const;
  switch (value.type) {
    case 'title':
      return value.title.map((title) => ({ object, id, type: 'title', title }));
    case 'rich_text':
      return value.rich_text.map((rich_text) => ({ object, id, type: 'rich_text', rich_text }));
    case 'people':
      return value.people.flatMap((people) =>
        people.object === 'user' ? [{ object, id, type: 'people', people }] : [],
      );
    case 'relation':
      return value.relation.map((relation) => ({ object, id, type: 'relation', relation }));
    default:
      return null;
  }
}

function single(value: PagePropertyResponse): PropertyItemObjectResponse {
  const object = 'property_item' as const;
  switch (value.type) {
    case 'title':
    case 'rich_text':
    case 'people':
    case 'relation':
    case 'rollup':
      throw new Error(`a ${value.type} is a list of items`);
    default:
      return { object, ...value };
  }
}

/** What the list says of its property: nothing but the type, or the result of a rollup on its last page. */
function summaryOf(value: PagePropertyResponse, more: boolean) {
  switch (value.type) {
    case 'title':
      return { type: value.type, title: {} };
    case 'rich_text':
      return { type: value.type, rich_text: {} };
    case 'people':
      return { type: value.type, people: {} };
    case 'relation':
      return { type: value.type, relation: {} };
    case 'rollup':
      return { type: value.type, rollup: rollupSummary(value.rollup, more) };
    default:
      throw new Error(`a ${value.type} is not a list of items`);
  }
}

type RollupResponse = Extract<PagePropertyResponse, { type: 'rollup' }>['rollup'];
type RollupSummary = Extract<PropertyItemListResponse['property_item'], { type: 'rollup' }>['rollup'];

function rollupSummary(rollup: RollupResponse, more: boolean): RollupSummary {
  const { function: name } = rollup;
  if (more) return { type: 'incomplete', incomplete: {}, function: name };
  if (NOT_COMPUTED.includes(name)) return { type: 'unsupported', unsupported: {}, function: name };
  // As recorded, the array is empty: its values are the results.
  return rollup.type === 'array' ? { type: 'array', array: [], function: name } : rollup;
}
