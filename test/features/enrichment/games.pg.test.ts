import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FinalError, RetryableError } from '../../../src/errors.ts';
import { gamesFromRawg } from '../../../src/features/enrichment/games-from-rawg.ts';
import { type EnrichmentFixture, OUTAGES, openEnrichmentFixture, type Run } from './enrichment-fixture.ts';
import { RAWG_KEY, type RawgGame, startRawg } from './stand-ins/rawg.ts';
import type { StandIn } from './stand-ins/server.ts';

const games: RawgGame[] = [
  {
    id: 2454,
    name: 'DOOM (2016)',
    released: '2016-05-13',
    platforms: ['PC', 'Nintendo Switch', 'Xbox One'],
    image: 'https://media.rawg.io/doom.jpg',
  },
  { id: 3543, name: 'Doom', released: '1993-12-10', platforms: ['PC'], image: 'https://media.rawg.io/old-doom.jpg' },
  {
    id: 22511,
    name: 'The Legend of Zelda: Breath of the Wild',
    released: '2017-03-02',
    platforms: ['Nintendo Switch', 'Wii U'],
    image: null,
  },
  { id: 9, name: 'Tetris', released: null, platforms: null, image: 'https://media.rawg.io/tetris.jpg' },
  {
    id: 11,
    name: 'Astro Bot',
    released: '2024-09-06',
    platforms: ['PlayStation 5'],
    image: 'https://media.rawg.io/astro.jpg',
  },
];

let fixture: EnrichmentFixture;
let rawg: StandIn;

beforeAll(async () => {
  [fixture, rawg] = await Promise.all([openEnrichmentFixture(), startRawg(games)]);
});
afterAll(async () => {
  await rawg.close();
  await fixture.close();
});
beforeEach(async () => {
  await fixture.sql('TRUNCATE games, enrichments, sync_outbox, request_budget');
  rawg.requests.length = 0;
  rawg.faults.length = 0;
});

const run = (key = RAWG_KEY): Promise<Run> =>
  fixture.run(gamesFromRawg(), { RAWG_API_KEY: key, RAWG_BASE_URL: rawg.url });
async function insert(name: string, platform: string | null = null): Promise<string> {
  const [row] = await fixture.sql<{ id: string }>(
    'INSERT INTO games (name, platform) VALUES ($1, $2) RETURNING id',
    name,
    platform,
  );
  await fixture.sql('TRUNCATE sync_outbox');
  return row?.id ?? '';
}
const read = async (id: string) =>
  (
    await fixture.sql<Record<string, unknown>>(
      'SELECT name, platform, rawg_id, cover_url FROM games WHERE id = $1::uuid',
      id,
    )
  )[0];
const set = (id: string, column: 'name' | 'platform', value: string | null) =>
  fixture.sql(`UPDATE games SET ${column} = $2 WHERE id = $1::uuid`, id, value);
const counts = ({ tally }: Run) => [tally.processed, tally.updated, tally.errors.length];

describe('games', () => {
  test('get the id, the cover, and the platform if only one matches; a second run changes nothing', async () => {
    const [zelda, astro, tetris] = [
      await insert('Legend of Zelda: Breath of the Wild'),
      await insert('astro bot'),
      await insert('Tetris', 'PC'),
    ];
    expect(counts(await run())).toEqual([3, 3, 0]);
    expect(await read(zelda)).toMatchObject({ rawg_id: 22511, cover_url: null, platform: 'Switch' });
    expect(await read(astro)).toEqual({
      name: 'astro bot',
      rawg_id: 11,
      cover_url: 'https://media.rawg.io/astro.jpg',
      platform: 'PS5',
    });
    expect(await read(tetris)).toMatchObject({ rawg_id: 9, platform: 'PC' });
    expect(rawg.requests[1]).toBe(`GET /api/games?key=${RAWG_KEY}&search=astro+bot&search_precise=true&page_size=20`);
    expect(await fixture.sql('SELECT 1 FROM sync_outbox')).toHaveLength(3);
    expect(await run()).toMatchObject({ requests: 0 });
  });

  test('with the same name are distinguished by the year in parentheses or the platform, or else are reported once', async () => {
    const [byYear, byPlatform, left] = [
      await insert('Doom (2016)'),
      await insert('Doom', 'Switch'),
      await insert('Doom', 'PC'),
    ];
    const first = await run();
    expect(counts(first)).toEqual([3, 2, 1]);
    expect(first.tally.errors).toMatchObject([
      { code: 'ambiguous_match', record: left, message: expect.stringContaining('of 2016, 1993') },
    ]);
    expect(await read(byYear)).toMatchObject({ rawg_id: 2454, platform: null });
    expect(await read(byPlatform)).toMatchObject({ rawg_id: 2454, platform: 'Switch' });
    expect(await read(left)).toMatchObject({ rawg_id: null, cover_url: null });
    expect(counts(await run())).toEqual([0, 0, 0]);
    await set(left, 'platform', 'Switch');
    expect(counts(await run())).toEqual([1, 1, 0]);
  });

  test('a changed name is looked up, and values that a person changed or cleared stay', async () => {
    const id = await insert('Astro Bot');
    await run();
    await set(id, 'platform', 'PC');
    await set(id, 'name', 'Tetris');
    expect(counts(await run())).toEqual([1, 1, 0]);
    expect(await read(id)).toMatchObject({ rawg_id: 9, platform: 'PC', cover_url: 'https://media.rawg.io/tetris.jpg' });
    await set(id, 'platform', null);
    await set(id, 'name', 'Astro Bot');
    await run();
    expect(await read(id)).toMatchObject({ rawg_id: 11, platform: null });
  });

  test('a 429 stops the run and pauses requests', async () => {
    await insert('Tetris');
    rawg.faults.push({ kind: 'answer', status: 429, retryAfter: new Date(Date.now() + 3_600_000).toUTCString() });
    expect((await run()).error).toMatchObject({ code: 'rate_limited', message: 'RAWG asks to wait' });
    expect(await run()).toMatchObject({ requests: 0, error: null });
  });

  test.each(OUTAGES)('%s: nothing is lost, and the address with the key is in no message', async (_, fault) => {
    await insert('Tetris');
    rawg.faults.push(fault);
    const { error } = await run();
    expect(error).toBeInstanceOf(RetryableError);
    expect(inspect(error, { depth: 9 })).not.toMatch(/[?&]key=|fedcba/);
    expect(counts(await run())).toEqual([1, 1, 0]);
  });

  test('a wrong key', async () => {
    await insert('Tetris');
    const { error } = await run('wrong-key');
    expect(error).toBeInstanceOf(FinalError);
    expect(error).toMatchObject({ code: 'unauthorized', message: expect.stringContaining('RAWG_API_KEY') });
    expect(inspect(error, { depth: 9 })).not.toContain('wrong-key');
  });
});
