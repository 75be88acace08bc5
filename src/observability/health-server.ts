import {
  type HttpReply,
  HttpService,
  type HttpServiceOptions,
  ONCE,
  routeByPath,
  textReply,
} from '../shared/http-service.ts';

const TIMEOUT_MS = 5_000;

export interface HealthOptions extends Pick<HttpServiceOptions, 'address' | 'say'> {
  /** As Temporal's SDK calls it, such as `RUNNING`. */
  readonly state: () => string;
  /** Why no work can be done now, in one line; null when it can. */
  readonly trouble: () => Promise<string | null>;
}

/** A worker that hands over its work must not be killed for it. */
const ALIVE = new Set(['RUNNING', 'STOPPING', 'DRAINING', 'DRAINED']);

/**
 * Serves `/healthz` (the worker is alive) and `/readyz` (it takes work, and Temporal and PostgreSQL answer).
 * @throws ConfigurationError when the address cannot be listened on
 */
export function startHealthServer({ address, say, state, trouble }: HealthOptions): Promise<HttpService> {
  const troubleNow = sharing(trouble);
  return serve({
    ...{ address, say },
    checkHealth: () => (ALIVE.has(state()) ? null : notRunning(state())),
    ready: async () => replyOf(state() === 'RUNNING' ? await troubleNow() : notRunning(state())),
  });
}

/** The workspaces by name, each with why it takes no work now, in one line; null when it does. */
export type WorkspaceHealth = ReadonlyMap<string, string | null>;

export interface FleetHealthOptions extends Pick<HttpServiceOptions, 'address' | 'say'> {
  readonly report: () => Promise<WorkspaceHealth>;
}

/**
 * The same for a worker of several workspaces. `/healthz` is about the process: a workspace that fails is no reason to end
 * the others. `/readyz` names each workspace, and is 503 when none takes work; `/readyz?workspace=` is about one.
 * @throws ConfigurationError when the address cannot be listened on
 */
export function startFleetHealthServer({ address, say, report }: FleetHealthOptions): Promise<HttpService> {
  const reportNow = sharing(report);
  return serve({
    ...{ address, say },
    checkHealth: () => null,
    ready: async ({ searchParams }) => {
      const found = await reportNow();
      const one = searchParams.get('workspace');
      if (one !== null) {
        const why = found.get(one);
        return why === undefined ? textReply(404, 'no such workspace', ONCE) : replyOf(why);
      }
      const lines = [...found].map(([name, why]) => `${name}: ${why ?? 'ok'}`);
      return textReply([...found.values()].includes(null) ? 200 : 503, lines.join('\n') || 'no workspace', ONCE);
    },
  });
}

interface Served extends Pick<HttpServiceOptions, 'address' | 'say' | 'checkHealth'> {
  readonly ready: (url: URL) => Promise<HttpReply>;
}

async function serve({ ready, ...options }: Served): Promise<HttpService> {
  const service = new HttpService({
    id: 'health',
    ...{ ...options, timeoutMs: TIMEOUT_MS },
    addressSetting: 'LOCKSTEP_HEALTH_ADDRESS',
    handle: routeByPath({ '/readyz': { method: 'GET', handle: ({ url }) => ready(url) } }),
  });
  await service.run();
  return service;
}

const replyOf = (why: string | null): HttpReply =>
  why === null ? textReply(200, 'ok', ONCE) : textReply(503, why, ONCE);

/** Simultaneous requests share one check of Temporal and PostgreSQL. */
function sharing<T>(check: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | null = null;
  return () => {
    asked ??= check().finally(() => {
      asked = null;
    });
    return asked;
  };
}

const notRunning = (state: string): string => `the worker takes no work: it is ${state.toLowerCase()}`;
