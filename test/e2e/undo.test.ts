import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entities } from '../../src/entities/index.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { differences } from '../support/compare.ts';
import { insertTwoHundredRows } from '../support/rows.ts';
import { type Stack, startStack } from '../support/stack.ts';

const HOUR_MS = 3_600_000;

describe('lockstep undo, blame and diff', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
    stack.startWorker();
    await insertTwoHundredRows(stack);
    await stack.cycle();
  });
  afterAll(() => stack.stop());

  const lockstep = (...args: string[]): Promise<CliResult> => {
    const env = Object.entries(stack.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
    return runCli(args, tmpdir(), Object.fromEntries(env));
  };
  const cycle = async (): Promise<string> => {
    await stack.cycle();
    const [run] = await stack.sql<{ cycle_id: string }>(
      'SELECT cycle_id FROM sync_run_history ORDER BY id DESC LIMIT 1',
    );
    return String(run?.cycle_id);
  };
  const rowOf = async (table: string, title: string): Promise<string> => {
    const [row] = await stack.sql<{ id: string }>(`SELECT id FROM ${table} WHERE title = $1`, [title]);
    return String(row?.id);
  };

  /** The content of both sides, without times. */
  async function contents(): Promise<readonly string[]> {
    const rows = await Promise.all(
      entities.map(({ table }) =>
        stack.sql<{ line: string }>(
          `SELECT '${table} ' || (to_jsonb(t) - 'notion_last_edited_at' - 'sql_local_last_edited_at' - 'updated_at')::text AS line FROM ${table} t ORDER BY id`,
        ),
      ),
    );
    const links = await stack.sql<{ line: string }>('SELECT t::text AS line FROM task_tags t ORDER BY 1');
    const pages = stack.notion.workspace
      .pages()
      .map(({ id, page, trashed }) => `page ${id} ${trashed} ${JSON.stringify(page.properties)}`);
    return [...rows.flat(), ...links, ...pages.map((line) => ({ line }))].map(({ line }) => line);
  }

  async function editFiftyOnEachSide(): Promise<void> {
    await stack.sql(
      "UPDATE tasks SET title = title || ' (moved)', due_date = due_date + 7 WHERE title ~ '^Job (.|1.)$'",
    );
    await stack.sql("UPDATE notes SET content = '*other* words', project_id = NULL WHERE title ~ '^Note (.|1.)$'");
    await stack.sql("DELETE FROM task_tags WHERE task_id IN (SELECT id FROM tasks WHERE title ~ '^Job 2.$')");
    const { workspace } = stack.notion;
    for (const n of Array(15).keys()) {
      workspace.editPage(pageCalled('Media', `Film ${n + 1}`), { Rating: 1 + ((n + 5) % 10), Year: 2020 });
      workspace.editPage(pageCalled('Games', `Game ${n + 1}`), { Platform: 'PS5' });
    }
    for (const n of Array(20).keys())
      workspace.editPage(pageCalled('People', `Friend ${n + 1}`), { Email: `x${n}@x.org` });
  }

  function pageCalled(database: string, title: string): string {
    const found = stack.notion.workspace.pages().find((page) => page.title === title);
    return found?.id ?? expect.fail(`no page "${title}" in ${database}`);
  }

  test('after the undo of a cycle with a hundred changes, both sides are as before', async () => {
    const before = await contents();
    await editFiftyOnEachSide();
    const id = await cycle();
    expect(await differences(stack)).toEqual([]);
    const [counted] = await stack.sql(
      'SELECT count(DISTINCT record_id)::int AS records FROM sync_changes WHERE cycle_id = $1',
      [id],
    );
    expect(counted).toEqual({ records: 98 });

    const undone = await lockstep('undo', id, '--yes');
    expect(undone).toMatchObject({ code: 0, stderr: '' });
    expect(undone.stdout).toMatch(/^98 of 98 records reverted to their state before cycle/);
    await cycle();
    expect(await differences(stack)).toEqual([]);
    expect(await contents()).toEqual(before);
  });

  test('records that changed since are skipped, and reported', async () => {
    await stack.sql("UPDATE games SET platform = 'Switch', status = 'Playing' WHERE name = 'Game 1'");
    const id = await cycle();
    stack.notion.workspace.editPage(pageCalled('Games', 'Game 1'), { Platform: 'PS5' });
    await cycle();
    const undone = await lockstep('undo', id, '--yes');
    expect(undone.stdout).toMatch(/Skipped games .*: edited since: platform/);
    const [game] = await stack.sql("SELECT platform, status FROM games WHERE name = 'Game 1'");
    expect(game).toEqual({ platform: 'PS5', status: 'Backlog' });
    await cycle();
  });

  test('rows whose pages a cycle created are archived, unless they were edited since; a page that it only read is kept', async () => {
    await stack.sql("INSERT INTO system_upgrades (title) VALUES ('Keep'), ('Drop')");
    const page = stack.notion.workspace.createPage('Tasks', { Title: 'A whim' });
    const id = await cycle();
    await stack.sql("UPDATE system_upgrades SET title = 'Kept' WHERE title = 'Keep'");
    const { stdout } = await lockstep('undo', id, '--yes');
    expect(stdout).toMatch(/^1 of 3 records/);
    expect(stdout).toMatch(/system_upgrades .*: it was edited since it was created/);
    expect(stdout).toMatch(/tasks .*: the cycle only read it, from Notion/);
    await cycle();
    const rows = await stack.sql(
      "SELECT title, archived_at IS NOT NULL AS archived FROM system_upgrades WHERE title IN ('Kept', 'Drop') ORDER BY 1",
    );
    expect(rows).toEqual([
      { title: 'Drop', archived: true },
      { title: 'Kept', archived: false },
    ]);
    expect(await stack.sql("SELECT archived_at FROM tasks WHERE title = 'A whim'")).toEqual([{ archived_at: null }]);
    expect(stack.notion.workspace.page(page).trashed).toBe(false);
  });

  test('one undo id takes an undo back, archived records included', async () => {
    await stack.sql("INSERT INTO system_upgrades (title) VALUES ('Once')");
    await stack.sql("UPDATE games SET platform = 'Switch' WHERE name = 'Game 2'");
    const id = await cycle();
    const before = await contents();
    const undone = await lockstep('undo', id, '--yes', '--json');
    const { undo_id: undoId } = JSON.parse(undone.stdout) as { undo_id: string };
    await cycle();
    expect(await contents()).not.toEqual(before);
    expect((await lockstep('undo', undoId, '--yes')).stdout).toMatch(/^2 of 2 records/);
    await cycle();
    expect(await differences(stack)).toEqual([]);
    expect(await contents()).toEqual(before);
    expect(await stack.sql('SELECT 1 FROM sync_conflicts')).toEqual([]);
  });

  test('without a terminal and without --yes, it says what it would do in one line, and does nothing', async () => {
    await stack.sql("UPDATE games SET platform = 'Xbox' WHERE name = 'Game 3'");
    const id = await cycle();
    const { code, stdout, stderr } = await lockstep('undo', id);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^lockstep: the undo of \S+ would revert 1 record, and archive 0 of them.*--yes\n$/);
    expect(await stack.sql("SELECT platform FROM games WHERE name = 'Game 3'")).toEqual([{ platform: 'Xbox' }]);
  });

  test('an unknown cycle is reported in one line', async () => {
    const { code, stderr } = await lockstep('undo', 'nonsense');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `lockstep: no cycle's id begins with "nonsense": lockstep history --json shows the ids\n`,
    });
  });

  test('blame shows for each field where and when it was set, and its previous value', async () => {
    await stack.sql("INSERT INTO tasks (title, priority) VALUES ('Call the dentist', 'Low')");
    const made = await cycle();
    const id = await rowOf('tasks', 'Call the dentist');
    stack.notion.workspace.editPage(pageCalled('Tasks', 'Call the dentist'), { Priority: 'High' });
    const edited = await cycle();
    await stack.sql("UPDATE tasks SET notes = 'before noon', sql_local_last_edited_at = $2 WHERE id = $1", [
      id,
      new Date(Date.now() - HOUR_MS),
    ]);
    const { stdout } = await lockstep('blame', 'tasks', id, '--json');
    const { fields } = JSON.parse(stdout) as { fields: { field: string }[] };
    expect(fields).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ field: 'title', setIn: 'sql', cycleId: made }),
        expect.objectContaining({ field: 'priority', value: 'High', before: 'Low', setIn: 'notion', cycleId: edited }),
        expect.objectContaining({ field: 'notes', value: 'before noon', before: null, setIn: 'sql', cycleId: null }),
      ]),
    );
    const shown = await lockstep('blame', 'tasks', id);
    expect(shown.stdout).toMatch(/^tasks "Call the dentist"/);
    expect(shown.stdout).toMatch(/priority +High +Notion +\S+ \S+ +Low/);
    expect(await lockstep('blame', 'tasks', 'sql:nobody')).toMatchObject({
      code: 1,
      stderr: 'lockstep: tasks has no row with the id, page or title "sql:nobody": see lockstep find\n',
    });

    const diff = await lockstep('diff', made, edited);
    expect(diff.stdout).toMatch(new RegExp(`tasks ${id}\n {2}priority: Low → High`));
  });
});
