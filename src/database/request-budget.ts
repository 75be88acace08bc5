import { setTimeout as sleep } from 'node:timers/promises';
import { RetryableError } from '../errors.ts';
import type { RequestBudget } from '../notion/budget.ts';
import { type Database, sql } from './client.ts';

/** The budget is asked again at least this often, since a pause can end early. */
const MAX_SLEEP_MS = 1_000;

/**
 * Notion's own limit: a number of requests in any rolling 60 seconds, which one
 * burst may use up. It is stored in PostgreSQL, since all workers share one token:
 * when Notion tells one worker to wait, all of them wait. A few requests are
 * reserved for urgent work, and the last ones go to the entity that has had fewer.
 *
 *     |<------------- 60 s ------------->|
 *      x xx x     xxxx          x  x  x   now
 *      ^ the oldest leaves the window first, and frees one request
 *
 * @see https://developers.notion.com/reference/request-limits
 */
export const requestBudget = (database: Database, api: string, perMinute: number): RequestBudget => ({
  take: async ({ entity, urgent, requests = 1 }, signal, onWait) => {
    for (;;) {
      signal?.throwIfAborted();
      const [answer] = await database.query<{ wait: number | null }>(
        sql`SELECT lockstep_take_request(${api}, ${perMinute}::int, ${entity}, ${urgent}, ${requests}::int) AS wait`,
      );
      if (!answer || answer.wait === null) return;
      onWait?.();
      await sleep(Math.min(answer.wait, MAX_SLEEP_MS), undefined, signal ? { signal } : {}).catch(() =>
        signal?.throwIfAborted(),
      );
    }
  },
  pause: async (ms) => {
    await database.query(sql`SELECT lockstep_pause_requests(${api}, ${ms}::float8)::text`);
  },
});

/** The same budget for a request that is not worth a wait. It throws `budget_short` where the other one waits. */
export const impatient = (budget: RequestBudget): RequestBudget => ({
  ...budget,
  take: (asker, signal) =>
    budget.take(asker, signal, () => {
      throw new RetryableError('budget_short', "all of this minute's requests are used up");
    }),
});

/** How many requests could be sent now. @throws as `databaseError` */
export async function spareRequests(database: Database, api: string, perMinute: number): Promise<number> {
  const [found] = await database.query<{ spare: number }>(sql`
      SELECT CASE WHEN paused_until > clock_timestamp() THEN 0 ELSE ${perMinute}::int - (
               SELECT count(*) FROM unnest(sent_at) AS sent (at) WHERE sent.at > clock_timestamp() - interval '60 seconds'
             ) END::int AS spare
        FROM request_budget WHERE api = ${api}`);
  return found?.spare ?? perMinute;
}

/** How long the current pause lasts, in milliseconds; 0 without one. @throws as `databaseError` */
export async function readPause(database: Database, api: string): Promise<number> {
  const [found] = await database.query<{ ms: number }>(sql`
      SELECT (extract(epoch FROM paused_until - now()) * 1000)::float8 AS ms FROM request_budget
      WHERE api = ${api} AND paused_until > now()`);
  return found?.ms ?? 0;
}
