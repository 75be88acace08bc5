import { tmpdir } from 'node:os';
import { dataSourceIdOf } from 'notion-emulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tasks } from '../../src/entities/tasks.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { type CycleFailure, type Stack, startStack } from '../support/stack.ts';

const TASKS = { entities: ['tasks'] };

describe('schema changes in Notion', () => {
  let stack: Stack;

  beforeEach(async () => {
    stack = await startStack();
    stack.startWorker();
  });
  afterEach(() => stack.stop());

  const titled = (title: string) =>
    stack.notion.workspace.pages('Tasks').find((page) => page.title === title)?.page.properties;
  const rows = () => stack.sql('SELECT title, status, priority FROM tasks ORDER BY title');
  const doctor = (...args: string[]): Promise<CliResult> => {
    const env = Object.entries(stack.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
    return runCli(['doctor', ...args], tmpdir(), Object.fromEntries(env));
  };
  /** The counts of a cycle's syncs of tasks. */
  const did = async (request = {}) => {
    const { ok, syncs } = await stack.cycle({ ...TASKS, ...request });
    expect(ok).toBe(true);
    const sum = (key: 'updated' | 'created' | 'conflicts' | 'issues') =>
      syncs.reduce((all, sync) => all + sync[key], 0);
    return { updated: sum('updated'), created: sum('created'), conflicts: sum('conflicts'), issues: sum('issues') };
  };
  const nothing = { updated: 0, created: 0, conflicts: 0, issues: 0 };

  test('a select becomes a status and back: both directions keep syncing, and an empty status comes back as its default', async () => {
    const { workspace } = stack.notion;
    workspace.createPage('Tasks', { Title: 'a', Status: 'Done' });
    await stack.sql("INSERT INTO tasks (title, status) VALUES ('b', 'Todo')");
    await did();
    workspace.retypeProperty('Tasks', 'Status', { status: {} });
    await stack.sql("UPDATE tasks SET status = 'In Progress' WHERE title = 'b'");
    workspace.editPage(String(workspace.pages('Tasks').find(({ title }) => title === 'a')?.id), { Status: 'Todo' });
    expect(await did()).toMatchObject({ updated: 2, conflicts: 0, issues: 0 });
    expect(titled('b')?.Status).toMatchObject({ status: { name: 'In Progress' } });
    expect(await rows()).toMatchObject([{ status: 'Todo' }, { status: 'In Progress' }]);

    await stack.sql("UPDATE tasks SET status = NULL WHERE title = 'b'");
    await did();
    await did();
    expect(await rows()).toMatchObject([{ status: 'Todo' }, { status: 'Todo' }]);
    expect(await did()).toEqual(nothing);

    await stack.sql("UPDATE tasks SET status = 'Waiting' WHERE title = 'b'");
    expect(await did()).toMatchObject({ issues: 1 });
    expect((await doctor('--fix')).stdout).toContain('✓ tasks/Status: added the option "Waiting"');
    expect(await did()).toMatchObject({ updated: 1, issues: 0 });
    expect(titled('b')?.Status).toMatchObject({ status: { name: 'Waiting' } });

    workspace.retypeProperty('Tasks', 'Status', { select: {} });
    await stack.sql("UPDATE tasks SET status = 'Brand new' WHERE title = 'b'");
    expect(await did()).toMatchObject({ updated: 1, conflicts: 0 });
    expect(titled('b')?.Status).toMatchObject({ select: { name: 'Brand new' } });
  });

  test('a renamed option: rows follow it without an edit, and an edited row does not create the old option again', async () => {
    const { workspace } = stack.notion;
    await stack.sql(
      "INSERT INTO tasks (title, status, priority) VALUES ('a', 'Todo', 'High'), ('b', 'Todo', 'High'), ('c', 'Todo', 'Low'), ('d', 'Cancelled', 'Low')",
    );
    await stack.sql("UPDATE tasks SET archived_at = now() WHERE title = 'd'");
    await did();
    expect(await did()).toEqual(nothing);
    const stamps = 'SELECT title, sql_local_last_edited_at, updated_at FROM tasks ORDER BY title';
    const [a, , c, d] = await stack.sql(stamps);
    workspace.renameOption('Tasks', 'Priority', 'High', 'Tmp');
    workspace.renameOption('Tasks', 'Priority', 'Low', 'High');
    workspace.renameOption('Tasks', 'Priority', 'Tmp', 'Urgent');
    workspace.renameOption('Tasks', 'Status', 'Cancelled', 'Dropped');
    await stack.sql("UPDATE tasks SET title = 'b, edited', priority = 'Low' WHERE title = 'b'");
    const names = () => {
      const priority = workspace.dataSource('Tasks').properties.Priority;
      return priority?.type === 'select' ? priority.select.options.map(({ name }) => name) : [];
    };
    const before = names();
    // The schema is not read in each cycle. Until it is, syncs use the old names.
    expect(await did()).toMatchObject({ conflicts: 0, issues: 0 });
    expect(titled('b, edited')?.Priority).toMatchObject({ select: { name: 'High' } });
    expect(names()).toEqual(before);

    expect(await did({ sweep: true })).toEqual(nothing);
    expect(await rows()).toEqual([
      { title: 'a', status: 'Todo', priority: 'Urgent' },
      { title: 'b, edited', status: 'Todo', priority: 'High' },
      { title: 'c', status: 'Todo', priority: 'High' },
      { title: 'd', status: 'Dropped', priority: 'High' },
    ]);
    expect(titled('b, edited')?.Priority).toMatchObject({ select: { name: 'High' } });
    expect(await stack.sql(stamps)).toMatchObject([a, {}, c, d]);
    expect(names()).toEqual(before);
    expect(await did({ sweep: true })).toEqual(nothing);
    expect(await stack.sql('SELECT title FROM tasks WHERE archived_at IS NOT NULL')).toEqual([{ title: 'd' }]);
    expect(await stack.sql('SELECT 1 FROM sync_conflicts')).toEqual([]);

    const { code, stdout } = await doctor();
    expect(code).toBe(1);
    expect(stdout).toContain('✗ tasks/Status: the option "Cancelled" is named "Dropped" in Notion (option_renamed)');
  });

  test('a deleted property: its entity stops and the message says what to run, the doctor fixes it, and syncing resumes', async () => {
    const { workspace } = stack.notion;
    await stack.sql("INSERT INTO tasks (title, priority) VALUES ('a', 'High')");
    await stack.cycle();
    workspace.deleteProperty('Tasks', 'Priority');
    workspace.createPage('Notes', { Title: 'More ideas' });
    const failed = await stack.cycle().then(
      () => expect.fail('the cycle did not fail'),
      (error: CycleFailure) => error,
    );
    expect(failed.message).toMatch(/^2 of \d+ syncs failed: tasks: the property "Priority" .*lockstep doctor --fix/);
    expect(await stack.sql("SELECT 1 FROM notes WHERE title = 'More ideas'")).toHaveLength(1);
    const seen = await doctor();
    expect([seen.code, seen.stdout]).toEqual([1, expect.stringContaining('✗ tasks/Priority: the property "Priority"')]);
    const plan = 'the next cycle fills it from the column priority, where 1 row has a value';
    expect(seen.stdout).toContain(`Reason  tasks is not synced until it exists; then ${plan}`);
    const { stdout, stderr } = await doctor('--fix');
    expect(stderr).toContain(plan);
    expect(stdout).toContain('✓ tasks/Priority: added the property "Priority"');
    expect(stdout).not.toContain('✗ tasks');
    expect((await stack.cycle()).ok).toBe(true);
    expect(await rows()).toMatchObject([{ title: 'a', priority: 'High' }]);
    expect(titled('a')?.Priority).toMatchObject({ select: { name: 'High' } });
    await stack.sql("UPDATE tasks SET priority = 'Low'");
    await did();
    expect(titled('a')?.Priority).toMatchObject({ select: { name: 'Low' } });
  });

  test('a second data source, and a data source moved to another database: the sync keeps its data source', async () => {
    const { workspace } = stack.notion;
    const page = workspace.createPage('Tasks', { Title: 'a' });
    await did();
    workspace.addDataSource(tasks.databaseId, { title: 'Someday' });
    workspace.moveDataSource(dataSourceIdOf(tasks.databaseId), 'Notes');
    workspace.editPage(page, { Title: 'a, moved' });
    await stack.sql("INSERT INTO tasks (title) VALUES ('b')");
    expect(await did()).toMatchObject({ updated: 1, created: 1 });
    expect(await did({ sweep: true })).toEqual(nothing);
    expect(await rows()).toMatchObject([{ title: 'a, moved' }, { title: 'b' }]);
    expect(workspace.pages('Tasks').map(({ title, databaseId }) => [title, databaseId === tasks.databaseId])).toEqual([
      ['a, moved', false],
      ['b', false],
    ]);
  });
});
