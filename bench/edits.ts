import type { ExactPage } from 'notion-emulator';
import type pg from 'pg';
import { type Entity, notionFields } from '../src/entities/define.ts';
import { entities } from './definition.ts';
import type { Emulator } from './emulator.ts';

/** An edit on one side, to be found on the other. */
export interface Edit {
  readonly entity: Entity;
  readonly pageId: string;
  readonly text: string;
  /** Which of the record's fields. Default: its text. */
  readonly kind?: 'title' | 'rich_text';
}

/** The column and property of an entity's first text field, or of its title. */
export function fieldOf(
  entity: Entity,
  kind: Edit['kind'] = 'rich_text',
): { readonly column: string; readonly property: string } {
  const [column, field] = notionFields(entity).find((candidate) => candidate[1].kind === kind) ?? [];
  if (column === undefined || !field) throw new Error(`${entity.name} has no ${kind}`);
  return { column, property: field.property };
}

/** Chooses pages to edit, the same number in each database. @param from how many pages of each to skip */
export async function choosePages(emulator: Emulator, each: number, from: number, text: string): Promise<Edit[]> {
  const chosen: Edit[] = [];
  for (const entity of entities) {
    const pages = await emulator.control<ExactPage[]>('pages', { database: entity.databaseId });
    chosen.push(...pages.slice(from, from + each).map(({ id }) => ({ entity, pageId: id, text: `${text} ${id}` })));
  }
  return chosen;
}

export async function editInNotion(emulator: Emulator, edits: readonly Edit[]): Promise<void> {
  for (const { entity, pageId, text, kind } of edits) {
    await emulator.control('editPage', { id: pageId, values: { [fieldOf(entity, kind).property]: text } });
  }
}

/** @param also another assignment, such as the classic design's edit time */
export async function editInSql(pool: pg.Pool, edits: readonly Edit[], also = ''): Promise<void> {
  for (const { entity, pageId, text, kind } of edits) {
    const set = `${fieldOf(entity, kind).column} = $2${also}`;
    await pool.query(`UPDATE ${entity.table} SET ${set} WHERE notion_page_id = $1`, [pageId, text]);
  }
}

/** How many of the edits are in SQL. */
export async function countInSql(pool: pg.Pool, edits: readonly Edit[]): Promise<number> {
  let found = 0;
  for (const { entity, pageId, text, kind } of edits) {
    const { rowCount } = await pool.query(
      `SELECT FROM ${entity.table} WHERE notion_page_id = $1 AND ${fieldOf(entity, kind).column} = $2`,
      [pageId, text],
    );
    found += rowCount ?? 0;
  }
  return found;
}

/** How many of the edits are in Notion. */
export async function countInNotion(emulator: Emulator, edits: readonly Edit[]): Promise<number> {
  let found = 0;
  for (const { entity, pageId, text, kind } of edits) {
    const { page } = await emulator.control<ExactPage>('page', { id: pageId });
    const property = page.properties[fieldOf(entity, kind).property];
    if (property && textOf(property) === text) found += 1;
  }
  return found;
}

function textOf(property: ExactPage['page']['properties'][string]): string {
  const items = property.type === 'title' ? property.title : property.type === 'rich_text' ? property.rich_text : [];
  return items.map((part) => part.plain_text).join('');
}
