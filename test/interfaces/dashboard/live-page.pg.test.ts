import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { startDashboard } from '../../../src/interfaces/dashboard/server.ts';
import type { HttpService } from '../../../src/shared/http-service.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { axeFindings, chromiumPath, startChromium } from './chromium.ts';
import { noSetup, quietOptions } from './quiet-options.ts';
import { sampleConflict, sampleHistory } from './sample.ts';

const chromium = chromiumPath();

// On CI, a missing Chromium is a failure.
describe.skipIf(!chromium && !process.env.CI)('an open page', () => {
  let home: TestDatabase;
  let database: DatabasePool;
  let dashboard: HttpService;
  let browser: Browser;
  let page: Page;
  let task: string;
  const doctor = { ...noSetup.doctor, state: noSetup.doctor.state };

  beforeAll(async () => {
    home = await freshDatabase();
    database = openDatabase(home.url, 4);
    browser = await startChromium(chromium ?? '/usr/bin/chromium');
    dashboard = await start(0);
    await sampleHistory(database, randomUUID());
  });
  afterAll(async () => {
    await browser?.close();
    await dashboard?.stop();
    await database?.close();
    await home?.drop();
  });
  beforeEach(async () => {
    const [row] = await database.query<{ id: string }>(
      sql`INSERT INTO tasks (title, notion_page_id) VALUES ('Buy milk', gen_random_uuid()) RETURNING id`,
    );
    task = row?.id ?? expect.fail('no task');
    page = await browser.newPage({ viewport: { width: 800, height: 400 } });
    page.setDefaultTimeout(0);
  });
  afterEach(() => page.context().close());

  const start = (port: number): Promise<HttpService> =>
    startDashboard({ ...quietOptions, database, port, setup: { ...noSetup, doctor } });

  /** Opens the page, waits for its stream, and marks it: the mark is lost when it is loaded again. */
  async function open(path: string): Promise<void> {
    const streaming = page.waitForResponse((response) => response.url().includes('/events'));
    await page.goto(dashboard.url + path);
    await streaming;
    await page.evaluate('window.isSamePage = true');
  }
  const isSamePage = () => page.evaluate('window.isSamePage === true');
  const rename = (title: string) => database.execute(sql`UPDATE tasks SET title = ${title} WHERE id = ${task}::uuid`);

  test('shows the beginning and the end of a check of the doctor', async () => {
    await open('/setup/doctor');
    doctor.state = { runningSince: new Date(), last: null };
    await page.getByText('A check has been running').waitFor();
    const check = { at: new Date(), durationMs: 1_000, fixed: null, result: 'Notion was away' };
    doctor.state = { runningSince: null, last: check };
    await page.getByText('Notion was away').waitFor();
    expect(await isSamePage()).toBe(true);
  });

  test('shows a change, and keeps what is open, focused and scrolled', async () => {
    await open(`/records/tasks/${task}`);
    const asOf = page.locator('main input[name=asof]');
    await asOf.focus();
    await rename('Buy oat milk');
    await page.getByRole('heading', { level: 1, name: 'Buy oat milk' }).waitFor();
    await expect.poll(() => page.title()).toBe('Buy oat milk · Lockstep');
    expect(await asOf.evaluate((field) => field === field.ownerDocument.activeElement)).toBe(true);

    await open('/');
    await page.getByText('Duration as a table').click();
    await page.evaluate('scrollTo(0, 200)');
    const pending = await page.locator('.facts').textContent();
    await database.execute(sql`INSERT INTO tasks (title) VALUES ('Water plants')`);
    await expect.poll(() => page.locator('.facts').textContent()).not.toBe(pending);
    expect(await page.locator('details').first().getAttribute('open')).not.toBeNull();
    expect(await page.evaluate('scrollY')).toBe(200);
    expect(await page.locator('main [aria-live], main[aria-live]').count()).toBe(0);
    expect(await isSamePage()).toBe(true);
  });

  test('is not replaced while a form is filled in, and says that there is new data', async () => {
    await open(`/records/tasks/${task}`);
    const asOf = page.locator('main input[name=asof]');
    await asOf.fill('2 days ago');
    await rename('Buy oat milk');
    await page.getByRole('status').getByText('New data: reload').waitFor();
    expect(await page.locator('h1').textContent()).toBe('Buy milk');
    expect(await asOf.inputValue()).toBe('2 days ago');
    expect(await axeFindings(page)).toEqual([]);

    await asOf.fill('');
    await rename('Buy bread');
    await page.getByRole('heading', { level: 1, name: 'Buy bread' }).waitFor();
    expect(await page.getByText('New data').count()).toBe(0);
    await asOf.fill('2 days ago');
    await rename('Buy rice');
    await page.getByRole('link', { name: 'reload' }).click();
    await page.getByRole('heading', { level: 1, name: 'Buy rice' }).waitFor();
    expect(await isSamePage()).toBe(false);
  });

  test('is not replaced when what a person decides on has changed', async () => {
    const conflict = await sampleConflict(database, task, 'page-1');
    await open(`/conflicts/${conflict}`);
    const seen = page.locator('input[name=seen]');
    const before = await seen.getAttribute('value');
    await rename('Buy oat milk');
    await page.getByText('New data: reload').waitFor();
    expect(await seen.getAttribute('value')).toBe(before);
  });

  test('opens its stream again after a restart of the server', async () => {
    await open('/conflicts');
    const again = page.waitForResponse((response) => response.url().includes('/events'));
    const { port } = new URL(dashboard.url);
    await dashboard.stop();
    dashboard = await start(Number(port));
    await again;
    await sampleConflict(database, task, 'page-1');
    await page
      .getByRole('row', { name: /Renew both passports/ })
      .first()
      .waitFor();
    expect(await isSamePage()).toBe(true);
  });
});
