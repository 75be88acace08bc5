import { type NotionEmulator, startNotionEmulator } from 'notion-emulator';
import pg from 'pg';
import { readConfig } from '../../../src/config.ts';
import { type DatabasePool, openDatabase } from '../../../src/database/client.ts';
import { createEntityDatabases } from '../../../src/embedded/sample-workspace/entity-databases.ts';
import { entities } from '../../../src/entities/index.ts';
import { NotionApi } from '../../../src/notion/notion-api.ts';
import { type Finding, isProblem } from '../../../src/operations/doctor/finding.ts';
import { runDoctor } from '../../../src/operations/doctor/run-doctor.ts';
import { TemporalUnreachableError } from '../../../src/temporal/client.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

/** A database and a Notion without problems. There is no Temporal; its finding is filtered out. */
export interface DoctorFixture {
  readonly notion: NotionEmulator;
  readonly server: TestDatabase;
  readonly database: DatabasePool;
  readonly user: pg.Pool;
  findings(options?: { fix?: boolean }, env?: NodeJS.ProcessEnv): Promise<readonly Finding[]>;
  problems(options?: { fix?: boolean }, env?: NodeJS.ProcessEnv): Promise<readonly Finding[]>;
  /** Runs statements as the sync does: no trigger records them. */
  unnoticed(...statements: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const unlimited = { take: async () => undefined, pause: async () => undefined };
export const noTemporal = async () => {
  throw new TemporalUnreachableError('nowhere');
};

export async function openDoctorFixture(): Promise<DoctorFixture> {
  const notion = await startNotionEmulator({ integrationName: 'Lockstep', requestsPerMinute: 100_000 });
  createEntityDatabases(notion.workspace, entities);
  for (const { title } of entities) notion.workspace.addProperty(title, 'Sync Key', { rich_text: {} });
  const server = await freshDatabase();
  const database = openDatabase(server.url, 2);
  const user = new pg.Pool({ connectionString: server.url, max: 2 });
  const findings: DoctorFixture['findings'] = async (options, env = {}) => {
    const config = readConfig({
      DATABASE_URL: server.url,
      NOTION_TOKEN: notion.token,
      NOTION_BASE_URL: notion.url,
      LOCKSTEP_TIME_ZONE: 'Europe/Madrid',
      ...env,
    });
    const its = env.DATABASE_URL ? openDatabase(env.DATABASE_URL, 2) : database;
    const parts = { config, database: its, api: new NotionApi(config.notion, unlimited), connectTemporal: noTemporal };
    const { remaining } = await runDoctor(parts, options);
    if (its !== database) await its.close();
    return remaining.filter(({ subject }) => subject !== 'temporal');
  };
  return {
    ...{ notion, server, database, user, findings },
    problems: async (options, env) => (await findings(options, env)).filter(isProblem),
    unnoticed: async (...statements) => {
      await user.query(`BEGIN; SELECT set_config('lockstep.sync', 'on', true); ${statements.join(';')}; COMMIT`);
    },
    close: async () => {
      await user.end();
      await database.close();
      await server.drop();
      await notion.close();
    },
  };
}

export const named = (findings: readonly Finding[]): string[] =>
  findings.map(({ subject, code }) => `${subject} ${code}`);
