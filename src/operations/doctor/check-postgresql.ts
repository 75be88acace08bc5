import type { Database } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import { type Check, type Finding, info } from './finding.ts';

/** The first version with a built-in `gen_random_uuid()`, the default of every id column. */
const MIN_VERSION = 13;
/** The oldest version that the tests run on. */
const MIN_TESTED_VERSION = 15;
/** Besides its pool, a worker holds one connection for claims and one for the change listener. */
const CONNECTIONS_OUTSIDE_POOL = 2;

interface Server {
  readonly version: number;
  readonly role: string;
  readonly database: string;
  /** Null if the role has access to none. */
  readonly schema: string | null;
  readonly may_create: boolean;
  readonly has_tables: boolean;
  readonly connections: number;
  readonly role_limit: number;
  readonly database_limit: number;
  readonly workers: number;
}

const SERVER = `SELECT current_setting('server_version_num')::int / 10000 AS version, r.rolname AS role, d.datname AS database,
    current_schema() AS schema, coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
    to_regclass('tasks') IS NOT NULL AS has_tables,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true)::int, 0) AS connections,
    CASE WHEN r.rolsuper THEN -1 ELSE r.rolconnlimit END AS role_limit,
    CASE WHEN r.rolsuper THEN -1 ELSE d.datconnlimit END AS database_limit,
    (SELECT count(*)::int FROM pg_stat_activity a WHERE a.application_name LIKE 'lockstep claims%' AND a.datid = d.oid) AS workers
  FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()`;

/** Checks the version of PostgreSQL, the rights of the role and the number of connections. */
export const checkPostgresql: Check = async ({ database, config }) => {
  const [server] = await database.query<Server>(SERVER);
  if (!server) return [];
  return [
    ...versionFindings(server),
    ...(server.has_tables ? await tableFindings(database, server) : schemaFindings(server)),
    ...poolFindings(server, config.database.poolSize),
  ];
};

function versionFindings({ version }: Server): Finding[] {
  if (version >= MIN_TESTED_VERSION) return [];
  if (version >= MIN_VERSION) {
    const what = `the version is PostgreSQL ${version}; Lockstep is tested with ${MIN_TESTED_VERSION} and newer`;
    return [info({ code: 'postgresql_untested', subject: 'postgresql', what })];
  }
  return [
    {
      code: 'postgresql_too_old',
      severity: 'problem',
      subject: 'postgresql',
      what: `the version is PostgreSQL ${version}; the minimum is ${MIN_VERSION}`,
      why: 'the migrations use features that it does not have',
      fix: `upgrade PostgreSQL to ${MIN_TESTED_VERSION} or newer (pg_upgrade, or pg_dump into a new server), then: lockstep migrate`,
    },
  ];
}

/** For a database without our tables. Since PostgreSQL 15, not every role may create tables in `public`. */
function schemaFindings({ may_create, schema, role }: Server): Finding[] {
  if (may_create) return [];
  const where = quote(schema ?? 'public');
  return [
    rightsMissing(
      `the role "${role}" is not allowed to create tables in the schema ${where}`,
      role,
      `ALL ON SCHEMA ${where}`,
    ),
  ];
}

interface Table {
  readonly name: string;
  readonly lacks: readonly string[];
  readonly is_owned: boolean;
}

/** What the migrations created: everything in their schema with the same owner as `tasks`. A column's own sequence needs no grant. */
const TABLES = `SELECT c.relname AS name, pg_has_role(c.relowner, 'USAGE') AS is_owned,
    CASE c.relkind WHEN 'S' THEN ARRAY(SELECT 'USAGE' WHERE NOT has_sequence_privilege(c.oid, 'USAGE'))
      ELSE ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p WHERE NOT has_table_privilege(c.oid, p)) END AS lacks
  FROM pg_class c, pg_class t
  WHERE t.oid = to_regclass('tasks') AND c.relkind IN ('r', 'S') AND c.relnamespace = t.relnamespace AND c.relowner = t.relowner
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')
  ORDER BY 1`;

async function tableFindings(database: Database, { role, schema }: Server): Promise<Finding[]> {
  const tables = await database.query<Table>(TABLES);
  const inaccessible = tables.filter(({ lacks }) => lacks.length > 0);
  if (inaccessible.length > 0) {
    const rights = [...new Set(inaccessible.flatMap(({ lacks }) => lacks))];
    const what = `the role "${role}" lacks ${rights.join(', ')} on ${inaccessible.map(({ name }) => name).join(', ')}`;
    const where = quote(schema ?? 'public');
    return [
      rightsMissing(
        what,
        role,
        `SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${where}`,
        `USAGE ON ALL SEQUENCES IN SCHEMA ${where}`,
      ),
    ];
  }
  if (tables.every(({ is_owned }) => is_owned)) return [];
  const what = `the role "${role}" does not own the tables: run lockstep migrate as their owner`;
  return [info({ code: 'tables_not_owned', subject: 'postgresql', what })];
}

const rightsMissing = (what: string, role: string, ...rights: readonly string[]): Finding => ({
  code: 'rights_missing',
  severity: 'problem',
  subject: 'postgresql',
  what,
  why: 'nothing is synced, and the other checks of PostgreSQL cannot run',
  fix: `run in psql as the owner: ${rights.map((right) => `GRANT ${right} TO ${quote(role)}`).join('; ')}`,
});

function poolFindings(server: Server, poolSize: number): Finding[] {
  const { connections, role_limit, database_limit, role } = server;
  const limit = Math.min(...[connections, role_limit, database_limit].filter((max) => max >= 0));
  const workers = Math.max(1, server.workers);
  const needed = workers * (poolSize + CONNECTIONS_OUTSIDE_POOL);
  if (needed <= limit) return [];
  const fitting = Math.floor(limit / workers) - CONNECTIONS_OUTSIDE_POOL;
  const smaller = `set DATABASE_POOL_SIZE=${fitting} and restart the workers; or `;
  const inPsql = 'run in psql as a superuser:';
  const raise =
    limit === role_limit
      ? `${inPsql} ALTER ROLE ${quote(role)} CONNECTION LIMIT ${needed}`
      : limit === database_limit
        ? `${inPsql} ALTER DATABASE ${quote(server.database)} CONNECTION LIMIT ${needed}`
        : 'increase max_connections and restart PostgreSQL';
  return [
    {
      code: 'pool_too_large',
      severity: 'problem',
      subject: 'postgresql',
      what: `${workers === 1 ? 'a worker' : `${workers} workers`} can open ${needed} connections (DATABASE_POOL_SIZE is ${poolSize}), but PostgreSQL allows ${limit}`,
      why: 'under load some connections are refused, and their syncs fail',
      fix: `${fitting >= 2 ? smaller : ''}${raise}`,
    },
  ];
}
