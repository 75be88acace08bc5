import type { ScheduleUpdateOptions } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { FINDING_CODES, type Finding, type FindingCode, isProblem } from '../../../src/operations/doctor/finding.ts';
import { ensureSchedule, SCHEDULE_ID } from '../../../src/schedules.ts';
import { ofGoogle } from './stories-google.ts';
import { ofNotion } from './stories-notion.ts';
import { ofThePast } from './stories-past.ts';
import { ofPostgresql } from './stories-postgresql.ts';
import { ofTemporal } from './stories-temporal.ts';
import { type Stories, startWorld, type World } from './world.ts';

/** A code without a story does not compile. */
const stories: Stories<FindingCode> = {
  ...ofPostgresql,
  ...ofTemporal,
  ...ofNotion,
  ...ofGoogle,
  ...ofThePast,
};

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
beforeEach(() => world.restore());

const found = async (): Promise<readonly Finding[]> => (await world.examine()).remaining;
const named = (findings: readonly Finding[]): string[] =>
  findings.filter(isProblem).map(({ code, subject, what }) => `${subject} ${code}: ${what}`);

test('in the beginning all is well', async () => {
  expect(named(await found())).toEqual([]);
});

/** The finding, which tells no secret. */
async function foundBy(code: FindingCode): Promise<Finding> {
  const all = await found();
  expect(JSON.stringify(all)).not.toMatch(/ntn_|secret_of|emulator-secret|1\/\/0/);
  const finding = all.find((candidate) => candidate.code === code);
  if (!finding) return expect.fail(`it was not found, but: ${all.map((other) => other.code).join(', ')}`);
  for (const said of [finding.what, finding.why, finding.subject]) expect(said).not.toBe('');
  return finding;
}

test.each(FINDING_CODES)('%s is provoked, and mended by what it names', async (code) => {
  const story = stories[code];
  await story.provoke(world);
  if ('undo' in story) {
    const finding = await foundBy(code).finally(() => story.undo(world));
    expect(finding).toMatchObject({ severity: 'info', mend: 'nothing to do' });
    return;
  }
  try {
    const finding = await foundBy(code);
    expect(finding.mend).toMatch(story.names);
    await story.mend(world, finding);
    const after = await found();
    expect(named(after)).toEqual([]);
    expect(after.map((other) => other.code)).not.toContain(code);
    await story.check?.(world);
  } finally {
    await story.cleanUp?.(world);
  }
});

test.each<[string, (schedule: ScheduleUpdateOptions) => ScheduleUpdateOptions, RegExp]>([
  ['interval', (was) => ({ ...was, spec: { intervals: [{ every: '1 hour' }] } }), /does not run every ten minutes$/],
  ['queue', (was) => ({ ...was, action: { ...was.action, taskQueue: 'q' } }), /on task queue q, not doctors$/],
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
])('a schedule whose %s is another is told by that', async (_, change, what) => {
  const { client, env } = world.temporal;
  await client.schedule.getHandle(SCHEDULE_ID).update(change);
  expect((await found()).find(({ code }) => code === 'schedule_differs')?.what).toMatch(what);
  await ensureSchedule(client, env.TEMPORAL_TASK_QUEUE);
});

test('in the end all is well', async () => {
  expect(named(await found())).toEqual([]);
});
