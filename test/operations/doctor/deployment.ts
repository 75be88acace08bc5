import { randomBytes } from 'node:crypto';
import { type GoogleEmulator, startGoogleEmulator } from 'google-emulator';
import { type NotionEmulator, startNotionEmulator } from 'notion-emulator';
import pg from 'pg';
import { expect, vi } from 'vitest';
import { EVENTS_SCOPE, ME, WORK } from '../../../packages/google-emulator/test/support.ts';
import { readConfig } from '../../../src/config.ts';
import { openDatabase } from '../../../src/database/client.ts';
import type { FeatureOff } from '../../../src/definition/features.ts';
import { createEntityDatabases } from '../../../src/embedded/sample-workspace/entity-databases.ts';
import { entities } from '../../../src/entities/index.ts';
import { ensureChores } from '../../../src/features/chores/chore-schedules.ts';
import { listChores } from '../../../src/features/chores/timetable.ts';
import { keepChannels } from '../../../src/features/hints/keep-channels.ts';
import { startWebhookServer } from '../../../src/features/hints/webhook-server.ts';
import { NotionApi } from '../../../src/notion/notion-api.ts';
import type { Finding, FindingCode } from '../../../src/operations/doctor/finding.ts';
import { type Report, runDoctor } from '../../../src/operations/doctor/run-doctor.ts';
import { openServices, type WorkerServices } from '../../../src/runtime/services.ts';
import { WebhookToken } from '../../../src/runtime/webhook-token.ts';
import { emptyFolder } from '../../support/cli.ts';
import { freshDatabase } from '../../support/database.ts';
import { type OwnTemporal, ownTemporal } from './own-temporal.ts';

/** A deployment without problems, and the means to cause them. */
export interface Deployment {
  /** What the definition of these processes lacks. */
  featuresOff: readonly FeatureOff[];
  readonly notion: NotionEmulator;
  readonly google: GoogleEmulator;
  readonly temporal: OwnTemporal;
  /** The database's owner. */
  readonly user: pg.Pool;
  /** The working directory of commands. */
  readonly folder: string;
  /** The doctor's environment. A story may change it; the next starts with the original. */
  env: Record<string, string>;
  /** Opens the services as a process with the current variables does. */
  withServices<T>(work: (services: WorkerServices) => Promise<T>): Promise<T>;
  runDoctor(options?: { fix?: boolean }): Promise<Report>;
  startWebhooks(): Promise<void>;
  stopWebhooks(): Promise<void>;
  /** Makes Google send notifications, as `lockstep webhooks` does. */
  openChannel(): Promise<void>;
  /** A new sign-in that is not stored yet. */
  signIn(scopes?: readonly string[]): string;
  /** Resets `env`. */
  restore(): void;
  close(): Promise<void>;
}

const unlimited = { take: async () => undefined, pause: async () => undefined };

export async function startDeployment(): Promise<Deployment> {
  const notion = await startNotionEmulator({ integrationName: 'Lockstep', requestsPerMinute: 100_000 });
  createEntityDatabases(notion.workspace, entities);
  for (const { title } of entities) notion.workspace.addProperty(title, 'Sync Key', { rich_text: {} });
  const google = await startGoogleEmulator({
    calendars: [
      { id: ME, access: { [ME]: 'owner' } },
      { id: WORK, access: { [ME]: 'reader' } },
    ],
  });
  const [home, temporal, folder] = [await freshDatabase(), await ownTemporal(), emptyFolder()];
  const user = new pg.Pool({ connectionString: home.url, max: 2 });
  const name = new URL(home.url).pathname.slice(1);
  await user.query(`ALTER DATABASE ${name} SET TimeZone TO 'UTC'`);

  let stopServer: (() => Promise<unknown>) | null = null;
  let port = 0;
  const original = (): Record<string, string> => ({
    ...temporal.env,
    DATABASE_URL: home.url,
    NOTION_TOKEN: notion.token,
    NOTION_BASE_URL: notion.url,
    NOTION_REQUESTS_PER_MINUTE: '100000',
    LOCKSTEP_TIME_ZONE: 'UTC',
    LOCKSTEP_ENCRYPTION_KEY: key,
    LOCKSTEP_PUBLIC_URL: `http://127.0.0.1:${port}`,
    GOOGLE_CLIENT_ID: google.clientId,
    GOOGLE_CLIENT_SECRET: google.clientSecret,
    GOOGLE_ROOT_URL: google.url,
    GOOGLE_TOKEN_URL: google.tokenUrl,
  });
  const key = randomBytes(32).toString('base64');

  const deployment: Deployment = {
    ...{ notion, google, temporal, user, folder: folder.path, env: {}, featuresOff: [] },
    withServices: async (work) => {
      const services = openServices(readConfig(deployment.env), () => undefined);
      try {
        return await work(services);
      } finally {
        await services.close();
      }
    },
    runDoctor: async (options) => {
      const config = readConfig(deployment.env);
      // The Temporal client reads its variables from the environment.
      Object.assign(process.env, deployment.env);
      const database = openDatabase(deployment.env.DATABASE_URL ?? '', 2);
      try {
        const api = new NotionApi(config.notion, unlimited);
        return await runDoctor(
          { config, database, api, chores: listChores(config), featuresOff: deployment.featuresOff },
          options,
        );
      } finally {
        await database.close();
      }
    },
    startWebhooks: async () => {
      const database = openDatabase(home.url, 1);
      const server = await startWebhookServer({
        ...{ database, token: new WebhookToken(database, key), host: '127.0.0.1', port },
        ...{ ownId: () => null, giveHint: async () => undefined, say: () => undefined },
      });
      port = Number(new URL(server.url).port);
      stopServer = () => Promise.all([server.stop(), database.close()]);
    },
    stopWebhooks: async () => {
      await stopServer?.();
      stopServer = null;
    },
    openChannel: () =>
      deployment.withServices(async (services) => {
        const said: string[] = [];
        const publicUrl = String(deployment.env.LOCKSTEP_PUBLIC_URL);
        const kept = keepChannels(services, { publicUrl, say: (line) => said.push(line) });
        const opened = ['Google now reports changes in the personal calendar'];
        await vi.waitFor(() => expect(said).toEqual(opened), { timeout: 60_000 });
        await kept.close();
      }),
    signIn: (scopes = [EVENTS_SCOPE]) => google.handle.grant(ME, scopes),
    restore: () => {
      deployment.env = original();
    },
    close: async () => {
      await deployment.stopWebhooks();
      await user.end();
      await Promise.all([notion.close(), google.close(), temporal.close()]);
      await home.drop();
      folder.remove();
    },
  };
  await deployment.startWebhooks();
  deployment.restore();
  await ensureChores(temporal.client, readConfig(deployment.env));
  await deployment.withServices(async ({ grants, database }) => {
    await grants.importIfMissing('personal', deployment.signIn());
    const token = new WebhookToken(database, key);
    await token.acceptNew();
    await token.keepFirst('secret_of_the_subscription');
  });
  await deployment.openChannel();
  return deployment;
}

/** How a finding is caused and fixed. */
export type Story = FixableStory | InfoStory;

interface FixableStory {
  provoke(deployment: Deployment): Promise<unknown> | unknown;
  /** What the finding says to do. */
  readonly expectedFix: RegExp;
  /** Does it: by the function behind the command, or as the owner would. */
  fix(deployment: Deployment, finding: Finding): Promise<unknown> | unknown;
  /** Checks the result, besides that the finding is gone. */
  check?(deployment: Deployment): Promise<unknown>;
  /** Removes what the story leaves behind. */
  cleanUp?(deployment: Deployment): Promise<unknown>;
}

/** A finding of severity `info`: nothing to fix. */
interface InfoStory {
  provoke(deployment: Deployment): Promise<unknown> | unknown;
  undo(deployment: Deployment): Promise<unknown> | unknown;
}

export type Stories<Code extends FindingCode> = Readonly<Record<Code, Story>>;

export const byFix = (deployment: Deployment): Promise<Report> => deployment.runDoctor({ fix: true });

/** Runs the statements of the finding. */
export async function bySql({ user }: Deployment, { fix }: Finding): Promise<void> {
  const statements = fix.match(/(UPDATE|GRANT|ALTER) [^;]+/g);
  expect(statements).not.toBeNull();
  for (const statement of statements ?? []) await user.query(statement);
}

/** Sets the variable of the finding to its suggested value. */
export function byVariable(deployment: Deployment, { fix }: Finding): void {
  const [, name = '', value = ''] = /\b([A-Z_]{5,})=(\S+?),? /.exec(fix) ?? [];
  deployment.env[name] = value;
}

/** Resets the variables that the story changed. */
export const byVariables = (deployment: Deployment): void => deployment.restore();

/** Runs statements as the sync does: no trigger records them. */
export async function unnoticed({ user }: Deployment, ...statements: readonly string[]): Promise<void> {
  await user.query(`BEGIN; SELECT set_config('lockstep.sync', 'on', true); ${statements.join(';')}; COMMIT`);
}
