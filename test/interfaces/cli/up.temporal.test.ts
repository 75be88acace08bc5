import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../../src/config.ts';
import { commandLine } from '../../../src/embedded/child.ts';
import { listChores } from '../../../src/features/chores/timetable.ts';
import { MIN_RETENTION_MS, readRetention } from '../../../src/temporal/namespace.ts';
import { emptyFolder, type RunningCli, runCli, startCli } from '../../support/cli.ts';

// The tests start more often than the smallest plan's limit allows.
const MANY_REQUESTS = { NOTION_REQUESTS_PER_MINUTE: '600' };

// Each test starts `up` on the same folder, as a user does over some days.
let folder: ReturnType<typeof emptyFolder>;
let up: RunningCli | null = null;

beforeAll(() => {
  folder = emptyFolder();
});
afterAll(async () => {
  await stop();
  folder.remove();
});

/** Nothing runs any more, as after a test that ended `lockstep up` itself. */
async function stop(): Promise<void> {
  up?.process.kill('SIGTERM');
  await up?.ended;
  up = null;
}

/** The `lockstep up` that runs, or a new one after its first cycle: starting it takes seconds of CPU time. */
async function start(): Promise<RunningCli> {
  if (up && up.process.exitCode === null && up.process.signalCode === null) return up;
  up = startCli(['up'], folder.path, MANY_REQUESTS);
  await up.waitForOutput(/cycle \w+ in /);
  return up;
}

const announced = z.object({
  pid: z.number(),
  env: z.object({ DATABASE_URL: z.string(), TEMPORAL_ADDRESS: z.string(), GOOGLE_ROOT_URL: z.string() }),
});
const whereItIs = () =>
  announced.parse(JSON.parse(readFileSync(join(folder.path, '.lockstep', 'up.json'), 'utf8'))).env;

async function count(from: string): Promise<number> {
  const client = new pg.Client({ connectionString: whereItIs().DATABASE_URL });
  await client.connect();
  try {
    return Number((await client.query(`SELECT count(*) FROM ${from}`)).rows[0].count);
  } finally {
    await client.end();
  }
}

const countTasks = (): Promise<number> => count('tasks');

async function withTemporal<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: whereItIs().TEMPORAL_ADDRESS });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

const countSchedules = (): Promise<number> =>
  withTemporal(async (client) => {
    const schedules: string[] = [];
    for await (const { scheduleId } of client.schedule.list()) schedules.push(scheduleId);
    return schedules.length;
  });

/** The embedded servers: the processes with this folder on their command line. */
const serverPids = (): number[] =>
  ['postgres/postmaster.pid', 'temporal.pid'].flatMap((file) => {
    const path = join(folder.path, '.lockstep', file);
    const pid = existsSync(path) ? Number.parseInt(readFileSync(path, 'utf8'), 10) : 0;
    return commandLine(pid).includes(folder.path) ? [pid] : [];
  });

describe('lockstep up', () => {
  it('starts everything, runs a cycle, and leaves nothing running', async () => {
    const result = await runCli(['up', '--once'], folder.path);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/psql postgresql:\/\/lockstep@127\.0\.0\.1:\d+\/lockstep/);
    expect(result.stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+ \(Web UI/);
    expect(result.stdout).toMatch(/\(emulator, because NOTION_TOKEN is not set\)/);
    expect(result.stdout).toMatch(/^\d\d:\d\d {2}cycle ok in [\d.]+ s: .*tasks: \d+ created/m);
    expect(serverPids()).toEqual([]);
  });

  it('keeps its data and schedules, and other commands find it', async () => {
    await start();
    expect(await countTasks()).toBeGreaterThan(0);
    const chores = listChores(readConfig({})).filter(({ isConfigured }) => isConfigured);
    await expect.poll(countSchedules).toBe(1 + chores.length);
    const status = await runCli(['status'], folder.path);
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(status.stdout).toMatch(/^Schedule: every ten minutes/);
    expect(await runCli(['sync', '--entity', 'tasks'], folder.path)).toMatchObject({ code: 0, stderr: '' });
  });

  it('keeps closed workflows for a week, and the Web UI finds cycles by outcome and entity', async () => {
    await start();
    expect(await withTemporal(readRetention)).toBe(MIN_RETENTION_MS);
    const found = (query: string) => withTemporal(async (client) => (await client.workflow.count(query)).count);
    const changed = "WorkflowType = 'syncCycle' AND LockstepOutcome = 'ok' AND LockstepEntities = 'tasks'";
    await expect.poll(() => found(changed)).toBe(1);
    expect(await found("LockstepOutcome = 'failed'")).toBe(0);
  });

  it('syncs a calendar edit between two cycles', async () => {
    await start();
    const event = { summary: 'Between cycles', start: { date: '2027-03-01' }, end: { date: '2027-03-02' } };
    const answer = await fetch(`${whereItIs().GOOGLE_ROOT_URL}_emulator/createEvent`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ calendarId: 'me@example.com', event }),
    });
    expect(answer.status).toBe(200);
    await expect.poll(() => count("calendar_events WHERE summary = 'Between cycles'")).toBe(1);
  });

  it('does not run twice on one folder, and a second attempt does not stop it', async () => {
    const { process: first } = await start();
    for (const args of [['up'], ['up', '--fresh']]) {
      const second = await runCli(args, folder.path);
      expect(second.code).toBe(1);
      expect(second.stderr).toMatch(new RegExp(`^lockstep: .*already running on .* \\(process ${first.pid}\\)\n$`));
    }
    expect(await countTasks()).toBeGreaterThan(0);
  });

  it('restarts a crashed worker, and nothing else', async () => {
    const running = await start();
    const servers = serverPids();
    const [worker] = childrenOf(running.process.pid ?? 0).filter((pid) =>
      commandLine(pid).includes('lockstep.js worker'),
    );
    process.kill(worker ?? 0, 'SIGKILL');
    await running.waitForOutput(/the worker ended \(SIGKILL\) and restarts/);
    expect(await runCli(['sync', '--entity', 'tags'], folder.path)).toMatchObject({ code: 0 });
    expect(serverPids()).toEqual(servers);
  });

  it('takes over servers that a killed one left running', async () => {
    const killed = await start();
    const before = await countTasks();
    killed.process.kill('SIGKILL');
    await killed.ended;
    expect(serverPids()).toHaveLength(2);
    await start();
    expect(await countTasks()).toBe(before);
    expect(serverPids()).toHaveLength(2);
  });

  it('stops everything on Ctrl-C, and deletes everything with --fresh', async () => {
    const running = await start();
    running.process.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
    expect(serverPids()).toEqual([]);
    const { stdout } = await runCli(['up', '--fresh', '--once'], folder.path, MANY_REQUESTS);
    expect(stdout).toMatch(/^Applied 2/);
  });
});

function childrenOf(pid: number): number[] {
  return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number);
}
