import pg from 'pg';

const CONNECT_MS = 10_000;
/** A server that is there but busy is worth waiting for; one that is not is given up sooner. */
const MAX_POOL_WAIT_MS = 60_000;
const REPORT_INTERVAL_MS = 10_000;

/** How many callers wait for one of how many connections. */
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

class Connection extends pg.Client {
  constructor(options: pg.ClientConfig = {}) {
    super({ ...options, connectionTimeoutMillis: CONNECT_MS });
    // Whoever uses it hears of its loss from his query; an error that nobody hears would end the process.
    this.on('error', () => undefined);
  }
}

/**
 * One pool for the process; connects on first use. Whoever finds every connection busy waits for up to a minute.
 * @param onWait told now and then while somebody waits
 */
export function openPool(url: string, size: number, onWait: (wait: PoolWait) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: MAX_POOL_WAIT_MS,
    // Times of day and instants are read as text: the session's zone must not matter.
    options: '-c TimeZone=UTC',
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
