import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { describeSchedule, ensureSchedule } from '../../src/schedules.ts';
import { type CliResult, emptyFolder, runCli } from '../support/cli.ts';
import { differences, everything } from '../support/compare.ts';
import { definedIn, type Stack, signedIn, startStack } from '../support/stack.ts';

describe('lockstep plan and apply', () => {
  let stack: Stack;
  let folder: ReturnType<typeof emptyFolder>;
  let pages: { mine: string; theirs: string };
  /** The suffix of this test's games. */
  let n = 0;

  beforeAll(async () => {
    folder = emptyFolder();
    stack = await startStack();
    stack.startWorker();
  });
  afterAll(async () => {
    await stack.stop();
    folder.remove();
  });

  const lockstep = (...args: string[]): Promise<CliResult> => {
    const env = Object.entries(stack.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
    return runCli(args, folder.path, Object.fromEntries(env));
  };
  const file = () => join(folder.path, 'plan.json');

  /** Two synced games; then one is edited on each side, and one created on each side. */
  beforeEach(async () => {
    rmSync(file(), { force: true });
    n += 1;
    const { workspace } = stack.notion;
    pages = {
      mine: workspace.createPage('Games Backlog', { Name: `Mine ${n}`, Status: 'Backlog' }),
      theirs: workspace.createPage('Games Backlog', { Name: `Theirs ${n}`, Status: 'Backlog' }),
    };
    await stack.cycle();
    await stack.sql("UPDATE games SET status = 'Playing' WHERE name = $1", [`Mine ${n}`]);
    workspace.editPage(pages.theirs, { Platform: 'PC' });
    await stack.sql("INSERT INTO games (name, platform) VALUES ($1, 'Switch')", [`From a bot ${n}`]);
    workspace.createPage('Games Backlog', { Name: `From Notion ${n}` });
  });

  const titlesInNotion = () =>
    stack.notion.workspace
      .pages('Games Backlog')
      .filter(({ trashed }) => !trashed)
      .flatMap(({ title }) => (title.endsWith(` ${n}`) ? [title.slice(0, -2)] : []))
      .sort();

  test('lists record by record and field by field what a cycle would write, and writes nothing', async () => {
    const before = await everything(stack);
    const { code, stdout, stderr } = await lockstep('plan', '--entity', 'games');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`~ games "Theirs ${n}" in SQL\n    platform: – → PC\n`);
    expect(stdout).toContain(`+ games "From Notion ${n}" in SQL\n    name: From Notion ${n}\n`);
    expect(stdout).toContain(`~ games "Mine ${n}" in Notion\n    status: Backlog → Playing\n`);
    expect(stdout).toMatch(/\+ games "From a bot \d" in Notion\n(.*\n)* {4}platform: Switch\n/);
    expect(stdout).toMatch(/\n4 changes: 2 in SQL, 2 in Notion\. Nothing was written\.\n$/);
    expect(await everything(stack)).toEqual(before);
  });

  test('a saved plan is applied, and then no change is left', async () => {
    await lockstep('plan', '--entity', 'games', '--out', file());
    const applied = await lockstep('apply', file());
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(applied.stdout).toMatch(/^games: 4 of 4 changes applied\nUndo all of it with: lockstep undo apply-/);
    expect(await differences(stack)).toEqual([]);
    expect(titlesInNotion()).toEqual(['From Notion', 'From a bot', 'Mine', 'Theirs']);
    const again = await lockstep('apply', file());
    expect(again.stdout).toMatch(/^games: 0 of 4 changes applied\n/);
    expect((await lockstep('plan', '--entity', 'games')).stdout).toBe('No changes.\n');
    expect(titlesInNotion()).toHaveLength(4);
  });

  test('skips records that changed since, and records that were created since', async () => {
    await lockstep('plan', '--entity', 'games', '--out', file());
    stack.notion.workspace.editPage(pages.theirs, { Platform: 'PS5' });
    await stack.sql('INSERT INTO games (name) VALUES ($1)', [`Too late ${n}`]);
    const { stdout } = await lockstep('apply', file());
    expect(stdout).toMatch(/^games: 3 of 4 changes applied/);
    expect(stdout).toMatch(/Skipped, because it changed since: "Theirs \d" in SQL/);
    const [theirs] = await stack.sql('SELECT platform FROM games WHERE name = $1', [`Theirs ${n}`]);
    expect(theirs).toEqual({ platform: null });
    expect(titlesInNotion()).toEqual(['From Notion', 'From a bot', 'Mine', 'Theirs']);
    await stack.cycle();
    expect(await differences(stack)).toEqual([]);
    expect(titlesInNotion()).toContain('Too late');
  });

  test('can be undone like a cycle', async () => {
    await lockstep('plan', '--entity', 'games', '--out', file());
    const { stdout } = await lockstep('apply', file());
    await lockstep('undo', /undo (\S+)/.exec(stdout)?.[1] ?? '', '--yes');
    await stack.cycle();
    const rows = await stack.sql(
      "SELECT left(name, -2) AS name, status, platform, archived_at IS NULL AS live FROM games WHERE name LIKE '% ' || $1 ORDER BY name",
      [String(n)],
    );
    expect(rows).toMatchObject([
      // The plan only read its page, which is the owner's.
      { name: 'From Notion', live: true },
      { name: 'From a bot', live: false },
      { name: 'Mine', status: 'Backlog', live: true },
      { name: 'Theirs', platform: null, live: true },
    ]);
  });

  test('a file that is not a plan is reported in one line', async () => {
    writeFileSync(file(), '{"changes": 1}');
    expect(await lockstep('apply', file())).toMatchObject({
      code: 1,
      stderr: `lockstep: ${file()} is not a plan: create one with lockstep plan --out ${file()}\n`,
    });
    expect((await lockstep('apply', join(folder.path, 'nowhere'))).stderr).toMatch(/^lockstep: \S+ cannot be read: /);
    expect((await lockstep('plan', '--entity', 'calendar_events')).stderr).toMatch(/^lockstep: /);
    await lockstep('plan', '--entity', 'games', '--out', file());
    expect(readFileSync(file(), 'utf8')).not.toMatch(/token|secret/i);
  });
});

describe('a plan while hints run', () => {
  let stack: Stack;
  let folder: ReturnType<typeof emptyFolder>;
  beforeAll(async () => {
    folder = emptyFolder();
    stack = await startStack();
    stack.env.LOCKSTEP_HINTS = 'on';
    stack.startWorker();
    // Once a day: a cycle starts only where a command starts it.
    await ensureSchedule(stack.client, { taskQueue: stack.taskQueue, everyMs: 86_400_000 });
    stack.notion.workspace.createPage('Games Backlog', { Name: 'Held', Status: 'Backlog' });
    await stack.cycle();
  });
  afterAll(async () => {
    await stack.stop();
    folder.remove();
  });

  test('holds edits back until it is applied, which resumes everything', async () => {
    const file = join(folder.path, 'plan.json');
    const lockstep = (...args: string[]) => runCli(args, folder.path, definedIn(stack.env));
    const hold = () => lockstep('plan', '--entity', 'games', '--hold', '1h', '--out', file);
    const isPaused = async () => (await describeSchedule(stack.client, stack.taskQueue)).state.paused;
    expect(await hold()).toMatchObject({ code: 0, stderr: expect.stringContaining('are paused for the plan') });
    await stack.sql("UPDATE games SET status = 'Completed' WHERE name = 'Held'");
    expect((await hold()).stdout).toContain('status: Backlog → Completed');
    expect(await isPaused()).toBe(true);
    await stack.sql("UPDATE games SET platform = 'PC' WHERE name = 'Held'");
    const applied = await lockstep('apply', file);
    expect(applied).toMatchObject({ code: 0, stderr: expect.stringContaining('are resumed') });
    expect(await isPaused()).toBe(false);
    // The cycle that a resume starts sends what was edited after the plan.
    await expect.poll(() => differences(stack)).toEqual([]);
  });
});

describe('a plan of the calendars', () => {
  let stack: Stack;
  let folder: ReturnType<typeof emptyFolder>;
  const PERSONAL = 'me@example.com';

  beforeAll(async () => {
    folder = emptyFolder();
    stack = await startStack();
    Object.assign(stack.env, signedIn(stack));
    stack.startWorker();
    stack.google.handle.createEvent(PERSONAL, {
      summary: 'Old',
      start: { date: '2027-03-01' },
      end: { date: '2027-03-02' },
    });
    await stack.cycle();
    await stack.sql("UPDATE calendar_events SET location = 'At home' WHERE summary = 'Old'");
    await stack.sql(
      "INSERT INTO calendar_events (summary, start_time, end_time) VALUES ('From a bot', '2027-03-05T10:00Z', '2027-03-05T11:00Z')",
    );
    stack.google.handle.createEvent('work@example.com', {
      summary: 'Meeting',
      start: { dateTime: '2027-03-04T10:00:00Z' },
      end: { dateTime: '2027-03-04T11:00:00Z' },
    });
  });
  afterAll(async () => {
    await stack.stop();
    folder.remove();
  });

  const lockstep = (...args: string[]): Promise<CliResult> => {
    const env = Object.entries(stack.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
    return runCli(args, folder.path, Object.fromEntries(env));
  };
  const events = (calendar: string) =>
    stack.google.handle.events(calendar).map(({ summary, location }) => [summary, location]);

  test('equals a dry run of sync, and is applied as planned', async () => {
    const file = join(folder.path, 'plan.json');
    const planned = await lockstep('plan', '--entity', 'calendar_events', '--out', file);
    expect(planned.code).toBe(0);
    expect(planned.stdout).toContain('~ calendar_personal "Old" in Google\n    location: – → At home\n');
    expect(planned.stdout).toContain('+ calendar_personal "From a bot" in Google\n');
    expect(planned.stdout).toContain('+ calendar_work_readonly "Meeting" in SQL\n');
    expect(planned.stdout).toContain('3 changes: 1 in SQL, 0 in Notion, 2 in Google. Nothing was written.');
    const dry = await lockstep('sync', '--dry-run');
    expect(dry.stdout).toContain(planned.stdout);
    expect(events(PERSONAL)).toEqual([['Old', undefined]]);

    expect((await lockstep('apply', file)).stdout).toMatch(
      /calendar_personal: 2 of 2 changes applied.*\ncalendar_work_readonly: 1 of 1 changes applied/,
    );
    expect(events(PERSONAL)).toEqual([
      ['Old', 'At home'],
      ['From a bot', undefined],
    ]);
    expect((await lockstep('plan')).stdout).toBe('No changes.\n');
  });
});
