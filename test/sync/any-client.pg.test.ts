import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defineEntity, relationToMany, title } from '../../src/entities/define.ts';
import { type CalendarEngine, PERSONAL, startCalendarEngine } from '../support/calendar-engine.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const scrolls = defineEntity({
  name: 'scrolls',
  table: 'scrolls',
  databaseId: '33333333-3a65-8055-8b36-ea0f30871fe3',
  title: 'Scrolls',
  fields: {
    name: title('Name'),
    related: relationToMany('Related', 'scrolls', 'scroll_links', ['scroll_id', 'other_id']),
  },
});

describe('rows that other clients wrote', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine(
      scrolls,
      `CREATE TABLE scrolls (${COMMON_COLUMNS}, name text NOT NULL DEFAULT '');
       CREATE TABLE scroll_links (scroll_id uuid, other_id uuid, PRIMARY KEY (scroll_id, other_id));`,
    );
  });
  afterAll(() => engine.close());

  const create = (values: Record<string, unknown>) => engine.notion.workspace.createPage('Scrolls', values);
  const names = async () =>
    (await engine.sql<{ name: string }>('SELECT name FROM scrolls ORDER BY name')).map(({ name }) => name);
  const related = (page: string) => {
    const found = engine.notion.workspace.page(page).page.properties.Related;
    return found?.type === 'relation' ? found.relation : expect.fail('no relation');
  };

  test('with the URL of their page get that page, and their edits reach it', async () => {
    const page = create({ Name: 'Before' });
    const url = `https://www.notion.so/Before-${page.replaceAll('-', '').toUpperCase()}?pvs=4`;
    await engine.sql('INSERT INTO scrolls (name, notion_page_id) VALUES ($1, $2)', ['Before', url]);
    expect(await engine.cycle()).toMatchObject({ errors: [] });
    await engine.sql("UPDATE scrolls SET name = 'After'");
    expect(await engine.cycle()).toMatchObject({ errors: [] });
    expect(engine.notion.workspace.page(page).title).toBe('After');
    expect(await names()).toEqual(['After']);
    expect(await engine.sql('SELECT FROM sync_outbox')).toEqual([]);
  });

  test('and whose id no trigger corrected are reported', async () => {
    const page = create({ Name: 'Ghost' }).replaceAll('-', '');
    await engine.sql('ALTER TABLE scrolls DISABLE TRIGGER stamp_edit');
    const [ghost] = await engine.sql<{ id: string }>(
      'INSERT INTO scrolls (name, notion_page_id) VALUES ($1, $2) RETURNING id',
      ['Ghost', page],
    );
    await engine.sql('ALTER TABLE scrolls ENABLE TRIGGER stamp_edit');
    expect(await engine.cycle()).toMatchObject({ errors: [{ code: 'page_id_misspelt', record: ghost?.id }] });
    await engine.sql('DELETE FROM scrolls WHERE id = $1', [ghost?.id]);
    expect(await engine.cycle()).toMatchObject({ errors: [] });
    expect(await names()).toEqual(['After', 'Ghost']);
  });

  test('come back after TRUNCATE, with their links', async () => {
    const target = create({ Name: 'Target' });
    const page = create({ Name: 'Linked', Related: [target] });
    await engine.cycle();
    const before = await engine.sql('SELECT id, name, notion_page_id FROM scrolls ORDER BY name');
    await engine.sql('TRUNCATE scrolls, scroll_links');
    await engine.cycle();
    await engine.cycle();
    expect(await engine.sql('SELECT id, name, notion_page_id FROM scrolls ORDER BY name')).toEqual(before);
    expect(await engine.sql('SELECT FROM scroll_links')).toHaveLength(1);
    expect(related(page)).toHaveLength(1);
  });

  test('lose their links in Notion after TRUNCATE of the join table', async () => {
    const page = engine.notion.workspace.pages('Scrolls').find(({ title }) => title === 'Linked');
    await engine.sql('TRUNCATE scroll_links');
    expect(await engine.cycle()).toMatchObject({ updated: 1, errors: [] });
    expect(related(page?.id ?? '')).toEqual([]);
    expect(await engine.cycle()).toMatchObject({ updated: 0, errors: [] });
  });
});

describe('events', () => {
  let calendar: CalendarEngine;
  beforeAll(async () => {
    calendar = await startCalendarEngine();
    const day = { start: { date: '2026-03-05' }, end: { date: '2026-03-06' } };
    for (const summary of ['A', 'B']) calendar.google.createEvent(PERSONAL, { summary, ...day });
    await calendar.cycle();
  });
  afterAll(() => calendar.close());
  const events = () => calendar.sql('SELECT id, summary, google_event_id FROM calendar_events ORDER BY summary');

  test('come back after TRUNCATE', async () => {
    const before = await events();
    expect(before).toHaveLength(2);
    await calendar.sql('TRUNCATE calendar_events');
    await calendar.cycle();
    expect(await events()).toEqual(before);
  });
});
