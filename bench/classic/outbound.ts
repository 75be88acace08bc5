import { type Client, isFullPage } from '@notionhq/client';
import type pg from 'pg';
import { type Entity, notionFields } from '../../src/entities/define.ts';
import { withRetries } from './notion.ts';
import { type Column, writeProperty } from './properties.ts';

interface Row {
  readonly id: string;
  readonly notion_page_id: string | null;
  readonly sql_edited_at: Date | null;
  readonly synced_at: Date | null;
}

/** Reads the whole table, and sends newer rows one by one, as `tasks-sql-to-notion` and the other nine scripts do. */
export async function outbound(notion: Client, pool: pg.Pool, entity: Entity, dataSourceId: string): Promise<void> {
  const { rows } = await pool.query<Row & Record<string, Column>>(`SELECT * FROM ${entity.table}`);
  for (const row of rows) {
    const { notion_page_id: pageId, sql_edited_at, synced_at } = row;
    if (pageId !== null && !(sql_edited_at && (!synced_at || sql_edited_at > synced_at))) continue;
    const properties = Object.fromEntries(
      notionFields(entity).map(([name, field]) => [field.property, writeProperty(field.kind, row[name] ?? null)]),
    );
    const page = await withRetries(() =>
      pageId === null
        ? notion.pages.create({ parent: { type: 'data_source_id', data_source_id: dataSourceId }, properties })
        : notion.pages.update({ page_id: pageId, properties }),
    );
    await pool.query(
      `UPDATE ${entity.table} SET notion_page_id = $2, notion_edited_at = $3, synced_at = now() WHERE id = $1`,
      [row.id, page.id, 'last_edited_time' in page && isFullPage(page) ? page.last_edited_time : null],
    );
  }
}
