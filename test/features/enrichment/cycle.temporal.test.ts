import { afterAll, beforeAll, expect, test } from 'vitest';
import { differences, everything } from '../../support/compare.ts';
import { type Stack, startStack } from '../../support/stack.ts';
import type { StandIn } from './stand-ins/server.ts';
import { startTmdb, TMDB_TOKEN } from './stand-ins/tmdb.ts';

const BEHIND_MS = 3 * 60_000;

let stack: Stack;
let tmdb: StandIn;

beforeAll(async () => {
  tmdb = await startTmdb([
    { kind: 'movie', id: 348, title: 'Alien', released: '1979-05-25', poster: '/alien.jpg' },
    { kind: 'movie', id: 129, title: 'Spirited Away', released: '2001-07-20', poster: '/spirited.jpg' },
  ]);
  stack = await startStack();
  // So that the enrichment would win against edits in Notion if its edit time were the current time.
  stack.notion.workspace.clock.set(Date.now() - BEHIND_MS);
  stack.startWorker({ TMDB_API_KEY: TMDB_TOKEN, TMDB_BASE_URL: tmdb.url });
});
afterAll(async () => {
  await stack.stop();
  await tmdb.close();
});

const row = async (pageId: string) =>
  (await stack.sql<Record<string, unknown>>('SELECT * FROM media WHERE notion_page_id = $1', [pageId]))[0];
const runs = () =>
  stack.sql<{ status: string; updated: number }>(
    "SELECT status, updated, api_requests FROM sync_run_history WHERE sync_name = 'media-from-tmdb' ORDER BY id",
  );

test('a page is filled in within the cycle that imports it, and the next cycle changes nothing', async () => {
  const page = stack.notion.workspace.createPage('Media Watchlist', { Title: 'Alien', Type: 'Movie' });
  expect(await stack.cycle()).toMatchObject({ ok: true });
  expect(await row(page)).toMatchObject({ tmdb_id: 348, year: 1979 });
  expect(await differences(stack)).toEqual([]);
  expect(await runs()).toEqual([{ status: 'ok', updated: 1, api_requests: 1 }]);
  const before = await everything(stack);
  await stack.cycle();
  expect(await everything(stack)).toEqual(before);
  expect(await runs()).toHaveLength(1);
});

test('an edit in Notion during a lookup is kept, and the next cycle fills in the row', async () => {
  const page = stack.notion.workspace.createPage('Media Watchlist', { Title: 'Spirited Away', Type: 'Movie' });
  tmdb.during = () => stack.notion.workspace.editPage(page, { Rating: 9, Year: 2002 });
  await stack.cycle();
  tmdb.during = () => undefined;
  expect(await row(page)).toMatchObject({ rating: 9, year: 2002 });
  await stack.cycle();
  expect(await row(page)).toMatchObject({ rating: 9, year: 2002, tmdb_id: 129 });
  expect(await differences(stack)).toEqual([]);
});

test('an outage fails neither the cycle nor a sync, and does not delay them', async () => {
  const page = stack.notion.workspace.createPage('Media Watchlist', { Title: 'Alien (1979)', Type: 'Movie' });
  tmdb.faults.push({ kind: 'drop' }, { kind: 'answer', status: 503 }, { kind: 'drop' });
  const asked = tmdb.requests.length;
  expect(await stack.cycle()).toMatchObject({ ok: true });
  expect(tmdb.requests.length).toBe(asked + 3);
  expect((await runs()).at(-1)).toMatchObject({ status: 'failed', updated: 0 });
  tmdb.faults.push({ kind: 'answer', status: 429, retryAfter: '3600' });
  expect(await stack.cycle()).toMatchObject({ ok: true });
  await stack.cycle();
  expect(tmdb.requests.length).toBe(asked + 4);
  await stack.sql('UPDATE request_budget SET paused_until = now()');
  await stack.cycle();
  expect(await row(page)).toMatchObject({ tmdb_id: 348, title: 'Alien (1979)' });
});
