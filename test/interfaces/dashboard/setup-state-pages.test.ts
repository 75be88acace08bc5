import { describe, expect, test } from 'vitest';
import { doctorPage } from '../../../src/interfaces/dashboard/pages/doctor.ts';
import { logPage } from '../../../src/interfaces/dashboard/pages/logs.ts';
import { schedulePage } from '../../../src/interfaces/dashboard/pages/schedule.ts';
import { settingsPage } from '../../../src/interfaces/dashboard/pages/settings.ts';
import type { ChoreReport, ScheduleReport, Setting } from '../../../src/interfaces/dashboard/setup.ts';
import { temporalLinks } from '../../../src/interfaces/dashboard/temporal-links.ts';
import type { DoctorCheck, FoundFinding } from '../../../src/operations/doctor/background-doctor.ts';
import { type Finding, info } from '../../../src/operations/doctor/finding.ts';
import { expectHarmless, HOSTILE, textOf } from './hostile.ts';
import { minutesAgo, NOW, view } from './support.ts';

const findingOf = (different: Partial<Finding> = {}): Finding => ({
  ...{ code: 'trigger_missing', severity: 'problem', subject: 'tasks/note_edit', fix: 'lockstep doctor --fix' },
  ...{ what: 'the trigger note_edit is missing', why: 'edits in tasks are not recorded' },
  ...different,
});

const foundOf = (different: Partial<FoundFinding> = {}): FoundFinding => ({
  ...{ finding: findingOf(), id: 'f00', isFixable: true },
  ...different,
});

const checkOf = (different: Partial<DoctorCheck> = {}): DoctorCheck => ({
  ...{ at: minutesAgo(3), durationMs: 2_100, fixed: null, result: [] },
  ...different,
});

const doctor = (last: DoctorCheck | null, runningSince: Date | null = null): string =>
  doctorPage({ runningSince, last }, view).text;

describe('the page of the doctor', () => {
  test('has a button, and says that nothing was checked', () => {
    const page = doctor(null);
    expect(page).toContain('action="/setup/doctor"');
    expect(textOf(page)).toContain('Not checked yet');
  });

  test('shows problems before notes, each with its reason, its fix and the button', () => {
    const note = info({ code: 'token', subject: 'notion', what: 'Notion accepts the token' });
    const result = [foundOf({ finding: note, id: 'f01', isFixable: false }), foundOf()];
    const page = doctor(checkOf({ result }));
    const text = textOf(page);
    expect(text).toContain('Checked 3 min ago, in 2.1 s: 1 problem, 1 note.');
    expect(text).toMatch(/Problems tasks\/note_edit the trigger.* Reason edits in tasks.* Fix lockstep .*Notes notion/);
    expect(page).toContain('action="/setup/doctor/fix"');
    expect(page).toContain('name="finding" value="f00"');
    expect(page).toContain('aria-label="Fix tasks/note_edit: the trigger note_edit is missing"');
    expect(page).not.toContain('value="f01"');
    expect(textOf(doctor(checkOf()))).toContain('no problems.');
  });

  test('leads to the page where a finding is decided', () => {
    const finding = findingOf({ code: 'conflicts_open', subject: 'tasks' });
    const page = doctor(checkOf({ result: [foundOf({ finding, isFixable: false })] }));
    expect(page).toContain('<a href="/conflicts">Open conflicts</a>');
    expect(page).not.toContain('action="/setup/doctor/fix"');
  });

  test('says what was fixed, why a fix failed, and why there is no result', () => {
    const fixed = { finding: findingOf(), outcome: 'recreated it', ok: true };
    expect(textOf(doctor(checkOf({ fixed })))).toContain('Fixed tasks/note_edit: recreated it');
    const failed = { ...fixed, outcome: 'permission denied', ok: false };
    expect(textOf(doctor(checkOf({ fixed: failed })))).toContain('Not fixed: tasks/note_edit: permission denied');
    expect(textOf(doctor(checkOf({ result: 'it did not end' })))).toContain('no result. it did not end');
  });

  test('has no buttons while a check is running', () => {
    const page = doctor(checkOf({ result: [foundOf()] }), minutesAgo(1));
    expect(textOf(page)).toContain('A check has been running since 1 min ago');
    expect(page).not.toContain('action="/setup/doctor');
  });

  test('escapes hostile content', () => {
    const finding = findingOf({ subject: HOSTILE, what: HOSTILE, why: HOSTILE, fix: HOSTILE });
    const fixed = { finding, outcome: HOSTILE, ok: true };
    expectHarmless(doctor(checkOf({ fixed, result: [foundOf({ finding, id: HOSTILE })] })));
    expectHarmless(doctor(checkOf({ result: HOSTILE })));
  });
});

const choreOf = (different: Partial<ChoreReport> = {}): ChoreReport => ({
  ...{ name: 'retention', state: 'scheduled', next: new Date(NOW.getTime() + 600_000), last: null },
  ...different,
});

const reportOf = (different: Partial<ScheduleReport> = {}): ScheduleReport => ({
  ...{ line: 'every ten minutes, next in 4 min', everyMs: 600_000, isPaused: false },
  ...{ next: new Date(NOW.getTime() + 240_000), chores: [choreOf()] },
  ...different,
});

const schedule = (report: ScheduleReport | string, started: string | null = null): string =>
  schedulePage({ report, started }, { ...view, temporal: temporalLinks('http://127.0.0.1:8233', 'default') }).text;

describe('the page of the schedule', () => {
  test('shows when cycles and chores run next, and how a chore ended', () => {
    const last = { workflowId: 'w-1', startedAt: minutesAgo(9), status: 'failed', message: 'no disk space' } as const;
    const page = schedule(
      reportOf({ chores: [choreOf({ last }), choreOf({ name: 'alerts', state: 'off', next: null })] }),
    );
    const text = textOf(page);
    expect(text).toContain('Interval 10 min Next cycle in 4 min');
    expect(text).toContain('retention scheduled in 10 min 9 min ago ✗ failed no disk space Run now');
    expect(text).toContain('alerts off: not configured – – – – Run now');
    expect(page).toContain('name="chore" value="retention"');
    expect(page).toContain('aria-label="Run now alerts"');
    expect(decodeURIComponent(page)).toContain('WorkflowId="w-1"');
  });

  test('a chore that runs is not started again, and a started one is named', () => {
    const last = { workflowId: 'w-1', startedAt: minutesAgo(1), status: 'running', message: '' } as const;
    const page = schedule(reportOf({ chores: [choreOf({ last })] }), 'retention');
    expect(page).not.toContain('value="retention"');
    expect(textOf(page)).toContain('Started retention.');
  });

  test('says that the schedule is paused, missing or not known', () => {
    expect(textOf(schedule(reportOf({ isPaused: true, next: null })))).toContain('Next cycle paused');
    const missing = textOf(schedule(reportOf({ everyMs: null, next: null, line: 'there is no schedule yet' })));
    expect(missing).toContain('Schedule there is no schedule yet The doctor creates the schedule.');
    expect(textOf(schedule('Temporal does not respond'))).toContain('Temporal does not respond');
  });

  test('escapes hostile content', () => {
    const last = { workflowId: HOSTILE, startedAt: NOW, status: 'ok', message: HOSTILE } as const;
    expectHarmless(schedule(reportOf({ line: HOSTILE, chores: [choreOf({ name: HOSTILE, last })] }), HOSTILE));
    expectHarmless(schedule(HOSTILE));
  });
});

describe('the page of the settings', () => {
  const shown = (setting: Partial<Setting>): string =>
    settingsPage(
      [{ section: 'Sync', settings: [{ env: 'LOCKSTEP_X', description: '', value: null, origin: null, ...setting }] }],
      view,
    ).text;

  test('shows the value, where it is from, and what it means', () => {
    expect(textOf(shown({ value: '10m', origin: '.env', description: 'An interval' }))).toContain(
      'LOCKSTEP_X 10m .env An interval',
    );
    expect(textOf(shown({}))).toContain('LOCKSTEP_X not set –');
  });

  test('shows code and links, but no link within the documentation', () => {
    const description = 'Runs `lockstep up`, see [TMDB](https://www.themoviedb.org/) and [a label](#labels).';
    const page = shown({ description });
    expect(page).toContain(
      'Runs <code>lockstep up</code>, see <a href="https://www.themoviedb.org/">TMDB</a> and a label.',
    );
  });

  test('escapes hostile content', () => {
    expectHarmless(shown({ env: HOSTILE, value: HOSTILE, origin: HOSTILE, description: HOSTILE }));
    expectHarmless(shown({ description: `\`${HOSTILE}\` [${HOSTILE}](https://${HOSTILE.replaceAll(' ', '')})` }));
  });
});

describe('the page of the logs', () => {
  const shown = (lines: readonly string[] | string): string =>
    logPage({ names: ['worker', 'temporal'], name: 'worker', limit: 100, limits: [100, 500], lines }, view).text;

  test('shows the lines in their order, and a choice of logs', () => {
    const page = shown(['first', 'second']);
    expect(page).toContain('first\nsecond\n</pre>');
    expect(page).toContain('<option value="worker" selected>');
    expect(textOf(shown('there is no worker.log'))).toContain('there is no worker.log');
  });

  test('escapes hostile content', () => {
    expectHarmless(shown([HOSTILE]));
    expectHarmless(shown(HOSTILE));
  });
});
