import { type Client, isFullPage, type PageObjectResponse } from '@notionhq/client';
import { dataSourceIdOf } from 'notion-emulator';
import type pg from 'pg';
import { type Entity, notionFields } from '../../src/entities/define.ts';
import { withRetries } from './notion.ts';
import { type Column, readProperty } from './properties.ts';
import { columnsOf } from './tables.ts';

/**
 * Reads a database, and looks up each page in SQL.
 * @param since only what was edited then or later; null: everything
 */
export async function inbound(
  notion: Client,
  pool: pg.Pool,
  entity: Entity,
  since: string | null = null,
): Promise<void> {
  let cursor: string | null = null;
  do {
    const response = await withRetries(() =>
      notion.dataSources.query({
        data_source_id: dataSourceIdOf(entity.databaseId),
        page_size: 100,
        ...(since ? { filter: { timestamp: 'last_edited_time', last_edited_time: { on_or_after: since } } } : {}),
        ...(cursor ? { start_cursor: cursor } : {}),
      }),
    );
    for (const page of response.results)
      if (page.object === 'page' && isFullPage(page)) await takePage(pool, entity, page);
    cursor = response.next_cursor;
  } while (cursor);
}

interface Times {
  readonly notion_edited_at: Date | null;
  readonly sql_edited_at: Date | null;
  readonly synced_at: Date | null;
}

async function takePage(pool: pg.Pool, entity: Entity, page: PageObjectResponse): Promise<void> {
  const { rows } = await pool.query<Times>(`SELECT * FROM ${entity.table} WHERE notion_page_id = $1`, [page.id]);
  const [row] = rows;
  const values = notionFields(entity).map(([, field]) => readProperty(page.properties[field.property]));
  if (!row) await insertRow(pool, entity, page, values);
  else if (isNewer(page, row)) await updateRow(pool, entity, page, values);
}

/** The newer edit wins. */
function isNewer(page: PageObjectResponse, { notion_edited_at, sql_edited_at, synced_at }: Times): boolean {
  const edited = new Date(page.last_edited_time);
  const editedInSql = sql_edited_at !== null && (synced_at === null || sql_edited_at > synced_at);
  return (notion_edited_at === null || edited > notion_edited_at) && !(editedInSql && sql_edited_at > edited);
}

async function insertRow(pool: pg.Pool, entity: Entity, page: PageObjectResponse, values: Column[]): Promise<void> {
  const places = values.map((_, index) => `$${index + 3}`);
  await pool.query(
    `INSERT INTO ${entity.table} (notion_page_id, notion_edited_at, synced_at, ${columnsOf(entity).join(', ')})
     VALUES ($1, $2, now(), ${places.join(', ')})`,
    [page.id, page.last_edited_time, ...values],
  );
}

async function updateRow(pool: pg.Pool, entity: Entity, page: PageObjectResponse, values: Column[]): Promise<void> {
  const sets = columnsOf(entity).map((column, index) => `${column} = $${index + 3}`);
  await pool.query(
    `UPDATE ${entity.table} SET notion_edited_at = $2, synced_at = now(), ${sets.join(', ')} WHERE notion_page_id = $1`,
    [page.id, page.last_edited_time, ...values],
  );
}
