import { toTemporaryId } from '../sync/temporary-id.ts';
import type { Database } from './client.ts';
import { quote } from './entity-sql.ts';

/**
 * Inserts a row that has no page yet, as any SQL client would.
 * @param table quoted
 * @param values by column
 * @throws as `databaseError`
 */
export async function insertWithoutPage(
  database: Database,
  table: string,
  id: string,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  const entries = Object.entries({ notion_page_id: toTemporaryId(id), ...values });
  const columns = entries.map(([column]) => `, ${quote(column)}`).join('');
  const places = entries.map((_, index) => `, $${index + 2}`).join('');
  await database.execute(`INSERT INTO ${table} (id${columns}) VALUES ($1::uuid${places})`, [
    id,
    ...entries.map(([, value]) => value),
  ]);
}

/**
 * Updates a row as a user's edit.
 * @param table quoted
 * @param values by column; at least one
 * @returns how many rows it wrote
 * @throws as `databaseError`
 */
export function updateColumns(
  database: Database,
  table: string,
  id: string,
  values: Readonly<Record<string, unknown>>,
): Promise<number> {
  const sets = Object.keys(values).map((column, index) => `${quote(column)} = $${index + 2}`);
  return database.execute(`UPDATE ${table} SET ${sets.join(', ')} WHERE id = $1::uuid`, [id, ...Object.values(values)]);
}
