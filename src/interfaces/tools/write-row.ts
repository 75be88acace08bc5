import { quote } from '../../database/entity-sql.ts';
import { type Entity, titleField } from '../../entities/define.ts';
import type { RecordReference } from './answer.ts';
import type { Writing } from './tool.ts';

/** Columns and their values; one that is undefined keeps its default, or what it is. */
export type Values = Readonly<Record<string, string | number | Date | null | undefined>>;

/** A row that has no page yet, as any client would insert it. */
export async function insertRow(writing: Writing, entity: Entity, values: Values): Promise<RecordReference> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  const columns = given.map(([name]) => `, ${quote(name)}`).join('');
  const places = given.map((_, index) => `, $${index + 2}`).join('');
  // Somebody else may have taken the id: the next one is tried.
  for (;;) {
    const [row] = await writing.query<{ id: string }>(
      `INSERT INTO ${quote(entity.table)} (notion_page_id${columns}) VALUES ($1${places})
       ON CONFLICT (notion_page_id) DO NOTHING RETURNING id`,
      [await writing.temporaryId(), ...given.map(([, value]) => value)],
    );
    if (row) return { entity: entity.name, id: row.id, title: String(values[titleField(entity)]) };
  }
}

/** A user's edit; where nothing differs it is none. */
export async function updateRow(writing: Writing, entity: Entity, id: string, values: Values): Promise<void> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  const sets = given.map(([name], index) => `${quote(name)} = $${index + 2}`).join(', ');
  await writing.execute(`UPDATE ${quote(entity.table)} SET ${sets} WHERE id = $1`, [
    id,
    ...given.map(([, value]) => value),
  ]);
}
