import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../src/embedded/ports.ts';
import { hintWorkflowId } from '../../src/features/hints/give-hint.ts';
import { type Relay, startRelay } from '../faults/support/relay.ts';
import { emptyFolder, type RunningCli, runCli, startCli } from '../support/cli.ts';
import { endOf, type Stack, startStack, type Worker } from '../support/stack.ts';

const SOON = { timeout: 60_000, interval: 50 };

describe('an edit in SQL, without a cycle', () => {
  let stack: Stack;
  let relay: Relay;

  beforeAll(async () => {
    stack = await startStack();
    relay = await startRelay(stack.env.NOTION_BASE_URL ?? stack.notion.url);
    Object.assign(stack.env, { LOCKSTEP_HINTS: 'on', NOTION_BASE_URL: relay.url });
    stack.startWorker();
    await stack.cycle();
  });
  afterAll(async () => {
    await stack.stop();
    await relay.close();
  });

  const titles = (database: string): string[] => stack.notion.workspace.pages(database).map(({ title }) => title);
  const page = async (table: string, id: string | undefined): Promise<string> => {
    const [row] = await stack.sql<{ notion_page_id: string }>(`SELECT notion_page_id FROM ${table} WHERE id = $1`, [
      id,
    ]);
    return String(row?.notion_page_id);
  };
  const insert = async (title: string): Promise<string | undefined> =>
    (await stack.sql<{ id: string }>('INSERT INTO tasks (title) VALUES ($1) RETURNING id', [title]))[0]?.id;
  /** Polls of Notion may find a person's edit, too. */
  const runs = () =>
    stack.sql<{ cycle_id: string; sync_name: string; status: string; created: number; updated: number }>(
      "SELECT cycle_id, sync_name, status, created, updated FROM sync_run_history WHERE cycle_id LIKE 'lockstep-hint-%' AND sync_name LIKE '%-sql-to-notion' ORDER BY id",
    );
  const sums = () =>
    stack.sql(`SELECT sync_name, status, sum(created)::int AS created, sum(updated)::int AS updated
      FROM sync_run_history WHERE cycle_id LIKE 'lockstep-hint-%' GROUP BY sync_name, status`);
  const atRest = async (entity: string): Promise<void> => {
    await stack.client.workflow.getHandle(hintWorkflowId(stack.taskQueue, entity)).result();
  };

  test('reaches Notion', async () => {
    const id = await insert('Buy milk');
    await expect.poll(() => titles('Tasks'), SOON).toContain('Buy milk');
    await expect.poll(() => page('tasks', id), SOON).not.toMatch(/^sql:/);
    await stack.sql("UPDATE tasks SET title = 'Buy oat milk' WHERE id = $1", [id]);
    await expect.poll(() => titles('Tasks'), SOON).toContain('Buy oat milk');
    await atRest('tasks');
    // A sync that still runs also sends later edits.
    expect(await sums()).toEqual([{ sync_name: 'tasks-sql-to-notion', status: 'ok', created: 1, updated: 1 }]);
  });

  test('is sent together with the rows that it links to', async () => {
    await stack.sql(`WITH plan AS (INSERT INTO projects (name) VALUES ('Garden') RETURNING id)
      INSERT INTO tasks (title, project_id) SELECT 'Plant a tree', id FROM plan`);
    const tree = () => stack.notion.workspace.pages('Tasks').find(({ title }) => title === 'Plant a tree');
    await expect
      .poll(() => tree()?.page.properties.Project, SOON)
      .toMatchObject({ relation: [{ id: expect.any(String) }] });
    await expect.poll(() => stack.sql('SELECT 1 FROM sync_outbox'), SOON).toEqual([]);
  });

  test('one transaction is one hint, however many rows it edits', async () => {
    await stack.sql("INSERT INTO games (name) SELECT 'Game ' || n FROM generate_series(1, 20) n");
    await expect.poll(() => titles('Games Backlog'), SOON).toHaveLength(20);
    await atRest('games');
    const before = await countRuns('games');
    const edits = Array.from(
      { length: 200 },
      (_, n) => `UPDATE games SET notes = 'Edit ${n}' WHERE name = 'Game ${1 + (n % 20)}'`,
    );
    await stack.sql(`BEGIN; ${edits.join('; ')}; COMMIT`);
    const notes = () =>
      stack.notion.workspace.pages('Games Backlog').map(({ page }) => JSON.stringify(page.properties.Notes));
    await expect.poll(() => notes().filter((text) => /Edit 1[89]\d/.test(text)).length, SOON).toBe(20);
    await atRest('games');
    expect((await countRuns('games')) - before).toBe(1);
  });

  test('is heard again after the listener lost its connection', async () => {
    const listening =
      "FROM pg_stat_activity WHERE application_name = 'lockstep hints' AND datname = current_database()";
    const pids = () => stack.sql<{ pid: number }>(`SELECT pid ${listening}`);
    const [before] = await pids();
    await stack.sql(`SELECT pg_terminate_backend(pid) ${listening}`);
    await insert('While nobody listens');
    await expect.poll(() => titles('Tasks'), SOON).toContain('While nobody listens');
    const [after] = await pids();
    expect(after?.pid).not.toBe(before?.pid);
    await insert('Heard again');
    await expect.poll(() => titles('Tasks'), SOON).toContain('Heard again');
  });

  test('is not lost, and does not fail, while a cycle has claimed the entity', async () => {
    const listing = relay.hold('after', ({ path }) => path.endsWith('/query'));
    const cycle = await stack.startCycle({ entities: ['tasks'] });
    await listing.arrived;
    const id = await insert('Amid a cycle');
    const hint = stack.client.workflow.getHandle(hintWorkflowId(stack.taskQueue, 'tasks'));
    await expect.poll(async () => (await hint.describe()).status.name, SOON).toBe('RUNNING');
    listing.release();
    await endOf(cycle);
    await expect.poll(() => page('tasks', id), SOON).not.toMatch(/^sql:/);
    await hint.result();
    expect(titles('Tasks').filter((title) => title === 'Amid a cycle')).toHaveLength(1);
    expect(await stack.sql("SELECT 1 FROM sync_run_history WHERE status = 'failed' AND entity = 'tasks'")).toEqual([]);
  });

  test('writes of the sync itself, and writes that are rolled back, are not edits', async () => {
    await atRest('tasks').catch(() => undefined);
    const before = await runs();
    await stack.sql("BEGIN; INSERT INTO tasks (title) VALUES ('Never mind'); ROLLBACK");
    stack.notion.workspace.createPage('Tasks', { Title: 'From Notion' });
    await stack.cycle();
    expect(await stack.sql("SELECT 1 FROM tasks WHERE title = 'From Notion'")).toHaveLength(1);
    expect(await runs()).toEqual(before);
  });

  const countRuns = async (entity: string): Promise<number> => {
    const id = hintWorkflowId(stack.taskQueue, entity);
    let count = 0;
    for await (const _ of stack.client.workflow.list({ query: `WorkflowId = '${id}'` })) count += 1;
    return count;
  };
});

describe('an edit in Notion, without a cycle', () => {
  let stack: Stack;
  let relay: Relay;
  let worker: Worker;
  let webhooks: RunningCli;
  let url: string;
  const folder = emptyFolder();

  beforeAll(async () => {
    stack = await startStack();
    relay = await startRelay(stack.env.NOTION_BASE_URL ?? stack.notion.url);
    const key = randomBytes(32).toString('base64');
    Object.assign(stack.env, { LOCKSTEP_ENCRYPTION_KEY: key, NOTION_BASE_URL: relay.url });
    worker = stack.spawnWorker();
    await stack.cycle();
    const port = String(await freePort(10_000 + randomInt(10_000)));
    url = `http://127.0.0.1:${port}`;
    webhooks = startCli(['webhooks', '--port', port], folder.path, environment());
    await webhooks.waitForOutput(/webhooks on/);
    await runCli(['webhooks', '--accept-token'], folder.path, environment());
    const subscription = await stack.notion.webhooks.subscribe(`${url}/notion`);
    const shown = await runCli(['webhooks', '--show-token'], folder.path, environment());
    stack.notion.webhooks.confirm(subscription, shown.stdout.trim());
  });
  afterAll(async () => {
    webhooks.process.kill('SIGTERM');
    expect(await webhooks.ended).toMatchObject({ code: 0 });
    await stack.stop();
    await relay.close();
    folder.remove();
  });

  const environment = (): Record<string, string> =>
    Object.fromEntries(Object.entries(stack.env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  const row = async (pageId: string) =>
    (await stack.sql<Record<string, unknown>>('SELECT * FROM tasks WHERE notion_page_id = $1', [pageId]))[0];
  const isAnswered = (from: number, count: number) =>
    expect.poll(() => stack.notion.webhooks.answers.slice(from, from + count), SOON).toEqual(Array(count).fill(200));
  const idle = () => stack.client.workflow.getHandle(hintWorkflowId(stack.taskQueue, 'tasks')).result();
  const runs = () => stack.sql<{ id: string }>("SELECT id FROM sync_run_history WHERE cycle_id LIKE 'lockstep-hint-%'");

  test('comes to SQL: created, edited, trashed and restored', async () => {
    const page = stack.notion.workspace.createPage('Tasks', { Title: 'Call Ann', Status: 'In Progress' });
    await expect.poll(() => row(page), SOON).toMatchObject({ title: 'Call Ann' });
    stack.notion.workspace.editPage(page, { Title: 'Call Anna', Priority: 'High' });
    await expect.poll(() => row(page), SOON).toMatchObject({ title: 'Call Anna', priority: 'High' });
    stack.notion.workspace.trashPage(page);
    await expect.poll(() => row(page), SOON).toMatchObject({ archived_at: expect.any(Date), status: 'Cancelled' });
    stack.notion.workspace.restorePage(page);
    await expect.poll(() => row(page), SOON).toMatchObject({ archived_at: null, status: 'In Progress' });
  });

  test('brings its links, in whichever order the two pages arrive', async () => {
    const project = stack.notion.workspace.createPage('Projects', { Name: 'House' });
    const page = stack.notion.workspace.createPage('Tasks', { Title: 'Paint', Project: [project] });
    const linked = 'SELECT p.name FROM tasks t JOIN projects p ON p.id = t.project_id WHERE t.notion_page_id = $1';
    await expect.poll(() => stack.sql(linked, [page]), SOON).toEqual([{ name: 'House' }]);
  });

  test('is synced once when it is notified twice', async () => {
    const { webhooks: deliveries, workspace } = stack.notion;
    deliveries.configure({ copies: 2 });
    const { length: before } = deliveries.answers;
    const page = workspace.createPage('Tasks', { Title: 'Twice' });
    await isAnswered(before, 2);
    await expect.poll(() => row(page), SOON).toMatchObject({ title: 'Twice' });
    await idle();
    const lines = await runs();
    // Both notifications are there before the worker looks at the first: on a slow machine, they can be far apart.
    worker.signal('SIGSTOP');
    workspace.editPage(page, { Notes: 'Again' });
    await isAnswered(before + 2, 2);
    worker.signal('SIGCONT');
    await expect.poll(() => row(page), SOON).toMatchObject({ notes: 'Again' });
    await idle();
    expect(await runs()).toHaveLength(lines.length + 1);
    expect(await stack.sql("SELECT 1 FROM tasks WHERE title = 'Twice'")).toHaveLength(1);
    deliveries.configure({ copies: 1 });
  });

  test('an event with a wrong signature is refused, and has no effect', async () => {
    const body = JSON.stringify({ type: 'page.created', entity: { id: 'x', type: 'page' }, authors: [] });
    const response = await fetch(`${url}/notion`, {
      method: 'POST',
      headers: { 'x-notion-signature': `sha256=${'0'.repeat(64)}` },
      body,
    });
    expect(response.status).toBe(401);
  });

  test('pages that are trashed one by one are subject to the same limit as in a sweep', async () => {
    const { workspace, webhooks: deliveries } = stack.notion;
    const games = Array.from({ length: 30 }, (_, n) => workspace.createPage('Games Backlog', { Name: `Game ${n}` }));
    const archived = async (): Promise<number> =>
      (await stack.sql('SELECT 1 FROM games WHERE archived_at IS NOT NULL')).length;
    await expect.poll(() => stack.sql('SELECT 1 FROM games'), SOON).toHaveLength(30);
    for (const game of games.slice(0, 15)) workspace.trashPage(game);
    await expect.poll(archived, SOON).toBe(15);
    const { length: before } = deliveries.answers;
    for (const game of games.slice(15)) workspace.trashPage(game);
    await expect.poll(() => deliveries.answers.slice(before), SOON).toHaveLength(15);
    await stack.client.workflow.getHandle(hintWorkflowId(stack.taskQueue, 'games')).result();
    expect(await archived()).toBeLessThanOrEqual(20);
    const waiting = await stack.sql(
      'SELECT FROM sync_approvals a JOIN sync_approval_records r ON r.approval_id = a.id WHERE closed_at IS NULL',
    );
    expect(waiting.length + (await archived())).toBe(30);
  });

  test('is not lost, and does not fail, while a cycle has claimed the entity', async () => {
    const page = stack.notion.workspace.createPage('Tasks', { Title: 'Amid' });
    await expect.poll(() => row(page), SOON).toMatchObject({ title: 'Amid' });
    const listing = relay.hold('after', ({ path }) => path.endsWith('/query'));
    const cycle = await stack.startCycle({ entities: ['tasks'], directions: ['inbound'] });
    await listing.arrived;
    const { length: before } = stack.notion.webhooks.answers;
    stack.notion.workspace.editPage(page, { Notes: 'While it ran' });
    await expect.poll(() => stack.notion.webhooks.answers.slice(before), SOON).toContain(200);
    listing.release();
    await endOf(cycle);
    await expect.poll(() => row(page), SOON).toMatchObject({ notes: 'While it ran' });
    expect(await stack.sql("SELECT 1 FROM sync_run_history WHERE status <> 'ok' AND entity = 'tasks'")).toEqual([]);
  });
});
