import { brakeStore } from '../../database/brake-store.ts';
import { type Database, transaction, YIELD_TO_USERS } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import { hasRole, roleOf } from '../../definition/features.ts';
import { finishedStatuses } from '../../definition/role-fields.ts';
import type { Entity } from '../../entities/define.ts';
import { readArchiveRoom } from '../../sync/brake.ts';

/** Records that are archived some time after they were finished. */
export interface Finishing {
  readonly entity: Entity;
  /** The statuses of a finished record. */
  readonly statuses: readonly string[];
  /** The last edit on either side, as SQL: the record was finished by then at the latest. */
  readonly lastEdit: string;
}

const lastEdit = (...also: readonly string[]): string =>
  `greatest(${[...also, 'notion_last_edited_at', 'sql_local_last_edited_at', 'created_at'].map((column) => `t.${quote(column)}`).join(', ')})`;

/** Tasks, and goals where they are synced and a status means that they are achieved. */
export function finishing(): readonly Finishing[] {
  const { entity: taskEntity, fields } = roleOf('tasks');
  const goals = roleOf('goals');
  const achieved = hasRole('goals') ? finishedStatuses(goals, 'Achieved') : [];
  return [
    {
      entity: taskEntity,
      statuses: taskEntity.closedStatuses ?? [],
      lastEdit: lastEdit(...(fields.completed_at === undefined ? [] : [fields.completed_at])),
    },
    ...(achieved.length > 0 ? [{ entity: goals.entity, statuses: achieved, lastEdit: lastEdit() }] : []),
  ];
}

/**
 * Archives, as a user's edit, records that are finished and were not edited since `before`: the oldest first, and at
 * most as many as the archive brake lets pass.
 * @returns how many were archived, and how many are left
 * @throws as `databaseError`
 */
export const archiveFinished = (
  database: Database,
  { entity, statuses, lastEdit }: Finishing,
  before: Date,
): Promise<{ readonly archived: number; readonly left: number }> =>
  transaction(database, { as: 'user', lockTimeout: YIELD_TO_USERS }, async (tx) => {
    const table = quote(entity.table);
    const room = await readArchiveRoom(brakeStore(tx, entity));
    const isFinished = `t.archived_at IS NULL AND t.status = ANY ($1::text[]) AND ${lastEdit} < $2`;
    const [found] = await tx.query<{ archived: number; finished: number }>(
      `WITH chosen AS (SELECT t.id FROM ${table} t WHERE ${isFinished} ORDER BY ${lastEdit}, t.id
                      LIMIT $3),
       done AS (UPDATE ${table} t SET archived_at = now() FROM chosen c WHERE t.id = c.id AND ${isFinished} RETURNING 1)
       SELECT (SELECT count(*)::int FROM done) AS archived, (SELECT count(*)::int FROM ${table} t WHERE ${isFinished}) AS finished`,
      [statuses, before, room],
    );
    const { archived = 0, finished = 0 } = found ?? {};
    return { archived, left: finished - archived };
  });
