import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { impatient, spareRequests } from '../../../src/database/request-budget.ts';
import { Activity, keepPolling, type Poll } from '../../../src/features/hints/keep-polling.ts';
import { pollGoogle } from '../../../src/features/hints/poll-google.ts';
import { pollNotion } from '../../../src/features/hints/poll-notion.ts';
import { ChannelStore } from '../../../src/google/channel-store.ts';
import { openServices, type WorkerServices } from '../../../src/runtime/services.ts';
import { WebhookToken } from '../../../src/runtime/webhook-token.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

const PER_MINUTE = 8;
const key = randomBytes(32).toString('base64');
const tasks = { entity: 'tasks', urgent: true };

describe('polls of several workers', () => {
  let home: TestDatabase;
  let workers: readonly [WorkerServices, WorkerServices];
  const cleanUp: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    home = await freshDatabase();
    const config = readConfig({
      DATABASE_URL: home.url,
      NOTION_REQUESTS_PER_MINUTE: String(PER_MINUTE),
      GOOGLE_CLIENT_ID: 'client',
      GOOGLE_CLIENT_SECRET: 'secret',
      GOOGLE_REFRESH_TOKEN: 'token',
      GOOGLE_WORK_CALENDAR_ID: 'work@example.com',
      LOCKSTEP_ENCRYPTION_KEY: key,
    });
    workers = [openServices(config, () => undefined), openServices(config, () => undefined)];
  });
  afterEach(async () => {
    for (const work of cleanUp.splice(0)) await work();
    await Promise.all(workers.map((worker) => worker.close()));
    await home.drop();
  });

  /** Counts the polls of a worker. */
  function start({ claims }: WorkerServices) {
    const closing = new AbortController();
    const poll = { looks: 0 };
    const side: Poll = {
      ...{ name: 'Notion', isNeeded: async () => true, isBusy: async () => false },
      look: async () => {
        poll.looks += 1;
        return false;
      },
    };
    const running = keepPolling(side, {
      ...{ claims, everyMs: 5, slowEveryMs: 5, isPaused: async () => false, activity: new Activity() },
      ...{ log: { info: () => undefined, warn: () => undefined }, signal: closing.signal },
    });
    const stop = async (): Promise<void> => {
      closing.abort();
      await running;
    };
    cleanUp.push(stop);
    return { poll, stop };
  }

  test('one polls, and the other one after its end', async () => {
    const first = start(workers[0]);
    await expect.poll(() => first.poll.looks).toBeGreaterThan(0);
    const second = start(workers[1]);
    const { looks } = first.poll;
    await expect.poll(() => first.poll.looks).toBeGreaterThan(looks + 50);
    expect(second.poll.looks).toBe(0);
    // As when its process ends.
    await first.stop();
    await expect.poll(() => second.poll.looks).toBeGreaterThan(0);
  });

  test('webhooks replace polls of Notion, unless nothing came for a day', async () => {
    const [{ database }] = workers;
    const isNeeded = () => pollNotion(workers[0], async () => undefined).isNeeded();
    const age = () => database.query("UPDATE oauth_tokens SET updated_at = now() - interval '25 hours'");
    const token = new WebhookToken(database, key);
    expect(await isNeeded()).toBe(true);
    await token.acceptNew();
    // Nobody has sent it yet.
    expect(await isNeeded()).toBe(true);
    await token.keepFirst('secret');
    expect(await isNeeded()).toBe(false);
    await age();
    expect(await isNeeded()).toBe(true);
    await token.heard();
    expect(await isNeeded()).toBe(false);
    expect(await token.load()).toBe('secret');
  });

  test('channels replace polls of Google, calendar by calendar, until they expire', async () => {
    const [worker] = workers;
    const store = new ChannelStore(worker.database);
    const isNeeded = () => pollGoogle(worker, async () => undefined).isNeeded();
    const open = (calendarId: string, expiresInMs = 60_000) => {
      const [openedAt, expiresAt] = [new Date(), new Date(Date.now() + expiresInMs)];
      const address = 'https://lockstep.example/google';
      const channel = { id: randomUUID(), account: 'personal', calendarId, address, resourceId: 'r' } as const;
      return store.add({ ...channel, openedAt, expiresAt }, 'token');
    };
    expect(await isNeeded()).toBe(true);
    await open('primary');
    expect(await isNeeded()).toBe(true);
    await open('work@example.com', -1);
    expect(await isNeeded()).toBe(true);
    await open('work@example.com');
    expect(await isNeeded()).toBe(false);
  });

  test('polls are rare when little of the budget is left, and never wait for it', async () => {
    const [{ database, budget }] = workers;
    const { isBusy } = pollNotion(workers[0], async () => undefined);
    const spare = () => spareRequests(database, 'notion', PER_MINUTE);
    expect([await spare(), await isBusy()]).toEqual([PER_MINUTE, false]);
    await budget.take({ ...tasks, requests: 6 });
    expect([await spare(), await isBusy()]).toEqual([2, false]);
    await impatient(budget).take(tasks);
    expect([await spare(), await isBusy()]).toEqual([1, true]);
    await impatient(budget).take(tasks);
    await expect(impatient(budget).take(tasks)).rejects.toMatchObject({ code: 'budget_short' });
    await database.query("UPDATE request_budget SET sent_at = '{}', sent_for = '{}'");
    expect(await spare()).toBe(PER_MINUTE);
    await budget.pause(60_000);
    expect(await spare()).toBe(0);
    await expect(impatient(budget).take(tasks)).rejects.toMatchObject({ code: 'budget_short' });
  });
});
