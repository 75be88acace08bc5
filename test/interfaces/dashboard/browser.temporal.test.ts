import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { type DatabasePool, openDatabase } from '../../../src/database/client.ts';
import { entityStore } from '../../../src/database/entity-store.ts';
import { people } from '../../../src/entities/people.ts';
import { ensureSchedule } from '../../../src/schedules.ts';
import { type RunningCli, startCli } from '../../support/cli.ts';
import { type Stack, startStack } from '../../support/stack.ts';
import { temporalEnv } from '../../support/temporal.ts';
import { ask, press } from './ask.ts';
import { axeFindings, chromiumPath, SIGHTS, startChromium } from './chromium.ts';
import { sampleConflict, sampleHistory } from './sample.ts';

/** The log of a worker. The terminal must not obey it, and nobody may read the token. */
const LOG = `${'{"level":"info"}\n'.repeat(120)}\x1b]0;title\x07${'long '.repeat(200)}a-token-of-the-test-and-of-nobody-else\n`;
const TOKEN = 'a-token-of-the-test-and-of-nobody-else';

const chromium = chromiumPath();
if (!chromium) console.warn('No Chromium: install it, or set CHROMIUM_PATH; the dashboard is not tested in a browser.');

// On CI, a missing Chromium is a failure.
describe.skipIf(!chromium && !process.env.CI)('the dashboard in a real Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-dashboard-'));
  const commands: RunningCli[] = [];
  let stack: Stack;
  let database: DatabasePool;
  let browser: Browser;
  let url: string;
  let task: string;
  let conflict: string;
  /** Renamed both tasks. */
  let cycle: string;

  beforeAll(async () => {
    stack = await startStack();
    database = openDatabase(stack.databaseUrl, 2);
    browser = await startChromium(chromium ?? '/usr/bin/chromium');
    stack.startWorker();
    await ensureSchedule(stack.client, { taskQueue: stack.taskQueue });
    const [person] = await stack.sql<{ id: string }>("INSERT INTO people (name) VALUES ('Ana Ruiz') RETURNING id");
    const [row] = await stack.sql<{ id: string }>("INSERT INTO tasks (title) VALUES ('Renew passport') RETURNING id");
    await stack.sql("INSERT INTO tasks (title) VALUES ('Water plants')");
    await stack.cycle();
    task = row?.id ?? '';
    await stack.sql(
      "UPDATE tasks SET title = CASE id WHEN $1 THEN 'Renew both passports' ELSE 'Water the plants' END",
      [task],
    );
    await stack.cycle();
    const [renamed] = await stack.sql<{ cycle: string }>(
      'SELECT cycle_id AS cycle FROM sync_changes ORDER BY id DESC LIMIT 1',
    );
    cycle = renamed?.cycle ?? expect.fail('the tasks were not renamed');
    await stack.sql('TRUNCATE sync_run_history');
    await sampleHistory(database, person?.id ?? '');
    conflict = await sampleConflict(database, task, await pageOf(task));
    await stack.sql("INSERT INTO games (name) VALUES ('Outer Wilds'), ('Return of the Obra Dinn')");
    mkdirSync(join(folder, '.lockstep'));
    writeFileSync(join(folder, '.lockstep', 'worker.log'), LOG);
    url = await startDashboard();
    await press(url, '/setup/doctor');
    const isChecked = async () => expect((await ask(`${url}/setup/doctor`)).body).toContain('Checked');
    await vi.waitFor(isChecked, { timeout: 60_000, interval: 200 });
  });
  afterAll(async () => {
    for (const command of commands) command.process.kill('SIGTERM');
    for (const command of commands) expect(await command.ended).toMatchObject({ code: 0 });
    await browser?.close();
    await database?.close();
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts the command. @returns its address */
  async function startDashboard(more: Record<string, string> = {}): Promise<string> {
    const env = { DATABASE_URL: stack.databaseUrl, ...temporalEnv(), ...more };
    const place = { TEMPORAL_TASK_QUEUE: stack.taskQueue, LOCKSTEP_TEMPORAL_UI_URL: inject('temporalUiUrl') };
    const command = startCli(['dashboard', '--port', '0'], folder, { ...env, ...place });
    commands.push(command);
    let said = '';
    command.process.stderr?.on('data', (text: string) => {
      said += text;
    });
    await command.waitForOutput(/dashboard on http\S+\n/);
    return /dashboard on (http\S+)\n/.exec(said)?.[1] ?? expect.fail('no address was printed');
  }

  const pageOf = async (id: string): Promise<string> => {
    const [row] = await stack.sql<{ page: string }>('SELECT notion_page_id AS page FROM tasks WHERE id = $1', [id]);
    return row?.page ?? '';
  };

  /** As a person opens it. A page takes as long as the machine needs. */
  async function openContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(0);
    return context;
  }

  const PATHS = [
    ['/', 'Overview'],
    ['/entities/games', 'games'],
    ['/entities/people', 'people'],
    ['/entities/calendar_events', 'calendar_events'],
    ['/conflicts', 'Conflicts'],
    ['/conflicts?all=1', 'All conflicts'],
    ['/conflicts/:id', 'Renew both passports'],
    ['/records', 'Records'],
    ['/records?q=passport', 'Records'],
    ['/records/tasks/:task', 'Renew both passports'],
    ['/records/tasks/:task?asof=:cycle', 'Renew both passports'],
    ['/cycles', 'Cycles'],
    ['/cycles/:cycle', 'Cycle :cycle'],
    ['/cycles/:cycle/undo', 'Undo of :cycle'],
    ['/plan', 'Plan'],
    ['/setup', 'Setup'],
    ['/setup/entities/tasks', 'Mapping of tasks'],
    ['/setup/entities/calendar_personal', 'Mapping of calendar_personal'],
    ['/setup/doctor', 'Doctor'],
    ['/setup/schedule', 'Schedule and chores'],
    ['/setup/settings', 'Settings'],
    ['/setup/logs', 'Logs'],
    ['/setup/logs?log=temporal', 'Logs'],
    ['/nowhere', 'Not found'],
  ] as const;

  describe.each(SIGHTS)('is accessible and fits the screen: $name', ({ colorScheme, viewport }) => {
    const complaints: string[] = [];
    let page: Page;

    beforeAll(async () => {
      const context = await openContext({ colorScheme, viewport: { ...viewport } });
      // One tab for all pages: each tab is a process, which costs more than the test of a page.
      page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().includes('status of 404')) complaints.push(message.text());
      });
    });
    beforeEach(() => {
      complaints.length = 0;
    });
    afterAll(() => page.context().close());

    test.each(PATHS)('%s', async (pattern, heading) => {
      const path = pattern.replace(':id', conflict).replace(':task', task).replace(':cycle', cycle);
      await page.goto(url + path);
      expect(await page.locator('h1').textContent()).toBe(heading.replace(':cycle', cycle.slice(0, 13)));
      expect(await axeFindings(page)).toEqual([]);
      const tooWide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      expect(await page.evaluate(tooWide)).toBe(0);
      const summaries = await page.locator('summary').all();
      for (const summary of summaries) await summary.click();
      if (summaries.length > 0) expect(await axeFindings(page)).toEqual([]);
      expect(complaints).toEqual([]);
    });
  });

  test('resolves a conflict by field and runs a cycle, without scripts', async () => {
    const context = await openContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole('link', { name: '1 open conflict' }).click();
    await page.getByRole('link', { name: 'Renew both passports' }).click();
    await page.getByRole('group', { name: 'title' }).getByLabel('SQL: Renew my passport').check();
    await page.getByRole('button', { name: 'Resolve with these values' }).click();
    expect(await page.getByRole('status').textContent()).toBe('Resolved. The next cycle syncs the changed fields.');
    expect(await page.locator('main').getByRole('button').count()).toBe(0);

    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('0 open conflicts').waitFor();
    await page.getByRole('button', { name: 'Run a cycle now' }).click();
    const link = page.getByRole('link', { name: 'view in Temporal' });
    const workflow = /WorkflowId="(.+)"/.exec(decodeURIComponent((await link.getAttribute('href')) ?? ''))?.[1] ?? '';
    await stack.client.workflow
      .getHandle(workflow)
      .result()
      .catch(() => undefined);
    expect(stack.notion.workspace.page(await pageOf(task)).title).toBe('Renew my passport');
    await page.getByRole('link', { name: 'Cycles' }).click();
    await page
      .getByRole('row', { name: /updated/ })
      .first()
      .getByRole('link')
      .first()
      .click();
    await page
      .getByRole('row', { name: /tasks-sql-to-notion.*1 updated/ })
      .first()
      .waitFor();
    await context.close();
  });

  test("links to the workflow in Temporal's Web UI", async () => {
    const context = await openContext();
    const page = await context.newPage();
    await page.goto(`${url}/entities/tasks`);
    await page.getByRole('button', { name: 'Sync tasks now' }).click();
    const link = page.getByRole('link', { name: 'view in Temporal' });
    const workflow = /WorkflowId="(.+)"/.exec(decodeURIComponent((await link.getAttribute('href')) ?? ''))?.[1] ?? '';
    expect(workflow).toMatch(/^lockstep-sync-/);
    const result = await stack.client.workflow.getHandle(workflow).result();
    expect(result).toMatchObject({ ok: true });
    // The list that the link opens is eventually consistent, and is loaded once.
    const listed = async () => (await stack.client.workflow.count(`WorkflowId = '${workflow}'`)).count;
    await expect.poll(listed).toBe(1);
    await link.click();
    await page.getByRole('link', { name: workflow }).first().waitFor();
    await context.close();
  });

  test('checks the setup, fixes what it finds, and runs a chore', async () => {
    const context = await openContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole('link', { name: 'Setup', exact: true }).click();
    await page.getByRole('link', { name: 'tasks', exact: true }).click();
    await page.getByRole('cell', { name: 'due_date date' }).waitFor();
    await page.getByRole('link', { name: 'Doctor' }).click();
    const missing = page.getByText('these chores have no schedule');
    await missing.first().waitFor();
    await page.getByRole('button', { name: /^Fix temporal: these chores have no schedule/ }).click();
    const refresh = page.getByRole('link', { name: 'Refresh' });
    const isRunning = async (): Promise<boolean> => {
      const runs = (await refresh.count()) > 0;
      if (runs) await refresh.click();
      return runs;
    };
    await expect.poll(isRunning).toBe(false);
    expect(await page.getByRole('status').textContent()).toBe('Fixed temporal: updated.');
    expect(await missing.count()).toBe(0);

    await page.getByRole('link', { name: 'Schedule and chores' }).click();
    const row = page.getByRole('row', { name: /^retention/ });
    await row.getByText('scheduled').waitFor();
    await row.getByRole('button', { name: 'Run now' }).click();
    await stack.client.workflow.getHandle(`lockstep-retention-${stack.taskQueue}-by-hand`).result();
    await page.getByRole('link', { name: 'Refresh' }).click();
    await row.getByText('✓ ok').waitFor();
    await context.close();
  });

  test('requires its token, and signs out', async () => {
    const own = await startDashboard({ LOCKSTEP_DASHBOARD_TOKEN: TOKEN });
    const context = await openContext();
    const page = await context.newPage();
    await page.goto(`${own}/cycles`);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel('Token (the value of LOCKSTEP_DASHBOARD_TOKEN)').fill('not the token at all');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await page.getByRole('status').textContent()).toBe('Wrong token.');
    await page.getByLabel('Token (the value of LOCKSTEP_DASHBOARD_TOKEN)').fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await page.goto(`${own}/?token=${TOKEN}`);
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expect(page.url()).toBe(`${own}/`);
    for (const path of ['/setup/settings', '/setup/logs']) {
      await page.goto(own + path);
      expect(await page.content()).toContain('hidden');
      expect(await page.content()).not.toContain(TOKEN);
    }
    expect(await page.content()).toContain('\uFFFD]0;title\uFFFD');
    await context.close();
  });

  test('resolves a conflict, refuses an approval and undoes a cycle with the keyboard alone', async () => {
    const person = await archivedPerson();
    const [other] = await stack.sql<{ id: string }>("INSERT INTO tasks (title) VALUES ('Buy stamps') RETURNING id");
    const left = await sampleConflict(database, other?.id ?? '', 'page-of-no-cycle');
    const context = await openContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(url);
    await focus(page, 'Skip to the content');
    await page.keyboard.press('Enter');
    await enter(page, 'Conflicts', 'Shift+Tab');
    await enter(page, 'Renew both passports');
    await enter(page, 'Keep SQL');
    await page.getByText('Resolved. The next cycle syncs the changed fields.').waitFor();
    expect(page.url()).toContain(left);

    await enter(page, 'Approvals');
    await enter(page, 'Refuse: restore them');
    await page.getByText('Nothing waits for an approval.').waitFor();
    expect(await stack.sql('SELECT FROM people WHERE id = $1 AND archived_at IS NULL', [person])).toHaveLength(1);

    await focus(page, 'Search records');
    await page.keyboard.type('water plants');
    const found = page.waitForEvent('load');
    await page.keyboard.press('Enter');
    await found;
    await enter(page, 'Water the plants');
    await enter(page, cycle.slice(0, 13));
    await enter(page, 'Preview the undo');
    await enter(page, /^Undo \d+ record/);
    await page.getByText('The next cycle syncs them.').waitFor();
    expect(await stack.sql("SELECT FROM tasks WHERE title = 'Water plants'")).toHaveLength(1);
    await context.close();
  });

  /** A person whose archive in SQL waits for an approval. @returns its id */
  async function archivedPerson(): Promise<string> {
    const [row] = await stack.sql<{ id: string }>(
      "INSERT INTO people (name, archived_at) VALUES ('Bo Lind', now()) RETURNING id",
    );
    const id = row?.id ?? expect.fail('no person');
    await entityStore(database, people, '').transaction((tx) => tx.holdArchives('outbound', [id], 'many at once'));
    return id;
  }
});

/** Presses Tab until what has this name has the focus. */
async function focus(page: Page, name: string | RegExp, key = 'Tab'): Promise<void> {
  const seen: string[] = [];
  while (seen.length < MAX_STOPS) {
    await page.keyboard.press(key);
    const text = String(await page.evaluate(FOCUSED_NAME));
    if (typeof name === 'string' ? text === name : name.test(text)) return;
    seen.push(text.slice(0, 40));
  }
  expect.fail(`${name} is not reached by ${key}: ${seen.join(', ')}`);
}

const FOCUSED_NAME = "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim()";

/** Follows a link or presses a button as a person without a mouse does, and waits for the next page. */
async function enter(page: Page, name: string | RegExp, key = 'Tab'): Promise<void> {
  await focus(page, name, key);
  const loaded = page.waitForEvent('load');
  await page.keyboard.press('Enter');
  await loaded;
}

/** No page of the walk has more links and fields. */
const MAX_STOPS = 80;
