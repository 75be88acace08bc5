import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { entityStore } from '../../../src/database/entity-store.ts';
import { personalCalendar, workCalendar } from '../../../src/entities/calendars.ts';
import type { Entity } from '../../../src/entities/define.ts';
import { tags } from '../../../src/entities/tags.ts';
import { tasks } from '../../../src/entities/tasks.ts';
import type { Content, Side } from '../../../src/sync/ports.ts';
import type { Fields } from '../../../src/sync/types.ts';
import { type CliResult, emptyFolder, runCli } from '../../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { type Stack, startStack } from '../../support/stack.ts';

const folder = emptyFolder();
let testDatabase: TestDatabase;
let database: DatabasePool;

beforeAll(async () => {
  testDatabase = await freshDatabase();
  database = openDatabase(testDatabase.url, 2);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
  folder.remove();
});
afterEach(async () => {
  await database.execute(
    sql`TRUNCATE tasks, task_tags, tags, projects, calendar_events, sync_conflicts, sync_outbox, pending_links, creation_intents`,
  );
});

const lockstep = (...args: string[]): Promise<CliResult> =>
  runCli(['conflicts', ...args], folder.path, { DATABASE_URL: testDatabase.url });

const PAGE = '11111111-1111-4111-8111-111111111111';
const empty = {
  title: 'Buy milk',
  status: 'Todo',
  priority: null,
  due_date: null,
  project_id: null,
  tags: [],
  notes: null,
  completed_at: null,
};
const version = (fields: Fields, archived = false): Content => ({ fields: { ...empty, ...fields }, archived });

/** A conflict as a cycle stores it. */
async function keepConflict(
  recordId: string,
  versions: { base?: Content | null; remote: Content; sql: Content },
  { entity = tasks, winner = 'notion' }: { entity?: Entity; winner?: Side } = {},
): Promise<string> {
  const conflict = {
    recordId,
    remoteId: PAGE,
    winner,
    reason: 'Notion was edited later',
    base: versions.base === undefined ? version({}) : versions.base,
    remote: versions.remote,
    sql: versions.sql,
  };
  const before = new Set(await conflictIds());
  await entityStore(database, entity, 'cycle-1').transaction((tx) => tx.addConflicts([conflict]));
  return (await conflictIds()).find((id) => !before.has(id)) ?? expect.fail('no conflict was kept');
}

const conflictIds = async () =>
  (await database.query<{ id: string }>(sql`SELECT id FROM sync_conflicts`)).map(({ id }) => id);

/** A synced row: it has a page and no pending edits. */
async function insertTask(title = 'Buy milk'): Promise<string> {
  const [row] = await database.query<{ id: string }>(sql`
    INSERT INTO tasks (title, notion_page_id, notion_last_edited_at, sql_local_last_edited_at)
    VALUES (${title}, ${PAGE}, '2026-03-01T10:00:00Z', '2026-03-01T09:00:00Z') RETURNING id`);
  await database.execute(sql`DELETE FROM sync_outbox`);
  return row?.id ?? expect.fail('no row');
}

async function rowOf(table: string, id: string): Promise<Record<string, unknown>> {
  const [found] = await database.query<{ row: Record<string, unknown> }>(
    `SELECT to_jsonb(t) AS row FROM ${table} t WHERE id = $1::uuid`,
    [id],
  );
  return found?.row ?? expect.fail('the row is gone');
}

const outbox = async () =>
  (await database.query<{ entity: string; record_id: string }>(sql`SELECT entity, record_id FROM sync_outbox`)).map(
    ({ entity, record_id }) => [entity, record_id],
  );
const taskTags = () => database.query<{ task_id: string; tag_id: string }>(sql`SELECT task_id, tag_id FROM task_tags`);
const isResolved = async (id: string) => {
  const [found] = await database.query<{ resolved_at: Date | null }>(
    sql`SELECT resolved_at FROM sync_conflicts WHERE id = ${id}::uuid`,
  );
  return (found ?? expect.fail('the conflict is gone')).resolved_at !== null;
};

/** Expects success, and an empty standard error. The rows of most tests are not what won. */
async function restore(id: string): Promise<string> {
  const { code, stdout, stderr } = await lockstep('restore', id, '--yes');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function expectOneLine(result: CliResult, says: RegExp): Promise<void> {
  expect(result).toMatchObject({ code: 1, stdout: '' });
  expect(result.stderr).toMatch(/^lockstep: [^\n]+\n$/);
  expect(result.stderr).toMatch(says);
}

describe('lockstep conflicts list', () => {
  test('lists open conflicts, and with --all resolved ones', async () => {
    expect((await lockstep('list')).stdout).toBe('No open conflicts.\n');
    const record = randomUUID();
    const ours = version({ title: 'Buy bread' });
    const open = await keepConflict(record, { remote: version({ title: 'Buy oat milk' }), sql: ours });
    const resolved = await keepConflict(record, { remote: version({}), sql: ours }, { winner: 'sql' });
    await database.execute(sql`UPDATE sync_conflicts SET resolved_at = now() WHERE id = ${resolved}::uuid`);

    const { stdout } = await lockstep();
    expect(stdout).toMatch(
      new RegExp(
        `^${open.slice(0, 8)}  \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d  tasks +Buy oat milk +Notion +Notion was edited later$`,
        'm',
      ),
    );
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect((await lockstep('list', '--all')).stdout).toMatch(
      new RegExp(`^${resolved.slice(0, 8)} .* Buy bread +SQL .*  resolved \\d{4}-`, 'm'),
    );
    const listed = JSON.parse((await lockstep('list', '--json')).stdout);
    expect(listed).toMatchObject([
      { id: open, entity: 'tasks', record_id: record, winner: 'notion', sql_version: { title: 'Buy bread' } },
    ]);
    expect(JSON.parse((await lockstep('list', '--json', '--all')).stdout)).toHaveLength(2);
  });
});

describe('lockstep conflicts show', () => {
  test('shows the differing fields side by side', async () => {
    const [tag] = await database.query<{ page: string }>(sql`
      INSERT INTO tags (name, notion_page_id) VALUES ('Errands', 'tag-page') RETURNING notion_page_id AS page`);
    const id = await keepConflict(randomUUID(), {
      remote: version({ title: 'Buy oat milk', tags: [tag?.page ?? ''], notes: 'The long way round. '.repeat(8) }),
      sql: version({ title: 'Buy bread', due_date: '2026-03-01' }, true),
    });
    const { stdout, code } = await lockstep('show', id.slice(0, 6));
    expect(code).toBe(0);
    expect(stdout).toContain('tasks "Buy oat milk"');
    expect(stdout).toContain('Notion won, because Notion was edited later.');
    expect(stdout).toMatch(/^FIELD +PREVIOUS +Notion \(won\) +SQL \(lost\)$/m);
    expect(stdout).toMatch(/^title +Buy milk +Buy oat milk +Buy bread$/m);
    expect(stdout).toMatch(/^due_date +– +– +2026-03-01$/m);
    expect(stdout).toMatch(/^tags +– +Errands +–$/m);
    expect(stdout).toMatch(/^archived +no +no +yes$/m);
    expect(stdout).not.toMatch(/^(status|priority)\b/m);
    expect(stdout).toContain(`lockstep conflicts restore ${id.slice(0, 8)}`);
    const longest = Math.max(
      ...stdout
        .split('\n')
        .slice(3, -3)
        .map((line) => line.length),
    );
    expect(longest).toBeLessThanOrEqual(100);
  });

  test('shows versions without a common base', async () => {
    const versions = { base: null, remote: version({ title: 'Buy oat milk' }), sql: version({}) };
    const { stdout } = await lockstep('show', await keepConflict(randomUUID(), versions, { winner: 'sql' }));
    expect(stdout).toMatch(/^title +– +Buy oat milk +Buy milk$/m);
    expect(stdout).toMatch(/Notion \(lost\) +SQL \(won\)/);
    expect(stdout).not.toMatch(/^status/m);
  });

  test('reports a prefix that matches no id or several', async () => {
    const versions = { remote: version({}), sql: version({ title: 'Buy bread' }) };
    const ids = ['abcd0000-0000-4000-8000-000000000001', 'abcd0000-0000-4000-8000-000000000002'];
    for (const id of ids) {
      const kept = await keepConflict(randomUUID(), versions);
      await database.execute(sql`UPDATE sync_conflicts SET id = ${id}::uuid WHERE id = ${kept}::uuid`);
    }
    await expectOneLine(await lockstep('show', 'ABCD'), /more than one conflict's id begins with "ABCD"/);
    await expectOneLine(await lockstep('show', 'ffff'), /no conflict's id begins with "ffff"/);
    await expectOneLine(await lockstep('show', '%'), /no conflict's id/);
    expect((await lockstep('show', ids[0] ?? '')).code).toBe(0);
  });
});

describe('lockstep conflicts restore', () => {
  test('restores the SQL version as an edit that syncs, once', async () => {
    const task = await insertTask('Buy oat milk');
    const id = await keepConflict(task, {
      remote: version({ title: 'Buy oat milk' }),
      sql: version({ title: 'Buy bread', due_date: '2026-03-01T14:30:00', completed_at: '2026-02-01T08:00:00.000Z' }),
    });
    const before = await rowOf('tasks', task);
    expect(await restore(id.slice(0, 8))).toMatch(
      /^Restored the SQL version .*\(title, due_date, completed_at\).*to Notion/,
    );
    const after = await rowOf('tasks', task);
    expect(after).toMatchObject({
      title: 'Buy bread',
      due_date: '2026-03-01',
      due_time: '14:30:00',
      completed_at: '2026-02-01T08:00:00+00:00',
      notion_page_id: before.notion_page_id,
      notion_last_edited_at: before.notion_last_edited_at,
      created_at: before.created_at,
    });
    expect(Date.parse(String(after.sql_local_last_edited_at))).toBeGreaterThan(Date.parse('2026-03-01T09:00:00Z'));
    expect(await outbox()).toEqual([['tasks', task]]);
    expect(await isResolved(id)).toBe(true);

    await database.execute(sql`UPDATE tasks SET title = 'Buy nothing'`);
    await expectOneLine(await lockstep('restore', id), /resolved already/);
    expect(await rowOf('tasks', task)).toMatchObject({ title: 'Buy nothing' });
  });

  test('says what was edited after the conflict, and restores single fields', async () => {
    const task = await insertTask('Buy oat milk');
    const id = await keepConflict(task, {
      remote: version({ title: 'Buy oat milk', notes: 'Two bottles' }),
      sql: version({ title: 'Buy bread', notes: 'A loaf' }),
    });
    await database.execute(sql`UPDATE tasks SET notes = 'Written after the conflict'`);
    await expectOneLine(
      await lockstep('restore', id),
      /was edited after the conflict \(notes\): nothing was changed\. Restore single fields with --field NAME/,
    );
    expect(await isResolved(id)).toBe(false);
    await expectOneLine(
      await lockstep('restore', id, '--field', 'titel'),
      /no field named "titel": did you mean title\?/,
    );
    expect(await isResolved(id)).toBe(false);
    expect(await lockstep('restore', id, '--field', 'title')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('(title)'),
    });
    expect(await rowOf('tasks', task)).toMatchObject({ title: 'Buy bread', notes: 'Written after the conflict' });
    expect(await isResolved(id)).toBe(true);
  });

  test('restores the Notion version with its links and archived state', async () => {
    const task = await insertTask();
    const [home, errands] = await database.query<{ id: string }>(sql`
      INSERT INTO tags (name, notion_page_id) VALUES ('Home', 'home-page'), ('Errands', 'errands-page') RETURNING id`);
    const [project] = await database.query<{ id: string }>(sql`
      INSERT INTO projects (name, notion_page_id) VALUES ('Kitchen', 'kitchen-page') RETURNING id`);
    await database.execute(sql`INSERT INTO task_tags VALUES (${task}::uuid, ${home?.id}::uuid)`);
    await database.execute(sql`DELETE FROM sync_outbox`);
    const remote = version({ status: 'Cancelled', tags: ['errands-page'], project_id: 'kitchen-page' }, true);
    await restore(await keepConflict(task, { remote, sql: version({ tags: ['home-page'] }) }, { winner: 'sql' }));
    const row = await rowOf('tasks', task);
    expect(row).toMatchObject({ status: 'Cancelled', project_id: project?.id, archived_at: expect.any(String) });
    expect(await taskTags()).toEqual([{ task_id: task, tag_id: errands?.id }]);
    expect(await outbox()).toEqual([['tasks', task]]);

    const back = await keepConflict(task, { remote: version({}, true), sql: version({ tags: ['home-page'] }) });
    await restore(back);
    expect(await rowOf('tasks', task)).toMatchObject({ status: 'Todo', project_id: null, archived_at: null });
    expect(await taskTags()).toEqual([{ task_id: task, tag_id: home?.id }]);
  });

  test('finds rows whose temporary ids have been replaced', async () => {
    const task = await insertTask();
    const [own, chosen] = await database.query<{ id: string }>(sql`
      INSERT INTO tags (name, notion_page_id) VALUES ('Own', 'own-page'), ('Chosen', 'chosen-page') RETURNING id`);
    await database.execute(sql`
      INSERT INTO creation_intents (entity, record_id, started_at, sent, temporary_id) VALUES ('tags', ${chosen?.id}::uuid, now(), '{}', 'sql:telegram_7')`);
    const ours = version({ tags: ['sql:telegram_7', `sql:${own?.id}`] });
    await restore(await keepConflict(task, { remote: version({}), sql: ours }));
    const linked = (await taskTags()).map(({ tag_id }) => tag_id);
    expect(linked.sort()).toEqual([own?.id, chosen?.id].sort());
  });

  test('of a link to a page without a row syncs', async () => {
    const task = await insertTask();
    await restore(await keepConflict(task, { remote: version({}), sql: version({ tags: ['unknown-page'] }) }));
    expect(await database.query(sql`SELECT * FROM pending_links`)).toMatchObject([
      { record_id: task, page_id: 'unknown-page' },
    ]);
    expect(await outbox()).toEqual([['tasks', task]]);
  });

  test('of a parent within the same table', async () => {
    const [parent, child] = await database.query<{ id: string }>(sql`
      INSERT INTO tags (name, notion_page_id) VALUES ('Health', 'health-page'), ('Recipes', 'recipes-page') RETURNING id`);
    const fields = { name: 'Recipes', type: null, description: null };
    const versions = {
      base: null,
      remote: { fields: { ...fields, parent_id: null }, archived: false },
      sql: { fields: { ...fields, parent_id: 'health-page' }, archived: false },
    };
    await restore(await keepConflict(child?.id ?? '', versions, { entity: tags }));
    expect(await rowOf('tags', child?.id ?? '')).toMatchObject({ parent_id: parent?.id });
  });

  test('keeps columns that the version does not have', async () => {
    const task = await insertTask();
    await database.execute(sql`UPDATE tasks SET priority = 'High'`);
    const { priority: _, ...older } = version({ title: 'Buy bread' }).fields;
    await restore(
      await keepConflict(task, { remote: version({}), sql: { fields: { ...older, gone: 'x' }, archived: false } }),
    );
    expect(await rowOf('tasks', task)).toMatchObject({ title: 'Buy bread', priority: 'High' });
  });

  test('of values that the row already has only resolves the conflict', async () => {
    const task = await insertTask();
    const id = await keepConflict(task, { remote: version({ title: 'Buy oat milk' }), sql: version({}) });
    expect(await restore(id)).toContain('already has these values');
    expect(await outbox()).toEqual([]);
    expect(await isResolved(id)).toBe(true);
  });

  test('without a row is one line, and the conflict stays open', async () => {
    const versions = { remote: version({}), sql: version({ title: 'Buy bread' }) };
    const id = await keepConflict(randomUUID(), versions);
    await expectOneLine(await lockstep('restore', id), /tasks has no row .*; the next cycle restores a deleted row/);
    expect(await isResolved(id)).toBe(false);
  });

  describe('of an event', () => {
    const event: Fields = {
      summary: 'Lunch',
      description: null,
      location: null,
      start_time: '2026-03-01T12:00:00.000Z',
      end_time: '2026-03-01T13:00:00.000Z',
      all_day: false,
      time_zone: null,
      status: 'confirmed',
      source_task_id: null,
    };
    const versions = {
      base: { fields: event, archived: false },
      remote: { fields: { ...event, summary: 'Brunch' }, archived: false },
      sql: { fields: { ...event, location: 'Park' }, archived: false },
    };

    async function keepEvent(calendar: string, entity: Entity): Promise<{ id: string; event: string }> {
      const [row] = await database.query<{ id: string }>(sql`
        INSERT INTO calendar_events (summary, calendar_type, google_event_id) VALUES ('Brunch', ${calendar}, 'google-event') RETURNING id`);
      const event = row?.id ?? expect.fail('no row');
      return { id: await keepConflict(event, versions, { entity, winner: 'google' }), event };
    }

    test('writes the row of the personal calendar', async () => {
      const { id, event } = await keepEvent('personal', personalCalendar);
      expect((await lockstep('show', id)).stdout).toMatch(/Google \(won\) +SQL \(lost\)/);
      expect(await restore(id)).toMatch(/^Restored the SQL version of calendar_events "Brunch" .* to Google/);
      expect(await rowOf('calendar_events', event)).toMatchObject({
        summary: 'Lunch',
        location: 'Park',
        google_event_id: 'google-event',
        calendar_type: 'personal',
      });
    });

    test('never writes the row of the work calendar', async () => {
      const { id, event } = await keepEvent('work_readonly', workCalendar);
      await expectOneLine(await lockstep('restore', id), /work calendar is read-only/);
      expect(await rowOf('calendar_events', event)).toMatchObject({ summary: 'Brunch', location: null });
      expect(await isResolved(id)).toBe(false);
    });
  });
});

describe('with Notion', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
    stack.startWorker();
  });
  afterAll(() => stack.stop());

  test('the restored version is in Notion after the next cycle, without a new conflict', async () => {
    const [row] = await stack.sql<{ id: string }>("INSERT INTO tasks (title) VALUES ('Buy milk') RETURNING id");
    await stack.cycle();
    const [{ page } = { page: '' }] = await stack.sql<{ page: string }>('SELECT notion_page_id AS page FROM tasks');
    stack.notion.workspace.editPage(page, { Title: 'Buy oat milk' });
    await stack.sql("UPDATE tasks SET title = 'Buy bread', sql_local_last_edited_at = now() - interval '1 hour'");
    await stack.cycle();
    expect(stack.notion.workspace.page(page).title).toBe('Buy oat milk');
    const [conflict] = await stack.sql<{ id: string }>('SELECT id FROM sync_conflicts WHERE record_id = $1', [row?.id]);
    const env = { DATABASE_URL: stack.databaseUrl };
    expect(await runCli(['conflicts', 'restore', conflict?.id ?? ''], folder.path, env)).toMatchObject({ code: 0 });
    await stack.cycle();
    expect(stack.notion.workspace.page(page).title).toBe('Buy bread');
    expect(await stack.sql('SELECT resolved_at FROM sync_conflicts')).toEqual([{ resolved_at: expect.any(Date) }]);
  });
});
