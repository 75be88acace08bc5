import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { saveDataSource } from '../../../src/database/sources.ts';
import { tasks } from '../../../src/entities/tasks.ts';
import { FinalError } from '../../../src/errors.ts';
import { startDashboard } from '../../../src/interfaces/dashboard/server.ts';
import type { Setup } from '../../../src/interfaces/dashboard/setup.ts';
import { openDataSource } from '../../../src/notion/data-source.ts';
import { NotionApi } from '../../../src/notion/notion-api.ts';
import { BackgroundDoctor } from '../../../src/operations/doctor/background-doctor.ts';
import type { HttpService } from '../../../src/shared/http-service.ts';
import { requireName } from '../../../src/shared/require-named.ts';
import { TemporalUnreachableError } from '../../../src/temporal/client.ts';
import { type DoctorFixture, noTemporal, openDoctorFixture } from '../../operations/doctor/doctor-fixture.ts';
import { ask, press } from './ask.ts';
import { textOf } from './hostile.ts';
import { noSetup, quietOptions } from './quiet-options.ts';

const unlimited = { take: async () => undefined, pause: async () => undefined };

let fixture: DoctorFixture;
let open: { readonly dashboard: HttpService; readonly doctor: BackgroundDoctor }[] = [];

beforeAll(async () => {
  fixture = await openDoctorFixture();
});
afterAll(() => fixture.close());
afterEach(async () => {
  for (const { dashboard, doctor } of open) {
    await dashboard.stop();
    await doctor.stop();
  }
  open = [];
});

async function start({
  setup = {},
  api = (signal) => new NotionApi({ token: fixture.notion.token, baseUrl: fixture.notion.url }, unlimited, { signal }),
  commands = {},
}: {
  readonly setup?: Partial<Setup>;
  readonly api?: (signal: AbortSignal) => NotionApi;
  readonly commands?: Readonly<Record<string, () => Promise<string>>>;
} = {}): Promise<string> {
  const { database, notion, server } = fixture;
  const config = readConfig({
    ...{ DATABASE_URL: server.url, NOTION_TOKEN: notion.token, NOTION_BASE_URL: notion.url },
    LOCKSTEP_TIME_ZONE: 'Europe/Madrid',
  });
  const doctor = new BackgroundDoctor({
    ...{ config, database, connectTemporal: noTemporal, openApi: api, say: (line) => expect.fail(line), commands },
  });
  const dashboard = await startDashboard({ ...quietOptions, database, setup: { ...noSetup, doctor, ...setup } });
  open.push({ dashboard, doctor });
  return dashboard.url;
}

/** The page of the doctor, when no check is running. */
async function checkedPage(url: string): Promise<string> {
  const page = async (): Promise<string> => (await ask(`${url}/setup/doctor`)).body;
  await expect.poll(page).not.toContain('A check has been running');
  return page();
}

const findingIdOf = (page: string, name: string): string =>
  new RegExp(`name="finding" value="(\\w+)">\\s*<button aria-label="Fix ${name}`).exec(page)?.[1] ??
  expect.fail(`no button fixes ${name}`);

describe('the doctor on the dashboard', () => {
  test('finds a trigger that was dropped, and creates it again', async () => {
    await fixture.user.query('DROP TRIGGER note_edit ON tasks');
    const url = await start();
    expect(await press(url, '/setup/doctor')).toMatchObject({ status: 303, headers: { location: '/setup/doctor' } });
    const found = await checkedPage(url);
    expect(textOf(found)).toContain('tasks/note_edit the trigger note_edit is missing (trigger_missing)');
    const finding = findingIdOf(found, 'tasks/note_edit');
    expect((await press(url, '/setup/doctor/fix', { finding })).status).toBe(303);
    const fixed = await checkedPage(url);
    expect(textOf(fixed)).toContain('Fixed tasks/note_edit: recreated it');
    expect(fixed).not.toContain('trigger_missing');
    const { rows } = await fixture.user.query(
      "SELECT FROM pg_trigger WHERE tgname = 'note_edit' AND tgrelid = 'tasks'::regclass",
    );
    expect(rows).toHaveLength(1);
    // It is gone, so it cannot be fixed twice.
    expect((await press(url, '/setup/doctor/fix', { finding })).status).toBe(409);
  });

  test('does not fix what somebody has fixed since the check', async () => {
    const { rows } = await fixture.user.query<{ create: string }>(
      "SELECT pg_get_triggerdef(oid) AS create FROM pg_trigger WHERE tgname = 'note_edit' AND tgrelid = 'tasks'::regclass",
    );
    await fixture.user.query('DROP TRIGGER note_edit ON tasks');
    const url = await start();
    await press(url, '/setup/doctor');
    const finding = findingIdOf(await checkedPage(url), 'tasks/note_edit');
    await fixture.user.query(rows[0]?.create ?? '');
    expect((await press(url, '/setup/doctor/fix', { finding })).status).toBe(303);
    const page = await checkedPage(url);
    expect(textOf(page)).toContain(
      'Not fixed: tasks/note_edit: another check did not find this problem: nothing was changed',
    );
    expect(textOf(page)).toContain('Checked');
  });

  test('fixes Notion after the deadline of the check that found the problem', async () => {
    fixture.notion.workspace.deleteProperty('Tasks', 'Notes');
    const checks: AbortController[] = [];
    const url = await start({
      api: (signal) => {
        const check = new AbortController();
        checks.push(check);
        const { token, url: baseUrl } = fixture.notion;
        return new NotionApi({ token, baseUrl }, unlimited, { signal: AbortSignal.any([signal, check.signal]) });
      },
    });
    await press(url, '/setup/doctor');
    const finding = findingIdOf(await checkedPage(url), 'tasks/Notes');
    checks[0]?.abort(new DOMException('The operation timed out', 'TimeoutError'));
    await press(url, '/setup/doctor/fix', { finding });
    const page = textOf(await checkedPage(url));
    expect(page).toContain('Fixed tasks/Notes');
    expect(page).not.toContain('property_missing');
  });

  test('ends a fix at its deadline', async () => {
    const timeouts: AbortController[] = [];
    const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      const timeout = new AbortController();
      timeouts.push(timeout);
      return timeout.signal;
    });
    const commands: Record<string, () => Promise<string>> = {};
    const url = await start({ commands });
    const doctor = open[0]?.doctor ?? expect.fail('no doctor');
    await doctor.check();
    const found = doctor.state.last?.result ?? '';
    const { finding } = typeof found === 'string' ? expect.fail(found) : (found[0] ?? expect.fail('no finding'));
    let isFixing = false;
    commands[finding.fix] = () => {
      isFixing = true;
      return new Promise(() => undefined);
    };
    await doctor.check();
    const checks = timeouts.length;
    const fixed = press(url, '/setup/doctor/fix', { finding: findingIdOf(await checkedPage(url), finding.subject) });
    await expect.poll(() => isFixing).toBe(true);
    timeouts[checks]?.abort();
    await fixed;
    expect(textOf(await checkedPage(url))).toContain(`Not fixed: ${finding.subject}: no result within 5 minutes`);
    spy.mockRestore();
  });

  test('creates an index and a view again', async () => {
    await fixture.user.query('DROP INDEX tags_parent_id_idx; DROP VIEW active_tasks');
    const url = await start();
    await press(url, '/setup/doctor');
    for (const name of ['tags_parent_id_idx', 'active_tasks']) {
      await press(url, '/setup/doctor/fix', { finding: findingIdOf(await checkedPage(url), name) });
    }
    expect(await checkedPage(url)).not.toMatch(/index_missing|view_missing/);
  });

  test('runs one check at a time, and ends it with the dashboard', async () => {
    const asked: AbortSignal[] = [];
    let isAsked = false;
    const url = await start({
      api: (signal) => {
        asked.push(signal);
        const budget = {
          ...unlimited,
          take: async (): Promise<void> => {
            isAsked = true;
            return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          },
        };
        return new NotionApi({ token: 'x', baseUrl: fixture.notion.url }, budget, { signal });
      },
    });
    const doctor = open[0]?.doctor ?? expect.fail('no doctor');
    const ended = doctor.check();
    await expect.poll(() => isAsked).toBe(true);
    expect(doctor.check()).toBe(ended);
    expect(asked).toHaveLength(1);
    expect(textOf((await ask(`${url}/setup/doctor`)).body)).toContain('A check has been running since');
    await doctor.stop();
    await ended;
    expect(doctor.state).toMatchObject({ runningSince: null, last: { result: 'the check was ended' } });
  });

  test('offers no button for migrations, which need a backup first', async () => {
    const { rows } = await fixture.user.query(
      'DELETE FROM _prisma_migrations WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations) RETURNING *',
    );
    const url = await start();
    await press(url, '/setup/doctor');
    const page = await checkedPage(url);
    expect(textOf(page)).toContain('1 migration has not been applied');
    expect(page).not.toContain('name="finding"');
    await fixture.user.query(
      'INSERT INTO _prisma_migrations SELECT * FROM json_populate_record(NULL::_prisma_migrations, $1)',
      [JSON.stringify(rows[0])],
    );
  });

  test('offers no button for what is decided on another page, and leads there', async () => {
    await fixture.user.query(
      `INSERT INTO sync_conflicts (entity, record_id, cycle_id, winner, reason)
       VALUES ('tasks', gen_random_uuid(), 'c', 'notion', 'Notion was edited later')`,
    );
    const url = await start();
    await press(url, '/setup/doctor');
    const page = await checkedPage(url);
    expect(page).toContain('<a href="/conflicts">Open conflicts</a>');
    expect(page).not.toMatch(/aria-label="Fix (tasks:|temporal)/);
    await fixture.user.query('DELETE FROM sync_conflicts');
  });
});

describe('the other pages of the setup', () => {
  test('show the columns and types of PostgreSQL, and what the last sync has read', async () => {
    const api = new NotionApi({ token: fixture.notion.token, baseUrl: fixture.notion.url }, unlimited);
    const url = await start();
    expect(textOf((await ask(`${url}/setup`)).body)).toContain('No sync has run yet');
    await saveDataSource(fixture.database, tasks, await openDataSource(api, tasks, tasks.databaseId, null));
    await fixture.database.execute(
      `INSERT INTO sync_workspace (workspace_id, workspace_name, bot_id) VALUES ('${randomUUID()}', 'Acme & Sons', 'b')`,
    );
    const list = (await ask(`${url}/setup`)).body;
    expect(list).toContain('the Notion workspace Acme &amp; Sons.');
    expect(list).toContain(`https://www.notion.so/${tasks.databaseId.replaceAll('-', '')}`);
    const page = textOf((await ask(`${url}/setup/entities/tasks`)).body);
    expect(page).toContain('Due Date date due_date date due_time time without time zone Notion ⇄ SQL');
    expect(page).toContain('Tags relation task_tags.task_id uuid task_tags.tag_id uuid');
    expect(page).toContain('Todo Todo default of a row that is inserted in SQL');
    expect(page).not.toContain('(missing)');
    for (const entity of ['projects', 'calendar_personal', 'calendar_work_readonly']) {
      expect((await ask(`${url}/setup/entities/${entity}`)).body).not.toContain('(missing)');
    }
    expect((await ask(`${url}/setup/entities/nothing`)).status).toBe(404);
  });

  test('run a chore, and say when Temporal does not respond', async () => {
    const ran: string[] = [];
    const chores = [{ name: 'retention', state: 'scheduled', next: null, last: null }] as const;
    const url = await start({
      setup: {
        readSchedule: async () => ({
          line: 'every ten minutes',
          everyMs: 600_000,
          isPaused: false,
          next: null,
          chores,
        }),
        runChore: async (name) => void ran.push(requireName('chore', name, ['retention'])),
      },
    });
    const started = await press(url, '/setup/schedule/run', { chore: 'retention' });
    expect(started).toMatchObject({ status: 303, headers: { location: '/setup/schedule?started=retention' } });
    expect(ran).toEqual(['retention']);
    expect(textOf((await ask(url + started.headers.location)).body)).toContain('Started retention.');
    expect((await ask(`${url}/setup/schedule?started=%3Cb%3E`)).body).not.toContain('Started');
    expect((await press(url, '/setup/schedule/run', { chore: 'nothing' })).status).toBe(404);
    const deaf = await start({
      setup: {
        readSchedule: async () => {
          throw new TemporalUnreachableError('nowhere');
        },
      },
    });
    expect(await ask(`${deaf}/setup/schedule`)).toMatchObject({
      status: 200,
      body: expect.stringContaining('nowhere'),
    });
  });

  test('show as many lines of a log as asked for, within limits', async () => {
    const asked: (string | number)[][] = [];
    const readLog = (name: string, lines: number): readonly string[] => {
      asked.push([name, lines]);
      if (name === 'temporal') throw new FinalError('no_log', 'there is no temporal.log');
      return ['<b>line</b>'];
    };
    const url = await start({ setup: { logs: ['worker', 'temporal'], readLog } });
    expect((await ask(`${url}/setup/logs`)).body).toContain('&lt;b&gt;line&lt;/b&gt;');
    expect((await ask(`${url}/setup/logs?log=temporal&lines=500`)).body).toContain('there is no temporal.log');
    expect((await ask(`${url}/setup/logs?lines=100000000`)).status).toBe(200);
    expect((await ask(`${url}/setup/logs?log=../../etc/passwd`)).status).toBe(404);
    expect(asked).toEqual([
      ['worker', 100],
      ['temporal', 500],
      ['worker', 100],
    ]);
  });

  test('change nothing without the token of a form of this server', async () => {
    let runs = 0;
    const url = await start({ setup: { runChore: async () => void runs++ } });
    for (const path of ['/setup/doctor', '/setup/doctor/fix', '/setup/schedule/run']) {
      const body = new URLSearchParams({ form: 'guessed', chore: 'retention', finding: 'x' }).toString();
      const { status } = await ask(url + path, { method: 'POST', headers: { origin: url }, body });
      expect({ path, status }).toEqual({ path, status: 403 });
    }
    expect([runs, open[0]?.doctor.state]).toEqual([0, { runningSince: null, last: null }]);
  });
});
