import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { syncs } from '../../src/cycle/sync-names.ts';
import { fillSampleWorkspace } from '../../src/embedded/sample-workspace/sample-workspace.ts';
import { temporalBinary } from '../../src/embedded/temporal-binary.ts';
import { entities } from '../../src/entities/index.ts';
import { differences, everything } from '../support/compare.ts';
import { insertTwoHundredRows } from '../support/rows.ts';
import { endOf, type Stack, startStack } from '../support/stack.ts';
import { testTemporal } from '../support/temporal.ts';

const run = promisify(execFile);

/** Calendars and folders that are not configured are skipped. */
const isBad = ({ status }: { status: string }): boolean => status !== 'ok' && status !== 'skipped';

describe('cycles on a workspace with content', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
    fillSampleWorkspace(stack.notion.workspace, '2026-11-24', 'Europe/Madrid');
    stack.startWorker();
  });
  afterAll(() => stack.stop());

  const runsOf = (cycleId: string) =>
    stack.sql('SELECT sync_name, status FROM sync_run_history WHERE cycle_id = $1', [cycleId]);

  /** The activities of a cycle and of its phases, in their order. Temporal Cloud bills each. */
  async function activitiesOf({ workflowId }: WorkflowHandle): Promise<Record<string, string[]>> {
    const phases = ['inbound', 'outbound', 'trigger'].map((name) => [name, `${workflowId}/${name}`] as const);
    const found = [['cycle', workflowId] as const, ...phases].map(async ([name, id]) => {
      const { events } = await stack.client.workflow.getHandle(id).fetchHistory();
      return [
        name,
        (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []),
      ] as const;
    });
    return Object.fromEntries(await Promise.all(found));
  }

  test('the first cycle copies every page to SQL, field by field [S4]', async () => {
    const result = await stack.cycle();
    expect(result.syncs.filter(isBad)).toEqual([]);
    expect(await differences(stack)).toEqual([]);
    const edited = await Promise.all(
      entities.map(({ table }) => stack.sql(`SELECT 1 FROM ${table} WHERE sql_local_last_edited_at IS NOT NULL`)),
    );
    expect(edited.flat()).toEqual([]);
  });

  test('an idle cycle asks about all entities in one activity, and about one with changes in its own', async () => {
    // The first cycle after a full scan settles the watermarks.
    await stack.cycle();
    const idle = await stack.startCycle();
    const result = await endOf(idle);
    expect(result.syncs.filter(isBad)).toEqual([]);
    expect(result.syncs.find(({ name }) => name === 'tasks-notion-to-sql')).toMatchObject({
      status: 'ok',
      requests: 1,
    });
    expect(await activitiesOf(idle)).toEqual({
      cycle: ['planCycle', 'takeCycleLock'],
      inbound: ['concludeUnchanged'],
      outbound: ['concludeIdle'],
      trigger: ['triggerTasks'],
    });
    expect(await runsOf(result.cycleId)).toHaveLength(syncs().length);

    const [goal] = stack.notion.workspace.pages('Goals');
    stack.notion.workspace.editPage(String(goal?.id), { Name: 'Sleep eight hours' });
    const busy = await stack.startCycle();
    expect((await endOf(busy)).summary).toBe('goals: 1 updated');
    expect((await activitiesOf(busy)).inbound).toEqual(['concludeUnchanged', 'syncInbound', 'settleLinks']);
    expect(await differences(stack)).toEqual([]);
  });

  test('the next cycle creates a page for each of 200 rows, links included [S3]', async () => {
    await insertTwoHundredRows(stack);
    const result = await stack.cycle();
    expect(result.syncs.filter(isBad)).toEqual([]);
    expect(
      result.syncs.reduce((sum, { direction, created }) => sum + (direction === 'outbound' ? created : 0), 0),
    ).toBe(200);
    expect(await differences(stack)).toEqual([]);
    for (const { table } of entities) {
      expect(await stack.sql(`SELECT id FROM ${table} WHERE notion_page_id LIKE 'sql:%'`)).toEqual([]);
    }
  });

  test('a third cycle writes nothing on either side [S1]', async () => {
    const before = new Set(await everything(stack));
    const { summary } = await stack.cycle();
    expect(summary).toBe('no changes');
    expect((await everything(stack)).filter((line) => !before.has(line))).toEqual([]);
  });

  test('any Temporal client can start a cycle, without input', async () => {
    const { address, namespace } = testTemporal();
    const temporal = await temporalBinary(process.env.TEMPORAL_CLI_PATH, () => undefined);
    const { stdout } = await run(temporal, [
      ...['workflow', 'execute', '--type', 'syncCycle', '--task-queue', stack.taskQueue],
      ...['--address', address, '--namespace', namespace, '--output', 'json'],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'COMPLETED',
      result: { ok: true, summary: 'no changes' },
    });
  });

  test('of two cycles started at once, the second waits for the cycle lock, then runs', async () => {
    await stack.sql(`INSERT INTO tasks (title) SELECT 'Twice ' || n FROM generate_series(1, 10) n`);
    const results = await Promise.all([stack.cycle(), stack.cycle()]);
    expect(results.map(({ ok }) => ok)).toEqual([true, true]);
    const titles = stack.notion.workspace.pages('Tasks').filter(({ title }) => title.startsWith('Twice '));
    expect(titles).toHaveLength(10);
  });

  test('every sync of a cycle is in the history', async () => {
    const runs = await runsOf((await stack.cycle()).cycleId);
    expect(runs).toHaveLength(syncs().length);
    expect(runs).toContainEqual({ sync_name: 'system-fixes-sql-to-notion', status: 'ok' });
  });
});
