import type { ExactPage } from 'notion-emulator';
import type pg from 'pg';
import { type Entity, notionFields, titleField } from '../src/entities/define.ts';
import { entities } from './definition.ts';
import type { Emulator } from './emulator.ts';

/** An edit on one side, to be found on the other. */
export interface Edit {
  readonly entity: Entity;
  readonly pageId: string;
  readonly text: string;
  readonly field: TextField;
}

/** The column and property of a text. */
interface TextField {
  readonly column: string;
  readonly property: string;
}

/** The title of a page, which is its own field in each entity. */
export function titleOf(entity: Entity): TextField {
  const column = titleField(entity);
  return { column, property: String(entity.fields[column]?.property) };
}

/** An entity's first text field. */
export function textField(entity: Entity): TextField {
  const [column, field] = notionFields(entity).find(([, { kind }]) => kind === 'rich_text') ?? [];
  if (column === undefined || !field) throw new Error(`${entity.name} has no text`);
  return { column, property: field.property };
}

/** Chooses pages to edit, the same number in each database. @param from how many pages of each to skip */
export async function choosePages(emulator: Emulator, each: number, from: number, text: string): Promise<Edit[]> {
  const chosen: Edit[] = [];
  for (const entity of entities) {
    const pages = await emulator.control<ExactPage[]>('pages', { database: entity.databaseId });
    const some = pages.slice(from, from + each);
    chosen.push(...some.map(({ id }) => ({ entity, pageId: id, text: `${text} ${id}`, field: textField(entity) })));
  }
  return chosen;
}

export async function editInNotion(emulator: Emulator, edits: readonly Edit[]): Promise<void> {
  for (const { pageId, text, field } of edits) {
    await emulator.control('editPage', { id: pageId, values: { [field.property]: text } });
  }
}

/** @param also another assignment, such as the classic design's edit time */
export async function editInSql(pool: pg.Pool, edits: readonly Edit[], also = ''): Promise<void> {
  for (const { entity, pageId, text, field } of edits) {
    const set = `${field.column} = $2${also}`;
    await pool.query(`UPDATE ${entity.table} SET ${set} WHERE notion_page_id = $1`, [pageId, text]);
  }
}

/** How many of the edits are in SQL. */
export async function countInSql(pool: pg.Pool, edits: readonly Edit[]): Promise<number> {
  let found = 0;
  for (const { entity, pageId, text, field } of edits) {
    const { rowCount } = await pool.query(
      `SELECT FROM ${entity.table} WHERE notion_page_id = $1 AND ${field.column} = $2`,
      [pageId, text],
    );
    found += rowCount ?? 0;
  }
  return found;
}

/** How many of the edits are in Notion. */
export async function countInNotion(emulator: Emulator, edits: readonly Edit[]): Promise<number> {
  let found = 0;
  for (const { pageId, text, field } of edits) {
    const { page } = await emulator.control<ExactPage>('page', { id: pageId });
    const property = page.properties[field.property];
    const parts =
      property?.type === 'rich_text' ? property.rich_text : property?.type === 'title' ? property.title : [];
    if (parts.map((part) => part.plain_text).join('') === text) found += 1;
  }
  return found;
}
