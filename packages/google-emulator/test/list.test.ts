import type { calendar_v3 } from '@googleapis/calendar';
import { describe, expect, test } from 'vitest';
import type { GoogleEmulator } from '../src/index.ts';
import { clientOf, day, emulate, failureOf, hour, lunch, ME, WORK } from './support.ts';

type Events = ReturnType<typeof clientOf>['events'];
type Query = calendar_v3.Params$Resource$Events$List;

/** Every page of a listing. */
async function pagesOf(events: Events, query: Query = {}) {
  const pages = [];
  let pageToken = query.pageToken;
  do {
    const { data } = await events.list({ calendarId: 'primary', ...query, ...(pageToken ? { pageToken } : {}) });
    pages.push(data);
    pageToken = data.nextPageToken ?? undefined;
  } while (pageToken);
  return pages;
}

async function listing(events: Events, query?: Query) {
  const pages = await pagesOf(events, query);
  return { items: pages.flatMap(({ items }) => items ?? []), syncToken: pages.at(-1)?.nextSyncToken ?? '' };
}

const idsOf = (items: readonly { id?: string | null }[]) => items.map(({ id }) => id);

function fill(emulator: GoogleEmulator, count: number): string[] {
  return Array.from({ length: count }, (_, n) => emulator.handle.createEvent(ME, { ...lunch, id: `event${n}` }).id);
}

describe('pages', () => {
  test('hold at most maxResults events, and only the last has a sync token', async () => {
    const emulator = await emulate();
    const ids = fill(emulator, 5);
    const pages = await pagesOf(clientOf(emulator).events, { maxResults: 2 });
    expect(pages.map(({ items }) => items?.length)).toEqual([2, 2, 1]);
    expect(idsOf(pages.flatMap(({ items }) => items ?? []))).toEqual(ids);
    expect(pages.map(({ nextSyncToken }) => nextSyncToken !== undefined)).toEqual([false, false, true]);
    expect(pages.map(({ nextPageToken }) => nextPageToken !== undefined)).toEqual([true, true, false]);
  });

  test('can be empty although more follow', async () => {
    const emulator = await emulate({ pageSize: 2, emptyPages: true });
    fill(emulator, 5);
    const pages = await pagesOf(clientOf(emulator).events);
    expect(pages.map(({ items }) => items?.length)).toEqual([2, 0, 2, 0, 1]);
  });

  test('an edit between two pages hides no event, and is listed with the sync token', async () => {
    const emulator = await emulate();
    const ids = fill(emulator, 4);
    const { events } = clientOf(emulator);
    const first = (await events.list({ calendarId: ME, maxResults: 1 })).data;
    emulator.handle.editEvent(ME, 'event1', { summary: 'Dinner' });
    const rest = await listing(events, { maxResults: 1, pageToken: first.nextPageToken ?? '' });
    expect(idsOf([...(first.items ?? []), ...rest.items])).toEqual(ids);
    const delta = await listing(events, { syncToken: rest.syncToken });
    expect(idsOf(delta.items)).toEqual(['event1']);
  });

  test('of changes do not contain later changes, which the next sync token returns', async () => {
    const emulator = await emulate();
    fill(emulator, 4);
    const { events } = clientOf(emulator);
    const { syncToken } = await listing(events);
    for (const id of ['event0', 'event1', 'event2']) emulator.handle.editEvent(ME, id, { summary: 'Tea' });
    const first = (await events.list({ calendarId: ME, syncToken, maxResults: 1 })).data;
    emulator.handle.editEvent(ME, 'event1', { summary: 'Dinner' });
    const rest = await listing(events, { syncToken, maxResults: 1, pageToken: first.nextPageToken ?? '' });
    expect(idsOf(rest.items)).toEqual(['event2']);
    expect(idsOf((await listing(events, { syncToken: rest.syncToken })).items)).toEqual(['event1']);
  });

  test('belong to one query only', async () => {
    const emulator = await emulate();
    fill(emulator, 3);
    const { events } = clientOf(emulator);
    const pageToken = (await events.list({ calendarId: ME, maxResults: 2 })).data.nextPageToken ?? '';
    expect(await failureOf(events.list({ calendarId: ME, maxResults: 1, pageToken }))).toMatchObject({ status: 400 });
    expect(await failureOf(events.list({ calendarId: WORK, maxResults: 2, pageToken }))).toMatchObject({ status: 400 });
  });
});

describe('sync tokens', () => {
  test('list later changes, with deletions as cancelled events', async () => {
    const emulator = await emulate();
    fill(emulator, 4);
    const { events } = clientOf(emulator);
    const { syncToken } = await listing(events);
    expect((await listing(events, { syncToken })).items).toEqual([]);
    emulator.handle.deleteEvent(ME, 'event1');
    emulator.handle.moveEvent(ME, 'event2', { date: '2026-04-01' }, { date: '2026-04-02' });
    emulator.handle.createEvent(ME, { ...lunch, id: 'later' });
    const delta = await listing(events, { syncToken, maxResults: 1 });
    expect(delta.items).toEqual([
      { kind: 'calendar#event', etag: expect.any(String), id: 'event1', status: 'cancelled' },
      expect.objectContaining({ id: 'event2', ...day('2026-04-01', '2026-04-02') }),
      expect.objectContaining({ id: 'later' }),
    ]);
    expect((await listing(events, { syncToken: delta.syncToken })).items).toEqual([]);
  });

  test('list a cancelled exception with the instance it replaces', async () => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    const { syncToken } = await listing(events);
    const instance = { recurringEventId: 'weekly', originalStartTime: { date: '2026-03-08' } };
    emulator.handle.createEvent(ME, { id: 'weekly_20260308', status: 'cancelled', ...instance });
    const { items } = await listing(events, { syncToken });
    const shape = { kind: 'calendar#event', etag: expect.any(String) };
    expect(items).toEqual([{ ...shape, id: 'weekly_20260308', status: 'cancelled', ...instance }]);
    expect(idsOf((await listing(events)).items)).toEqual(['weekly_20260308']);
  });

  test('expire on demand', async () => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    const { syncToken } = await listing(events);
    emulator.handle.expireSyncTokens(ME);
    expect(await failureOf(events.list({ calendarId: ME, syncToken }))).toMatchObject({
      status: 410,
      reason: 'fullSyncRequired',
    });
    const fresh = await listing(events);
    await listing(events, { syncToken: fresh.syncToken });
  });

  test.each<Query>([
    { timeMin: '2026-01-01T00:00:00Z' },
    { timeMax: '2026-01-01T00:00:00Z' },
    { updatedMin: '2026-01-01T00:00:00Z' },
    { privateExtendedProperty: ['a=1'] },
    { q: 'lunch' },
    { orderBy: 'updated' },
    { iCalUID: 'x' },
    { showDeleted: false },
  ])('cannot be combined with %o', async (query) => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    const { syncToken } = await listing(events);
    expect(await failureOf(events.list({ calendarId: ME, syncToken, ...query }))).toMatchObject({ status: 400 });
  });

  test('that are invalid or of another calendar are refused', async () => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    const { syncToken } = await listing(events);
    for (const query of [
      { calendarId: ME, syncToken: 'made-up' },
      { calendarId: WORK, syncToken },
    ]) {
      expect(await failureOf(events.list(query))).toMatchObject({ status: 400 });
    }
  });
});

describe('filters', () => {
  test('timeMin compares with the end, timeMax with the start', async () => {
    const emulator = await emulate();
    const at = (id: string, from: number, to: number) =>
      emulator.handle.createEvent(ME, { id, ...hour(`2026-03-01T${from}:00:00Z`, `2026-03-01T${to}:00:00Z`) });
    at('before', 10, 11);
    at('across', 10, 13);
    at('within', 12, 13);
    at('after0', 14, 15);
    const { events } = clientOf(emulator);
    const query = { timeMin: '2026-03-01T11:00:00Z', timeMax: '2026-03-01T14:00:00Z' };
    expect(idsOf((await listing(events, query)).items)).toEqual(['across', 'within']);
  });

  test('deleted events are listed on request, and private properties match', async () => {
    const emulator = await emulate();
    fill(emulator, 2);
    emulator.handle.deleteEvent(ME, 'event0');
    emulator.handle.editEvent(ME, 'event1', { extendedProperties: { private: { source_task_id: '7=7' } } });
    const { events } = clientOf(emulator);
    expect(idsOf((await listing(events)).items)).toEqual(['event1']);
    expect(idsOf((await listing(events, { showDeleted: true })).items)).toEqual(['event0', 'event1']);
    const found = await listing(events, { privateExtendedProperty: ['source_task_id=7=7'] });
    expect(idsOf(found.items)).toEqual(['event1']);
    expect((await listing(events, { privateExtendedProperty: ['source_task_id=8'] })).items).toEqual([]);
  });

  test.each<Query>([{ maxResults: 0 }, { maxResults: 2501 }, { singleEvents: true }, { timeMin: '2026-03-01' }])(
    '%o is refused',
    async (query) => {
      const { events } = clientOf(await emulate());
      expect(await failureOf(events.list({ calendarId: ME, ...query }))).toMatchObject({ status: 400 });
    },
  );
});
