import type { PageObjectResponse, UpdatePageParameters } from '@notionhq/client';

export type Column = string | number | readonly string[] | null;
type Property = PageObjectResponse['properties'][string];
type Write = NonNullable<UpdatePageParameters['properties']>[string];

/** A property's value as such scripts store it: formatting, the end of a date and others are lost. */
export function readProperty(property: Property | undefined): Column {
  switch (property?.type) {
    case 'title':
      return property.title.map((part) => part.plain_text).join('');
    case 'rich_text':
      return property.rich_text.map((part) => part.plain_text).join('') || null;
    case 'select':
      return property.select?.name ?? null;
    case 'number':
      return property.number;
    case 'date':
      return property.date?.start ?? null;
    case 'url':
      return property.url;
    case 'email':
      return property.email;
    case 'phone_number':
      return property.phone_number;
    case 'relation':
      return property.relation.map(({ id }) => id);
    default:
      return null;
  }
}

export function writeProperty(kind: string, value: Column): Write {
  switch (kind) {
    case 'title':
      return { title: [{ text: { content: String(value ?? '') } }] };
    case 'rich_text':
      return { rich_text: value === null ? [] : [{ text: { content: String(value) } }] };
    case 'select':
      return { select: value === null ? null : { name: String(value) } };
    case 'number':
      return { number: value === null ? null : Number(value) };
    case 'date':
    case 'timestamp':
      return { date: value === null ? null : { start: String(value) } };
    case 'url':
      return { url: value === null ? null : String(value) };
    case 'email':
      return { email: value === null ? null : String(value) };
    case 'phone_number':
      return { phone_number: value === null ? null : String(value) };
    default:
      return { relation: Array.isArray(value) ? value.map((id: string) => ({ id })) : [] };
  }
}
