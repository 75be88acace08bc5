import type { QueryDataSourceParameters } from '@notionhq/client';
import type { DataSource } from './data-source.ts';

type Filter = NonNullable<QueryDataSourceParameters['filter']>;
type Condition = Extract<Filter, { and: unknown }>['and'][number];
type Either = Extract<Condition, { or: unknown }>;

/** Types of which a filter can ask whether they are empty. */
const ASKABLE = new Set([
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
]);

/**
 * A condition that every page meets, and that Notion refuses as soon as one of the properties is gone or of another
 * type: a query that carries it reads the schema along, and an idle cycle needs no request for that.
 * @see https://developers.notion.com/reference/filter-data-source-entries
 */
export function schemaGuard({ properties, syncKey }: DataSource): Either | null {
  const known = [...Object.values(properties), ...(syncKey === null ? [] : [{ id: syncKey, type: 'rich_text' }])];
  const [first, ...others] = known.filter(({ type }) => ASKABLE.has(type));
  if (!first) return null;
  return {
    or: [emptiness(first, 'is_not_empty'), ...[first, ...others].map((property) => emptiness(property, 'is_empty'))],
  };
}

/** The client's union has a member for each type; all of these share this form. */
const emptiness = ({ id, type }: { id: string; type: string }, condition: 'is_empty' | 'is_not_empty') =>
  ({ property: id, [type]: { [condition]: true } }) as Either['or'][number];
