import type { PageObjectResponse, UpdatePageParameters } from '@notionhq/client';

export type Column = string | number | boolean | readonly string[] | null;
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
    case 'checkbox':
      return property.checkbox;
    case 'multi_select':
      return property.multi_select.map((option) => option.name);
    case 'people':
      return property.people.map(({ id }) => id);
    case 'files':
      return property.files.flatMap((file) => ('external' in file ? [file.external.url] : []));
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
    case 'checkbox':
      return { checkbox: value === true };
    case 'multi_select':
      return { multi_select: listOf(value).map((option) => ({ name: option })) };
    case 'people':
      return { people: listOf(value).map((id) => ({ id })) };
    case 'files':
      return { files: listOf(value).map((url) => ({ name: url.slice(-100), external: { url } })) };
    default:
      return { relation: listOf(value).map((id) => ({ id })) };
  }
}

const listOf = (value: Column): readonly string[] => (Array.isArray(value) ? value : []);
