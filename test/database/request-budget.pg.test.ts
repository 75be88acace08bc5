import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase } from '../../src/database/client.ts';
import { requestBudget } from '../../src/database/request-budget.ts';
import type { Asker, RequestBudget } from '../../src/notion/budget.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const PER_MINUTE = 3;
const tasks: Asker = { entity: 'tasks', urgent: false };

let server: TestDatabase;
let connection: pg.Client;
let pools: readonly [DatabasePool, DatabasePool];
/** Two workers of one deployment. */
let first: RequestBudget;
let second: RequestBudget;

beforeAll(async () => {
  server = await freshDatabase();
  connection = new pg.Client({ connectionString: server.url });
  await connection.connect();
  pools = [openDatabase(server.url, 2), openDatabase(server.url, 2)];
  first = requestBudget(pools[0], 'notion', PER_MINUTE);
  second = requestBudget(pools[1], 'notion', PER_MINUTE);
});
afterAll(async () => {
  await connection.end();
  await Promise.all(pools.map((pool) => pool.close()));
  await server.drop();
});
beforeEach(() => connection.query('TRUNCATE request_budget'));

/** How long the next request would wait, in milliseconds; null takes a request from the budget. */
async function wait(
  api = 'notion',
  { entity, urgent, requests = 1 }: Asker = tasks,
  perMinute = PER_MINUTE,
): Promise<number | null> {
  const { rows } = await connection.query('SELECT lockstep_take_request($1, $2, $3, $4, $5) AS wait', [
    api,
    perMinute,
    entity,
    urgent,
    requests,
  ]);
  return rows[0].wait;
}

async function sent(api = 'notion'): Promise<number> {
  const { rows } = await connection.query('SELECT cardinality(sent_at) AS sent FROM request_budget WHERE api = $1', [
    api,
  ]);
  return rows[0]?.sent ?? 0;
}

/** Lets time pass: moves all sent requests and pauses into the past. */
const pass = (seconds: number): Promise<unknown> =>
  connection.query(
    `UPDATE request_budget SET paused_until = paused_until - $1 * interval '1 second',
       sent_at = ARRAY(SELECT t - $1 * interval '1 second' FROM unnest(sent_at) AS t)`,
    [seconds],
  );

describe('several requests together', () => {
  const pair: Asker = { ...tasks, requests: 2 };

  test('are counted together, and wait until all of them may be sent', async () => {
    expect(await wait('notion', pair)).toBeNull();
    expect(await sent()).toBe(2);
    expect(await wait('notion', pair)).toBeGreaterThan(59_000);
    expect(await wait()).toBeNull();
    await pass(61);
    expect(await wait('notion', pair)).toBeNull();
  });

  test('more than the budget allows in a minute are as many as it allows', async () => {
    expect(await wait('notion', { ...tasks, requests: 10 })).toBeNull();
    expect(await sent()).toBe(PER_MINUTE);
  });
});

describe('two workers, one budget', () => {
  test('may use it in one burst, and no more', async () => {
    await Promise.all([first.take(tasks), second.take(tasks), first.take(tasks)]);
    expect(await sent()).toBe(PER_MINUTE);
    expect(await wait()).toBeGreaterThan(0);
  });

  test('get exactly the available requests when both ask for more at once', async () => {
    const asking = Array.from({ length: 6 }, (_, n) => (n % 2 === 0 ? first : second).take(tasks));
    await expect.poll(() => sent()).toBe(PER_MINUTE);
    expect(await wait()).toBeGreaterThan(0);
    await pass(60);
    await Promise.all(asking);
    expect(await sent()).toBe(PER_MINUTE);
  });

  test('a waiting worker continues when the window has moved', async () => {
    for (let n = 0; n < PER_MINUTE; n += 1) await first.take(tasks);
    let taken = false;
    const waiting = second.take(tasks).then(() => {
      taken = true;
    });
    expect(await wait()).toBeGreaterThan(0);
    expect(taken).toBe(false);
    await pass(60);
    await waiting;
    expect(await sent()).toBe(1);
  });

  test('a worker that stops ends its wait, and uses no request', async () => {
    for (let n = 0; n < PER_MINUTE; n += 1) await first.take(tasks);
    const stop = new AbortController();
    const waiting = second.take(tasks, stop.signal);
    stop.abort(new Error('draining'));
    await expect(waiting).rejects.toThrow('draining');
    expect(await sent()).toBe(PER_MINUTE);
  });

  test('a worker that was stopped before does not ask', async () => {
    await expect(first.take(tasks, AbortSignal.abort(new Error('draining')))).rejects.toThrow('draining');
    expect(await sent()).toBe(0);
  });
});

describe('the window', () => {
  test('rolls: each request leaves it after a minute', async () => {
    await first.take(tasks);
    await pass(20);
    await first.take(tasks);
    await pass(20);
    await first.take(tasks);
    // 40, 20 and 0 seconds old: the oldest leaves in 20.
    expect(await wait()).toBeGreaterThan(19_000);
    expect(await wait()).toBeLessThanOrEqual(20_000);
    await pass(20);
    expect(await wait()).toBeNull();
    expect(await wait()).toBeGreaterThan(19_000);
  });

  test('that became smaller waits until enough requests have left it', async () => {
    for (let n = 0; n < PER_MINUTE; n += 1) {
      await first.take(tasks);
      await pass(10);
    }
    // 30, 20 and 10 seconds old.
    const smaller = await wait('notion', tasks, 1);
    expect(smaller).toBeGreaterThan(49_000);
    expect(smaller).toBeLessThanOrEqual(50_000);
  });

  test('drops requests older than a minute', async () => {
    for (let n = 0; n < 4; n += 1) {
      await first.take(tasks);
      await pass(59);
    }
    expect(await sent()).toBeLessThanOrEqual(2);
  });
});

describe('a pause', () => {
  test('stops all workers, uses no request, and ends by itself', async () => {
    await first.pause(30_000);
    const waiting = Promise.all([first.take(tasks), second.take(tasks)]);
    expect(await wait()).toBeGreaterThan(29_000);
    expect(await wait()).toBeLessThanOrEqual(30_000);
    expect(await sent()).toBe(0);
    await pass(30);
    await waiting;
    expect(await sent()).toBe(2);
  });

  test('is not shortened by a shorter one', async () => {
    await first.pause(30_000);
    await second.pause(1_000);
    expect(await wait()).toBeGreaterThan(29_000);
    await second.pause(45_000);
    expect(await wait()).toBeGreaterThan(44_000);
  });

  test('of one API does not affect another', async () => {
    await first.pause(30_000);
    expect(await wait('google')).toBeNull();
    expect(await sent('google')).toBe(1);
  });
});

describe('who goes first', () => {
  const LIMIT = 60;
  const of = (entity: string, urgent = false): Asker => ({ entity, urgent });
  const ask = (asker: Asker): Promise<number | null> => wait('notion', asker, LIMIT);
  /** Asks until it has to wait; returns how many requests it got. */
  async function takeAll(asker: Asker): Promise<number> {
    for (let taken = 0; ; taken += 1) if ((await ask(asker)) !== null) return taken;
  }

  test('a few requests are reserved for urgent work', async () => {
    expect(await takeAll(of('media'))).toBe(LIMIT - 2);
    expect(await takeAll(of('tasks', true))).toBe(2);
  });

  test('a free request goes to the entity that has had fewer', async () => {
    await takeAll(of('media'));
    expect(await ask(of('people'))).toBeGreaterThan(0);
    await connection.query("UPDATE request_budget SET sent_at[1] = sent_at[1] - interval '1 minute'");
    expect(await ask(of('media'))).toBeGreaterThan(0);
    expect(await ask(of('people'))).toBeNull();
  });

  test('an entity that no longer asks delays no other', async () => {
    await takeAll(of('media'));
    expect(await ask(of('people'))).toBeGreaterThan(0);
    await pass(58);
    await connection.query(
      "UPDATE request_budget SET sent_at[1] = sent_at[1] - interval '2 seconds', waiting = '{\"people\": 0}'",
    );
    expect(await ask(of('media'))).toBeNull();
  });

  test('while enough requests are available, nobody waits', async () => {
    for (let n = 0; n < 10; n += 1) expect(await ask(of('media'))).toBeNull();
    expect(await ask(of('people'))).toBeNull();
    expect(await ask(of('media'))).toBeNull();
  });
});
