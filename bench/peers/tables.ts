import type pg from 'pg';
import { type Entity, type NotionField, notionFields } from '../../src/entities/define.ts';
import { entities } from '../definition.ts';

/**
 * The tables of both: the same columns as Lockstep's, relations as lists of page ids, and three times to
 * compare. There are no triggers, so a writer has to set `sql_edited_at`.
 */
export async function createTables(pool: pg.Pool): Promise<void> {
  for (const entity of entities) {
    const columns = notionFields(entity).map(([name, field]) => `${name} ${sqlType(field)}`);
    await pool.query(`CREATE TABLE IF NOT EXISTS ${entity.table} (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      notion_page_id text UNIQUE,
      notion_edited_at timestamptz,
      sql_edited_at timestamptz,
      synced_at timestamptz,
      ${columns.join(', ')})`);
  }
}

export const columnsOf = (entity: Entity): string[] => notionFields(entity).map(([name]) => name);

const LISTS: readonly string[] = ['relation_one', 'relation_many', 'multi_select', 'people', 'files'];

function sqlType({ kind }: NotionField): string {
  if (kind === 'number') return 'double precision';
  if (kind === 'checkbox') return 'boolean';
  return LISTS.includes(kind) ? 'text[]' : 'text';
}
