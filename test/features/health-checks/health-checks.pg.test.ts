import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClaimWait } from '../../../src/database/claims.ts';
import { recordRun } from '../../../src/database/run-history.ts';
import { healthChecks } from '../../../src/features/health-checks/health-checks.ts';
import { type ChoreFixture, openChoreFixture } from '../chores/support.ts';

interface Fix {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly description: string;
  readonly source: string;
  readonly resolution_notes: string | null;
}

let fixture: ChoreFixture;

beforeAll(async () => {
  fixture = await openChoreFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  await fixture.sql('TRUNCATE sync_run_history, system_fixes, health_findings, tasks, games, sync_state, sync_outbox');
});

const runChore = (): Promise<string> => healthChecks(fixture.context({}));
/** Moves everything that was found so far a quarter of an hour into the past. */
const later = (): Promise<object[]> =>
  fixture.sql("UPDATE health_findings SET seen_at = seen_at - interval '15 minutes'");
const runTwice = async (): Promise<string> => {
  await runChore();
  await later();
  return runChore();
};
const fixes = (): Promise<Fix[]> => fixture.sql<Fix>('SELECT * FROM system_fixes ORDER BY title');
const run = async (
  status: 'ok' | 'failed',
  { minutesAgo = 0, code = 'no_answer', message = 'Notion did not answer', syncName = 'tasks-notion-to-sql' } = {},
): Promise<void> => {
  const cycleId = randomUUID();
  await recordRun(fixture.database, {
    ...{ cycleId, syncName, entity: syncName.startsWith('calendar') ? 'calendar_events' : 'tasks', status },
    ...{ direction: syncName.endsWith('to-sql') ? ('inbound' as const) : ('outbound' as const), startedAt: new Date() },
    ...{ processed: 0, created: 0, updated: 0, archived: 0, conflicts: 0, requests: 1 },
    errors: status === 'failed' ? [{ code, message, record: null }] : [],
  });
  await fixture.sql('UPDATE sync_run_history SET finished_at = now() - make_interval(mins => $2) WHERE cycle_id = $1', [
    cycleId,
    minutesAgo,
  ]);
};
const drift = { code: 'property_missing', message: 'tasks has no "Status"' };

describe('health checks', () => {
  it('find no problem in a new database', async () => {
    expect(await runTwice()).toBe('0 problems; fixes: 0 new, 0 reopened, 0 updated, 0 fixed');
  });

  it('open a fix when a problem is found the second time, update it while the problem lasts, and mark it fixed afterwards', async () => {
    await run('ok', { minutesAgo: 60 });
    await run('failed', { minutesAgo: 1 });
    await runChore();
    await runChore();
    expect(await fixes()).toEqual([]);

    await later();
    expect(await runChore()).toBe('1 problem; fixes: 1 new, 0 reopened, 0 updated, 0 fixed');
    const [fix, ...others] = await fixes();
    expect(others).toEqual([]);
    expect(fix).toMatchObject({
      ...{ title: 'tasks to SQL is stale', status: 'Reported', source: 'Auto-Detection', category: 'Sync' },
      ...{ priority: 'High', affected_component: 'tasks' },
    });
    expect(fix?.description).toMatch(/^Its last success was at [\d-]{10} [\d:]{5} \(UTC\)\.\nNotion did not answer$/);
    expect(await fixture.sql("SELECT 1 FROM sync_outbox WHERE entity = 'system_fixes'")).toHaveLength(1);

    expect(await runChore()).toBe('1 problem; fixes: 0 new, 0 reopened, 0 updated, 0 fixed');
    await run('failed', { message: 'Notion said *no*' });
    expect(await runChore()).toBe('1 problem; fixes: 0 new, 0 reopened, 1 updated, 0 fixed');
    expect((await fixes())[0]?.description).toContain('Notion said \\*no*');

    await run('ok');
    expect(await runChore()).toBe('0 problems; fixes: 0 new, 0 reopened, 0 updated, 1 fixed');
    expect(await fixes()).toMatchObject([
      { id: fix?.id, status: 'Fixed', resolution_notes: expect.stringContaining('Resolved') },
    ]);
    expect(await runChore()).toBe('0 problems; fixes: 0 new, 0 reopened, 0 updated, 0 fixed');
  });

  it('do not report a problem that was gone before the second run', async () => {
    await run('failed', drift);
    await runChore();
    await run('ok');
    await runChore();
    expect(await fixture.sql('SELECT * FROM health_findings')).toEqual([]);
    await run('failed', drift);
    await runChore();
    expect(await fixes()).toEqual([]);
  });

  it('reopen the same fix when the problem comes back', async () => {
    await run('failed', drift);
    await runTwice();
    await run('ok');
    await runChore();
    await run('failed', { ...drift, message: 'tasks has no "Title"' });
    expect(await runTwice()).toContain('1 reopened');
    expect(await fixes()).toMatchObject([
      { status: 'Reported', resolution_notes: null, description: expect.stringContaining('"Title"') },
    ]);
  });

  it.each([
    ["status = 'Fixed'", 'Fixed'],
    ["status = 'Won''t fix'", "Won't fix"],
    ['archived_at = now()', 'Reported'],
  ])('do not change a fix that a person resolved with %s, while the problem lasts', async (settled, status) => {
    await run('failed', drift);
    await runTwice();
    await fixture.sql(`UPDATE system_fixes SET ${settled}`);
    await run('failed', { ...drift, message: 'another' });
    expect(await runTwice()).toContain('0 new, 0 reopened, 0 updated');
    await run('ok');
    expect(await runChore()).toContain('0 fixed');
    expect(await fixes()).toMatchObject([{ status, description: expect.stringContaining('"Status"') }]);
  });

  it('create a new fix if the earlier one was archived, but not after "Won\'t fix"', async () => {
    await run('failed', drift);
    await runTwice();
    await fixture.sql('UPDATE system_fixes SET archived_at = now()');
    await run('ok');
    await runChore();
    await run('failed', drift);
    expect(await runTwice()).toContain('1 new');
    await fixture.sql("UPDATE system_fixes SET status = 'Won''t fix'");
    await run('ok');
    await runChore();
    await run('failed', drift);
    expect(await runTwice()).toContain('0 new, 0 reopened');
    expect(await fixes()).toHaveLength(2);
  });

  it('keep what a person wrote into the description', async () => {
    await run('failed', drift);
    await runTwice();
    await fixture.sql("UPDATE system_fixes SET description = 'I am on it', status = 'In Progress'");
    await run('failed', { ...drift, message: 'another' });
    expect(await runChore()).toContain('0 updated');
    await run('ok');
    expect(await runChore()).toContain('1 fixed');
    expect(await fixes()).toMatchObject([{ description: 'I am on it', status: 'Fixed' }]);
  });

  it('report a changed schema and a refused token once, but not the staleness that they cause', async () => {
    await run('ok', { minutesAgo: 100 });
    await run('failed', drift);
    await run('failed', { ...drift, syncName: 'tasks-sql-to-notion' });
    const signedOut = { code: 'google_signed_out', message: 'sign in again: lockstep auth google' };
    await run('failed', { ...signedOut, syncName: 'calendar-google-to-sql' });
    await run('failed', { ...signedOut, syncName: 'calendar-sql-to-google' });
    await runTwice();
    expect(await fixes()).toMatchObject([
      { title: 'A Google account must be signed in again', priority: 'Critical', description: signedOut.message },
      {
        title: 'The schema of tasks has changed in Notion',
        affected_component: 'tasks-notion-to-sql, tasks-sql-to-notion',
      },
    ]);
  });

  it('report rows that wait long for a page, and duplicate records', async () => {
    await fixture.sql("INSERT INTO tasks (title) VALUES ('new'), ('lost')");
    await fixture.sql(`
      WITH s AS (SELECT set_config('lockstep.sync', 'on', true)) UPDATE tasks SET updated_at = now() - interval '2 hours' FROM s WHERE title = 'lost'`);
    await fixture.sql("DELETE FROM sync_outbox WHERE record_id = (SELECT id FROM tasks WHERE title = 'lost')");
    await fixture.sql(`
      WITH g AS (INSERT INTO games (name, notion_page_id) VALUES ('Go', 'page-1'), ('Go', 'page-2') RETURNING id, notion_page_id)
      INSERT INTO sync_state (entity, record_id, page_id, base, archived, trashed, page_created_at, page_edited_at)
      SELECT 'games', id, notion_page_id, '{"name": "Go"}', false, false, now(), now() FROM g`);
    await runTwice();
    expect(await fixes()).toMatchObject([
      {
        title: 'Rows of tasks get no page',
        description: expect.stringContaining(
          '1 row with a temporary id (sql:…) for more than 45 minutes; no cycle will send 1',
        ),
      },
      { title: 'games has duplicate records', description: expect.stringContaining('"Go" exists 2 times') },
    ]);
    await fixture.sql("UPDATE games SET archived_at = now() WHERE notion_page_id = 'page-2'");
    await fixture.sql('UPDATE tasks SET archived_at = now()');
    expect(await runChore()).toContain('2 fixed');
  });

  it('create one fix when several workers run at once', async () => {
    await run('failed', drift);
    await runChore();
    await later();
    // As workers with lost claims do.
    const claims = { hold: (_: string, { signal }: ClaimWait, work: (signal: AbortSignal) => unknown) => work(signal) };
    const context = Object.assign(fixture.context({}), { claims });
    await Promise.all([healthChecks(context), healthChecks(context), healthChecks(context)]);
    expect(await fixes()).toHaveLength(1);
  });
});
