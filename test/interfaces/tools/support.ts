import { type DatabasePool, openDatabase, transaction } from '../../../src/database/client.ts';
import type { Answer } from '../../../src/interfaces/tools/answer.ts';
import { toolNamed } from '../../../src/interfaces/tools/index.ts';
import type { ToolContext } from '../../../src/interfaces/tools/tool.ts';
import { freshDatabase } from '../../support/database.ts';

/** Half past eight in the morning of a Wednesday in Madrid. */
export const NOW = new Date('2026-02-04T07:30:00Z');

const WRITTEN = [
  ...['tasks', 'projects', 'goals', 'notes', 'media', 'games', 'system_fixes', 'system_upgrades', 'calendar_events'],
  ...['sync_outbox', 'sync_changes', 'tool_deliveries', 'tool_serials'],
];

export interface ToolHome {
  readonly url: string;
  readonly database: DatabasePool;
  /** All rows of a table as JSON, oldest first. */
  rows(table: string): Promise<Record<string, unknown>[]>;
  /** Empties the tables that tools write. */
  clear(): Promise<void>;
  call(name: string, input: object, different?: Partial<ToolContext>): Promise<Answer>;
  close(): Promise<void>;
}

export async function openToolHome(): Promise<ToolHome> {
  const home = await freshDatabase();
  const database = openDatabase(home.url, 8);
  const context: ToolContext = { database, now: NOW, timeZone: 'Europe/Madrid', source: 'telegram' };
  return {
    url: home.url,
    database,
    rows: async (table) =>
      (
        await database.query<{ row: Record<string, unknown> }>(
          `SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY created_at, notion_page_id`,
        )
      ).map(({ row }) => row),
    clear: async () => {
      const deletes = WRITTEN.map((table) => `DELETE FROM ${table}`).join('; ');
      await transaction(database, { as: 'sync' }, (tx) => tx.execute(deletes));
    },
    call: (name, input, different = {}) => toolNamed(name).call({ ...context, ...different }, input),
    close: async () => {
      await database.close();
      await home.drop();
    },
  };
}
