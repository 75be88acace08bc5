import { expect, test } from 'vitest';
import { RetryableError } from '../../../src/errors.ts';
import { PlanJob, type Planner } from '../../../src/interfaces/dashboard/plan-job.ts';

const made = { plan: { lockstepPlan: 1 as const, madeAt: '2026-11-25T20:08:31Z', changes: [] }, failed: false };

/** A planner whose work ends when the test says so. */
function heldPlanner() {
  let release = (): void => undefined;
  let fail = (_: Error): void => undefined;
  const hold = (): Promise<void> =>
    new Promise((resolve, reject) => {
      [release, fail] = [resolve, reject];
    });
  const planner: Planner = {
    plan: async ({ onEntity, onProblem, signal }) => {
      signal.addEventListener('abort', () => fail(signal.reason));
      onEntity('tasks', 0, 11);
      await hold();
      onProblem('a problem');
      return made;
    },
    apply: async (_, { onCycle }) => {
      onCycle('apply-1');
      await hold();
      return { entities: [], cycleId: 'apply-1', failed: false };
    },
  };
  return { planner, release: () => release(), fail: (error: Error) => fail(error) };
}

test('makes a plan in the background, and applies the one that was seen, once', async () => {
  const { planner, release } = heldPlanner();
  const job = new PlanJob(planner, () => undefined);
  const markers = new Set([job.marker]);
  job.start();
  markers.add(job.marker);
  expect(job.state).toMatchObject({ kind: 'working', what: 'planning', at: 'tasks, 1 of 11' });
  expect(() => job.start()).toThrow('A plan is being made or applied');
  release();
  await expect.poll(() => job.state.kind).toBe('planned');
  markers.add(job.marker);
  const id = job.state.kind === 'planned' ? job.state.id : '';
  expect(job.state).toMatchObject({ problems: { first: ['a problem'], count: 1 } });
  expect(() => job.apply('another')).toThrow('This plan was replaced or applied already');
  job.apply(id);
  expect(() => job.apply(id)).toThrow('This plan was replaced or applied already');
  release();
  await expect.poll(() => job.state).toMatchObject({ kind: 'applied', result: { cycleId: 'apply-1' } });
  markers.add(job.marker);
  expect(() => job.apply(id)).toThrow('This plan was replaced or applied already');
  expect(markers.size).toBe(4);
});

test('says why a plan failed, and logs a fault', async () => {
  const said: string[] = [];
  const { planner, fail } = heldPlanner();
  const job = new PlanJob(planner, (line) => said.push(line));
  job.start();
  fail(new RetryableError('notion_away', 'Notion did not answer'));
  await expect.poll(() => job.state).toEqual({ kind: 'failed', message: 'Notion did not answer', cycleId: null });
  expect(said).toEqual([]);
  job.start();
  fail(new TypeError('secret details'));
  await expect
    .poll(() => job.state)
    .toEqual({
      kind: 'failed',
      message: 'Internal error: see the log of the dashboard.',
      cycleId: null,
    });
  expect(said.join()).toContain('unexpected: TypeError: secret details');
});

test('keeps the id of what was applied before an apply failed', async () => {
  const { planner, release, fail } = heldPlanner();
  const job = new PlanJob(planner, () => undefined);
  job.start();
  release();
  await expect.poll(() => job.state.kind).toBe('planned');
  job.apply(job.state.kind === 'planned' ? job.state.id : '');
  fail(new RetryableError('notion_away', 'Notion did not answer'));
  await expect.poll(() => job.state).toEqual({ kind: 'failed', message: 'Notion did not answer', cycleId: 'apply-1' });
});

test('keeps only the first changes and problems of a plan that is too large, and does not apply it', async () => {
  const change = {
    ...{ entity: 'tasks', side: 'notion' as const, recordId: 'row-1', pageId: null, title: 'Buy milk', before: null },
    after: { fields: {}, archived: false },
  };
  const { planner } = heldPlanner();
  const plan: Planner['plan'] = async ({ onProblem }) => {
    for (let n = 0; n < 200; n += 1) onProblem('a problem');
    return { ...made, plan: { ...made.plan, changes: Array.from({ length: 800 }, () => change) } };
  };
  const job = new PlanJob({ ...planner, plan }, () => undefined);
  job.start();
  await expect.poll(() => job.state.kind).toBe('planned');
  const state = job.state.kind === 'planned' ? job.state : expect.fail('no plan');
  expect(state.counts).toEqual({ sql: 0, notion: 800, google: 0 });
  expect([state.changes.length, state.problems.first.length, state.problems.count]).toEqual([501, 50, 200]);
  expect(() => job.apply(state.id)).toThrow('The plan is too large for this page');
});

test('ends its work when the dashboard stops', async () => {
  const { planner } = heldPlanner();
  const job = new PlanJob(planner, () => undefined);
  job.start();
  await job.stop();
  expect(job.state).toEqual({ kind: 'failed', message: 'The dashboard was stopped.', cycleId: null });
});
