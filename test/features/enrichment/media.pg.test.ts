import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FinalError, RetryableError } from '../../../src/errors.ts';
import { mediaFromTmdb } from '../../../src/features/enrichment/media-from-tmdb.ts';
import { type EnrichmentFixture, OUTAGES, openEnrichmentFixture, type Run } from './enrichment-fixture.ts';
import type { StandIn } from './stand-ins/server.ts';
import { startTmdb, TMDB_KEY, TMDB_TOKEN, type TmdbTitle } from './stand-ins/tmdb.ts';

const titles: TmdbTitle[] = [
  { kind: 'movie', id: 348, title: 'Alien', released: '1979-05-25', poster: '/alien.jpg' },
  { kind: 'movie', id: 949, title: 'Heat', released: '1995-12-15', poster: '/heat.jpg' },
  { kind: 'movie', id: 11087, title: 'Heat', released: '1986-10-02', poster: null },
  {
    kind: 'movie',
    id: 129,
    title: 'Spirited Away',
    original: 'Sen to Chihiro',
    released: '2001-07-20',
    poster: '/spirited.jpg',
  },
  { kind: 'tv', id: 1396, title: 'Breaking Bad', released: '2008-01-20', poster: '/bad.jpg' },
  { kind: 'movie', id: 7, title: 'Unreleased', released: '', poster: null },
  { kind: 'movie', id: 8, title: 'Seven', released: '1995-09-22', poster: '/seven.jpg' },
  { kind: 'tv', id: 8, title: 'Seven', released: '2001-01-01', poster: '/seven-tv.jpg' },
];

let fixture: EnrichmentFixture;
let tmdb: StandIn;

beforeAll(async () => {
  [fixture, tmdb] = await Promise.all([openEnrichmentFixture(), startTmdb(titles)]);
});
afterAll(async () => {
  await tmdb.close();
  await fixture.close();
});
beforeEach(async () => {
  await fixture.sql('TRUNCATE media, enrichments, sync_outbox, sync_conflicts, request_budget');
  tmdb.requests.length = 0;
  tmdb.faults.length = 0;
  tmdb.during = () => undefined;
});

const run = (key = TMDB_TOKEN, cycleId?: string): Promise<Run> =>
  fixture.run(mediaFromTmdb(), { TMDB_API_KEY: key, TMDB_BASE_URL: tmdb.url }, cycleId);

async function insert(title: string, columns: Record<string, unknown> = {}): Promise<string> {
  const [row] = await fixture.sql<{ id: string }>(
    `INSERT INTO media (title, type, year, tmdb_id, poster_url, notion_page_id, notion_last_edited_at)
     SELECT $1, n.type, n.year, n.tmdb_id, n.poster_url, n.notion_page_id, n.notion_last_edited_at
       FROM jsonb_populate_record(NULL::media, $2::jsonb) n RETURNING id`,
    title,
    JSON.stringify(columns),
  );
  await fixture.sql('TRUNCATE sync_outbox');
  return row?.id ?? '';
}
const read = async (id: string) =>
  (await fixture.sql<Record<string, unknown>>('SELECT * FROM media WHERE id = $1::uuid', id))[0];
const set = (id: string, column: string, value: unknown) =>
  fixture.sql(
    `UPDATE media SET ${column} = (jsonb_populate_record(NULL::media, $2::jsonb)).${column} WHERE id = $1::uuid`,
    id,
    JSON.stringify({ [column]: value }),
  );
const outbox = () => fixture.sql('SELECT record_id FROM sync_outbox');
const counts = ({ tally }: Run) => [tally.processed, tally.updated, tally.errors.length];

describe('a row without an id', () => {
  test('is filled in as an edit that is sent to Notion, and is then not looked up again', async () => {
    const id = await insert('alien', { type: 'Movie' });
    const first = await run();
    expect(first).toMatchObject({ error: null, requests: 1 });
    expect(counts(first)).toEqual([1, 1, 0]);
    expect(await read(id)).toMatchObject({
      ...{ title: 'alien', type: 'Movie', tmdb_id: 348, year: 1979 },
      poster_url: 'https://image.tmdb.org/t/p/w500/alien.jpg',
    });
    expect(await outbox()).toEqual([{ record_id: id }]);
    await fixture.sql('TRUNCATE sync_outbox');
    expect(counts(await run())).toEqual([0, 0, 0]);
    expect(tmdb.requests).toHaveLength(1);
    expect(await outbox()).toEqual([]);
  });

  test('is looked up by its type, with the key in the right place', async () => {
    await insert('Breaking Bad', { type: 'TV Show' });
    await run(TMDB_KEY);
    await insert('Spirited Away', { type: 'Anime', year: 2001 });
    await run();
    expect(tmdb.requests).toEqual([
      `GET /3/search/tv?query=Breaking+Bad&language=en-US&include_adult=false&api_key=${TMDB_KEY}`,
      'GET /3/search/movie?query=Spirited+Away&year=2001&language=en-US&include_adult=false',
      'GET /3/search/tv?query=Spirited+Away&first_air_date_year=2001&language=en-US&include_adult=false',
    ]);
    const rows = await fixture.sql('SELECT tmdb_id FROM media ORDER BY created_at');
    expect(rows).toEqual([{ tmdb_id: 1396 }, { tmdb_id: 129 }]);
  });

  test('keeps the values of a person, and gets the rest', async () => {
    const id = await insert('Alien', { year: 1980, poster_url: 'https://example.com/mine.jpg' });
    await run();
    expect(await read(id)).toMatchObject({ year: 1980, poster_url: 'https://example.com/mine.jpg', tmdb_id: 348 });
  });

  test('is not changed if it has an id, no title, or is archived', async () => {
    await insert('Alien', { tmdb_id: 1 });
    await insert('  ');
    const archived = await insert('Heat');
    await set(archived, 'archived_at', new Date());
    expect(await run()).toMatchObject({ requests: 0, error: null });
  });

  test('leaves a column empty if TMDB has no value', async () => {
    const id = await insert('Unreleased', { type: 'Movie' });
    await run();
    expect(await read(id)).toMatchObject({ tmdb_id: 7, year: null, poster_url: null });
  });
});

describe('a row with several matches or none', () => {
  test('is not changed, is reported once, and is not looked up again', async () => {
    const [several, none, kinds] = [
      await insert('Heat', { type: 'Movie' }),
      await insert('Nothing'),
      await insert('Seven'),
    ];
    const first = await run();
    expect(counts(first)).toEqual([3, 0, 3]);
    expect(first.tally.errors).toEqual([
      { code: 'ambiguous_match', record: several, message: expect.stringContaining('film of 1995, film of 1986') },
      { code: 'no_match', record: none, message: expect.stringContaining('TMDB has no title "Nothing"') },
      { code: 'ambiguous_match', record: kinds, message: expect.stringContaining('film of 1995, series of 2001') },
    ]);
    expect(await outbox()).toEqual([]);
    const asked = tmdb.requests.length;
    expect(counts(await run())).toEqual([0, 0, 0]);
    expect(tmdb.requests).toHaveLength(asked);
  });

  test('is reported again by a retry in the same cycle', async () => {
    await insert('Heat', { type: 'Movie' });
    await run(TMDB_TOKEN, 'one cycle');
    expect(counts(await run(TMDB_TOKEN, 'one cycle'))).toEqual([0, 0, 1]);
    expect(counts(await run(TMDB_TOKEN, 'another'))).toEqual([0, 0, 0]);
  });

  test('is filled in when a person adds information', async () => {
    const byYear = await insert('Heat', { type: 'Movie' });
    const byTitle = await insert('Heat', { type: 'Movie' });
    const byType = await insert('Seven');
    await run();
    await set(byYear, 'year', 1986);
    await set(byTitle, 'title', 'Heat (1995)');
    await set(byType, 'type', 'TV Show');
    expect(counts(await run())).toEqual([3, 3, 0]);
    expect(await read(byYear)).toMatchObject({ tmdb_id: 11087 });
    expect(await read(byTitle)).toMatchObject({ title: 'Heat (1995)', tmdb_id: 949, year: 1995 });
    expect(await read(byType)).toMatchObject({ tmdb_id: 8, year: 2001 });
  });

  test('is looked up again after a month, and not reported again', async () => {
    await insert('Heat', { type: 'Movie' });
    await run();
    await fixture.sql("UPDATE enrichments SET at = now() - interval '31 days'");
    expect(counts(await run())).toEqual([1, 0, 0]);
  });
});

describe('later edits by a person', () => {
  test('a changed or cleared value stays', async () => {
    const id = await insert('Alien');
    await run();
    await set(id, 'year', 1978);
    await set(id, 'poster_url', null);
    expect(counts(await run())).toEqual([0, 0, 0]);
    await set(id, 'title', 'Spirited Away');
    expect(counts(await run())).toEqual([1, 0, 1]);
    await set(id, 'title', 'Heat (1995)');
    await set(id, 'year', null);
    expect(counts(await run())).toEqual([1, 1, 0]);
    expect(await read(id)).toMatchObject({ tmdb_id: 949, year: null, poster_url: null });
  });

  test('an id that was cleared is not filled in again', async () => {
    const id = await insert('Alien');
    await run();
    await set(id, 'tmdb_id', null);
    expect(await run()).toMatchObject({ requests: 0 });
    expect(await read(id)).toMatchObject({ tmdb_id: null });
  });

  test('another title is looked up, and replaces filled-in values, including the year', async () => {
    const id = await insert('Alien', { type: 'Movie' });
    await run();
    await set(id, 'title', 'Spirited Away');
    expect(counts(await run())).toEqual([1, 1, 0]);
    expect(tmdb.requests.at(-1)).not.toContain('year=');
    expect(await read(id)).toMatchObject({
      tmdb_id: 129,
      year: 2001,
      poster_url: expect.stringContaining('/spirited.jpg'),
    });
    await set(id, 'title', 'Unreleased');
    await run();
    expect(await read(id)).toMatchObject({ tmdb_id: 7, year: null, poster_url: null });
  });

  test('an id set by a person ends the lookups', async () => {
    const id = await insert('Alien');
    await run();
    await set(id, 'tmdb_id', 5);
    await set(id, 'title', 'Heat');
    expect(await run()).toMatchObject({ requests: 0 });
  });

  test('during a lookup: a changed title gets nothing, and a new value stays', async () => {
    const [retitled, valued] = [
      await insert('Alien', { type: 'Movie' }),
      await insert('Spirited Away', { type: 'Movie' }),
    ];
    tmdb.during = () => Promise.all([set(retitled, 'title', 'Heat (1986)'), set(valued, 'year', 2002)]);
    await run();
    expect(await read(retitled)).toMatchObject({ title: 'Heat (1986)', tmdb_id: null });
    expect(await read(valued)).toMatchObject({ year: 2002, tmdb_id: 129 });
    await run();
    expect(await read(retitled)).toMatchObject({ tmdb_id: 11087 });
  });

  test('the edit is older than any edit of a person, in Notion or in SQL', async () => {
    const notion = await insert('Alien', { notion_page_id: 'a-page', notion_last_edited_at: '2026-01-01T10:00:00Z' });
    await fixture.sql('UPDATE media SET sql_local_last_edited_at = NULL');
    const sql = await insert('Spirited Away');
    const [before] = await fixture.sql<{ at: string }>(
      'SELECT sql_local_last_edited_at::text AS at FROM media WHERE id = $1::uuid',
      sql,
    );
    await run();
    expect(await read(notion)).toMatchObject({
      tmdb_id: 348,
      sql_local_last_edited_at: new Date('2026-01-01T10:00:00Z'),
    });
    const [{ older } = { older: null }] = await fixture.sql<{ older: boolean }>(
      'SELECT sql_local_last_edited_at < $2::timestamptz AS older FROM media WHERE id = $1::uuid',
      sql,
      before?.at,
    );
    expect(older).toBe(true);
  });

  test('values that lost a conflict against an edit in Notion are filled in again, once', async () => {
    const id = await insert('Alien');
    await run();
    const lost = await read(id);
    await fixture.sql(
      `INSERT INTO sync_conflicts (entity, record_id, cycle_id, winner, reason, notion_version, sql_version, detected_at)
       VALUES ('media', $1::uuid, 'c', 'notion', 'r', '{}', $2::jsonb, clock_timestamp())`,
      id,
      JSON.stringify({ title: 'Alien', tmdb_id: lost?.tmdb_id, year: lost?.year, poster_url: lost?.poster_url }),
    );
    await set(id, 'tmdb_id', null);
    await set(id, 'year', 1980);
    await set(id, 'poster_url', null);
    expect(counts(await run())).toEqual([1, 1, 0]);
    expect(await read(id)).toMatchObject({
      tmdb_id: 348,
      year: 1980,
      poster_url: expect.stringContaining('/alien.jpg'),
    });
    await set(id, 'tmdb_id', null);
    expect(await run()).toMatchObject({ requests: 0 });
  });
});

describe('errors of TMDB', () => {
  test('a 429 stops the run, and no run sends requests until the pause ends', async () => {
    const [first, second] = [
      await insert('Alien', { type: 'Movie' }),
      await insert('Heat', { type: 'Movie', year: 1995 }),
    ];
    tmdb.during = () => {
      if (tmdb.requests.length === 2) tmdb.faults.push({ kind: 'answer', status: 429, retryAfter: '60' });
    };
    const { error } = await run();
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 60_000 });
    expect(await read(first)).toMatchObject({ tmdb_id: 348 });
    expect(await run()).toMatchObject({ error: null, requests: 0 });
    await fixture.sql('UPDATE request_budget SET paused_until = now()');
    expect(counts(await run())).toEqual([1, 1, 0]);
    expect(await read(second)).toMatchObject({ tmdb_id: 949 });
  });

  test.each(OUTAGES)('%s: after two in a row the run stops, and the next run resumes', async (_, fault) => {
    for (const year of [1979, 1980, 1981]) await insert('Alien', { type: 'Movie', year });
    tmdb.faults.push(fault, fault);
    const { error, requests } = await run();
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ code: 'no_answer', message: expect.stringContaining('TMDB') });
    expect(requests).toBe(2);
    expect(counts(await run())).toEqual([3, 2, 1]);
  });

  test('an error for one row does not block the others', async () => {
    const rows = [];
    for (const title of ['Heat (1986)', 'Alien', 'Heat (1995)']) rows.push(await insert(title, { type: 'Movie' }));
    tmdb.faults.push({ kind: 'answer', status: 500 });
    const { error, tally } = await run();
    expect(error).toBeInstanceOf(RetryableError);
    expect(tally.updated).toBe(2);
  });

  test('a refused question is reported, and not repeated', async () => {
    await insert('Alien', { type: 'Movie' });
    tmdb.faults.push({ kind: 'answer', status: 422 });
    expect((await run()).tally.errors).toMatchObject([{ code: 'no_match', message: 'TMDB refused the request (422)' }]);
    expect(await run()).toMatchObject({ requests: 0 });
  });

  test('an answer with another shape, or a redirect, is rejected', async () => {
    const id = await insert('Alien', { type: 'Movie' });
    tmdb.faults.push({ kind: 'answer', status: 200, body: { results: [{ id: 'x' }] } });
    expect((await run()).error).toMatchObject({ code: 'no_answer' });
    tmdb.faults.push({ kind: 'answer', status: 302 });
    expect((await run()).error).toMatchObject({ code: 'http_302' });
    expect(await read(id)).toMatchObject({ tmdb_id: null });
  });

  test.each([['0123456789abcdef0123456789abcde0'], ['eyJhbGciOiJIUzI1NiJ9.e30.d3Jvbmc']])(
    'a wrong key (%#): one line that names the variable, without the key',
    async (key) => {
      await insert('Alien', { type: 'Movie' });
      const { error, requests } = await run(key);
      expect(error).toBeInstanceOf(FinalError);
      expect(error).toMatchObject({ message: expect.stringContaining('TMDB_API_KEY') });
      expect(requests).toBe(1);
      expect(inspect(error, { depth: 9 })).not.toContain(key);
    },
  );

  test('no server: the key is in no message', async () => {
    await insert('Alien', { type: 'Movie' });
    const { error } = await fixture.run(mediaFromTmdb(), {
      TMDB_API_KEY: TMDB_KEY,
      TMDB_BASE_URL: 'http://127.0.0.1:1',
    });
    expect(error).toMatchObject({ code: 'no_answer' });
    expect(inspect(error, { depth: 9 })).not.toContain(TMDB_KEY);
  });
});

test('many rows are filled in over several runs', async () => {
  await fixture.sql("INSERT INTO media (title, type) SELECT 'Alien', 'Movie' FROM generate_series(1, 60)");
  expect(counts(await run())).toEqual([50, 50, 0]);
  expect(counts(await run())).toEqual([10, 10, 0]);
  expect(counts(await run())).toEqual([0, 0, 0]);
});
