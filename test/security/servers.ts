import { randomBytes } from 'node:crypto';
import { startGoogleEmulator } from 'google-emulator';
import { startNotionEmulator } from 'notion-emulator';
import { startWebhookServer } from '../../src/features/hints/webhook-server.ts';
import { listenForCode } from '../../src/google/sign-in-redirect.ts';
import { Answers } from '../../src/interfaces/dashboard/answer.ts';
import { startMcpHttp } from '../../src/interfaces/mcp/http.ts';
import { startHealthServer } from '../../src/observability/health-server.ts';
import { HttpService } from '../../src/shared/http-service.ts';
import { startCodecServer } from '../../src/temporal/codec-server.ts';

export const TOKEN = 'the-token-of-this-test';

export const SERVERS = ['google', 'notion', 'mcp', 'dashboard', 'auth google', 'health', 'webhooks', 'codec'] as const;

export interface AllServers {
  readonly urls: Readonly<Record<string, string>>;
  /** What they logged. */
  readonly said: string[];
  close(): Promise<unknown>;
}

/** Starts every HTTP server of Lockstep and its emulators. @param database of those that read one */
export async function startAllServers(database: object): Promise<AllServers> {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const address = { host: '127.0.0.1', port: 0 };
  // A stand-in: no attack comes so far that it is used as more than it is.
  const stored = database as never;
  const google = await startGoogleEmulator();
  const notion = await startNotionEmulator();
  const mcp = await startMcpHttp({ ...address, token: TOKEN, say, database: stored, timeZone: 'UTC', version: '0' });
  const options = {
    token: TOKEN,
    timeZone: 'UTC',
    links: null,
    perMinute: 180,
    database: stored,
    temporal: stored,
    setup: stored,
  };
  const answers = new Answers({ ...options, say });
  const dashboard = new HttpService({
    ...{ id: 'dashboard', address, say },
    handle: (visit) => answers.answer(visit),
    replyToError: (error, headers) => answers.answerError(error, headers),
  });
  await dashboard.run();
  const signIn = await listenForCode('state');
  const health = await startHealthServer({ address, say, state: () => 'RUNNING', trouble: async () => null });
  const webhooks = await startWebhookServer({
    ...{ ...address, say, database: stored, ownId: () => null, giveHint: () => Promise.reject(new Error('a hint')) },
    // As the real one before the owner opens the window.
    token: { load: async () => null, keepFirst: async () => false } as never,
  });
  const keys = randomBytes(32).toString('base64');
  const codec = await startCodecServer({ address, keys, origins: ['http://127.0.0.1:8233'], say });
  return {
    said,
    urls: {
      ...{ google: google.url, notion: notion.url, mcp: mcp.url, dashboard: dashboard.url },
      ...{ 'auth google': signIn.redirectUri, health: health.url, webhooks: webhooks.url, codec: codec.url },
    },
    close: async () => {
      signIn.close();
      await Promise.all([google.close(), notion.close()]);
      await Promise.all([mcp, dashboard, health, webhooks, codec].map((service) => service.stop()));
    },
  };
}
