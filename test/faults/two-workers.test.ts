import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endOf, type Stack, startStack } from '../support/stack.ts';
import { expectExactlyOnePageEach } from './support/exactly-one.ts';
import { isCreate, type Relay, startRelay } from './support/relay.ts';

const ONLY_TASKS = { entities: ['tasks'] };

describe('two or more workers', () => {
  let stack: Stack;
  /** Each worker has its own relay to Notion, so that a test knows which one sends a request. */
  let first: Relay;
  let second: Relay;

  beforeEach(async () => {
    stack = await startStack();
    first = await startRelay(stack.notion.url);
    second = await startRelay(stack.notion.url);
  });
  afterEach(async () => {
    await stack.stop();
    await Promise.all([first.close(), second.close()]);
  });

  const otherQueue = () => `${stack.taskQueue}-other`;
  const startFirst = () => stack.spawnWorker({ NOTION_BASE_URL: first.url });
  /** A worker on the same task queue. */
  const startSecond = () => stack.spawnWorker({ NOTION_BASE_URL: second.url });
  /** A worker whose cycles do not wait for those of the first: only claims separate the two. */
  const startStranger = () => stack.spawnWorker({ NOTION_BASE_URL: second.url, TEMPORAL_TASK_QUEUE: otherQueue() });
  const insertTasks = (count: number, word = 'Task') =>
    stack.sql(`INSERT INTO tasks (title) SELECT $1 || ' ' || n FROM generate_series(1, $2::int) n`, [word, count]);
  const pages = () => stack.notion.workspace.pages('Tasks');
  /** The syncs of a cycle that run now, with the attempt of their activity. */
  const activities = async (workflowId: string) => {
    const { raw } = await stack.client.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities ?? [];
  };
  /** How often the activity of a closed workflow that was tried most often was started. */
  const attemptsOf = async (workflowId: string): Promise<number> => {
    const { events } = await stack.client.workflow.getHandle(workflowId).fetchHistory();
    return Math.max(...(events ?? []).map((event) => event.activityTaskStartedEventAttributes?.attempt ?? 0));
  };
  /** Repeated attempts to take a claim, on a different connection than the holder's. */
  const claimsConnections = () =>
    stack.sql<{ pid: number; query_start: Date }>(
      "SELECT pid, query_start FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lockstep claims%'",
    );
  const strangerAsksAgainAndAgain = async (holders: readonly { pid: number }[]): Promise<void> => {
    const attempts = new Set<number>();
    const countAsked = async (): Promise<number> => {
      for (const { pid, query_start } of await claimsConnections()) {
        if (!holders.some((holder) => holder.pid === pid)) attempts.add(query_start.getTime());
      }
      return attempts.size;
    };
    await expect.poll(countAsked).toBeGreaterThan(3);
  };

  test.each([2, 3])(
    '%i workers, overlapping cycles, whole ones and single entities: nothing is made twice',
    async (count) => {
      for (let n = 0; n < count; n += 1) stack.spawnWorker();
      const stranger = startStranger();
      await insertTasks(30);
      await stack.sql("INSERT INTO notes (title) SELECT 'Note ' || n FROM generate_series(1, 30) n");
      const cycles = await Promise.all([
        stack.startCycle(),
        stack.startCycle(ONLY_TASKS),
        stack.startCycle({ names: ['notes-sql-to-notion'] }),
        stack.startCycle({}, otherQueue()),
        stack.startCycle(ONLY_TASKS, otherQueue()),
      ]);
      const results = await Promise.all(cycles.map(endOf));
      expect(results.map(({ ok }) => ok)).toEqual(cycles.map(() => true));
      await stranger.kill();
      await stack.cycle();
      expect(stack.notion.workspace.pages()).toHaveLength(60);
      await expectExactlyOnePageEach(stack);
      expect(await stack.sql('SELECT reason FROM sync_conflicts')).toEqual([]);
    },
  );

  test('one sync of an entity runs at a time, on any worker', async () => {
    startFirst();
    startStranger();
    await insertTasks(3);
    const held = first.hold('before', isCreate);
    const firstCycle = await stack.startCycle(ONLY_TASKS);
    await held.arrived;
    const holders = await claimsConnections();
    const secondCycle = await stack.startCycle(ONLY_TASKS, otherQueue());
    await strangerAsksAgainAndAgain(holders);
    expect(second.passed).toEqual([]);
    held.release();
    expect(await endOf(firstCycle)).toMatchObject({ ok: true });
    expect(await endOf(secondCycle)).toMatchObject({ ok: true });
    expect(second.passed.filter(isCreate)).toEqual([]);
    expect(pages()).toHaveLength(3);
  });

  test('a worker is killed while it holds a claim: its successor takes over at once', async () => {
    const victim = startFirst();
    startStranger();
    await insertTasks(1);
    const held = first.hold('after', isCreate);
    const firstCycle = await stack.startCycle(ONLY_TASKS);
    await held.arrived;
    const holders = await claimsConnections();
    const secondCycle = await stack.startCycle(ONLY_TASKS, otherQueue());
    await strangerAsksAgainAndAgain(holders);
    await victim.kill();
    expect(await endOf(secondCycle)).toMatchObject({ ok: true });
    // Temporal has not noticed the death yet, and no timeout has passed.
    expect(await activities(`${firstCycle.workflowId}/outbound`)).toMatchObject([{ attempt: 1 }]);
    await firstCycle.terminate('its worker was killed');
    held.release();
    expect(second.passed.filter(isCreate)).toEqual([]);
    expect(pages()).toHaveLength(1);
    await expectExactlyOnePageEach(stack);
  });

  test('a worker is suspended during a creation, and resumes when another one has its work: no duplicate', async () => {
    const sleeper = startFirst();
    await insertTasks(3);
    const held = first.hold('before', isCreate);
    const cycle = await stack.startCycle(ONLY_TASKS);
    await held.arrived;
    sleeper.signal('SIGSTOP');
    held.release();
    startSecond();
    await expect
      .poll(() => activities(`${cycle.workflowId}/outbound`))
      .toMatchObject([{ attempt: 2, lastStartedTime: expect.anything() }]);
    sleeper.signal('SIGCONT');
    expect(await endOf(cycle)).toMatchObject({ ok: true });
    expect(await stack.cycle(ONLY_TASKS)).toMatchObject({ ok: true });
    expect(pages()).toHaveLength(3);
    await expectExactlyOnePageEach(stack);
  });

  test('a worker is suspended in the middle of a sync: the other one completes the cycle, and the first writes nothing when it continues', async () => {
    const sleeper = startFirst();
    await insertTasks(3);
    const held = first.hold('before', isCreate);
    const cycle = await stack.startCycle(ONLY_TASKS);
    await held.arrived;
    const other = startSecond();
    await expect.poll(() => other.output()).toContain('worker on task queue');
    sleeper.signal('SIGSTOP');
    held.release();
    expect(await endOf(cycle)).toMatchObject({ ok: true });
    // The server gives the suspended worker one more activity and one more workflow task at most: it has one open poll each.
    expect(await attemptsOf(`${cycle.workflowId}/outbound`)).toBeLessThanOrEqual(3);
    const sent = first.passed.length;
    sleeper.signal('SIGCONT');
    await stack.sql("UPDATE tasks SET title = 'Edited'");
    expect(await stack.cycle(ONLY_TASKS)).toMatchObject({ ok: true });
    expect(first.passed.slice(sent).filter(isCreate)).toEqual([]);
    expect(pages().map(({ title }) => title)).toEqual(['Edited', 'Edited', 'Edited']);
    await expectExactlyOnePageEach(stack);
  }, 400_000);
});
