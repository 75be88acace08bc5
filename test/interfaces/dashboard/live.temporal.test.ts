import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, isFullPage } from '@notionhq/client';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { emptyFolder, startCli } from '../../support/cli.ts';
import { chromiumPath, startChromium } from './chromium.ts';

const chromium = chromiumPath();
const folder = emptyFolder();
afterAll(() => folder.remove());

/** What `lockstep up` tells other commands. */
const environment = (): Record<string, string> =>
  JSON.parse(readFileSync(join(folder.path, '.lockstep/up.json'), 'utf8')).env;

/** Of the sample workspace. */
const TITLE = 'Due dates move back one day after midnight';

/** Edits the page as another program does: an edit with Lockstep's own token is no news to it. */
async function rename(pageId: string, title: string): Promise<void> {
  const { NOTION_BASE_URL: baseUrl = '' } = environment();
  const token = 'ntn_of_another_program';
  await fetch(new URL('/_emulator/addIntegration', baseUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, name: 'Another program' }),
  });
  const notion = new Client({ auth: token, baseUrl });
  const found = await notion.pages.retrieve({ page_id: pageId });
  const properties = isFullPage(found) ? Object.entries(found.properties) : [];
  const [name = ''] = properties.find(([, { type }]) => type === 'title') ?? [];
  await notion.pages.update({ page_id: pageId, properties: { [name]: { title: [{ text: { content: title } }] } } });
}

// On CI, a missing Chromium is a failure.
describe.skipIf(!chromium && !process.env.CI)('with lockstep up', () => {
  test('an edit in Notion appears on the open dashboard, which is not loaded again', async () => {
    const up = startCli(['up'], folder.path, { NOTION_REQUESTS_PER_MINUTE: '600' });
    onTestFinished(async () => {
      up.process.kill('SIGINT');
      await up.ended;
    });
    let said = '';
    up.process.stdout?.on('data', (text: string) => {
      said += text;
    });
    await up.waitForOutput(/cycle ok in /);
    const url = /Dashboard {3}(http:\/\/127\.0\.0\.1:\d+)\n/.exec(said)?.[1] ?? expect.fail(said);
    const browser = await startChromium(chromium ?? '/usr/bin/chromium');
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    page.setDefaultTimeout(0);

    await page.goto(`${url}/records?q=${encodeURIComponent(TITLE)}`);
    await page.getByRole('link', { name: TITLE }).click();
    await page.getByRole('heading', { level: 1, name: TITLE }).waitFor();
    await page.evaluate('window.isSamePage = true');
    const pageId = (await page.locator('dt:text-is("Notion") + dd').textContent()) ?? '';
    await rename(pageId, 'Renamed in Notion');
    await page.getByRole('heading', { level: 1, name: 'Renamed in Notion' }).waitFor();
    expect(await page.title()).toBe('Renamed in Notion · Lockstep');
    expect(await page.evaluate('window.isSamePage')).toBe(true);

    up.process.kill('SIGINT');
    expect(await up.ended).toMatchObject({ code: 0, stderr: '' });
  });
});
