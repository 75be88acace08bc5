import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { recordRun } from '../../../src/database/run-history.ts';
import { emptyFolder, runCli, startCli } from '../../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { temporalEnv } from '../../support/temporal.ts';

const folder = emptyFolder();
let database: TestDatabase;
let connection: DatabasePool;
let env: Record<string, string>;

const run = {
  cycleId: 'first',
  syncName: 'tasks-notion-to-sql',
  entity: 'tasks',
  direction: 'inbound',
  status: 'ok',
  startedAt: new Date(Date.now() - 4_000),
  processed: 7,
  created: 3,
  updated: 0,
  archived: 0,
  conflicts: 1,
  requests: 2,
  errors: [],
} as const;

beforeAll(async () => {
  database = await freshDatabase();
  connection = openDatabase(database.url, 1);
  env = { DATABASE_URL: database.url, ...temporalEnv() };
});
afterAll(async () => {
  await connection.close();
  await database.drop();
  folder.remove();
});

const lockstep = (...args: string[]) => runCli(args, folder.path, env);

describe('lockstep status and history', () => {
  it('report that no sync has run', async () => {
    expect((await lockstep('status')).stdout).toContain('No sync has run yet.');
    expect(await lockstep('history', '--json')).toMatchObject({ code: 0, stdout: '[]\n' });
    expect(await lockstep('history')).toMatchObject({ code: 0, stdout: 'No sync has run yet.\n' });
  });

  it('show the status of each entity, reasons, and pending edits', async () => {
    await recordRun(connection, run);
    await connection.execute(sql`UPDATE sync_run_history SET finished_at = now() - interval '2 hours'`);
    const errors = [{ code: 'property_missing', message: 'tasks has no Status', record: null }];
    await recordRun(connection, { ...run, cycleId: 'second', status: 'failed', created: 0, errors });
    await recordRun(connection, { ...run, cycleId: 'second', syncName: 'tasks-sql-to-notion', direction: 'outbound' });
    await connection.execute(sql`INSERT INTO tasks (title) VALUES ('one'), ('two')`);
    await connection.execute(
      sql`INSERT INTO request_budget (api, sent_at) VALUES ('notion', ARRAY[now() - interval '61 seconds', now(), now()])`,
    );

    const shown = await lockstep('status');
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('Pending: 2 edits; 0 open conflicts');
    expect(shown.stdout).toContain('Budget: 2 of 180 requests to Notion in the last minute');
    expect(shown.stdout).toMatch(/^tasks +failed, last success 2 h ago +ok, \d+ s ago +2 edits$/m);
    expect(shown.stdout).toMatch(/^tags +never run +never run$/m);
    expect(shown.stdout).toMatch(/^✗ +tasks-notion-to-sql +failed, \d+ s ago: tasks has no Status$/m);
    const [longest = 0] = shown.stdout
      .split('\n')
      .slice(3)
      .map((line) => line.length)
      .toSorted((a, b) => b - a);
    expect(longest).toBeLessThanOrEqual(80);

    const status = JSON.parse((await lockstep('status', '--json')).stdout);
    expect(status.waiting.outbox).toBe(2);
    expect(status.budget).toEqual({ lastMinute: 2, perMinute: 180, pausedUntil: null });
    expect(status.syncs).toMatchObject([
      { sync_name: 'tasks-notion-to-sql', status: 'failed', verdict: 'failed', message: 'tasks has no Status' },
      { sync_name: 'tasks-sql-to-notion', status: 'ok', verdict: 'ok', message: null },
    ]);
    expect(Date.parse(status.syncs[0].fresh_at)).toBeLessThan(Date.now() - 3_600_000);
    expect(status.entities.find(({ entity }: { entity: string }) => entity === 'tasks')).toMatchObject({
      verdict: 'failed',
      outbound: { verdict: 'ok' },
      waiting: { edits: 2 },
    });
  });

  it('show all runs, or those of one entity', async () => {
    const history = await lockstep('history', '--limit', '2', '--json');
    expect(JSON.parse(history.stdout)).toMatchObject([
      { cycle_id: 'second', sync_name: 'tasks-sql-to-notion' },
      {
        cycle_id: 'second',
        sync_name: 'tasks-notion-to-sql',
        status: 'failed',
        errors: [{ code: 'property_missing' }],
      },
    ]);
    const { stdout } = await lockstep('history');
    expect(stdout).toMatch(/^\d\d-\d\d \d\d:\d\d +tasks-notion-to-sql +failed +\d+\.\d s +tasks has no Status$/m);
    expect(stdout).toMatch(
      /^\d\d-\d\d \d\d:\d\d +tasks-sql-to-notion +ok +\d+\.\d s +3 created, 1 conflict, 2 requests$/m,
    );
    expect(await lockstep('history', '--entity', 'games')).toMatchObject({ stdout: 'No sync has run yet.\n' });
    expect(JSON.parse((await lockstep('history', '--entity', 'tasks', '--json')).stdout)).toHaveLength(3);
  });

  it('show an entity with a failed record as partial and fresh', async () => {
    const record = '11111111-1111-4111-8111-111111111111';
    const errors = [
      { code: 'refused', message: 'Notion does not take it', record },
      { code: 'refused', message: 'nor this', record: record.replaceAll('1', '2') },
    ];
    await recordRun(connection, { ...run, syncName: 'tags-notion-to-sql', entity: 'tags', status: 'partial', errors });
    const { stdout } = await lockstep('status');
    expect(stdout).toMatch(/^tags +partial, last success \d+ s ago +never run$/m);
    expect(stdout).toMatch(/^! +tags-notion-to-sql +partial, \d+ s ago: Notion does not take it \(and 1 more\)$/m);
  });

  it('do not count a sync of single pages as fresh', async () => {
    const hint = {
      ...run,
      cycleId: 'lockstep-hint-x-goals/run/1/pages',
      syncName: 'goals-notion-to-sql',
      entity: 'goals',
    };
    await recordRun(connection, hint);
    expect((await lockstep('status')).stdout).toMatch(/^goals +never run +never run$/m);
  });

  it('say for which lock of PostgreSQL a statement of Lockstep waits', async () => {
    const holder = new pg.Client({ connectionString: database.url, application_name: 'a forgotten psql' });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE goals IN ACCESS EXCLUSIVE MODE');
    const waiting = connection.query('SELECT FROM goals');
    const holds =
      /^Waiting for a lock in PostgreSQL for \d+ s: session \d+ \(a forgotten psql, idle in transaction\) holds it$/m;
    await expect.poll(async () => (await lockstep('status')).stdout).toMatch(holds);
    const { lockWaits } = JSON.parse((await lockstep('status', '--json')).stdout);
    expect(lockWaits).toMatchObject([{ application: 'a forgotten psql', state: 'idle in transaction' }]);
    await holder.end();
    await waiting;
    expect((await lockstep('status')).stdout).not.toContain('Waiting for a lock');
  });

  it('show the rest while Temporal does not answer, and exit 75', async () => {
    const result = await runCli(['status'], folder.path, { ...env, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(result.code).toBe(75);
    expect(result.stdout).toMatch(/Schedule: Temporal does not answer at 127\.0\.0\.1:1/);
    expect(result.stdout).toContain('tasks-notion-to-sql');
  });

  it.each([
    { args: ['status', '--watch'], twice: /Schedule:[\s\S]*Schedule:/ },
    { args: ['history', '--watch', '--json'], twice: /^\[.*\]\n\[.*\]\n$/m },
  ])('refresh with --watch until a signal: $args', async ({ args, twice }) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const watching = startCli(args, folder.path, env);
      await watching.waitForOutput(twice);
      watching.process.kill(signal);
      expect(await watching.ended).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('reject an invalid limit', async () => {
    expect(await lockstep('history', '--limit', 'few')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('whole number'),
    });
  });
});
