import { HttpService, type HttpServiceOptions, ONCE, routeByPath, textReply } from '../shared/http-service.ts';

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
export async function startHealthServer({ address, say, state, trouble }: HealthOptions): Promise<HttpService> {
  let asked: Promise<string | null> | null = null;
  /** Simultaneous requests share one check of Temporal and PostgreSQL. */
  const troubleNow = (): Promise<string | null> => {
    asked ??= trouble().finally(() => {
      asked = null;
    });
    return asked;
  };
  const service = new HttpService({
    id: 'health',
    ...{ address, say, timeoutMs: TIMEOUT_MS },
    addressSetting: 'LOCKSTEP_HEALTH_ADDRESS',
    checkHealth: () => (ALIVE.has(state()) ? null : notRunning(state())),
    handle: routeByPath({
      '/readyz': {
        method: 'GET',
        handle: async () => {
          const why = state() === 'RUNNING' ? await troubleNow() : notRunning(state());
          return why === null ? textReply(200, 'ok', ONCE) : textReply(503, why, ONCE);
        },
      },
    }),
  });
  await service.run();
  return service;
}

const notRunning = (state: string): string => `the worker takes no work: it is ${state.toLowerCase()}`;
