import { brakeStore } from '../../database/brake-store.ts';
import { type Database, transaction, YIELD_TO_USERS } from '../../database/client.ts';
import { goals } from '../../entities/goals.ts';
import { tasks } from '../../entities/tasks.ts';
import { readArchiveRoom } from '../../sync/brake.ts';

/** The tables whose finished records are archived, and the status of a finished record. */
const FINAL_STATUS = { tasks: 'Done', goals: 'Achieved' } as const;
export type FinishingTable = keyof typeof FINAL_STATUS;
export const finishingTables = Object.keys(FINAL_STATUS) as readonly FinishingTable[]; // Object.keys loses the type of the keys

/** The last edit on either side: the record was finished by then at the latest. */
const LAST_EDIT = {
  tasks: 'greatest(t.completed_at, t.notion_last_edited_at, t.sql_local_last_edited_at, t.created_at)',
  goals: 'greatest(t.notion_last_edited_at, t.sql_local_last_edited_at, t.created_at)',
} as const;

/**
 * Archives, as a user's edit, records that are finished and were not edited since `before`: the oldest first, and at
 * most as many as the archive brake lets pass.
 * @returns how many were archived, and how many are left
 * @throws as `databaseError`
 */
export const archiveFinished = (
  database: Database,
  table: FinishingTable,
  before: Date,
): Promise<{ readonly archived: number; readonly left: number }> =>
  transaction(database, { as: 'user', lockTimeout: YIELD_TO_USERS }, async (tx) => {
    const entity = table === 'tasks' ? tasks : goals;
    const room = await readArchiveRoom(brakeStore(tx, entity));
    const isFinished = `t.archived_at IS NULL AND t.status = $1 AND ${LAST_EDIT[table]} < $2`;
    const [found] = await tx.query<{ archived: number; finished: number }>(
      `WITH chosen AS (SELECT t.id FROM ${table} t WHERE ${isFinished} ORDER BY ${LAST_EDIT[table]}, t.id
                      LIMIT $3),
       done AS (UPDATE ${table} t SET archived_at = now() FROM chosen c WHERE t.id = c.id AND ${isFinished} RETURNING 1)
       SELECT (SELECT count(*)::int FROM done) AS archived, (SELECT count(*)::int FROM ${table} t WHERE ${isFinished}) AS finished`,
      [FINAL_STATUS[table], before, room],
    );
    const { archived = 0, finished = 0 } = found ?? {};
    return { archived, left: finished - archived };
  });
