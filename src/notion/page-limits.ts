import type { PropertyItemObjectResponse, RichTextItemResponse } from '@notionhq/client';
import type { PageProperty } from './properties.ts';

/** A page object contains at most this many inline mentions of a text. @see https://developers.notion.com/reference/retrieve-a-page */
const MAX_MENTIONS = 25;

/** A page object may contain no more people than this. @see https://developers.notion.com/reference/page-property-values#people */
const MAX_PEOPLE = 25;

/** Whether a page object may contain only the first items of the property: related pages, people, or a text with many mentions. */
export function mayBeCut(property: PageProperty): boolean {
  if (property.type === 'relation') return 'has_more' in property && property.has_more === true;
  if (property.type === 'people') return property.people.length >= MAX_PEOPLE;
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
    case 'people': {
      const users = items.flatMap((item) => (item.type === 'people' ? [item.people] : []));
      // The endpoint lists users only.
      const groups = property.people.filter((one) => one.object === 'group');
      return { ...property, people: [...users, ...groups.filter(({ id }) => users.every((user) => user.id !== id))] };
    }
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
