import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { date, defineEntity, timestamp, title } from '../../src/entities/define.ts';
import { isUpdate } from '../faults/support/relay.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const errands = defineEntity({
  name: 'errands',
  table: 'errands',
  databaseId: '77777777-3a65-8055-8b36-ea0f30871fe3',
  title: 'Errands',
  fields: {
    title: title('Title'),
    due_date: date('Due Date', { timeColumn: 'due_time' }),
    completed_at: timestamp('Completed At'),
  },
});

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(
    errands,
    `CREATE TABLE errands (${COMMON_COLUMNS}, title text NOT NULL DEFAULT '', due_date date, due_time time, completed_at timestamptz);`,
  );
});
afterAll(() => engine.close());
beforeEach(() => engine.sql('TRUNCATE errands, sync_state, sync_outbox, sync_conflicts'));
afterEach(async () => engine.notion.workspace.trashPage((await row()).page));

const SECONDS = { title: 'x', due_time: '09:30:15.25', completed_at: '2026-12-10 09:30:15.123456+00' };
const row = async () => {
  const [found] = await engine.sql<{ page: string }>(
    `SELECT title, due_date::text, due_time::text, notion_page_id AS page,
       (completed_at AT TIME ZONE 'UTC')::text || '+00' AS completed_at FROM errands`,
  );
  return found ?? expect.fail('no row');
};
const insert = () =>
  engine.sql("INSERT INTO errands (title, due_date, due_time, completed_at) VALUES ($1, '2026-12-10', $2, $3)", [
    SECONDS.title,
    SECONDS.due_time,
    SECONDS.completed_at,
  ]);
const conflicts = () => engine.sql('SELECT winner, sql_version FROM sync_conflicts');
const settled = async () =>
  expect(await engine.cycle({ sweep: true })).toMatchObject({ created: 0, updated: 0, conflicts: 0, errors: [] });

test('times keep their seconds in SQL where Notion has the same minute', async () => {
  await insert();
  await engine.cycle();
  await settled();
  expect(await row()).toMatchObject(SECONDS);
  const { page } = await row();
  engine.notion.workspace.clock.advance(120_000);
  engine.notion.workspace.editPage(page, { Title: 'Renamed' });
  await engine.cycle();
  expect(await row()).toMatchObject({ ...SECONDS, title: 'Renamed' });
  await engine.sql("UPDATE errands SET due_time = '09:30:40'");
  await engine.cycle();
  await settled();
  expect(await row()).toMatchObject({ ...SECONDS, title: 'Renamed', due_time: '09:30:40' });
  expect(await conflicts()).toEqual([]);
});

test('another minute in Notion comes to SQL', async () => {
  await insert();
  await engine.cycle();
  const { page } = await row();
  engine.notion.workspace.clock.advance(120_000);
  engine.notion.workspace.editPage(page, { 'Completed At': { date: { start: '2026-12-11T10:00:00.000Z' } } });
  await engine.cycle();
  expect(await row()).toMatchObject({ due_time: SECONDS.due_time, completed_at: '2026-12-11 10:00:00+00' });
});

test('a write with seconds whose answer is lost is recognized as our own', async () => {
  await insert();
  await engine.cycle();
  engine.notion.workspace.clock.advance(120_000);
  await engine.sql("UPDATE errands SET completed_at = '2026-12-11 10:11:12.5+00', due_time = '10:11:12'");
  const held = engine.relay.hold('after', isUpdate);
  const cycle = engine.cycle();
  cycle.catch(() => undefined);
  await held.arrived;
  held.abandon();
  await expect(cycle).rejects.toThrow();
  await engine.cycle();
  await settled();
  expect(await row()).toMatchObject({ due_time: '10:11:12', completed_at: '2026-12-11 10:11:12.5+00' });
  expect(await conflicts()).toEqual([]);
});
