import { randomBytes } from 'node:crypto';
import { migrate } from '../../../src/database/migrate.ts';
import { emptyDatabase, type TestDatabase } from '../../support/database.ts';
import { byFix, bySql, byVariable, byVariables, type Stories, unnoticed, type World } from './world.ts';

const GRANTS =
  'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO $role; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO $role';

/** Another role than the owner, for one story at a time. */
const role = `doctor_${randomBytes(6).toString('hex')}`;
async function asRole(world: World, ...statements: readonly string[]): Promise<void> {
  await world.user.query(`CREATE ROLE ${role} LOGIN`);
  for (const statement of statements) await world.user.query(statement.replaceAll('$role', role));
  const url = new URL(String(world.env.DATABASE_URL));
  url.username = role;
  world.env.DATABASE_URL = url.href;
}
const withoutRole = async ({ user }: World): Promise<void> => {
  await user.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
};

/** The server says so to who looks into `public` first. */
const sayVersion = (version: number) => async (world: World) => {
  await world.user.query(`CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS
    $$ SELECT CASE $1 WHEN 'server_version_num' THEN '${version}0012' ELSE pg_catalog.current_setting($1) END $$`);
  await world.user.query(`ALTER DATABASE ${nameOf(world)} SET search_path TO public, pg_catalog`);
};
const sayTheTruth = async (world: World): Promise<void> => {
  await world.user.query(`ALTER DATABASE ${nameOf(world)} RESET search_path`);
  await world.user.query('DROP FUNCTION public.current_setting(text)');
};
const nameOf = ({ env }: World): string => new URL(String(env.DATABASE_URL)).pathname.slice(1);

let empty: TestDatabase;

export const ofPostgresql: Stories<
  | 'database_unavailable'
  | 'postgresql_too_old'
  | 'postgresql_untested'
  | 'rights_missing'
  | 'tables_not_owned'
  | 'pool_too_large'
  | 'migrations_pending'
  | 'trigger_missing'
  | 'trigger_off'
  | 'rows_stuck'
  | 'session_time_zone'
> = {
  database_unavailable: {
    provoke: ({ env }) => {
      env.DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/none';
    },
    names: /put its URL into DATABASE_URL/,
    mend: byVariables,
  },
  postgresql_too_old: { provoke: sayVersion(12), names: /upgrade PostgreSQL/, mend: sayTheTruth },
  postgresql_untested: { provoke: sayVersion(14), undo: sayTheTruth },
  rights_missing: {
    provoke: (world) => asRole(world),
    names: /GRANT SELECT, .*; GRANT USAGE ON ALL SEQUENCES/,
    mend: bySql,
    cleanUp: withoutRole,
  },
  tables_not_owned: { provoke: (world) => asRole(world, GRANTS), undo: withoutRole },
  pool_too_large: {
    provoke: (world) => asRole(world, GRANTS, 'ALTER ROLE $role CONNECTION LIMIT 8'),
    names: /DATABASE_POOL_SIZE=6 .*ALTER ROLE/,
    mend: byVariable,
    cleanUp: withoutRole,
  },
  migrations_pending: {
    provoke: async ({ env }) => {
      empty = await emptyDatabase();
      Object.assign(env, {
        DATABASE_URL: empty.url,
        LOCKSTEP_PUBLIC_URL: '',
        GOOGLE_CLIENT_ID: '',
        GOOGLE_CLIENT_SECRET: '',
      });
    },
    names: /^lockstep migrate$/,
    mend: () => migrate(empty.url),
    cleanUp: () => empty.drop(),
  },
  trigger_missing: {
    provoke: ({ user }) => user.query('DROP TRIGGER note_edit ON tasks'),
    names: /--fix/,
    mend: byFix,
  },
  trigger_off: {
    provoke: ({ user }) => user.query('ALTER TABLE task_tags DISABLE TRIGGER note_link'),
    names: /--fix/,
    mend: byFix,
  },
  rows_stuck: {
    provoke: (world) => unnoticed(world, "INSERT INTO tags (name) VALUES ('Unheard')"),
    names: /--fix/,
    mend: byFix,
    cleanUp: (world) => unnoticed(world, 'DELETE FROM tags', 'DELETE FROM sync_outbox'),
  },
  session_time_zone: {
    provoke: (world) => world.user.query(`ALTER DATABASE ${nameOf(world)} SET TimeZone TO 'Asia/Tokyo'`),
    names: /ALTER DATABASE .* SET TimeZone TO 'UTC'/,
    mend: bySql,
  },
};
