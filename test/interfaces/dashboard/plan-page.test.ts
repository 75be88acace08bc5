import { expect, test } from 'vitest';
import { planPage } from '../../../src/interfaces/dashboard/pages/plan.ts';
import type { PlanState, Problems } from '../../../src/interfaces/dashboard/plan-job.ts';
import type { PlannedChange } from '../../../src/operations/plan/make-plan.ts';
import { expectHarmless, HOSTILE, textOf } from './hostile.ts';
import { minutesAgo, view } from './support.ts';

const change = (different: Partial<PlannedChange> = {}): PlannedChange => ({
  ...{ entity: 'tasks', side: 'notion', recordId: 'row-1', pageId: 'page-1', title: 'Buy milk' },
  before: { fields: { title: 'Buy milk' }, archived: false },
  after: { fields: { title: 'Buy oat milk' }, archived: false },
  ...different,
});

const problemsOf = (...first: string[]): Problems => ({ first, count: first.length });

const planned = (changes: PlannedChange[], problems: string[] = []): PlanState => {
  const countOf = (side: PlannedChange['side']): number => changes.filter((one) => one.side === side).length;
  return {
    ...{ kind: 'planned', id: 'plan-1', madeAt: minutesAgo(3).toISOString(), changes },
    counts: { sql: countOf('sql'), notion: countOf('notion'), google: countOf('google') },
    problems: problemsOf(...problems),
  };
};

const pageOf = (state: PlanState, shown?: readonly PlannedChange[]): string => {
  const all = state.kind === 'planned' ? state.changes : [];
  return planPage({ state, shown: shown ?? all, titles: new Map() }, view).text;
};

test('shows each change by record and field, with its direction and result', () => {
  const archived = { fields: {}, archived: true };
  const page = pageOf(
    planned([
      change(),
      change({
        side: 'sql',
        before: null,
        after: { fields: { title: 'New', notes: '' }, archived: false },
        title: 'New',
      }),
      change({ after: archived, title: 'Old' }),
      change({ entity: 'calendar_personal', side: 'google', title: 'Dentist' }),
    ]),
  );
  const text = textOf(page);
  expect(text).toContain('Made 3 min ago : 1 change in SQL, 2 changes in Notion, 1 change in Google.');
  expect(text).toContain('Buy milk SQL → Notion Update title Buy milk Buy oat milk');
  expect(text).toContain('New Notion → SQL Create title – New');
  expect(text).toContain('Old SQL → Notion Archive archived no yes');
  expect(text).toContain('Dentist SQL → Google Update');
  expect(page).toContain('href="/records/tasks/row-1"');
  expect(page).toContain('href="/records/calendar_events/row-1"');
  expect(page).toMatch(/action="\/plan\/apply">[\s\S]*name="seen" value="plan-1"[\s\S]*Apply 4 changes/);
});

test('offers to make a plan, and says what is being done and why it failed', () => {
  expect(pageOf({ kind: 'none' })).toMatch(/action="\/plan">[\s\S]*Make a plan/);
  const working = pageOf({ kind: 'working', what: 'planning', since: minutesAgo(3), at: 'tasks, 2 of 11' });
  expect(textOf(working)).toContain('Making the plan: tasks, 2 of 11. Started 3 min ago . Refresh');
  expect(working).not.toContain('<button class="strong"');
  expect(textOf(pageOf({ kind: 'failed', message: 'Notion did not answer', cycleId: null }))).toContain(
    'Notion did not answer',
  );
});

test('an empty plan cannot be applied, nor one that is not shown whole', () => {
  const empty = pageOf(planned([], ['tasks has no Status']));
  expect(textOf(empty)).toContain('Made 3 min ago : no changes. tasks has no Status');
  expect(empty).not.toContain('/plan/apply');
  const large = pageOf(planned([change(), change()]), [change()]);
  expect(textOf(large)).toContain('The first 1 are shown. Apply a plan of this size with lockstep plan');
  expect(large).not.toContain('/plan/apply');
});

test('says what was applied, what was skipped, and links to the undo', () => {
  const result = { cycleId: 'apply-1', failed: false };
  const entities = [{ entity: 'tasks', applied: [change()], skipped: [change({ title: 'Edited' })] }];
  const page = pageOf({
    kind: 'applied',
    at: minutesAgo(1),
    problems: problemsOf('refused'),
    result: { ...result, entities },
  });
  expect(textOf(page)).toContain('1 of 2 changes applied. View or undo them .');
  expect(textOf(page)).toContain('they changed since the plan was made: tasks "Edited" in Notion refused');
  expect(page).toContain('href="/cycles/apply-1"');
});

test('says why an apply failed, and links to what it had applied', () => {
  const page = pageOf({ kind: 'failed', message: 'Notion did not answer', cycleId: 'apply-1' });
  expect(page).toContain('href="/cycles/apply-1"');
});

test('shows hostile text as text', () => {
  expectHarmless(pageOf(planned([change({ title: HOSTILE })], [HOSTILE])));
  expectHarmless(pageOf({ kind: 'failed', message: HOSTILE, cycleId: HOSTILE }));
});
