import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { entityStore } from '../../../src/database/entity-store.ts';
import { people } from '../../../src/entities/people.ts';
import { startDashboard } from '../../../src/interfaces/dashboard/server.ts';
import type { HttpService } from '../../../src/shared/http-service.ts';
import type { Change } from '../../../src/sync/ports.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { ask, press } from './ask.ts';
import { textOf } from './hostile.ts';
import { quietOptions, quietTemporal } from './quiet-options.ts';

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const pageId = (n: number): string => `11111111-0000-4000-8000-${String(n).padStart(12, '0')}`;
const at = new Date('2026-03-02T10:00:00Z');

let home: TestDatabase;
let database: DatabasePool;
let dashboard: HttpService;
let url: string;

beforeAll(async () => {
  home = await freshDatabase();
  database = openDatabase(home.url, 4);
  dashboard = await startDashboard({
    ...quietOptions,
    database,
    temporal: { ...quietTemporal, runNow: async (entity) => `lockstep-sync-${entity}` },
  });
  url = dashboard.url;
});
afterAll(async () => {
  await dashboard.stop();
  await database.close();
  await home.drop();
});

interface Written {
  readonly cycleId: string;
  readonly name: string;
  readonly changes: readonly Change[];
}

/** What a cycle leaves: the row, what is agreed, and the changes. */
const write = (n: number, { cycleId, name, changes }: Written) =>
  entityStore(database, people, cycleId).transaction((tx) =>
    tx.write([
      {
        recordId: id(n),
        row: {
          remoteId: pageId(n),
          fields: { name, projects: [], tags: [] },
          archived: false,
          remoteEditedAt: at,
          createdAt: at,
        },
        state: {
          ...{
            remoteId: pageId(n),
            base: { name, projects: [], tags: [] },
            archived: false,
            trashed: false,
            sending: null,
            lateWrites: [],
          },
          ...{ statusBeforeArchive: null, syncKey: null, remoteCreatedAt: at, remoteEditedAt: at, bodyReadAt: null },
        },
        changes,
      },
    ]),
  );

const nameIs = (name: string) => ({ fields: { name }, archived: false });

/** A record that one cycle created and the next renamed, both from Notion. */
async function renamed(n: number, names: readonly [string, string]): Promise<void> {
  const [before, after] = names;
  await write(n, { cycleId: `made-${n}`, name: before, changes: [{ side: 'sql', before: null, after: null }] });
  await write(n, {
    ...{ cycleId: `renamed-${n}`, name: after },
    changes: [{ side: 'sql', before: nameIs(before), after: nameIs(after) }],
  });
}

const text = async (path: string): Promise<string> => {
  const { status, body } = await ask(url + path);
  expect({ path, status }).toEqual({ path, status: 200 });
  return textOf(body);
};
const nameOf = async (n: number): Promise<string | undefined> =>
  (await database.query<{ name: string }>(sql`SELECT name FROM people WHERE id = ${id(n)}::uuid`))[0]?.name;
const changeOf = async (n: number, cycleId: string): Promise<string> => {
  const [found] = await database.query<{ id: bigint }>(
    sql`SELECT id FROM sync_changes WHERE record_id = ${id(n)}::uuid AND cycle_id = ${cycleId}`,
  );
  return String(found?.id ?? expect.fail('no change'));
};

describe('records', () => {
  test('are found by words, with typos, by id and by a link to their page; archived ones by id only', async () => {
    await renamed(1, ['Ana', 'Ana Ruiz Ferrer']);
    const path = `href="/records/people/${id(1)}"`;
    for (const q of ['ruiz', 'Ana Riuz Ferrer', id(1), `https://www.notion.so/Ana-${pageId(1).replaceAll('-', '')}`]) {
      expect((await ask(`${url}/records?q=${encodeURIComponent(q)}`)).body, q).toContain(path);
    }
    expect((await ask(`${url}/records?q=ruiz&entity=tasks`)).body).not.toContain(path);
    await database.execute(sql`UPDATE people SET archived_at = now() WHERE id = ${id(1)}::uuid`);
    expect((await ask(`${url}/records?q=ruiz`)).body).not.toContain(path);
    expect((await ask(`${url}/records?q=${id(1)}`)).body).toContain(path);
  });

  test('show both versions, who set each field, and what is not synced yet', async () => {
    await renamed(2, ['Bo', 'Bo Lind']);
    await database.execute(sql`UPDATE people SET email = 'bo@example.com' WHERE id = ${id(2)}::uuid`);
    // Texts that differ only after what is read of them.
    const long = sql`repeat('x', 6000)`;
    await database.execute(sql`UPDATE people SET notes = ${long} || 'a' WHERE id = ${id(2)}::uuid`);
    await database.execute(
      sql`UPDATE sync_state SET base = base || jsonb_build_object('notes', ${long} || 'b') WHERE record_id = ${id(2)}::uuid`,
    );
    const shown = await text(`/records/people/${id(2)}`);
    expect(shown).toContain('Live, 2 of its fields not synced yet');
    expect(shown).toMatch(/ name Bo Lind same Notion \d+ s ago renamed-2 Bo /);
    expect(shown).toMatch(/ email bo@example\.com – not synced yet SQL \d+ s ago – – /);
    expect(shown).toMatch(/SQL name : Bo → Bo Lind renamed-2 Show Undo .* SQL Created made-2 Show –/);
  });

  test('show their version as of a cycle or a time', async () => {
    await renamed(3, ['Cy', 'Cy Diaz']);
    const path = `/records/people/${id(3)}?asof=`;
    expect(await text(`${path}made-3`)).toContain('name Cy Cy Diaz changed');
    expect(await text(`${path}renamed-3`)).toContain('name Cy Diaz same');
    expect(await text(`${path}2020-01-01`)).toMatch(/was not synced yet/);
    expect(await text(`${path}nonsense`)).toContain('s id begins with');
  });

  test('have one change reverted, as an edit, and only while they have its value', async () => {
    await renamed(4, ['Di', 'Di Okafor']);
    const path = `/records/people/${id(4)}`;
    const change = await changeOf(4, 'renamed-4');
    expect(
      (await ask(`${url}${path}/undo`, { method: 'POST', headers: { origin: url }, body: `change=${change}` })).status,
    ).toBe(403);
    const answer = await press(url, `${path}/undo`, { change });
    expect(answer.status).toBe(303);
    expect(await nameOf(4)).toBe('Di');
    expect(await text(String(answer.headers.location))).toContain('Reverted: name. The next cycle sends it to Notion.');
    const again = await press(url, `${path}/undo`, { change });
    expect(again).toMatchObject({ status: 409, body: expect.stringContaining('edited since: name') });
    expect((await press(url, `${path}/undo`, { change: '999999' })).status).toBe(404);
    expect((await press(url, `${path}/undo`, { change: 'x' })).status).toBe(409);
    const elsewhere = await press(url, `/records/people/${id(2)}/undo`, { change });
    expect(elsewhere.status).toBe(404);
    expect((await press(url, '/records/people/nonsense/undo', { change })).status).toBe(404);
  });
});

test('a record is synced again: its page is read, its row compared, and the sync of its entity started', async () => {
  await write(41, { cycleId: 'cycle-41', name: 'Eve', changes: [] });
  await database.execute(sql`DELETE FROM sync_outbox`);
  const { headers } = await press(url, `/records/people/${id(41)}/retry`);
  expect(headers.location).toBe(`/records/people/${id(41)}?started=lockstep-sync-people`);
  const page = async () => textOf((await ask(url + String(headers.location))).body);
  expect(await page()).toContain('Sync started: workflow lockstep-sync-people.');
  expect(await database.query(sql`SELECT entity, page_id FROM sync_refresh`)).toEqual([
    { entity: 'people', page_id: pageId(41) },
  ]);
  expect(await database.query(sql`SELECT record_id FROM sync_outbox`)).toEqual([{ record_id: id(41) }]);
  expect((await press(url, `/records/people/${id(999)}/retry`)).status).toBe(404);
});

describe('cycles', () => {
  const run = (cycle: string, minute: number, updated: number) =>
    database.execute(sql`
      INSERT INTO sync_run_history (cycle_id, sync_name, entity, direction, status, started_at, finished_at, duration_ms, updated)
      SELECT ${cycle}, name, 'people', 'inbound', 'ok', ${at}::timestamptz + make_interval(mins => ${minute}::int),
             ${at}::timestamptz + make_interval(mins => ${minute}::int, secs => 20), 20000, ${updated}::int
        FROM unnest(ARRAY['one', 'two']) AS name`);

  test('are grouped, newest first, page by page', async () => {
    for (let minute = 0; minute < 205; minute++) await run(`cycle-${minute}`, minute, minute === 204 ? 2 : 0);
    const first = (await ask(`${url}/cycles`)).body;
    expect(textOf(first)).toContain('2 Mar 2026, 13:24:00 ✓ ok 20.0 s 4 updated 0');
    expect(textOf(first)).toContain('99 cycles without changes, 2 Mar 2026, 11:45:00–13:23');
    const older = /href="(\/cycles\?before=\d+)"/.exec(first)?.[1] ?? '';
    expect(await text(older)).toContain('100 cycles without changes, 2 Mar 2026, 10:05:00–11:44');
  });

  test('show what they wrote, preview their undo, and are undone', async () => {
    await renamed(5, ['Ed', 'Ed Moss']);
    await write(6, { cycleId: 'renamed-5', name: 'Flo', changes: [{ side: 'notion', before: null, after: null }] });
    await run('renamed-5', 300, 1);
    const page = await text('/cycles/renamed-5');
    expect(page).toContain('Result 2 updated');
    expect(page).toContain('Ed Moss people name Ed Ed Moss Flo people Created in Notion');
    const preview = await text('/cycles/renamed-5/undo');
    expect(preview).toContain('2 of 2 records would be reverted, 1 of them archived.');
    expect(await nameOf(5)).toBe('Ed Moss');
    const answer = await press(url, '/cycles/renamed-5/undo');
    expect(answer.status).toBe(303);
    expect(await nameOf(5)).toBe('Ed');
    const done = (await ask(url + answer.headers.location)).body;
    expect(textOf(done)).toContain('2 records reverted. The next cycle syncs them. Undo it with undo-');
    const undo = /href="(\/cycles\/undo-[^"]+)"/.exec(done)?.[1] ?? '';
    expect(await text(undo)).toContain('name Ed Moss Ed');
    expect(await press(url, '/cycles/renamed-5/undo')).toMatchObject({
      ...{ status: 409, body: expect.stringContaining('nothing was reverted') },
    });
    expect((await press(url, `${undo}/undo`)).status).toBe(303);
    expect(await nameOf(5)).toBe('Ed Moss');
  });

  test('with too many records are undone by the command', async () => {
    await database.execute(sql`
      INSERT INTO sync_changes (cycle_id, entity, record_id, side, before, after)
      SELECT 'many/0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000/1/pages', 'people', gen_random_uuid(), 'sql', '{"name":"a","archived":false}', '{"name":"b","archived":false}'
        FROM generate_series(1, 501)`);
    const path = `/cycles/${encodeURIComponent('many/0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000/1/pages')}`;
    expect(await text(path)).toContain('501 records; the first 200 are shown');
    expect(await text(`${path}/undo`)).toContain('use lockstep undo many/0190');
    expect((await press(url, `${path}/undo`)).status).toBe(409);
  });
});
