import { randomBytes } from 'node:crypto';
import { type GoogleEmulator, startGoogleEmulator } from 'google-emulator';
import { type NotionEmulator, startNotionEmulator } from 'notion-emulator';
import pg from 'pg';
import { expect, vi } from 'vitest';
import { EVENTS_SCOPE, ME, WORK } from '../../../packages/google-emulator/test/support.ts';
import { readConfig } from '../../../src/config.ts';
import { openDatabase } from '../../../src/database/client.ts';
import { createEntityDatabases } from '../../../src/embedded/sample-workspace/entity-databases.ts';
import { entities } from '../../../src/entities/index.ts';
import { keepChannels } from '../../../src/features/hints/keep-channels.ts';
import { startWebhookServer, type WebhookServer } from '../../../src/features/hints/webhook-server.ts';
import { NotionApi } from '../../../src/notion/api.ts';
import type { Finding, FindingCode } from '../../../src/operations/doctor/finding.ts';
import { examine, type Report } from '../../../src/operations/doctor/index.ts';
import { openServices, type WorkerServices } from '../../../src/runtime/services.ts';
import { WebhookToken } from '../../../src/runtime/webhook-token.ts';
import { emptyFolder } from '../../support/cli.ts';
import { freshDatabase } from '../../support/database.ts';
import { type OwnTemporal, ownTemporal } from './own-temporal.ts';

/** A deployment in which all is well, and a hand to spoil it. */
export interface World {
  readonly notion: NotionEmulator;
  readonly google: GoogleEmulator;
  readonly temporal: OwnTemporal;
  /** The database's owner. */
  readonly user: pg.Pool;
  /** To run commands in. */
  readonly folder: string;
  /** What the doctor is given; a story may change it, and it is as before in the next. */
  env: Record<string, string>;
  /** What a process with the present variables would hold. */
  withServices<T>(work: (services: WorkerServices) => Promise<T>): Promise<T>;
  examine(options?: { fix?: boolean }): Promise<Report>;
  startWebhooks(): Promise<void>;
  stopWebhooks(): Promise<void>;
  /** Makes Google tell of changes, as `lockstep webhooks` does. */
  openChannel(): Promise<void>;
  /** A new sign-in, of which nobody has heard yet. */
  signIn(scopes?: readonly string[]): string;
  /** As it was in the beginning. */
  restore(): void;
  close(): Promise<void>;
}

const unlimited = { take: async () => undefined, pause: async () => undefined };

export async function startWorld(): Promise<World> {
  const notion = await startNotionEmulator({ requestsPerMinute: 100_000 });
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

  let server: WebhookServer | null = null;
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

  const world: World = {
    ...{ notion, google, temporal, user, folder: folder.path, env: {} },
    withServices: async (work) => {
      const services = openServices(readConfig(world.env), () => undefined);
      try {
        return await work(services);
      } finally {
        await services.close();
      }
    },
    examine: async (options) => {
      const config = readConfig(world.env);
      // Temporal's own variables are read where Temporal reads them.
      Object.assign(process.env, world.env);
      const database = openDatabase(world.env.DATABASE_URL ?? '', 2);
      try {
        return await examine({ config, database, api: new NotionApi(config.notion, unlimited) }, options);
      } finally {
        await database.$disconnect();
      }
    },
    startWebhooks: async () => {
      const database = openDatabase(home.url, 1);
      server = await startWebhookServer({
        ...{ database, token: new WebhookToken(database, key), host: '127.0.0.1', port },
        ...{ ownId: () => null, giveHint: async () => undefined, say: () => undefined },
      });
      port = Number(new URL(server.url).port);
      const { close } = server;
      server = { ...server, close: async () => void (await Promise.all([close(), database.$disconnect()])) };
    },
    stopWebhooks: async () => {
      await server?.close();
      server = null;
    },
    openChannel: () =>
      world.withServices(async (services) => {
        const said: string[] = [];
        const publicUrl = String(world.env.LOCKSTEP_PUBLIC_URL);
        const kept = keepChannels(services, { publicUrl, say: (line) => said.push(line) });
        const opened = ['Google tells of changes in the personal calendar'];
        await vi.waitFor(() => expect(said).toEqual(opened), { timeout: 30_000 });
        await kept.close();
      }),
    signIn: (scopes = [EVENTS_SCOPE]) => google.handle.grant(ME, scopes),
    restore: () => {
      world.env = original();
    },
    close: async () => {
      await world.stopWebhooks();
      await user.end();
      await Promise.all([notion.close(), google.close(), temporal.close()]);
      await home.drop();
      folder.remove();
    },
  };
  await world.startWebhooks();
  world.restore();
  await world.withServices(async ({ grants, database }) => {
    await grants.importIfMissing('personal', world.signIn());
    await new WebhookToken(database, key).keepFirst('secret_of_the_subscription');
  });
  await world.openChannel();
  return world;
}

/** How a finding comes about, and goes. */
export type Story = Mendable | GoodToKnow;

interface Mendable {
  provoke(world: World): Promise<unknown> | unknown;
  /** What the finding says is to be done, by which … */
  readonly names: RegExp;
  /** … it is mended: by the function behind the command, or by the hand of who can. */
  mend(world: World, finding: Finding): Promise<unknown> | unknown;
  /** What has become of it, beyond that it is found no more. */
  check?(world: World): Promise<unknown>;
  /** What the story leaves behind that is no finding. */
  cleanUp?(world: World): Promise<unknown>;
}

/** There is nothing to mend. */
interface GoodToKnow {
  provoke(world: World): Promise<unknown> | unknown;
  undo(world: World): Promise<unknown> | unknown;
}

export type Stories<Code extends FindingCode> = Readonly<Record<Code, Story>>;

export const byFix = (world: World): Promise<Report> => world.examine({ fix: true });

/** Runs the statements that the finding names. */
export async function bySql({ user }: World, { mend }: Finding): Promise<void> {
  const statements = mend.match(/(UPDATE|GRANT|ALTER) [^;]+/g);
  expect(statements).not.toBeNull();
  for (const statement of statements ?? []) await user.query(statement);
}

/** Sets the variable that the finding names, as it says. */
export function byVariable(world: World, { mend }: Finding): void {
  const [, name = '', value = ''] = /\b([A-Z_]{5,})=(\S+?),? /.exec(mend) ?? [];
  world.env[name] = value;
}

/** Gives the variables back that the story had spoilt. */
export const byVariables = (world: World): void => world.restore();

/** As the sync itself writes: no trigger notes it. */
export async function unnoticed({ user }: World, ...statements: readonly string[]): Promise<void> {
  await user.query(`BEGIN; SELECT set_config('lockstep.sync', 'on', true); ${statements.join(';')}; COMMIT`);
}
