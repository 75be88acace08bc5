import type { ScheduleHandle, ScheduleUpdateOptions } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { ensureChores } from '../../../src/features/chores/chore-schedules.ts';
import { FINDING_CODES, type Finding, type FindingCode, isProblem } from '../../../src/operations/doctor/finding.ts';
import { ensureSchedule } from '../../../src/schedules.ts';
import { scheduleId } from '../../../src/temporal/deployment-ids.ts';
import { type Deployment, type Stories, startDeployment } from './deployment.ts';
import { googleStories } from './stories-google.ts';
import { notionStories } from './stories-notion.ts';
import { pastStories } from './stories-past.ts';
import { postgresqlStories } from './stories-postgresql.ts';
import { choreOf, temporalStories } from './stories-temporal.ts';

/** The type makes a missing story a compile error. */
const stories: Stories<FindingCode> = {
  ...postgresqlStories,
  ...temporalStories,
  ...notionStories,
  ...googleStories,
  ...pastStories,
};

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment.close());
beforeEach(() => deployment.restore());

const found = async (): Promise<readonly Finding[]> => (await deployment.runDoctor()).remaining;
const named = (findings: readonly Finding[]): string[] =>
  findings.filter(isProblem).map(({ code, subject, what }) => `${subject} ${code}: ${what}`);

test('at the start there are no problems', async () => {
  expect(named(await found())).toEqual([]);
});

/** The finding of this code. Checks that no finding contains a secret. */
async function foundBy(code: FindingCode): Promise<Finding> {
  const all = await found();
  expect(JSON.stringify(all)).not.toMatch(/ntn_|secret_of|emulator-secret|1\/\/0/);
  const finding = all.find((candidate) => candidate.code === code);
  if (!finding) return expect.fail(`not found; found: ${all.map((other) => other.code).join(', ')}`);
  for (const said of [finding.what, finding.why, finding.subject]) expect(said).not.toBe('');
  return finding;
}

test.each(FINDING_CODES)('%s occurs, and the suggested fix resolves it', async (code) => {
  const story = stories[code];
  await story.provoke(deployment);
  if ('undo' in story) {
    const finding = await foundBy(code).finally(() => story.undo(deployment));
    expect(finding).toMatchObject({ severity: 'info', fix: 'nothing to do' });
    return;
  }
  try {
    const finding = await foundBy(code);
    expect(finding.fix).toMatch(story.expectedFix);
    await story.fix(deployment, finding);
    const after = await found();
    expect(named(after)).toEqual([]);
    expect(after.map((other) => other.code)).not.toContain(code);
    await story.check?.(deployment);
  } finally {
    await story.cleanUp?.(deployment);
  }
});

test.each<[string, (schedule: ScheduleUpdateOptions) => ScheduleUpdateOptions, RegExp]>([
  [
    'interval',
    (was) => ({ ...was, spec: { intervals: [{ every: '1 hour' }] } }),
    /does not run every 10 minutes, as LOCKSTEP_EVERY says; it has another jitter$/,
  ],
  ['workflow', (was) => ({ ...was, action: { ...was.action, workflowType: 'other' } }), /it starts other$/],
  ['overlap', (was) => ({ ...was, policies: { ...was.policies, overlap: 'ALLOW_ALL' } }), /not skipped \(ALLOW_ALL\)$/],
  [
    'catch-up',
    (was) => ({ ...was, policies: { ...was.policies, catchupWindow: '1 hour' } }),
    /within 60 minutes, not 10$/,
  ],
  [
    'failures',
    (was) => ({ ...was, policies: { ...was.policies, pauseOnFailure: true } }),
    /pauses when a cycle fails$/,
  ],
])('a schedule with another %s is reported with the difference', async (_, change, what) => {
  const { client, env } = deployment.temporal;
  await client.schedule.getHandle(scheduleId(env.TEMPORAL_TASK_QUEUE)).update(change);
  expect((await found()).find(({ code }) => code === 'schedule_differs')?.what).toMatch(what);
  await ensureSchedule(client, { taskQueue: env.TEMPORAL_TASK_QUEUE });
});

test.each<[string, (chore: ScheduleHandle) => Promise<unknown>, RegExp, RegExp]>([
  ['paused alone', (chore) => chore.pause(), /^the schedules of these chores are paused.*: retention$/, /resume$/],
  [
    'of another deployment',
    (chore) => chore.update((schedule) => ({ ...schedule, action: { ...schedule.action, taskQueue: 'elsewhere' } })),
    /^the schedules of these chores belong to another deployment: retention$/,
    /--take-over$/,
  ],
])('the schedule of a chore, %s', async (_, change, what, fix) => {
  const chore = choreOf(deployment, 'retention');
  await change(chore);
  expect((await found()).find(({ code }) => code === 'chore_schedule')).toMatchObject({
    what: expect.stringMatching(what),
    fix: expect.stringMatching(fix),
  });
  await chore.unpause();
  await ensureChores(deployment.temporal.client, readConfig(deployment.env), { takeOver: true });
});

test('the schedule of a chore that is not configured any more', async () => {
  const ensure = () => ensureChores(deployment.temporal.client, readConfig(deployment.env));
  deployment.env.LOCKSTEP_ARCHIVE_AFTER_DAYS = '30';
  await ensure();
  deployment.env.LOCKSTEP_ARCHIVE_AFTER_DAYS = '0';
  expect(named(await found())).toEqual([expect.stringMatching(/chore_schedule: .*life-cycle$/)]);
  await ensure();
});

test('at the end there are no problems', async () => {
  expect(named(await found())).toEqual([]);
});
