import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerApi } from './api.ts';
import { AsyncTasks } from './async-tasks.ts';
import { Budget } from './budget.ts';
import { Clock } from './clock.ts';
import { answerControl } from './control-server.ts';
import { Counters } from './counters.ts';
import { Faults } from './faults.ts';
import { isLocal, isLoopback, sendJson, TIMEOUTS } from './http.ts';
import { Journal } from './journal.ts';
import { apiRoutes } from './routes/index.ts';
import type { Settings } from './settings.ts';
import { Store } from './store.ts';
import { Webhooks } from './webhooks/webhooks.ts';
import { Workspace } from './workspace.ts';

export interface NotionEmulatorOptions extends Partial<Settings> {
  /** 0, the default, chooses a free port. */
  readonly port?: number;
  /** A loopback address; 127.0.0.1 by default. */
  readonly host?: string;
  /** The token of the first integration. Add others with `workspace.addIntegration`. */
  readonly token?: string;
  /** The name of the first integration, which is also the name of its bot user. */
  readonly integrationName?: string;
  /** Stores the workspace in this file. When omitted, the workspace is lost when the process ends. */
  readonly dataFile?: string;
  /** The machine's clock in milliseconds. `workspace.clock` sets the workspace's own time. */
  readonly now?: () => number;
  /** Creates page ids, for tests that need the same ids on every run. */
  readonly newId?: () => string;
}

export interface NotionEmulator {
  /** The origin: the client's `baseUrl`, and the web page. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** The user id of the integration's bot. */
  readonly botId: string;
  readonly workspace: Workspace;
  readonly faults: Faults;
  readonly counters: Counters;
  readonly budget: Budget;
  readonly webhooks: Webhooks;
  close(): Promise<void>;
}

/**
 * Starts a local server that answers Notion's API (version 2025-09-03) like
 * Notion or more strictly, and serves a web page of the workspace at `/`.
 * @throws Error when the port is in use, the host is not a loopback address or the data file is damaged
 */
export async function startNotionEmulator(options: NotionEmulatorOptions = {}): Promise<NotionEmulator> {
  const { port = 0, host = '127.0.0.1', token = 'ntn_emulator', integrationName = 'Integration', ...others } = options;
  const { dataFile, now = Date.now, newId = randomUUID, ...settings } = others;
  if (!isLoopback(host)) throw new Error(`host ${host} is not a loopback address`);
  const store = new Store(new Clock(now), dataFile === undefined ? null : new Journal(dataFile));
  const workspace = new Workspace(store, newId);
  workspace.configure(settings);
  const botId = workspace.addIntegration(token, integrationName);
  const webhooks = new Webhooks(store, { botId, name: integrationName });
  const faults = new Faults();
  const counters = new Counters();
  const budget = new Budget(now, () => workspace.settings.requestsPerMinute);
  const routes = apiRoutes({ store, settings: () => workspace.settings, newId, tasks: new AsyncTasks(store.clock) });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isLocal(request)) {
      return sendJson(response, 403, { error: 'the emulator accepts requests from this machine only' });
    }
    if (!URL.canParse(request.url ?? '/', 'http://localhost')) {
      return sendJson(response, 400, { error: 'malformed request' });
    }
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    response.setHeader('date', new Date(store.clock.now()).toUTCString());
    if (path.startsWith('/v1')) await answerApi({ routes, workspace, faults, counters, budget }, request, response);
    else await answerControl({ workspace, faults, counters, budget, webhooks }, request, response);
  };
  const server = createServer(TIMEOUTS, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      // Otherwise the client would wait forever.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  // Like the real API, so that clients can reuse idle connections.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo; // a listening TCP server always has one
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
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
