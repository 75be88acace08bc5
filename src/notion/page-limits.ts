import type { PropertyItemObjectResponse, RichTextItemResponse } from '@notionhq/client';
import type { PageProperty } from './properties.ts';

/** A page object holds no more inline mentions of a text. @see https://developers.notion.com/reference/retrieve-a-page */
const mostMentions = 25;

/** Whether a page object may hold only the beginning of the property: of its pages, or of a text with many mentions. */
export function mayBeCut(property: PageProperty): boolean {
  if (property.type === 'relation') return 'has_more' in property && property.has_more === true;
  const text = property.type === 'title' ? property.title : property.type === 'rich_text' ? property.rich_text : [];
  return text.length >= mostMentions && text.filter((item) => item.type === 'mention').length >= mostMentions;
}

/** The property with all the items that its own endpoint gave. */
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
