import type { PropertyItemObjectResponse, RichTextItemResponse } from '@notionhq/client';
import type { PageProperty } from './properties.ts';

/** A page object contains at most this many inline mentions of a text. @see https://developers.notion.com/reference/retrieve-a-page */
const MAX_MENTIONS = 25;

/** Whether a page object may contain only the first items of the property: related pages, or a text with many mentions. */
export function mayBeCut(property: PageProperty): boolean {
  if (property.type === 'relation') return 'has_more' in property && property.has_more === true;
  const text = property.type === 'title' ? property.title : property.type === 'rich_text' ? property.rich_text : [];
  return text.length >= MAX_MENTIONS && text.filter((item) => item.type === 'mention').length >= MAX_MENTIONS;
}

/** The property with all items, as its own endpoint returned them. */
export function withAllItems(property: PageProperty, items: readonly PropertyItemObjectResponse[]): PageProperty {
  switch (property.type) {
    case 'relation':
      return {
        ...property,
        ...{ has_more: false },
        relation: items.flatMap((item) => (item.type === 'relation' ? [{ id: item.relation.id }] : [])),
      };
    case 'title':
      return {
        ...property,
        title: items.flatMap((item): RichTextItemResponse[] => (item.type === 'title' ? [item.title] : [])),
      };
    case 'rich_text':
      return {
        ...property,
        rich_text: items.flatMap((item): RichTextItemResponse[] => (item.type === 'rich_text' ? [item.rich_text] : [])),
      };
    default:
      return property;
  }
}
