import pg from 'pg';
import { FinalError } from '../errors.ts';
import type { Seat } from './seat.ts';

const CONNECT_MS = 10_000;

/**
 * What Lockstep's statements rely on, whatever the server, the database, the role or the URL's `options` say. They are
 * set by a statement: a pooler that knows no `options` refuses the connection, and `options` in the URL replace ours.
 */
const SETTINGS = {
  // Times and instants in JSON are text: they must not depend on the session's time zone.
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  standard_conforming_strings: 'on',
  extra_float_digits: '1',
  bytea_output: 'hex',
  default_transaction_isolation: 'read committed',
  // Rows that a policy hides would be taken for deleted: PostgreSQL reports it instead.
  row_security: 'off',
  // The planner overestimates lists in JSON, and compiles statements for longer than they take.
  // https://www.postgresql.org/docs/current/jit-decision.html
  jit: 'off',
} as const;

/**
 * Lockstep's schema is that of the URL (`?schema=`), else the one that holds its tables, else the one in which the
 * session creates tables. It is the first of the search path. The rest of the path stays, for the owner's triggers, but
 * not before the schema has our tables: those of another deployment must not be taken for ours.
 */
const SET = `WITH own AS (
    SELECT quote_ident(coalesce($1,
      (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass('sync_state')),
      current_schema(), 'public')) AS schema)
  SELECT ${Object.entries(SETTINGS)
    .map(([name, value]) => `set_config('${name}', '${value}', false) AS "${name}"`)
    .join(', ')},
    set_config('search_path', schema || CASE WHEN to_regclass(schema || '.sync_state') IS NOT NULL
      THEN coalesce(', ' || nullif(current_setting('search_path'), ''), '') ELSE '' END, false) AS search_path
  FROM own`;

const VERIFY = `SELECT ${[...Object.keys(SETTINGS), 'search_path'].map((name) => `current_setting('${name}') AS "${name}"`).join(', ')}`;

/** What a pool calls when a connection is open, or failed. */
type Connected = ((error: Error) => void) | ((error: null, client: pg.Client) => void);
type Settings = Readonly<Record<string, string>>;

export interface ConnectionOptions extends pg.ClientConfig {
  /** Where several workspaces share what a server allows. */
  readonly seat?: Seat | undefined;
}

/** A connection to PostgreSQL whose session has our settings: every one that Lockstep opens is of this class. */
export class Connection extends pg.Client {
  readonly #schema: string | null;
  readonly #seat: Seat | undefined;

  constructor({ seat, ...options }: ConnectionOptions = {}) {
    super({ ...options, connectionTimeoutMillis: options.connectionTimeoutMillis ?? CONNECT_MS });
    this.#schema = schemaOf(options.connectionString ?? '');
    this.#seat = seat;
    // A query on a lost connection fails by itself; an error event without a listener would end the process.
    this.on('error', () => undefined);
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): unknown {
    const ready = this.#open();
    // The driver's types describe the two ways of calling it as two functions.
    const done = callback as ((error: Error | null, client?: pg.Client) => void) | undefined;
    if (!done) return ready;
    ready.then((client) => done(null, client), done);
    return undefined;
  }

  async #open(): Promise<pg.Client> {
    const leave = await this.#seat?.enter();
    if (leave) this.once('end', leave);
    try {
      await super.connect();
    } catch (error) {
      leave?.();
      throw error;
    }
    try {
      const [set] = await this.#settings(SET, [this.#schema]);
      const [found] = await this.#settings(VERIFY);
      const changed = Object.keys(set ?? {}).find((name) => set?.[name] !== found?.[name]);
      if (changed !== undefined) throw settingsNotKept(changed, found?.[changed] ?? '');
      return this;
    } catch (error) {
      await this.end().catch(() => undefined);
      throw error;
    }
  }

  async #settings(text: string, values: unknown[] = []): Promise<Settings[]> {
    const query = { text, values, query_timeout: CONNECT_MS };
    return (await this.query<Settings>(query)).rows;
  }
}

/** The schema that the URL names, as Prisma's URLs do. */
export function schemaOf(url: string): string | null {
  return new URLSearchParams(url.split('?')[1] ?? '').get('schema');
}

const settingsNotKept = (name: string, found: string): FinalError =>
  new FinalError(
    'session_settings',
    `the session's ${name} is ${found} although it was set: a pooler gives each transaction another session; connect to PostgreSQL directly, or through session pooling`,
  );
