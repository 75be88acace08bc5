import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { differences } from '../support/compare.ts';
import { type Stack, startStack } from '../support/stack.ts';

const MINUTE_MS = 60_000;

describe('edits on both sides', () => {
  let stack: Stack;
  let taskId: string;
  let pageId: string;

  beforeAll(async () => {
    stack = await startStack();
    stack.startWorker();
  });
  afterAll(() => stack.stop());

  beforeEach(async () => {
    const [row] = await stack.sql<{ id: string }>(
      "INSERT INTO tasks (title, due_date, due_time) VALUES ('Book the train', '2026-12-10', '09:30') RETURNING id",
    );
    taskId = String(row?.id);
    await stack.cycle();
    pageId = String((await task()).notion_page_id);
  });

  const task = async () => {
    const [row] = await stack.sql<Record<string, unknown>>('SELECT * FROM tasks WHERE id = $1', [taskId]);
    return row ?? expect.fail('the row is gone');
  };
  const property = (name: string) => stack.notion.workspace.page(pageId).page.properties[name];
  const edit = (values: Record<string, unknown>) => stack.notion.workspace.editPage(pageId, values);
  const sweep = () => stack.cycle({ sweep: true });

  test('an edit in Notion comes to SQL, and does not count as an edit in SQL', async () => {
    const before = await task();
    edit({ Priority: 'High', Notes: 'Window seat' });
    await stack.cycle();
    const after = await task();
    expect(after).toMatchObject({ priority: 'High', notes: 'Window seat' });
    expect(after.sql_local_last_edited_at).toEqual(before.sql_local_last_edited_at);
  });

  test('an edit in SQL goes to Notion, and erases nothing that SQL cannot express [S7]', async () => {
    const range = { date: { start: '2026-12-10T09:30:00+01:00', end: '2026-12-10T11:00:00+01:00' } };
    edit({ 'Due Date': range });
    await stack.cycle();
    await stack.sql("UPDATE tasks SET title = 'Book the night train', due_date = '2026-12-12' WHERE id = $1", [taskId]);
    await stack.cycle();
    expect(stack.notion.workspace.page(pageId).title).toBe('Book the night train');
    expect(property('Due Date')).toMatchObject({
      date: { start: expect.stringContaining('2026-12-12T09:30'), end: expect.stringContaining('2026-12-12T11:00') },
    });
  });

  test('a change in a join table is an edit of its row', async () => {
    await stack.sql("INSERT INTO tags (name, type) VALUES ('Travel', 'Area')");
    await stack.sql("INSERT INTO task_tags SELECT $1, id FROM tags WHERE name = 'Travel'", [taskId]);
    await stack.cycle();
    expect(property('Tags')).toMatchObject({ relation: [expect.anything()] });
    await stack.sql('DELETE FROM task_tags WHERE task_id = $1', [taskId]);
    await stack.cycle();
    expect(property('Tags')).toMatchObject({ relation: [] });
  });

  test('a link added at the other end of a two-way relation arrives', async () => {
    const project = stack.notion.workspace.createPage('Projects', { Name: 'Journey' });
    await stack.cycle();
    stack.notion.workspace.editPage(project, { Tasks: [pageId] });
    await stack.cycle();
    const [found] = await stack.sql(
      'SELECT p.name FROM tasks t JOIN projects p ON p.id = t.project_id WHERE t.id = $1',
      [taskId],
    );
    expect(found).toEqual({ name: 'Journey' });
  });

  test('both sides edited: the newest version wins, and the losing version is kept [S5]', async () => {
    edit({ Title: 'Book a flight' });
    const later = new Date(Date.now() + 5 * MINUTE_MS);
    await stack.sql("UPDATE tasks SET title = 'Book the bus', sql_local_last_edited_at = $2 WHERE id = $1", [
      taskId,
      later,
    ]);
    await stack.cycle();
    expect(stack.notion.workspace.page(pageId).title).toBe('Book the bus');
    const conflicts = await stack.sql(
      'SELECT winner, notion_version, sql_version FROM sync_conflicts WHERE record_id = $1',
      [taskId],
    );
    expect(conflicts).toMatchObject([
      { winner: 'sql', notion_version: { title: 'Book a flight' }, sql_version: { title: 'Book the bus' } },
    ]);
  });

  test('both sides edited within a minute: a tie goes to Notion', async () => {
    edit({ Title: 'Book a flight' });
    const minute = new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
    await stack.sql("UPDATE tasks SET title = 'Book the bus', sql_local_last_edited_at = $2 WHERE id = $1", [
      taskId,
      minute,
    ]);
    await stack.cycle();
    expect((await task()).title).toBe('Book a flight');
    const conflicts = await stack.sql('SELECT winner, sql_version FROM sync_conflicts WHERE record_id = $1', [taskId]);
    expect(conflicts).toMatchObject([{ winner: 'notion', sql_version: { title: 'Book the bus' } }]);
  });

  test('trashed and restored in Notion [S6]', async () => {
    edit({ Status: 'In Progress' });
    await stack.cycle();
    stack.notion.workspace.trashPage(pageId);
    await sweep();
    expect(await task()).toMatchObject({ status: 'Cancelled', archived_at: expect.any(Date) });
    stack.notion.workspace.restorePage(pageId);
    await sweep();
    expect(await task()).toMatchObject({ status: 'In Progress', archived_at: null });
  });

  test('archived and restored in SQL: by status, or by the trash in a table without status [S6]', async () => {
    await stack.sql("UPDATE tasks SET status = 'In Progress' WHERE id = $1", [taskId]);
    await stack.cycle();
    await stack.sql('UPDATE tasks SET archived_at = now() WHERE id = $1', [taskId]);
    await stack.cycle();
    expect(property('Status')).toMatchObject({ select: { name: 'Cancelled' } });
    await stack.sql('UPDATE tasks SET archived_at = NULL WHERE id = $1', [taskId]);
    await stack.cycle();
    expect(property('Status')).toMatchObject({ select: { name: 'In Progress' } });
    expect(await task()).toMatchObject({ status: 'In Progress', archived_at: null });

    const [note] = await stack.sql<{ id: string }>("INSERT INTO notes (title) VALUES ('Old') RETURNING id");
    await stack.cycle();
    await stack.sql('UPDATE notes SET archived_at = now() WHERE id = $1', [note?.id]);
    await stack.cycle();
    const page = stack.notion.workspace.pages('Notes').find(({ title }) => title === 'Old');
    expect(page?.trashed).toBe(true);
    await stack.sql('UPDATE notes SET archived_at = NULL WHERE id = $1', [note?.id]);
    await stack.cycle();
    expect(stack.notion.workspace.page(String(page?.id)).trashed).toBe(false);
  });

  test('a row deleted in SQL is back after the next cycle, with its links', async () => {
    await stack.sql("INSERT INTO tags (name) VALUES ('Keep')");
    await stack.sql("INSERT INTO task_tags SELECT $1, id FROM tags WHERE name = 'Keep'", [taskId]);
    await stack.cycle();
    await stack.sql('DELETE FROM tasks WHERE id = $1', [taskId]);
    await stack.cycle();
    expect(await task()).toMatchObject({ title: 'Book the train', notion_page_id: pageId });
    expect(await differences(stack)).toEqual([]);
  });

  test("a copy made by Notion's Duplicate gets its own row, and its key is corrected", async () => {
    const copy = stack.notion.workspace.duplicatePage(pageId);
    await stack.cycle();
    const rows = await stack.sql<{ id: string; notion_page_id: string }>(
      'SELECT id, notion_page_id FROM tasks WHERE notion_page_id = ANY ($1)',
      [[pageId, copy]],
    );
    expect(rows).toHaveLength(2);
    const own = rows.find((row) => row.notion_page_id === copy);
    expect(stack.notion.workspace.page(copy).page.properties['Sync Key']).toMatchObject({
      rich_text: [{ plain_text: own?.id }],
    });
  });

  test('more links than a page shows are neither lost nor truncated', async () => {
    const projects = Array.from({ length: 30 }, (_, n) =>
      stack.notion.workspace.createPage('Projects', { Name: `P${n}` }),
    );
    const goal = stack.notion.workspace.createPage('Goals', { Name: 'Much', 'Related Projects': projects });
    await stack.cycle();
    const links = 'SELECT 1 FROM goal_projects j JOIN goals g ON g.id = j.goal_id WHERE g.notion_page_id = $1';
    expect(await stack.sql(links, [goal])).toHaveLength(30);
    await stack.sql('UPDATE goals SET progress = 50 WHERE notion_page_id = $1', [goal]);
    await stack.cycle();
    expect(stack.notion.workspace.page(goal).page.properties['Related Projects']).toMatchObject({
      relation: { length: 30 },
    });
  });

  test('a number out of range is kept, and reported', async () => {
    await stack.sql("INSERT INTO goals (name, progress) VALUES ('Too much', 120)");
    const { syncs } = await stack.cycle();
    expect(syncs.find(({ name }) => name === 'goals-sql-to-notion')).toMatchObject({ status: 'partial', created: 1 });
    const page = stack.notion.workspace.pages('Goals').find(({ title }) => title === 'Too much');
    expect(page?.page.properties.Progress).toMatchObject({ number: 120 });
  });
});
