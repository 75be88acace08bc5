import type { QueryDataSourceParameters } from '@notionhq/client';
import type { DataSource } from './data-source.ts';

type Filter = NonNullable<QueryDataSourceParameters['filter']>;
type Condition = Extract<Filter, { and: unknown }>['and'][number];
type OrFilter = Extract<Condition, { or: unknown }>;

/** Property types that a filter can test: all but checkboxes for emptiness. */
const FILTERABLE = new Set([
  'title',
  'rich_text',
  'number',
  'select',
  'status',
  'date',
  'url',
  'email',
  'phone_number',
  'relation',
  'multi_select',
  'people',
  'files',
  'checkbox',
]);

/**
 * A condition that every page meets and that Notion refuses when one of the properties is gone or has another type.
 * A query with it checks the schema too, so that an idle cycle needs no request of its own for that.
 * @see https://developers.notion.com/reference/filter-data-source-entries
 */
export function schemaGuard({ properties, syncKey }: DataSource): OrFilter | null {
  const known = [...Object.values(properties), ...(syncKey === null ? [] : [{ id: syncKey, type: 'rich_text' }])];
  const [first, ...others] = known.filter(({ type }) => FILTERABLE.has(type));
  if (!first) return null;
  return {
    or: [
      emptyCondition(first, 'is_not_empty'),
      ...[first, ...others].map((property) => emptyCondition(property, 'is_empty')),
    ],
  };
}

/** A checkbox is never empty, but it can be compared. The client's union has a member per type; these share their form. */
function emptyCondition({ id, type }: { id: string; type: string }, condition: 'is_empty' | 'is_not_empty') {
  const test = type === 'checkbox' ? { equals: condition === 'is_not_empty' } : { [condition]: true };
  return { property: id, [type]: test } as OrFilter['or'][number];
}
