import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { syncs } from '../../src/cycle/sync-names.ts';
import { entities } from '../../src/entities/index.ts';
import { tasks } from '../../src/entities/tasks.ts';
import { type CycleFailure, type Stack, startStack } from '../support/stack.ts';

describe('a failure stops only its own syncs, and is reported in one line', () => {
  let stack: Stack;

  beforeEach(async () => {
    stack = await startStack();
    stack.notion.workspace.createPage('Tasks', { Title: 'Water the plants' });
    stack.notion.workspace.createPage('Notes', { Title: 'Ideas' });
  });
  afterEach(() => stack.stop());

  const failure = async (request = {}): Promise<CycleFailure> =>
    stack.cycle(request).then(
      () => expect.fail('the cycle did not fail'),
      (error: CycleFailure) => error,
    );
  const history = (cycleId: string | undefined) =>
    stack.sql<{ sync_name: string; status: string; errors: { code: string; message: string }[] }>(
      "SELECT sync_name, status, errors FROM sync_run_history WHERE cycle_id = $1 AND status NOT IN ('ok', 'skipped') ORDER BY sync_name",
      [cycleId],
    );

  test('a deleted property: both directions of its entity fail, the other nine entities are synced, and it resumes by itself', async () => {
    stack.startWorker();
    await stack.cycle();
    stack.notion.workspace.deleteProperty('Tasks', 'Priority');
    stack.notion.workspace.createPage('Notes', { Title: 'More ideas' });
    const { message, result } = await failure();
    expect(message).toMatch(/^2 of \d+ syncs failed: tasks: the property "Priority" .* is missing in Notion/);
    expect(message).toContain('(tasks-notion-to-sql, tasks-sql-to-notion)');
    expect(result?.syncs.filter(({ status }) => status === 'ok')).toHaveLength(18);
    expect((await history(result?.cycleId)).map(({ sync_name, status }) => [sync_name, status])).toEqual([
      ['tasks-notion-to-sql', 'failed'],
      ['tasks-sql-to-notion', 'failed'],
    ]);
    expect(await stack.sql("SELECT 1 FROM notes WHERE title = 'More ideas'")).toHaveLength(1);

    stack.notion.workspace.addProperty('Tasks', 'Priority', { select: {} });
    expect((await stack.cycle()).ok).toBe(true);
  });

  test('a renamed property breaks nothing', async () => {
    stack.startWorker();
    await stack.cycle();
    stack.notion.workspace.renameProperty('Tasks', 'Priority', 'Urgency');
    stack.notion.workspace.renameProperty('Tasks', 'Sync Key', 'Key');
    await stack.sql("INSERT INTO tasks (title, priority) VALUES ('Call Ann', 'High')");
    expect((await stack.cycle()).ok).toBe(true);
    const page = stack.notion.workspace.pages('Tasks').find(({ title }) => title === 'Call Ann');
    expect(page?.page.properties.Urgency).toMatchObject({ select: { name: 'High' } });
    expect(Object.keys(stack.notion.workspace.dataSource('Tasks').properties)).not.toContain('Sync Key');
  });

  test('a page that is no longer shared: an issue of that record, and its row is kept', async () => {
    stack.startWorker();
    await stack.cycle();
    const [page] = stack.notion.workspace.pages('Tasks');
    stack.notion.workspace.unshare(String(page?.id));
    const { cycleId, ok } = await stack.cycle({ sweep: true });
    expect(ok).toBe(true);
    const [run] = await history(cycleId);
    expect(run).toMatchObject({ sync_name: 'tasks-notion-to-sql', status: 'partial' });
    expect(run?.errors[0]?.message).toMatch(/^tasks: page .* is not found or no longer shared/);
    expect(await stack.sql('SELECT 1 FROM tasks WHERE archived_at IS NULL')).toHaveLength(1);
  });

  test('a database that does not exist', async () => {
    stack.notion.workspace.unshare(tasks.databaseId);
    stack.startWorker();
    const { message, result } = await failure();
    expect(message).toMatch(
      /2 of \d+ syncs failed: tasks: the database .* is not found or not shared .*share it in Notion/,
    );
    expect(await history(result?.cycleId)).toHaveLength(2);
  });

  test('a wrong token: the reason is reported once, and the token nowhere', async () => {
    stack.env.NOTION_TOKEN = 'ntn_not_the_right_one';
    const worker = stack.spawnWorker();
    const { message, result } = await failure();
    expect(message).toContain(
      `${2 * entities.length} of ${syncs().length} syncs failed: Notion refused the token: NOTION_TOKEN is wrong or was revoked`,
    );
    expect(message.match(/refused/g)).toHaveLength(1);
    const runs = await history(result?.cycleId);
    expect(runs).toHaveLength(20);
    expect(JSON.stringify([message, runs, worker.output()])).not.toContain('ntn_not_the_right_one');
  });

  test('a database that is suddenly empty archives nothing until it is accepted', async () => {
    for (let n = 0; n < 40; n += 1) stack.notion.workspace.createPage('Games Backlog', { Name: `Game ${n}` });
    stack.startWorker();
    await stack.cycle();
    for (const { id } of stack.notion.workspace.pages('Games Backlog')) stack.notion.workspace.trashPage(id);
    const { message } = await failure({ sweep: true });
    expect(message).toContain('lockstep sync --entity games --accept-archive');
    expect(await stack.sql('SELECT 1 FROM games WHERE archived_at IS NOT NULL')).toEqual([]);
    await stack.cycle({ entities: ['games'], acceptArchive: true, sweep: true });
    expect(await stack.sql('SELECT 1 FROM games WHERE archived_at IS NOT NULL')).toHaveLength(40);
  });
});
