import { randomBytes } from 'node:crypto';
import { migrate } from '../../../src/database/migrate.ts';
import { runCli } from '../../support/cli.ts';
import { emptyDatabase, type TestDatabase } from '../../support/database.ts';
import { startTransactionPooler, type TransactionPooler } from '../../support/transaction-pooler.ts';
import { byFix, bySql, byVariable, byVariables, type Deployment, type Stories, unnoticed } from './deployment.ts';

const GRANTS =
  'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO $role; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO $role';

/** A role other than the owner, for one story at a time. */
const role = `doctor_${randomBytes(6).toString('hex')}`;
async function asRole(deployment: Deployment, ...statements: readonly string[]): Promise<void> {
  await deployment.user.query(`CREATE ROLE ${role} LOGIN`);
  for (const statement of statements) await deployment.user.query(statement.replaceAll('$role', role));
  const url = new URL(String(deployment.env.DATABASE_URL));
  url.username = role;
  deployment.env.DATABASE_URL = url.href;
}
const withoutRole = async ({ user }: Deployment): Promise<void> => {
  await user.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
};

/** Makes the server report another version to sessions that search `public` first. */
const fakeVersion = (version: number) => async (deployment: Deployment) => {
  await deployment.user.query(`CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS
    $$ SELECT CASE $1 WHEN 'server_version_num' THEN '${version}0012' ELSE pg_catalog.current_setting($1) END $$`);
  await deployment.user.query(`ALTER DATABASE ${databaseName(deployment)} SET search_path TO public, pg_catalog`);
};
const restoreVersion = async (deployment: Deployment): Promise<void> => {
  await deployment.user.query(`ALTER DATABASE ${databaseName(deployment)} RESET search_path`);
  await deployment.user.query('DROP FUNCTION public.current_setting(text)');
};
const databaseName = ({ env }: Deployment): string => new URL(String(env.DATABASE_URL)).pathname.slice(1);

let empty: TestDatabase;
let pooler: TransactionPooler;

export const postgresqlStories: Stories<
  | 'database_unavailable'
  | 'postgresql_too_old'
  | 'postgresql_untested'
  | 'rights_missing'
  | 'tables_not_owned'
  | 'pool_too_large'
  | 'transaction_pooling'
  | 'row_security'
  | 'edits_refused'
  | 'migrations_pending'
  | 'other_definition'
  | 'features_off'
  | 'trigger_missing'
  | 'trigger_off'
  | 'index_missing'
  | 'view_missing'
  | 'conflicts_open'
  | 'approval_waiting'
  | 'backlog'
  | 'rows_stuck'
  | 'session_time_zone'
> = {
  database_unavailable: {
    provoke: ({ env }) => {
      env.DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/none';
    },
    expectedFix: /set DATABASE_URL to its URL/,
    fix: byVariables,
  },
  postgresql_too_old: { provoke: fakeVersion(12), expectedFix: /upgrade PostgreSQL/, fix: restoreVersion },
  postgresql_untested: { provoke: fakeVersion(14), undo: restoreVersion },
  rights_missing: {
    provoke: (deployment) => asRole(deployment),
    expectedFix: /GRANT SELECT, .*; GRANT USAGE ON ALL SEQUENCES/,
    fix: bySql,
    cleanUp: withoutRole,
  },
  tables_not_owned: { provoke: (deployment) => asRole(deployment, GRANTS), undo: withoutRole },
  pool_too_large: {
    provoke: (deployment) => asRole(deployment, GRANTS, 'ALTER ROLE $role CONNECTION LIMIT 8'),
    expectedFix: /DATABASE_POOL_SIZE=6 .*ALTER ROLE/,
    fix: byVariable,
    cleanUp: withoutRole,
  },
  transaction_pooling: {
    provoke: async ({ env }) => {
      pooler = await startTransactionPooler(String(env.DATABASE_URL));
      env.DATABASE_URL = pooler.url;
    },
    expectedFix: /set DATABASE_URL to PostgreSQL itself/,
    fix: byVariables,
    cleanUp: () => pooler.close(),
  },
  row_security: {
    provoke: (deployment) => asRole(deployment, GRANTS, 'ALTER TABLE tags ENABLE ROW LEVEL SECURITY'),
    expectedFix: /ALTER ROLE "doctor_\w+" BYPASSRLS/,
    fix: bySql,
    cleanUp: async (deployment) => {
      await deployment.user.query('ALTER TABLE tags DISABLE ROW LEVEL SECURITY');
      await withoutRole(deployment);
    },
  },
  edits_refused: {
    provoke: ({ user }) =>
      user.query(`INSERT INTO sync_conflicts (entity, record_id, cycle_id, winner, reason)
        VALUES ('notes', gen_random_uuid(), 'c', 'notion', 'the edit was refused: notes: the body cannot be expressed')`),
    expectedFix: /make the edits in Notion .*UPDATE sync_conflicts SET resolved_at/,
    fix: bySql,
    cleanUp: ({ user }) => user.query('DELETE FROM sync_conflicts'),
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
    expectedFix: /^lockstep migrate$/,
    fix: () => migrate(empty.url),
    cleanUp: () => empty.drop(),
  },
  other_definition: {
    provoke: ({ user }) => user.query("INSERT INTO sync_definition (hash) VALUES ('that of another folder')"),
    expectedFix: /^run lockstep migrate in the folder whose lockstep\.config file counts/,
    fix: ({ user }) => user.query('DELETE FROM sync_definition'),
  },
  features_off: {
    provoke: async (deployment) => {
      deployment.featuresOff = [{ feature: 'life-cycle', missing: ['tasks', 'goals'] }];
    },
    undo: async (deployment) => {
      deployment.featuresOff = [];
    },
  },
  trigger_missing: {
    provoke: ({ user }) => user.query('DROP TRIGGER note_edit ON tasks'),
    expectedFix: /--fix/,
    fix: byFix,
  },
  trigger_off: {
    provoke: ({ user }) => user.query('ALTER TABLE task_tags DISABLE TRIGGER note_link'),
    expectedFix: /--fix/,
    fix: byFix,
  },
  index_missing: {
    provoke: ({ user }) => user.query('DROP INDEX tasks_project_id_idx'),
    expectedFix: /--fix/,
    fix: byFix,
  },
  view_missing: {
    provoke: ({ user }) => user.query('DROP VIEW open_tasks CASCADE'),
    expectedFix: /--fix/,
    fix: byFix,
  },
  conflicts_open: {
    provoke: ({ user }) =>
      user.query(`INSERT INTO sync_conflicts (entity, record_id, cycle_id, winner, reason)
        VALUES ('games', gen_random_uuid(), 'cycle', 'sql', 'a test')`),
    expectedFix: /lockstep conflicts keep ID/,
    fix: async ({ user, env, folder }) => {
      const { rows } = await user.query<{ id: string }>('SELECT id FROM sync_conflicts');
      await runCli(['conflicts', 'keep', rows[0]?.id ?? ''], folder, env);
    },
    cleanUp: ({ user }) => user.query('DELETE FROM sync_conflicts'),
  },
  approval_waiting: {
    provoke: ({ user }) =>
      user.query("INSERT INTO sync_approvals (entity, direction, reason) VALUES ('games', 'inbound', 'a test')"),
    expectedFix: /lockstep approvals accept games, or lockstep approvals refuse games/,
    fix: ({ folder, env }) => runCli(['approvals', 'refuse', 'games'], folder, env),
    cleanUp: ({ user }) => user.query('DELETE FROM sync_approvals'),
  },
  backlog: {
    provoke: ({ user, env }) => {
      env.NOTION_REQUESTS_PER_MINUTE = '10';
      return user.query(
        "INSERT INTO sync_outbox (entity, record_id) SELECT 'games', gen_random_uuid() FROM generate_series(1, 100)",
      );
    },
    undo: ({ user }) => user.query('DELETE FROM sync_outbox'),
  },
  rows_stuck: {
    provoke: (deployment) => unnoticed(deployment, "INSERT INTO tags (name) VALUES ('Unheard')"),
    expectedFix: /--fix/,
    fix: byFix,
    cleanUp: (deployment) => unnoticed(deployment, 'DELETE FROM tags', 'DELETE FROM sync_outbox'),
  },
  session_time_zone: {
    provoke: (deployment) =>
      deployment.user.query(`ALTER DATABASE ${databaseName(deployment)} SET TimeZone TO 'Asia/Tokyo'`),
    expectedFix: /ALTER DATABASE .* SET TimeZone TO 'UTC'/,
    fix: bySql,
  },
};
