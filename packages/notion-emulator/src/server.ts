import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerApi } from './api.ts';
import { Budget } from './budget.ts';
import { Clock } from './clock.ts';
import { answerControl } from './control-server.ts';
import { Counters } from './counters.ts';
import { Faults } from './faults.ts';
import { isLocal, sendJson } from './http.ts';
import { Journal } from './journal.ts';
import { apiRoutes } from './routes/index.ts';
import type { Settings } from './settings.ts';
import { Store } from './store.ts';
import { Webhooks } from './webhooks/webhooks.ts';
import { Workspace } from './workspace.ts';

export interface NotionEmulatorOptions extends Partial<Settings> {
  /** 0 (the default) for any that is free. */
  readonly port?: number;
  /** The integration's token; others can be added with `workspace.addIntegration`. */
  readonly token?: string;
  /** Where the workspace is kept; without it, it is gone when the process ends. */
  readonly dataFile?: string;
  /** The machine's clock in milliseconds; `workspace.clock` sets the workspace's own. */
  readonly now?: () => number;
  /** Ids for new pages, for tests that want the same ones each time. */
  readonly newId?: () => string;
}

export interface NotionEmulator {
  /** An origin, for the client's `baseUrl`. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** The integration's own user. */
  readonly botId: string;
  readonly workspace: Workspace;
  readonly faults: Faults;
  readonly counters: Counters;
  readonly budget: Budget;
  readonly webhooks: Webhooks;
  close(): Promise<void>;
}

const EMULATOR_TOKEN = 'ntn_lockstep_emulator';

/**
 * Starts a local server that answers Notion's API (version 2025-09-03) as the
 * real one does or more strictly, and shows its workspace at `/`.
 * @throws Error when the port is taken or the data file is damaged
 */
export async function startNotionEmulator(options: NotionEmulatorOptions = {}): Promise<NotionEmulator> {
  const { port = 0, token = EMULATOR_TOKEN, dataFile, now = Date.now, newId = randomUUID, ...settings } = options;
  const store = new Store(new Clock(now), dataFile === undefined ? null : new Journal(dataFile));
  const workspace = new Workspace(store, newId);
  workspace.configure(settings);
  const botId = workspace.addIntegration(token, 'Lockstep');
  const webhooks = new Webhooks(store, botId);
  const faults = new Faults();
  const counters = new Counters();
  const budget = new Budget(now, () => workspace.settings.requestsPerMinute);
  const routes = apiRoutes({ store, settings: () => workspace.settings }, newId);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isLocal(request)) return sendJson(response, 403, { error: 'only this machine may use the emulator' });
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    response.setHeader('date', new Date(store.clock.now()).toUTCString());
    if (path.startsWith('/v1')) await answerApi({ routes, workspace, faults, counters, budget }, request, response);
    else await answerControl({ workspace, faults, counters, budget, webhooks }, request, response);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // The socket may be gone; whatever else happened, the client must not wait for ever.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  // A pool of connections that idle a while is what the real API offers too.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo; // a TCP server has one
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    token,
    botId,
    workspace,
    faults,
    counters,
    budget,
    webhooks,
    close: async () => {
      webhooks.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      store.close();
    },
  };
}
