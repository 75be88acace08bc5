import { type Database, sql } from './client.ts';

/** A statement of ours that waits for a lock of another session. */
export interface LockWait {
  /** In seconds. */
  readonly waited: number;
  readonly blocker: number;
  /** The application of the blocker, which may be empty. */
  readonly application: string;
  /** Of the blocker, such as `idle in transaction`. */
  readonly state: string;
}

/** Shorter waits are usual. */
const MIN_WAIT_S = 2;

/** The longest waits first. Only a superuser sees what the sessions of other roles do. @throws as `databaseError` */
export const readLockWaits = (database: Database): Promise<LockWait[]> =>
  database.query<LockWait>(sql`
    SELECT extract(epoch FROM clock_timestamp() - w.query_start)::int AS waited, b.pid AS blocker,
           b.application_name AS application, coalesce(b.state, 'unknown') AS state
      FROM pg_stat_activity w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS p(pid) JOIN pg_stat_activity b ON b.pid = p.pid
     WHERE w.datname = current_database() AND w.application_name LIKE 'lockstep%' AND w.wait_event_type = 'Lock'
       AND w.query_start < clock_timestamp() - make_interval(secs => ${MIN_WAIT_S}::int)
     ORDER BY 1 DESC, 2`);
