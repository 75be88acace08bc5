import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../../database/connection.ts';
import { Backoff } from '../../shared/backoff.ts';

/** With jitter: every worker loses its connection when PostgreSQL restarts. */
const RECONNECT = { firstMs: 250, maxMs: 15_000, jitter: 0.5 };
/** How often the connection is checked. */
const CHECK_EVERY_MS = 30_000;
const QUERY_TIMEOUT_MS = 10_000;

export interface EditListenerOptions {
  readonly url: string;
  /** @param entity as `sync_outbox` names it */
  readonly onEdit: (entity: string) => void;
  readonly onTrouble: (message: string) => void;
}

export interface EditListener {
  close(): Promise<void>;
}

/**
 * Listens for committed edits in SQL, on its own connection. It reconnects when the
 * connection is lost, and then reports the edits that were made in between.
 */
export function listenForEdits(options: EditListenerOptions): EditListener {
  const closing = new AbortController();
  const done = listenOn(options, closing.signal);
  return {
    close: async () => {
      closing.abort();
      await done;
    },
  };
}

async function listenOn(options: EditListenerOptions, signal: AbortSignal): Promise<void> {
  const backoff = new Backoff(RECONNECT);
  while (!signal.aborted) {
    try {
      await listenOnce(options, signal, () => backoff.reset());
    } catch (error) {
      if (signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      options.onTrouble(
        `the change listener lost PostgreSQL; until it reconnects, edits in SQL are synced by the next cycle: ${reason}`,
      );
    }
    await sleep(backoff.next(), undefined, { signal }).catch(() => undefined);
  }
}

/** Listens until the connection is lost (throws) or the signal aborts (returns). */
async function listenOnce(
  { url, onEdit }: EditListenerOptions,
  signal: AbortSignal,
  onReady: () => void,
): Promise<void> {
  const client = new Connection({
    connectionString: url,
    application_name: 'lockstep hints',
    connectionTimeoutMillis: QUERY_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
  });
  const lost = new Promise<never>((_, reject) => {
    client.on('error', reject);
    client.on('end', () => reject(new Error('the connection ended')));
  });
  lost.catch(() => undefined);
  client.on('notification', ({ payload }) => {
    if (payload) onEdit(payload);
  });
  try {
    await client.connect();
    await client.query('LISTEN lockstep_edits');
    // Edits made while nothing listened.
    const { rows } = await client.query<{ entity: string }>('SELECT DISTINCT entity FROM sync_outbox');
    for (const { entity } of rows) onEdit(entity);
    onReady();
    while (!signal.aborted) {
      await Promise.race([lost, sleep(CHECK_EVERY_MS, undefined, { signal }).catch(() => undefined)]);
      if (!signal.aborted) await client.query('SELECT');
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}
