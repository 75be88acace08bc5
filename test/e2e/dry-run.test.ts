import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CycleRequest, CycleResult } from '../../src/cycle/messages.ts';
import { runCli } from '../support/cli.ts';
import { everything } from '../support/compare.ts';
import { type Stack, signedIn, startStack } from '../support/stack.ts';

const PERSONAL = 'me@example.com';
const WORK = 'work@example.com';
const MINUTE_MS = 60_000;

/** Lockstep's own tables. */
const OWN_TABLES = [
  'calendar_events',
  'creation_intents',
  'para_folders',
  'pending_links',
  'sync_conflicts',
  'sync_outbox',
  'sync_refresh',
  'sync_run_history',
  'sync_scan_seen',
  'sync_sources',
  'sync_state',
  'task_events',
];

/** Each test continues with the workspace of the one before. */
describe('a dry run reports what a cycle would do, and writes nothing', () => {
  let stack: Stack;
  const para = mkdtempSync(join(tmpdir(), 'lockstep-dry-run-'));

  beforeAll(async () => {
    stack = await startStack();
    Object.assign(stack.env, signedIn(stack), { LOCKSTEP_PARA_ROOT: para });
    mkdirSync(join(para, 'Areas', 'Health'), { recursive: true });
    stack.startWorker();
  });
  afterAll(async () => {
    await stack.stop();
    rmSync(para, { recursive: true });
  });

  /** Everything that a dry run could change, on every side. */
  const snapshot = async (): Promise<readonly string[]> => {
    const lines = await everything(stack);
    for (const table of OWN_TABLES) {
      const rows = await stack.sql<{ line: string }>(
        `SELECT concat_ws(' ', '${table}', xmin, to_jsonb(t)) AS line FROM ${table} t ORDER BY 1`,
      );
      lines.push(...rows.map(({ line }) => line));
    }
    const google = Object.entries(stack.google.handle.traffic()).flatMap(([calendar, { inserts, updates, deletes }]) =>
      inserts + updates + deletes > 0 ? [`${calendar}: ${inserts} ${updates} ${deletes}`] : [],
    );
    return [...lines, ...google, `requests that wrote in Notion: ${stack.notion.counters.read().writes}`];
  };

  const counts = ({ syncs }: CycleResult) =>
    Object.fromEntries(
      syncs.map(({ name, status, created, updated, archived, adopted, conflicts, issues, message }) => [
        name,
        { status, created, updated, archived, adopted, conflicts, issues, message },
      ]),
    );

  /** Runs a dry run, which has to change nothing, and then the cycle, which has to do what the dry run reported. */
  async function dryThenReal(request: CycleRequest = {}): Promise<CycleResult> {
    const before = await snapshot();
    const dry = await stack.cycle({ ...request, dryRun: true });
    expect(await snapshot()).toEqual(before);
    const real = await stack.cycle(request);
    expect(counts(dry)).toEqual(counts(real));
    expect(await snapshot()).not.toEqual(before);
    return real;
  }
  const outcomeOf = ({ syncs }: CycleResult, name: string) => syncs.find((sync) => sync.name === name);

  const idOf = async (insert: string): Promise<string> => {
    const [row] = await stack.sql<{ id: string }>(`${insert} RETURNING id`);
    return row?.id ?? expect.fail('no row was inserted');
  };

  test('before the first sync', async () => {
    const { workspace } = stack.notion;
    const project = workspace.createPage('Projects', { Name: 'House' });
    for (const title of ['Keep', 'Edit', 'Both, SQL later', 'Both, a tie', 'Trash', 'Delete in SQL']) {
      workspace.createPage('Tasks', { Title: title, Status: 'Todo', Project: [project] });
    }
    stack.google.handle.createEvent(PERSONAL, { summary: 'Dentist', start: at(10), end: at(11) });
    stack.google.handle.createEvent(WORK, { summary: 'All hands', start: at(12), end: at(13) });
    const garden = await idOf("INSERT INTO projects (name) VALUES ('Garden')");
    await stack.sql("INSERT INTO tasks (title, project_id, due_date) VALUES ('Dig', $1, current_date + 30)", [garden]);
    await stack.sql("INSERT INTO tasks (title) VALUES ('Rake')");
    await stack.sql("INSERT INTO notes (title) VALUES ('Archive me')");

    const real = await dryThenReal();
    expect(outcomeOf(real, 'tasks-notion-to-sql')).toMatchObject({ status: 'ok', created: 6 });
    expect(outcomeOf(real, 'tasks-sql-to-notion')).toMatchObject({ status: 'ok', created: 2 });
    expect(outcomeOf(real, 'areas-sql-to-notion')).toMatchObject({ status: 'ok', created: 1 });
    expect(outcomeOf(real, 'calendar-google-to-sql')).toMatchObject({ status: 'ok', created: 2 });
    expect(outcomeOf(real, 'calendar-task-trigger')).toMatchObject({ status: 'ok', created: 1 });
  });

  test('changes of every kind on every side', async () => {
    const { workspace } = stack.notion;
    const pageNamed = (title: string): string =>
      workspace.pages('Tasks').find((page) => page.title === title)?.id ?? expect.fail(`no page ${title}`);
    const editedTask = (title: string, editedAt: Date, newTitle: string) =>
      stack.sql('UPDATE tasks SET title = $3, sql_local_last_edited_at = $2 WHERE title = $1', [
        title,
        editedAt,
        newTitle,
      ]);

    workspace.createPage('Tasks', { Title: 'New in Notion' });
    workspace.editPage(pageNamed('Edit'), { Priority: 'High' });
    workspace.trashPage(pageNamed('Trash'));
    workspace.duplicatePage(pageNamed('Rake'));
    workspace.editPage(pageNamed('Both, SQL later'), { Title: 'from Notion' });
    await editedTask('Both, SQL later', new Date(Date.now() + 5 * MINUTE_MS), 'from SQL');
    workspace.editPage(pageNamed('Both, a tie'), { Title: 'from Notion' });
    await editedTask('Both, a tie', new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS), 'from SQL');
    await stack.sql("DELETE FROM tasks WHERE title = 'Delete in SQL'");
    await stack.sql("UPDATE notes SET archived_at = now() WHERE title = 'Archive me'");
    await stack.sql("UPDATE tasks SET due_date = due_date + 1 WHERE title = 'Dig'");
    await stack.sql("INSERT INTO goals (name, progress) VALUES ('Too much', 120)");
    const hen = await idOf("INSERT INTO tags (name) VALUES ('Hen')");
    await stack.sql("INSERT INTO tags (name, parent_id) VALUES ('Egg', $1)", [hen]);
    await stack.sql("UPDATE tags SET parent_id = (SELECT id FROM tags WHERE name = 'Egg') WHERE id = $1", [hen]);
    const shed = await idOf("INSERT INTO projects (name) VALUES ('Shed')");
    await stack.sql("INSERT INTO tasks (title, project_id) VALUES ('Saw', $1)", [shed]);
    stack.google.handle.createEvent(PERSONAL, { summary: 'Optician', start: at(15), end: at(16) });
    await stack.sql("UPDATE calendar_events SET location = 'Town' WHERE summary = 'Dentist'");
    await stack.sql("UPDATE calendar_events SET location = 'Town' WHERE summary = 'All hands'");

    const real = await dryThenReal({ sweep: true });
    expect(outcomeOf(real, 'tasks-notion-to-sql')).toMatchObject({ created: 3, archived: 1, conflicts: 2 });
    expect(outcomeOf(real, 'tasks-sql-to-notion')).toMatchObject({ status: 'ok', conflicts: 0 });
    expect(outcomeOf(real, 'notes-sql-to-notion')).toMatchObject({ archived: 1 });
    expect(outcomeOf(real, 'goals-sql-to-notion')).toMatchObject({ status: 'partial', created: 1, issues: 1 });
    expect(outcomeOf(real, 'calendar-sql-to-google')).toMatchObject({ status: 'partial', updated: 2, issues: 1 });
    expect(outcomeOf(real, 'calendar-task-trigger')).toMatchObject({ updated: 1 });
  });

  test('one direction only, with a conflict that the inbound sync would find', async () => {
    const [task] = await stack.sql<{ notion_page_id: string }>(
      "UPDATE tasks SET title = 'Kept' WHERE title = 'Keep' RETURNING notion_page_id",
    );
    stack.notion.workspace.editPage(String(task?.notion_page_id), { Title: 'Meanwhile' });
    const real = await dryThenReal({ entities: ['tasks'], directions: ['outbound'] });
    expect(outcomeOf(real, 'tasks-sql-to-notion')).toMatchObject({ conflicts: 1 });
  });

  test('folders, when no other edit of a tag is pending', async () => {
    await stack.cycle();
    renameSync(join(para, 'Areas', 'Health'), join(para, 'Areas', 'Body'));
    mkdirSync(join(para, 'Resources', 'Typography'), { recursive: true });
    const real = await dryThenReal();
    expect(outcomeOf(real, 'areas-sql-to-notion')).toMatchObject({ updated: 1 });
    expect(outcomeOf(real, 'resources-sql-to-notion')).toMatchObject({ created: 1 });
  });

  test('as a command', async () => {
    const env = Object.fromEntries(Object.entries(stack.env).map(([name, value]) => [name, String(value)]));
    await stack.sql("INSERT INTO games (name) VALUES ('Chess')");
    const before = await snapshot();
    const dry = await runCli(['sync', '--dry-run', '--outbound', '--entity', 'games'], para, env);
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(/^Dry run \(nothing is written\).*\n✓ games-sql-to-notion +1 created\n/);
    expect(await snapshot()).toEqual(before);
  });

  test('a sync that would fail is reported, and is not recorded in the history', async () => {
    stack.notion.workspace.deleteProperty('Games Backlog', 'Platform');
    const before = await snapshot();
    const failure = await stack.cycle({ entities: ['games'], dryRun: true }).catch((error: Error) => error);
    expect(failure).toMatchObject({ message: expect.stringMatching(/^2 of 2 syncs failed: games: .*"Platform"/) });
    expect(await snapshot()).toEqual(before);
  });
});

/** An hour of a day in the future. */
const at = (hour: number) => ({ dateTime: `2027-03-01T${hour}:00:00Z` });
