import { randomUUID } from 'node:crypto';
import { Client } from '@notionhq/client';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tasks } from '../../src/entities/tasks.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { expectExactlyOnePageEach, keysOfSeveralPages, syncKeyOf } from './support/exactly-one.ts';
import { isCreate, type Relay, startRelay } from './support/relay.ts';

const UNIQUE_VIOLATION = { code: '23505' };

describe('duplicates are resolved', () => {
  let stack: Stack;
  let relay: Relay;

  beforeEach(async () => {
    stack = await startStack();
    relay = await startRelay(stack.notion.url);
    stack.startWorker({ NOTION_BASE_URL: relay.url });
  });
  afterEach(async () => {
    await stack.stop();
    await relay.close();
  });

  const cycle = () => stack.cycle({ entities: ['tasks'] });
  const pages = () => stack.notion.workspace.pages('Tasks');
  const livePages = () => pages().filter(({ trashed }) => !trashed);
  const rows = () =>
    stack.sql<{ id: string; notion_page_id: string; title: string }>(
      'SELECT id, notion_page_id, title FROM tasks ORDER BY title, id',
    );
  const insertTask = async (title: string): Promise<string> => {
    const [row] = await stack.sql<{ id: string }>('INSERT INTO tasks (title) VALUES ($1) RETURNING id', [title]);
    return row?.id ?? '';
  };
  const conflicts = () =>
    stack.sql<{ record_id: string; notion_page_id: string; notion_version: { title: string } }>(
      'SELECT record_id, notion_page_id, notion_version FROM sync_conflicts',
    );
  /** As a second worker of this integration would create it. */
  const makeSecondPage = async (key: string, title: string): Promise<string> => {
    const notion = new Client({ auth: stack.notion.token, baseUrl: stack.notion.url });
    const { dataSourceId } = stack.notion.workspace.databases().find(({ id }) => id === tasks.databaseId) ?? {};
    const page = await notion.pages.create({
      parent: { type: 'data_source_id', data_source_id: dataSourceId ?? '' },
      properties: {
        Title: { title: [{ text: { content: title } }] },
        Status: { select: { name: 'Todo' } },
        'Sync Key': { rich_text: [{ text: { content: key } }] },
      },
    });
    return page.id;
  };

  test('two pages of ours with one key: the oldest stays, the other is trashed, and its edits are kept as a conflict', async () => {
    const key = await insertTask('Made twice');
    await cycle();
    const [first] = livePages();
    stack.notion.workspace.clock.advance(61_000);
    const second = await makeSecondPage(key, 'Made twice');
    stack.notion.workspace.editPage(second, { Title: 'Edited by Alex' });
    await cycle();

    expect(livePages().map(({ id, title }) => [id, title])).toEqual([[first?.id, 'Made twice']]);
    expect(stack.notion.workspace.page(second).trashed).toBe(true);
    expect(await rows()).toEqual([{ id: key, notion_page_id: first?.id, title: 'Made twice' }]);
    expect(await conflicts()).toEqual([
      {
        record_id: key,
        notion_page_id: second,
        notion_version: expect.objectContaining({ title: 'Edited by Alex' }),
      },
    ]);
    expect((await cycle()).summary).toBe('no changes');
  });

  test('two pages of ours with one key, and the row has the newer one: it moves to the oldest', async () => {
    const key = await insertTask('Made twice');
    const held = relay.hold('before', isCreate);
    const running = cycle();
    await held.arrived;
    const oldest = await makeSecondPage(key, 'Made twice');
    stack.notion.workspace.clock.advance(61_000);
    held.release();
    await running;
    const [{ notion_page_id: younger } = { notion_page_id: '' }] = await rows();
    expect(younger).not.toBe(oldest);
    await cycle();

    expect(livePages().map(({ id }) => id)).toEqual([oldest]);
    expect(stack.notion.workspace.page(younger).trashed).toBe(true);
    expect(await rows()).toEqual([{ id: key, notion_page_id: oldest, title: 'Made twice' }]);
    expect((await cycle()).summary).toBe('no changes');
  });

  test("a copy made by Notion's Duplicate is its own record, and its key is corrected", async () => {
    const original = await insertTask('Water the plants');
    await cycle();
    const [page] = livePages();
    const copy = stack.notion.workspace.duplicatePage(page?.id ?? '');
    expect(keysOfSeveralPages(stack)).toEqual([original]);
    await cycle();

    const found = await rows();
    expect(found.map(({ notion_page_id }) => notion_page_id).sort()).toEqual([page?.id, copy].sort());
    const ofCopy = found.find(({ notion_page_id }) => notion_page_id === copy);
    expect(syncKeyOf(stack.notion.workspace.page(copy))).toBe(ofCopy?.id);
    expect(syncKeyOf(stack.notion.workspace.page(page?.id ?? ''))).toBe(original);
    await expectExactlyOnePageEach(stack);

    await stack.sql("UPDATE tasks SET title = 'Water the lawn' WHERE notion_page_id = $1", [copy]);
    await cycle();
    expect(livePages().map(({ title }) => title)).toEqual(['Water the plants', 'Water the lawn']);
    expect(await conflicts()).toEqual([]);
  });

  test('two writers of one `sql:telegram_…` id create one row and one page, also after the id was replaced', async () => {
    const insert = (end = '') =>
      stack.sql<{ id: string }>(
        `INSERT INTO tasks (notion_page_id, title) VALUES ('sql:telegram_42', 'From the chat') ${end} RETURNING id`,
      );
    const outcomes = await Promise.allSettled([insert(), insert()]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: UNIQUE_VIOLATION });
    expect(await insert('ON CONFLICT (notion_page_id) DO NOTHING')).toEqual([]);

    const held = relay.hold('before', isCreate);
    const running = cycle();
    await held.arrived;
    await expect(insert()).rejects.toMatchObject(UNIQUE_VIOLATION);
    held.release();
    await running;

    await expect(insert()).rejects.toMatchObject(UNIQUE_VIOLATION);
    expect(await insert('ON CONFLICT (notion_page_id) DO NOTHING')).toEqual([]);
    await cycle();
    expect(await rows()).toHaveLength(1);
    expect(pages()).toHaveLength(1);
    await expectExactlyOnePageEach(stack);
  });

  test('a second writer of a `sql:telegram_…` id while it is being replaced creates no second row', async () => {
    const insert = () =>
      stack.sql("INSERT INTO tasks (notion_page_id, title) VALUES ('sql:telegram_42', 'From the chat')");
    await insert();
    await stack.sql(`CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NEW; END $$`);
    await stack.sql(
      `CREATE TRIGGER pause AFTER UPDATE OF notion_page_id ON tasks FOR EACH ROW
       WHEN (OLD.notion_page_id LIKE 'sql:%') EXECUTE FUNCTION pause()`,
    );
    const waiting = async (sessions: number): Promise<void> => {
      await expect
        .poll(
          () =>
            stack.sql(
              `SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)
               WHERE datname = current_database() AND NOT granted HAVING count(*) >= $1`,
              [sessions],
            ),
          {
            timeout: 60_000,
          },
        )
        .not.toEqual([]);
    };
    const gate = new pg.Client({ connectionString: stack.databaseUrl });
    await gate.connect();
    await gate.query('SELECT pg_advisory_lock(42)');
    const running = cycle();
    await waiting(1);
    const second = insert().then(
      () => 'a second row',
      (error: unknown) => error,
    );
    await waiting(2);
    await gate.end();
    const outcome = await second;
    await running;
    expect(outcome).toMatchObject(UNIQUE_VIOLATION);
    expect(await rows()).toHaveLength(1);
    expect(pages()).toHaveLength(1);
  });

  test('a row deleted and inserted again with the same page keeps that page', async () => {
    await insertTask('Old words');
    await cycle();
    const [page] = livePages();
    const newId = randomUUID();
    await stack.sql('DELETE FROM tasks');
    await stack.sql('INSERT INTO tasks (id, notion_page_id, title) VALUES ($1, $2, $3)', [
      newId,
      page?.id,
      'New words',
    ]);
    await cycle();

    expect(await rows()).toEqual([{ id: newId, notion_page_id: page?.id, title: 'New words' }]);
    expect(pages().map(({ id, title }) => [id, title])).toEqual([[page?.id, 'New words']]);
    await expectExactlyOnePageEach(stack);
    await cycle();
    expect((await cycle()).summary).toBe('no changes');
  });

  test('two rows with the same title are two rows', async () => {
    await insertTask('Call mum');
    await insertTask('Call mum');
    stack.notion.workspace.createPage('Tasks', { Title: 'Call mum' });
    await cycle();
    await cycle();
    expect(await rows()).toHaveLength(3);
    expect(livePages().map(({ title }) => title)).toEqual(['Call mum', 'Call mum', 'Call mum']);
    await expectExactlyOnePageEach(stack);
  });
});
