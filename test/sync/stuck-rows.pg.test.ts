import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { defineEntity, title } from '../../src/entities/define.ts';
import { type CalendarEngine, PERSONAL, startCalendarEngine, WORK } from '../support/calendar-engine.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const boats = defineEntity({
  name: 'boats',
  table: 'boats',
  databaseId: '99999999-3a65-8055-8b36-ea0f30871fe3',
  title: 'Boats',
  fields: { name: title('Name') },
});

describe('rows whose page ids were swapped by hand', () => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await startEngine(boats, `CREATE TABLE boats (${COMMON_COLUMNS}, name text NOT NULL DEFAULT '');`);
  });
  afterEach(() => engine.close());

  test.each([
    ['and sent', false],
    ['while triggers were off, and found by a sweep', true],
  ])('%s: each gets its own page back', async (_, isSilent) => {
    const pages = ['A', 'B', 'C'].map((name) => engine.notion.workspace.createPage('Boats', { Name: name }));
    await engine.cycle();
    const rows = () => engine.sql('SELECT name, notion_page_id FROM boats ORDER BY name');
    const before = await rows();
    if (isSilent) await engine.sql('ALTER TABLE boats DISABLE TRIGGER USER');
    const [a, b, c] = pages;
    const setPage = (name: string, page: string | undefined) =>
      engine.sql('UPDATE boats SET notion_page_id = $2 WHERE name = $1', [name, page]);
    await setPage('A', 'sql:aside');
    for (const [name, page] of [
      ['B', a],
      ['C', b],
      ['A', c],
    ] as const)
      await setPage(name, page);
    if (isSilent) await engine.sql('ALTER TABLE boats ENABLE TRIGGER USER');
    else await engine.sql("UPDATE boats SET name = name || ' edited' WHERE name = 'B'");
    expect(await engine.cycle({ sweep: true })).toMatchObject({ errors: [], conflicts: 0 });
    const B = isSilent ? 'B' : 'B edited';
    expect(await rows()).toEqual(before.map((row) => ({ ...row, name: row.name === 'B' ? B : row.name })));
    expect(pages.map((page) => engine.notion.workspace.page(page).title)).toEqual(['A', B, 'C']);
    expect(await engine.sql('SELECT FROM sync_outbox')).toEqual([]);
    expect(await engine.cycle({ sweep: true })).toMatchObject({ created: 0, updated: 0, errors: [] });
  });
});

describe('an event whose calendar_type is changed', () => {
  let calendar: CalendarEngine;
  beforeAll(async () => {
    calendar = await startCalendarEngine();
  });
  afterAll(() => calendar.close());

  const day = { start: { date: '2026-03-05' }, end: { date: '2026-03-06' } };
  const events = () =>
    calendar.sql('SELECT id, summary, calendar_type, google_event_id FROM calendar_events ORDER BY summary');

  test('belongs to its calendar still; what else was edited is sent, or reverted where nothing is written', async () => {
    const { id: mine } = calendar.google.createEvent(PERSONAL, { summary: 'Mine', ...day });
    const { id: theirs } = calendar.google.createEvent(WORK, { summary: 'Theirs', ...day });
    await calendar.cycle();
    const before = await events();
    await calendar.sql(
      "UPDATE calendar_events SET calendar_type = 'work_readonly', summary = 'Mine, renamed' WHERE summary = 'Mine'",
    );
    expect((await calendar.cycle()).outbound).toMatchObject({ updated: 1, errors: [] });
    expect(await events()).toEqual([{ ...before[0], summary: 'Mine, renamed' }, before[1]]);
    expect(calendar.google.event(PERSONAL, mine)).toMatchObject({ summary: 'Mine, renamed' });

    await calendar.sql("UPDATE calendar_events SET calendar_type = 'personal' WHERE summary = 'Theirs'");
    expect((await calendar.cycle()).outbound.errors).toMatchObject([{ code: 'read_only' }]);
    expect(await events()).toEqual([{ ...before[0], summary: 'Mine, renamed' }, before[1]]);
    expect(calendar.google.event(WORK, theirs)).toMatchObject({ summary: 'Theirs' });
    expect(await calendar.sql('SELECT FROM sync_outbox')).toEqual([]);
    for (const sweep of [true, false]) {
      const { inbound, outbound } = await calendar.cycle({ sweep });
      for (const tally of [inbound, outbound]) expect(tally).toMatchObject({ created: 0, updated: 0, errors: [] });
    }
  });
});
