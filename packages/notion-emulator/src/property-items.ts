import type { GetPagePropertyResponse, PropertyItemListResponse, PropertyItemObjectResponse } from '@notionhq/client';
import { fromCursor, requestMark, toCursor } from './cursors.ts';
import { pageSize } from './expect.ts';
import type { Page, Property } from './model.ts';
import { type Rendering, renderProperty } from './render.ts';
import type { Settings } from './settings.ts';

type ListType = PropertyItemListResponse['property_item']['type'];

/**
 * Answers `GET pages/{id}/properties/{pid}`: a paginated list for titles, texts, people
 * and relations, and a single item for other types.
 * @see https://developers.notion.com/reference/property-item-object
 */
export function propertyItems(
  page: Page,
  property: Property,
  query: URLSearchParams,
  settings: Settings,
  rendering: Rendering,
): GetPagePropertyResponse {
  const value = renderProperty(property, page, { ...rendering, whole: true });
  const id = encodeURIComponent(property.id);
  const object = 'property_item' as const;
  switch (value.type) {
    case 'title':
      return paged(
        page,
        property,
        query,
        settings,
        'title',
        value.title.map((title) => ({ object, id, type: 'title', title })),
      );
    case 'rich_text':
      return paged(
        page,
        property,
        query,
        settings,
        'rich_text',
        value.rich_text.map((rich_text) => ({ object, id, type: 'rich_text', rich_text })),
      );
    case 'people':
      return paged(
        page,
        property,
        query,
        settings,
        'people',
        value.people.flatMap((people) => (people.object === 'user' ? [{ object, id, type: 'people', people }] : [])),
      );
    case 'relation':
      return paged(
        page,
        property,
        query,
        settings,
        'relation',
        value.relation.map((relation) => ({ object, id, type: 'relation', relation })),
      );
    case 'rollup':
      throw new Error('rollups are not modelled');
    default:
      return { object, ...value };
  }
}

function paged(
  page: Page,
  property: Property,
  query: URLSearchParams,
  settings: Settings,
  type: Exclude<ListType, 'rollup'>,
  items: PropertyItemObjectResponse[],
): PropertyItemListResponse {
  const size = pageSize(query.get('page_size') ?? undefined, 'query.page_size', settings.pageSizeCap);
  const request = requestMark('property', page.id, property.id);
  const { served } = fromCursor(query.get('start_cursor') ?? undefined, request);
  const results = items.slice(served, served + size);
  const more = served + results.length < items.length;
  const cursor = more ? toCursor(request, { served: served + results.length }) : null;
  const id = encodeURIComponent(property.id);
  const next_url = cursor && `https://api.notion.com/v1/pages/${page.id}/properties/${id}?start_cursor=${cursor}`;
  return {
    object: 'list',
    type: 'property_item',
    property_item: { id, next_url, ...emptyOf(type) },
    results,
    next_cursor: cursor,
    has_more: more,
  };
}

function emptyOf(type: Exclude<ListType, 'rollup'>) {
  switch (type) {
    case 'title':
      return { type, title: {} };
    case 'rich_text':
      return { type, rich_text: {} };
    case 'people':
      return { type, people: {} };
    case 'relation':
      return { type, relation: {} };
  }
}
