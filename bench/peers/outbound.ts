import { type Client, isFullPage } from '@notionhq/client';
import { dataSourceIdOf } from 'notion-emulator';
import type pg from 'pg';
import { type Entity, notionFields } from '../../src/entities/define.ts';
import { withRetries } from './notion.ts';
import { type Column, writeProperty } from './properties.ts';

interface Times {
  readonly id: string;
  readonly notion_page_id: string | null;
  readonly sql_edited_at: Date | null;
  readonly synced_at: Date | null;
}
export type Row = Times & Record<string, Column>;

/** @returns the rows that are new, or edited since they were sent: of the whole table, as such scripts do */
export async function findEdited(pool: pg.Pool, entity: Entity): Promise<readonly Row[]> {
  const { rows } = await pool.query<Row>(`SELECT * FROM ${entity.table}`);
  return rows.filter(
    ({ notion_page_id, sql_edited_at, synced_at }) =>
      notion_page_id === null || (sql_edited_at && (!synced_at || sql_edited_at > synced_at)),
  );
}

/** Sends a row as a whole. What somebody edited in its page meanwhile is overwritten. */
export async function sendRow(notion: Client, pool: pg.Pool, entity: Entity, row: Row): Promise<void> {
  const pageId = row.notion_page_id;
  const properties = Object.fromEntries(
    notionFields(entity).map(([name, field]) => [field.property, writeProperty(field.kind, row[name] ?? null)]),
  );
  const page = await withRetries(() =>
    pageId === null
      ? notion.pages.create({
          parent: { type: 'data_source_id', data_source_id: dataSourceIdOf(entity.databaseId) },
          properties,
        })
      : notion.pages.update({ page_id: pageId, properties }),
  );
  await pool.query(
    `UPDATE ${entity.table} SET notion_page_id = $2, notion_edited_at = $3, synced_at = now() WHERE id = $1`,
    [row.id, page.id, 'last_edited_time' in page && isFullPage(page) ? page.last_edited_time : null],
  );
}
