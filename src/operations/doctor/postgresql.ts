import { queryOnce } from '../../database/batches.ts';
import type { Database } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import { type Check, type Finding, info } from './finding.ts';

/** The first with `gen_random_uuid()` of its own, which every table's id comes from. */
const LEAST_VERSION = 13;
/** The oldest that the tests run on. */
const LEAST_TESTED = 15;
/** Beside its pool, a worker holds one connection for its claims, and one to hear of edits. */
const BESIDE_THE_POOL = 2;

interface Server {
  readonly version: number;
  readonly role: string;
  readonly database: string;
  /** Null where the role may look into none. */
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
    (SELECT count(*)::int FROM pg_stat_activity a WHERE a.application_name = 'lockstep claims' AND a.datid = d.oid) AS workers
  FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()`;

/** Whether PostgreSQL is new enough, lets the role do what a sync does, and has connections enough. */
export const postgresql: Check = async ({ database, config }) => {
  const [server] = await queryOnce<Server>(database, SERVER, []);
  if (!server) return [];
  return [
    ...ofVersion(server),
    ...(server.has_tables ? await ofTables(database, server) : ofSchema(server)),
    ...ofPool(server, config.database.poolSize),
  ];
};

function ofVersion({ version }: Server): Finding[] {
  if (version >= LEAST_TESTED) return [];
  if (version >= LEAST_VERSION) {
    const what = `it is PostgreSQL ${version}; Lockstep is tested with ${LEAST_TESTED} and newer`;
    return [info({ code: 'postgresql_untested', subject: 'postgresql', what })];
  }
  return [
    {
      code: 'postgresql_too_old',
      severity: 'problem',
      subject: 'postgresql',
      what: `it is PostgreSQL ${version}; the least is ${LEAST_VERSION}`,
      why: 'the migrations use what it does not have',
      mend: `upgrade PostgreSQL to ${LEAST_TESTED} or newer (pg_upgrade, or pg_dump into a new server), then: lockstep migrate`,
    },
  ];
}

/** A database without our tables: may they be made? Since PostgreSQL 15 not everybody may. */
function ofSchema({ may_create, schema, role }: Server): Finding[] {
  if (may_create) return [];
  const where = quote(schema ?? 'public');
  return [
    rightsMissing(`the role "${role}" may not make tables in the schema ${where}`, role, `ALL ON SCHEMA ${where}`),
  ];
}

interface Table {
  readonly name: string;
  readonly lacks: readonly string[];
  readonly is_owned: boolean;
}

/** Of what the migrations made: all in their schema that is owned as `tasks` is. A column's own sequence asks for no right. */
const TABLES = `SELECT c.relname AS name, pg_has_role(c.relowner, 'USAGE') AS is_owned,
    CASE c.relkind WHEN 'S' THEN ARRAY(SELECT 'USAGE' WHERE NOT has_sequence_privilege(c.oid, 'USAGE'))
      ELSE ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p WHERE NOT has_table_privilege(c.oid, p)) END AS lacks
  FROM pg_class c, pg_class t
  WHERE t.oid = to_regclass('tasks') AND c.relkind IN ('r', 'S') AND c.relnamespace = t.relnamespace AND c.relowner = t.relowner
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')
  ORDER BY 1`;

async function ofTables(database: Database, { role, schema }: Server): Promise<Finding[]> {
  const tables = await queryOnce<Table>(database, TABLES, []);
  const closed = tables.filter(({ lacks }) => lacks.length > 0);
  if (closed.length > 0) {
    const rights = [...new Set(closed.flatMap(({ lacks }) => lacks))];
    const what = `the role "${role}" lacks ${rights.join(', ')} on ${closed.map(({ name }) => name).join(', ')}`;
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
  why: 'nothing is synced; and nothing that is kept there can be looked at',
  mend: `in psql, as the owner: ${rights.map((right) => `GRANT ${right} TO ${quote(role)}`).join('; ')}`,
});

function ofPool(server: Server, poolSize: number): Finding[] {
  const { connections, role_limit, database_limit, role } = server;
  const limit = Math.min(...[connections, role_limit, database_limit].filter((most) => most >= 0));
  const workers = Math.max(1, server.workers);
  const needed = workers * (poolSize + BESIDE_THE_POOL);
  if (needed <= limit) return [];
  const fitting = Math.floor(limit / workers) - BESIDE_THE_POOL;
  const smaller = `set DATABASE_POOL_SIZE=${fitting} and start the workers again; or `;
  const raise =
    limit === role_limit
      ? `ALTER ROLE ${quote(role)} CONNECTION LIMIT ${needed}`
      : limit === database_limit
        ? `ALTER DATABASE ${quote(server.database)} CONNECTION LIMIT ${needed}`
        : 'raise max_connections and restart PostgreSQL';
  return [
    {
      code: 'pool_too_large',
      severity: 'problem',
      subject: 'postgresql',
      what: `${workers === 1 ? 'a worker' : `${workers} workers`} may hold ${needed} connections (DATABASE_POOL_SIZE is ${poolSize}), and PostgreSQL gives at most ${limit}`,
      why: 'under load some connections are refused, and their syncs fail until there are fewer',
      mend: `${fitting >= 2 ? smaller : ''}in psql, as a superuser: ${raise}`,
    },
  ];
}
