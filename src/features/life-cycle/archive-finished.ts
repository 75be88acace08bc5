import { type Database, transaction, yieldToUsers } from '../../database/client.ts';

/** What is archived once it is over, and the status that says so. */
const ENDS = { tasks: 'Done', goals: 'Achieved' } as const;
export type Ending = keyof typeof ENDS;
export const endings = Object.keys(ENDS) as readonly Ending[]; // its keys are these

/** When it was last touched, on either side: it was over by then at the latest. */
const LAST_TOUCHED = {
  tasks: 'greatest(t.completed_at, t.notion_last_edited_at, t.sql_local_last_edited_at, t.created_at)',
  goals: 'greatest(t.notion_last_edited_at, t.sql_local_last_edited_at, t.created_at)',
} as const;

/**
 * Archives, as a user's edit, what has been over and untouched since then: the oldest first, and at once no more than
 * a sweep would archive unasked.
 * @returns how many, and how many are left for another time
 * @throws as `asDatabaseErrors`
 */
export const archiveEnded = (
  database: Database,
  table: Ending,
  before: Date,
): Promise<{ readonly archived: number; readonly left: number }> =>
  transaction(database, async (tx) => {
    await yieldToUsers(tx);
    const isEnded = `t.archived_at IS NULL AND t.status = $1 AND ${LAST_TOUCHED[table]} < $2`;
    const [found] = await tx.$queryRawUnsafe<{ archived: number; ended: number }[]>(
      `WITH chosen AS (SELECT t.id FROM ${table} t WHERE ${isEnded} ORDER BY ${LAST_TOUCHED[table]}, t.id
                      LIMIT (SELECT greatest(20, count(*) / 10) FROM ${table} WHERE archived_at IS NULL)),
       done AS (UPDATE ${table} t SET archived_at = now() FROM chosen c WHERE t.id = c.id AND ${isEnded} RETURNING 1)
       SELECT (SELECT count(*)::int FROM done) AS archived, (SELECT count(*)::int FROM ${table} t WHERE ${isEnded}) AS ended`,
      ENDS[table],
      before,
    );
    const { archived = 0, ended = 0 } = found ?? {};
    return { archived, left: ended - archived };
  });
