import { literal, sqlType } from '../../database/entity-sql.ts';
import type { Entity, Field } from '../../entities/define.ts';

export interface Column {
  readonly name: string;
  /** E.g. `text NOT NULL DEFAULT ''`. */
  readonly sql: string;
}

const FIRST: readonly Column[] = [
  { name: 'id', sql: 'uuid PRIMARY KEY DEFAULT gen_random_uuid()' },
  { name: 'notion_page_id', sql: 'text NOT NULL UNIQUE' },
];
const LAST: readonly Column[] = [
  { name: 'notion_last_edited_at', sql: 'timestamptz' },
  { name: 'sql_local_last_edited_at', sql: 'timestamptz' },
  { name: 'created_at', sql: 'timestamptz NOT NULL DEFAULT now()' },
  { name: 'updated_at', sql: 'timestamptz NOT NULL DEFAULT now()' },
  { name: 'archived_at', sql: 'timestamptz' },
];

/** A table's columns, in order. */
export const columnsOf = ({ fields }: Entity): readonly Column[] => [
  ...FIRST,
  ...Object.entries(fields).flatMap(([name, field]) => columnsFor(name, field)),
  ...LAST,
];

function columnsFor(name: string, field: Field): Column[] {
  switch (field.kind) {
    case 'relation_many':
    case 'back_link':
      return [];
    case 'relation_one':
      return [{ name, sql: 'uuid' }];
    case 'title':
      return [{ name, sql: "text NOT NULL DEFAULT ''" }];
    case 'select':
      return [{ name, sql: field.default === undefined ? 'text' : `text DEFAULT ${literal(field.default)}` }];
    case 'checkbox':
      return [{ name, sql: 'boolean NOT NULL DEFAULT false' }];
    case 'multi_select':
    case 'people':
    case 'files':
      return [{ name, sql: "text[] NOT NULL DEFAULT '{}'" }];
    case 'date':
      return [
        { name, sql: 'date' },
        ...(field.timeColumn === undefined ? [] : [{ name: field.timeColumn, sql: 'time' }]),
        ...(field.endColumn === undefined ? [] : [{ name: field.endColumn, sql: 'date' }]),
      ];
    case 'timestamp':
      return [
        { name, sql: 'timestamptz' },
        ...(field.endColumn === undefined ? [] : [{ name: field.endColumn, sql: 'timestamptz' }]),
      ];
    default:
      return [{ name, sql: sqlType(field) }];
  }
}
