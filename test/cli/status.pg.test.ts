import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { recordRun } from '../../src/database/run-history.ts';
import { emptyFolder, runCli } from '../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const folder = emptyFolder();
let database: TestDatabase;
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
  env = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: inject('temporalAddress') };
});
afterAll(async () => {
  await database.drop();
  folder.remove();
});

describe('lockstep status and history', () => {
  it('say so when nothing has run yet', async () => {
    expect((await runCli(['status'], folder.path, env)).stdout).toContain('No sync has run yet.');
    expect(await runCli(['history', '--json'], folder.path, env)).toMatchObject({ code: 0, stdout: '[]\n' });
  });

  it('show the last run of each sync, and what waits', async () => {
    const connection = openDatabase(database.url, 1);
    await recordRun(connection, run);
    const errors = [{ code: 'property_missing', message: 'tasks has no Status', record: null }];
    await recordRun(connection, { ...run, cycleId: 'second', status: 'failed', created: 0, errors });
    await recordRun(connection, { ...run, cycleId: 'second', syncName: 'tasks-sql-to-notion', direction: 'outbound' });
    await connection.$executeRaw`INSERT INTO tasks (title) VALUES ('one'), ('two')`;
    await connection.$disconnect();

    const shown = await runCli(['status'], folder.path, env);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('2 edited rows');
    expect(shown.stdout).toMatch(/^tasks-notion-to-sql +failed .* tasks has no Status$/m);
    expect(shown.stdout).toMatch(/^tasks-sql-to-notion +ok /m);

    const { stdout } = await runCli(['status', '--json'], folder.path, env);
    const status = JSON.parse(stdout);
    expect(status.waiting.outbox).toBe(2);
    expect(status.syncs.map((sync: { sync_name: string; status: string }) => [sync.sync_name, sync.status])).toEqual([
      ['tasks-notion-to-sql', 'failed'],
      ['tasks-sql-to-notion', 'ok'],
    ]);

    const history = await runCli(['history', '--limit', '2', '--json'], folder.path, env);
    expect(JSON.parse(history.stdout)).toMatchObject([
      { cycle_id: 'second', sync_name: 'tasks-sql-to-notion' },
      {
        cycle_id: 'second',
        sync_name: 'tasks-notion-to-sql',
        status: 'failed',
        errors: [{ code: 'property_missing' }],
      },
    ]);
  });

  it('show what PostgreSQL knows while Temporal is away, and exit 75', async () => {
    const result = await runCli(['status'], folder.path, { ...env, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(result.code).toBe(75);
    expect(result.stdout).toMatch(/Schedule: Temporal does not answer at 127\.0\.0\.1:1/);
    expect(result.stdout).toContain('tasks-sql-to-notion');
  });

  it('does not take a limit that is none', async () => {
    expect(await runCli(['history', '--limit', 'few'], folder.path, env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('whole number'),
    });
  });
});
