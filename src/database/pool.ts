import pg from 'pg';
import { Connection } from './connection.ts';
import { type Seat, SHARED_IDLE_MS } from './seat.ts';

/** Longer than a connection takes to open: a busy server is worth waiting for, an unreachable one is not. */
const MAX_POOL_WAIT_MS = 60_000;
const REPORT_INTERVAL_MS = 10_000;

/** How many callers wait for a connection, and how many connections there are. */
export interface PoolWait {
  readonly waiting: number;
  readonly size: number;
}

/** A day stays text, since a `Date` would be an instant in the machine's time zone. */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.DATE, (text) => text],
  [pg.types.builtins.INT8, BigInt],
]);

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format) =>
    (format !== 'binary' && PARSERS.get(oid)) || pg.types.getTypeParser(oid, format as 'text'),
};

/**
 * One pool for a workspace; connects on first use. When every connection is busy, a caller waits for up to a minute.
 * @param onWait called now and then while callers wait
 */
export function openPool(url: string, size: number, onWait: (wait: PoolWait) => void, seat?: Seat): pg.Pool {
  // The pool passes its options to each connection.
  const shared = seat === undefined ? {} : { seat, idleTimeoutMillis: SHARED_IDLE_MS };
  const pool = new pg.Pool({
    ...shared,
    connectionString: url,
    max: size,
    connectionTimeoutMillis: MAX_POOL_WAIT_MS,
    application_name: 'lockstep',
    keepAlive: true,
    types,
    Client: Connection,
  });
  // An idle connection that breaks is replaced by the next query.
  pool.on('error', () => undefined);
  let reportedAt = 0;
  pool.on('release', () => {
    if (pool.waitingCount === 0 || Date.now() - reportedAt < REPORT_INTERVAL_MS) return;
    reportedAt = Date.now();
    onWait({ waiting: pool.waitingCount, size });
  });
  return pool;
}
