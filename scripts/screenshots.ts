/**
 * npm run docs:screenshots   takes the pictures of docs/dashboard.md and the README, from `lockstep up` with its sample
 *
 * Each page is shown in light, in dark, and on a phone of 390 pixels.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, startChromium } from '../test/interfaces/dashboard/chromium.ts';
import { emptyFolder, startCli } from '../test/support/cli.ts';

const FOLDER = 'docs/images';
const MAX_HEIGHT = 1_600;
const QUALITY = 55;

const VIEWS = [
  { name: 'light', colorScheme: 'light', width: 1_100, height: 800 },
  { name: 'dark', colorScheme: 'dark', width: 1_100, height: 800 },
  { name: 'phone', colorScheme: 'light', width: 390, height: 844 },
] as const;

/** What the sample workspace gets, so that each page has something to show. */
interface Scene {
  readonly url: string;
  readonly sql: pg.Client;
  /** Does what a person does in Notion. */
  readonly inNotion: (action: string, input: object) => Promise<unknown>;
  readonly page: Page;
}

/** Each page by the name of its pictures. */
const PAGES: Readonly<Record<string, (scene: Scene) => Promise<string>>> = {
  overview: async () => '/',
  entity: async () => '/entities/games',
  conflicts: async () => '/conflicts',
  conflict: (scene) => linkOn(scene, '/conflicts', 'th a'),
  approvals: async () => '/approvals',
  records: async () => '/records?q=passport',
  record: (scene) => linkOn(scene, '/records?q=passport', 'th a'),
  cycles: async () => '/cycles',
  cycle: cycleWithChanges,
  undo: async (scene) => `${await cycleWithChanges(scene)}/undo`,
  plan: async () => '/plan',
  setup: async () => '/setup',
  mapping: async () => '/setup/entities/tasks',
  doctor: async () => '/setup/doctor',
  schedule: async () => '/setup/schedule',
  settings: async () => '/setup/settings',
  logs: async () => '/setup/logs',
};

const linkOn = async ({ url, page }: Scene, path: string, selector: string): Promise<string> => {
  await page.goto(url + path);
  return (await page.locator(`main ${selector}`).first().getAttribute('href')) ?? path;
};

async function cycleWithChanges({ sql }: Scene): Promise<string> {
  const { rows } = await sql.query<{ id: string }>(
    "SELECT cycle_id AS id FROM sync_changes WHERE entity = 'tasks' GROUP BY 1 HAVING count(*) < 20 ORDER BY max(id) DESC LIMIT 1",
  );
  return `/cycles/${encodeURIComponent(rows[0]?.id ?? '')}`;
}

/** Edits on both sides, archives that wait for an approval, a failing entity, a plan, and a check of the doctor. */
async function prepare(scene: Scene): Promise<void> {
  const { sql, inNotion, page, url } = scene;
  const press = async (path: string, name: string): Promise<void> => {
    await page.goto(url + path);
    const pressed = page.getByRole('button', { name, exact: true }).click();
    await Promise.all([page.waitForEvent('load'), pressed]);
  };
  await press('/', 'Pause');
  const { rows } = await sql.query<{ id: string; title: string; page: string }>(
    "SELECT id, title, notion_page_id AS page FROM tasks WHERE status = 'Todo' ORDER BY title LIMIT 6",
  );
  const names = [
    'Renew passport',
    'Book the dentist',
    'Water the plants',
    'Call the landlord',
    'Buy stamps',
    'File taxes',
  ];
  for (const [at, row] of rows.entries()) {
    await sql.query("UPDATE tasks SET title = $2, priority = 'High' WHERE id = $1", [row.id, names[at]]);
    if (at < 2) await inNotion('editPage', { id: row.page, values: { Title: `${names[at]} soon`, Priority: 'Low' } });
  }
  await inNotion('renameProperty', { database: 'Games Backlog', property: 'Rating', name: 'Stars' });
  await inNotion('retypeProperty', { database: 'Games Backlog', property: 'Stars', config: { rich_text: {} } });
  await press('/', 'Resume');
  await press('/', 'Run a cycle now');
  await sql.query('UPDATE people SET archived_at = now() WHERE id IN (SELECT id FROM people LIMIT 24)');
  await waitForRows(scene, 2, 'SELECT FROM sync_conflicts');
  await waitForRows(scene, 0, "SELECT FROM sync_outbox WHERE entity = 'tasks'");
  await waitForRows(scene, 1, 'SELECT FROM sync_approvals');
  await press('/', 'Pause');
  await sql.query("UPDATE tasks SET due_date = current_date + 7 WHERE title = 'File taxes'");
  await sql.query("INSERT INTO tasks (title, due_date) VALUES ('Order new glasses', current_date + 3)");
  await press('/plan', 'Make a plan');
  await page.getByText('Order new glasses').first().waitFor();
  await press('/setup/doctor', 'Check now');
  await page.getByRole('button', { name: /^Fix/ }).first().waitFor();
}

/** @throws Error when nothing is found within a minute */
async function waitForRows({ sql }: Scene, count: number, query: string): Promise<void> {
  for (let left = 120; (await sql.query(query)).rowCount !== count; left -= 1) {
    if (left === 0) throw new Error(`not ${count}: ${query}`);
    await setTimeout(500);
  }
}

async function takePictures(browser: Browser, scene: Scene): Promise<void> {
  const paths = new Map<string, string>();
  for (const [name, find] of Object.entries(PAGES)) paths.set(name, await find(scene));
  for (const { name: view, colorScheme, width, height } of VIEWS) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height } });
    const page = await context.newPage();
    const client = await context.newCDPSession(page);
    for (const [name, path] of paths) {
      await page.goto(scene.url + path);
      const full = Number(await page.evaluate('document.documentElement.scrollHeight'));
      const clip = { x: 0, y: 0, width, height: Math.min(full, MAX_HEIGHT), scale: 1 };
      const { data } = await client.send('Page.captureScreenshot', {
        ...{ format: 'webp', quality: QUALITY, captureBeyondViewport: true, clip },
      });
      writeFileSync(join(FOLDER, `${name}-${view}.webp`), Buffer.from(data, 'base64'));
    }
    await context.close();
  }
}

async function main(): Promise<void> {
  const folder = emptyFolder();
  const up = startCli(['up'], folder.path, { NOTION_REQUESTS_PER_MINUTE: '600' });
  let said = '';
  up.process.stdout?.on('data', (text: string) => {
    said += text;
  });
  await up.waitForOutput(/cycle ok in /);
  const url = /Dashboard {3}(\S+)\n/.exec(said)?.[1] ?? '';
  const { env } = JSON.parse(readFileSync(join(folder.path, '.lockstep/up.json'), 'utf8'));
  const inNotion = async (action: string, input: object): Promise<unknown> => {
    const response = await fetch(`${env.NOTION_BASE_URL}/_emulator/${action}`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) },
    });
    if (!response.ok) throw new Error(`${action}: ${await response.text()}`);
    return response.json();
  };
  const sql = new pg.Client({ connectionString: env.DATABASE_URL });
  await sql.connect();
  const browser = await startChromium(chromiumPath() ?? '/usr/bin/chromium');
  try {
    const scene: Scene = { url, sql, inNotion, page: await browser.newPage() };
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    await prepare(scene);
    await takePictures(browser, scene);
  } finally {
    await browser.close();
    await sql.end();
    up.process.kill('SIGINT');
    await up.ended;
    folder.remove();
  }
}

await main();
