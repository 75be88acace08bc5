import { createServer } from 'node:http';
import type { ListenAddress } from '../config.ts';
import { ConfigurationError } from '../errors.ts';
import { drain, listen } from '../shared/http-service.ts';

/** Whoever asks for health has seconds, and not many. */
const REQUEST_MS = 5_000;

export interface HealthOptions {
  readonly address: ListenAddress;
  /** As Temporal's SDK calls it, such as `RUNNING`. */
  readonly state: () => string;
  /** Why no work can be done just now, in one line; null when it can. */
  readonly trouble: () => Promise<string | null>;
}

export interface HealthServer {
  close(): Promise<void>;
}

/** A worker that hands over is not to be killed for it. */
const ALIVE = new Set(['RUNNING', 'STOPPING', 'DRAINING', 'DRAINED']);

/**
 * `/healthz`: the worker lives; `/readyz`: it takes work, and what it needs answers. Both are a word or a line.
 * @throws ConfigurationError when the address is taken
 */
export async function startHealthServer({ address, state, trouble }: HealthOptions): Promise<HealthServer> {
  let asked: Promise<string | null> | null = null;
  /** However many ask at once, Temporal and PostgreSQL are asked once. */
  const troubleNow = (): Promise<string | null> => {
    asked ??= trouble().finally(() => {
      asked = null;
    });
    return asked;
  };
  const routes: Readonly<Record<string, () => Promise<string | null>>> = {
    '/healthz': async () => (ALIVE.has(state()) ? null : isNot(state())),
    '/readyz': async () => (state() === 'RUNNING' ? await troubleNow() : isNot(state())),
  };
  const answer = async (path: string): Promise<{ status: number; text: string }> => {
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (!route) return { status: 404, text: 'there is /healthz, and /readyz' };
    const why = await route();
    return why === null ? { status: 200, text: 'ok' } : { status: 503, text: why };
  };
  const server = createServer((request, response) => {
    answer(request.url?.split('?', 1)[0] ?? '/')
      .catch((error: unknown) => ({ status: 503, text: error instanceof Error ? error.message : String(error) }))
      .then(({ status, text }) =>
        response
          // Whoever asks asks seldom: a connection that is kept would only be in the way when the worker ends.
          .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
          .end(`${text}\n`),
      )
      .catch(() => response.destroy());
  });
  server.requestTimeout = REQUEST_MS;
  server.headersTimeout = REQUEST_MS;
  const { host, port } = address;
  await listen(server, host, port).catch((error: unknown) => {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new ConfigurationError(`LOCKSTEP_HEALTH_ADDRESS cannot be listened on: ${host}, port ${port} (${why})`);
  });
  return { close: () => drain(server) };
}

const isNot = (state: string): string => `the worker takes no work: it is ${state.toLowerCase()}`;
