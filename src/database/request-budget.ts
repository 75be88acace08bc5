import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestBudget } from '../notion/budget.ts';
import { type Database, sql } from './client.ts';

/** Looked at again at least this often: a pause may have been cut short by nobody, but a worker may be asked to stop. */
const MAX_SLEEP_MS = 1_000;

/**
 * Notion's own measure: so many requests in any rolling 60 seconds, spendable
 * in one burst. It is kept in PostgreSQL, since all workers share one token;
 * whoever is told to wait halts everybody. A few are kept for urgent work, and
 * of the last ones an entity that has had fewer goes first.
 *
 *     |<------------- 60 s ------------->|
 *      x xx x     xxxx          x  x  x   now
 *      ^ the oldest leaves the window first, and makes room for the next
 *
 * @see https://developers.notion.com/reference/request-limits
 */
export const requestBudget = (database: Database, api: string, perMinute: number): RequestBudget => ({
  take: async ({ entity, urgent }, signal) => {
    for (;;) {
      signal?.throwIfAborted();
      const [answer] = await database.query<{ wait: number | null }>(
        sql`SELECT lockstep_take_request(${api}, ${perMinute}::int, ${entity}, ${urgent}) AS wait`,
      );
      if (!answer || answer.wait === null) return;
      await sleep(Math.min(answer.wait, MAX_SLEEP_MS), undefined, signal ? { signal } : {}).catch(() =>
        signal?.throwIfAborted(),
      );
    }
  },
  pause: async (ms) => {
    await database.query(sql`SELECT lockstep_pause_requests(${api}, ${ms}::float8)::text`);
  },
});

/** For how long nobody is to send anything yet, in milliseconds. @throws as `databaseError` */
export async function readPause(database: Database, api: string): Promise<number> {
  const [found] = await database.query<{ ms: number }>(sql`
      SELECT (extract(epoch FROM paused_until - now()) * 1000)::float8 AS ms FROM request_budget
      WHERE api = ${api} AND paused_until > now()`);
  return found?.ms ?? 0;
}
