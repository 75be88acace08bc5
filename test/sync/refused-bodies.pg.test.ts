import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { body, defineEntity, title } from '../../src/entities/define.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const pads = defineEntity({
  name: 'pads',
  table: 'pads',
  databaseId: '88888888-3a65-8055-8b36-ea0f30871fe3',
  title: 'Pads',
  fields: { title: title('Title'), body: body() },
});

let engine: Engine;
let page: string;
beforeAll(async () => {
  engine = await startEngine(pads, `CREATE TABLE pads (${COMMON_COLUMNS}, title text NOT NULL DEFAULT '', body text);`);
});
afterAll(() => engine.close());
beforeEach(async () => {
  await engine.sql('TRUNCATE pads, sync_state, sync_outbox, sync_conflicts');
  page = engine.notion.workspace.createPage('Pads', { Title: 'A' });
});
afterEach(() => engine.notion.workspace.trashPage(page));

const later = () => engine.notion.workspace.clock.advance(300_000);
const row = async () => {
  const [found] = await engine.sql<{ title: string; body: string | null }>(
    'SELECT title, body FROM pads WHERE notion_page_id = $1',
    [page],
  );
  return found ?? expect.fail('no row');
};
const edit = (sets: string, values: unknown[] = []) =>
  engine.sql(`UPDATE pads SET ${sets} WHERE notion_page_id = '${page}'`, values);
const inNotion = () => engine.notion.workspace.body(page);
const conflicts = () =>
  engine.sql<Record<string, unknown>>(
    'SELECT winner, reason, resolved_at, notion_version, sql_version FROM sync_conflicts WHERE notion_page_id = $1',
    [page],
  );
const outbox = () => engine.sql('SELECT record_id FROM sync_outbox');

test('text before and after a file that Notion hosts is inserted, and the file stays', async () => {
  const image = engine.notion.workspace.addImage(page, 'a.png');
  await engine.cycle();
  await edit('body = $1', [`above\n${(await row()).body}\nbelow`]);
  expect(await engine.cycle()).toMatchObject({ updated: 1, errors: [], conflicts: 0 });
  expect(inNotion().markdown).toMatch(/^above\n!\[.*\nbelow$/);
  expect(inNotion().blocks[1]?.id).toBe(image);
  await edit('body = $1', [(await row()).body?.split('\n')[1]]);
  expect(await engine.cycle()).toMatchObject({ updated: 1, errors: [], conflicts: 0 });
  expect(inNotion().blocks.map(({ id }) => id)).toEqual([image]);
  later();
  expect(await engine.cycle({ sweep: true })).toMatchObject({ updated: 0, conflicts: 0, errors: [] });
});

test('an edit between two such files is refused once, kept as a conflict, and does not wait', async () => {
  engine.notion.workspace.addImage(page, 'a.png');
  engine.notion.workspace.addImage(page, 'b.png');
  await engine.cycle();
  const { body: before } = await row();
  await edit("title = 'B', body = $1", [String(before).replace('\n', '\nbetween\n')]);
  const tally = await engine.cycle();
  expect(tally).toMatchObject({ updated: 1, conflicts: 1, errors: [{ code: 'body_unsayable' }] });
  expect(await row()).toEqual({ title: 'B', body: before });
  expect(engine.notion.workspace.page(page).title).toBe('B');
  expect(await conflicts()).toMatchObject([
    {
      winner: 'notion',
      resolved_at: null,
      notion_version: { body: before },
      sql_version: { body: expect.stringContaining('between') },
    },
  ]);
  expect(await outbox()).toEqual([]);
  later();
  expect(await engine.cycle({ sweep: true })).toMatchObject({ updated: 0, conflicts: 0, errors: [] });
});

test('a body that Notion refuses for another block of the page is refused once, and later edits are sent', async () => {
  engine.notion.workspace.editBody(page, 'one');
  await engine.cycle();
  engine.notion.faults.add({
    match: { kind: 'update_markdown' },
    // biome-ignore lint/suspicious/noThenProperty: the `then` of a fault rule is never awaited
    then: { kind: 'status', status: 400, code: 'validation_error' },
  });
  await edit("body = 'two'");
  expect(await engine.cycle()).toMatchObject({ conflicts: 1, errors: [{ code: 'body_refused' }] });
  expect(await row()).toMatchObject({ body: 'one' });
  expect(await conflicts()).toMatchObject([
    { reason: expect.stringContaining('Notion refused'), sql_version: { body: 'two' } },
  ]);
  expect(await engine.cycle()).toMatchObject({ conflicts: 0, errors: [] });
  await edit("body = 'three'");
  expect(await engine.cycle()).toMatchObject({ updated: 1, errors: [] });
  expect(inNotion().markdown).toBe('three');
});
