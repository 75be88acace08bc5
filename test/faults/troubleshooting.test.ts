import type { WorkflowHandle } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entities } from '../../src/entities/index.ts';
import { insertTwoHundredRows } from '../support/rows.ts';
import { endOf, type Stack, signedIn, startStack } from '../support/stack.ts';
import { expectExactlyOnePageEach, temporaryIds } from './support/exactly-one.ts';
import { planFault } from './support/plan-fault.ts';
import { isCreate, type Relay, startRelay } from './support/relay.ts';

const ONLY_TASKS = { entities: ['tasks'] };

/** Every entry of the troubleshooting list of Lockstep's predecessor. */
describe('troubleshooting', () => {
  let stack: Stack;
  let relay: Relay;

  beforeEach(async () => {
    stack = await startStack();
    relay = await startRelay(stack.notion.url);
    stack.env.NOTION_BASE_URL = relay.url;
  });
  afterEach(async () => {
    await stack.stop();
    await relay.close();
  });

  const pages = (database = 'Tasks') => stack.notion.workspace.pages(database);
  const insertTask = async (title: string): Promise<string> => {
    const [row] = await stack.sql<{ id: string }>('INSERT INTO tasks (title) VALUES ($1) RETURNING id', [title]);
    return row?.id ?? '';
  };

  /** With its phase, whose activity a slow machine would retry before the cancellation arrives. */
  const terminate = async (cycle: WorkflowHandle): Promise<void> => {
    await cycle.terminate('its worker was killed');
    await stack.client.workflow.getHandle(`${cycle.workflowId}/outbound`).terminate('its worker was killed');
  };

  test('stuck temp id', async () => {
    const victim = stack.spawnWorker();
    await insertTask('Its page is made, its worker dies');
    const held = relay.hold('after', isCreate);
    const cycle = await stack.startCycle(ONLY_TASKS);
    await held.arrived;
    await victim.kill();
    held.release();
    await terminate(cycle);
    await insertTask('Nobody marked it as having something to send');
    await stack.sql("DELETE FROM sync_outbox WHERE record_id = (SELECT id FROM tasks WHERE title LIKE 'Nobody%')");
    expect(await temporaryIds(stack)).toHaveLength(2);

    stack.startWorker();
    const { ok, syncs } = await stack.cycle(ONLY_TASKS);
    expect(ok).toBe(true);
    expect(syncs.reduce((sum, { adopted }) => sum + adopted, 0)).toBe(1);
    expect(pages()).toHaveLength(2);
    await expectExactlyOnePageEach(stack);
  });

  test('creation race', async () => {
    const victim = stack.spawnWorker();
    await insertTask('Its page is made after its worker died');
    const late = relay.hold('before', isCreate);
    const cycle = await stack.startCycle(ONLY_TASKS);
    await late.arrived;
    await victim.kill();
    await terminate(cycle);

    stack.startWorker();
    const query = relay.hold('after', ({ path }) => path.endsWith('/query'));
    const successor = await stack.startCycle({ names: ['tasks-sql-to-notion'] });
    await query.arrived;
    expect(pages()).toEqual([]);
    late.release();
    query.release();
    const { ok, syncs } = await endOf(successor);
    expect(ok).toBe(true);
    expect(syncs.reduce((sum, { adopted }) => sum + adopted, 0)).toBe(1);
    expect(relay.passed.filter(isCreate)).toHaveLength(1);
    expect(pages()).toHaveLength(1);
    await expectExactlyOnePageEach(stack);
  });

  test('id collision on recreate', async () => {
    stack.startWorker();
    const id = await insertTask('First words');
    await stack.cycle(ONLY_TASKS);
    const [page] = pages();
    await stack.sql('DELETE FROM tasks');
    await stack.sql("INSERT INTO tasks (id, title) VALUES ($1, 'Recreated')", [id]);
    expect(await temporaryIds(stack)).toEqual([`sql:${id}`]);
    expect(await stack.cycle(ONLY_TASKS)).toMatchObject({ ok: true });
    expect(await stack.sql('SELECT id, notion_page_id, title FROM tasks')).toEqual([
      { id, notion_page_id: page?.id, title: 'Recreated' },
    ]);
    expect(pages().map((found) => [found.id, found.title, found.trashed])).toEqual([[page?.id, 'Recreated', false]]);
    await expectExactlyOnePageEach(stack);
  });

  test('timestamp stuck', async () => {
    stack.startWorker();
    const { clock } = stack.notion.workspace;
    // Notion's clock is a day behind and stopped: all edits are in the same minute.
    clock.advance(-86_400_000);
    clock.stop();
    const id = stack.notion.workspace.createPage('Tasks', { Title: 'First words' });
    const edits = ['Second words', 'Third words', 'First words'];
    const title = async () => (await stack.sql<{ title: string }>('SELECT title FROM tasks'))[0]?.title;
    await stack.cycle(ONLY_TASKS);
    expect(await title()).toBe('First words');
    for (const words of edits) {
      stack.notion.workspace.editPage(id, { Title: words });
      await stack.cycle(ONLY_TASKS);
      expect(await title()).toBe(words);
    }
    expect(await stack.sql('SELECT sql_local_last_edited_at FROM tasks')).toEqual([{ sql_local_last_edited_at: null }]);

    await stack.sql("UPDATE tasks SET title = 'Last words'");
    clock.run();
    await stack.cycle(ONLY_TASKS);
    expect(pages().map((page) => page.title)).toEqual(['Last words']);
    const [page] = pages();
    const minute = `${page?.editedAt.slice(0, 16)}:00.000Z`;
    const [row] = await stack.sql<{ notion_last_edited_at: Date }>('SELECT notion_last_edited_at FROM tasks');
    expect(row?.notion_last_edited_at.toISOString()).toBe(minute);
    expect(await stack.cycle(ONLY_TASKS)).toMatchObject({ summary: 'no changes' });
  });

  test('rate limit', async () => {
    stack.startWorker();
    await stack.sql("INSERT INTO tasks (title) SELECT 'Task ' || n FROM generate_series(1, 10) n");
    planFault(stack, { kind: 'status', status: 429, retryAfter: 2 }, { match: { kind: 'create' }, skip: 3, times: 3 });
    const { ok, syncs } = await stack.cycle(ONLY_TASKS);
    expect(ok).toBe(true);
    expect(syncs.reduce((sum, { issues }) => sum + issues, 0)).toBe(0);
    expect(stack.notion.counters.read().byStatus['429']).toBe(3);
    expect(await stack.sql("SELECT 1 FROM request_budget WHERE paused_until > now() - interval '1 hour'")).toHaveLength(
      1,
    );
    expect(relay.passed.filter(isCreate)).toHaveLength(13);
    expect(pages()).toHaveLength(10);
    await expectExactlyOnePageEach(stack);
  });

  test('relation only one way', async () => {
    stack.startWorker();
    const BOTH = { entities: ['tasks', 'projects'] };
    const { workspace } = stack.notion;
    const project = workspace.createPage('Projects', { Name: 'Garden' });
    const task = workspace.createPage('Tasks', { Title: 'Water the plants' });
    const linked = async () =>
      (await stack.sql('SELECT title, name FROM tasks JOIN projects ON projects.id = project_id ORDER BY title')).map(
        ({ title, name }) => [title, name],
      );
    const tasksOf = () => {
      const property = workspace.page(project).page.properties.Tasks;
      return property?.type === 'relation' ? property.relation.map(({ id }) => id).sort() : [];
    };
    await stack.cycle(BOTH);
    expect(await linked()).toEqual([]);

    // Added at the end that has no column in SQL.
    workspace.editPage(project, { Tasks: [task] });
    await stack.cycle(BOTH);
    expect(await linked()).toEqual([['Water the plants', 'Garden']]);

    // Added in SQL: present at both ends in Notion.
    await stack.sql(
      "INSERT INTO tasks (title, project_id) SELECT 'Weed the beds', id FROM projects WHERE name = 'Garden'",
    );
    await stack.cycle(BOTH);
    expect(tasksOf()).toEqual(
      pages()
        .map(({ id }) => id)
        .sort(),
    );

    // Removed at the end that has no column in SQL.
    workspace.editPage(project, { Tasks: [] });
    await stack.cycle(BOTH);
    expect(await linked()).toEqual([]);
    await expectExactlyOnePageEach(stack);
  });

  test('event missing', async () => {
    Object.assign(stack.env, signedIn(stack));
    stack.startWorker();
    await stack.cycle();
    await stack.sql("INSERT INTO tasks (title, due_date) VALUES ('Renew passport', current_date + 10)");
    stack.google.faults.add({
      match: { method: 'POST', path: '/events$' },
      // biome-ignore lint/suspicious/noThenProperty: the `then` of a fault rule is never awaited
      then: { kind: 'reset', afterCommit: true },
    });
    expect((await stack.cycle()).ok).toBe(true);
    const events = stack.google.handle.events('me@example.com').filter(({ summary }) => summary === 'Renew passport');
    expect(events).toMatchObject([{ status: 'confirmed' }]);
    const rows = await stack.sql("SELECT google_event_id FROM calendar_events WHERE summary = 'Renew passport'");
    expect(rows).toEqual([{ google_event_id: events[0]?.id }]);
  });

  test('pool exhausted', async () => {
    stack.startWorker({ DATABASE_POOL_SIZE: '2' });
    for (const { title } of entities.filter(({ name }) => name in { tags: 1, tasks: 1, projects: 1, notes: 1 })) {
      for (let n = 0; n < 10; n += 1) stack.notion.workspace.createPage(title);
    }
    await insertTwoHundredRows(stack);
    const { ok, syncs } = await stack.cycle();
    expect(ok).toBe(true);
    expect(syncs.reduce((sum, { issues }) => sum + issues, 0)).toBe(0);
    expect(stack.notion.workspace.pages()).toHaveLength(240);
    await expectExactlyOnePageEach(stack);
  });
});
