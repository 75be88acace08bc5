import { quote } from '../../database/entity-sql.ts';
import { updateColumns } from '../../database/write-row.ts';
import { type Entity, titleField } from '../../entities/define.ts';
import type { RecordReference } from './answer.ts';
import type { Writing } from './tool.ts';

/** Values by column; undefined keeps the default or the current value. */
export type Values = Readonly<Record<string, string | number | boolean | Date | readonly string[] | null | undefined>>;

/** Inserts a row without a page, as any SQL client would. */
export async function insertRow(writing: Writing, entity: Entity, values: Values): Promise<RecordReference> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  const columns = given.map(([name]) => `, ${quote(name)}`).join('');
  const places = given.map((_, index) => `, $${index + 2}`).join('');
  // Another client may have used the id: try the next one.
  for (;;) {
    const [row] = await writing.query<{ id: string }>(
      `INSERT INTO ${quote(entity.table)} (notion_page_id${columns}) VALUES ($1${places})
       ON CONFLICT (notion_page_id) DO NOTHING RETURNING id`,
      [await writing.temporaryId(), ...given.map(([, value]) => value)],
    );
    if (row) return { entity: entity.name, id: row.id, title: String(values[titleField(entity)]) };
  }
}

/** Updates a row as a user's edit; without values, it does nothing. */
export async function updateRow(writing: Writing, entity: Entity, id: string, values: Values): Promise<void> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  if (given.length > 0) await updateColumns(writing, quote(entity.table), id, Object.fromEntries(given));
}
