import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { emptyFolder, runCli, startCli } from '../../support/cli.ts';
import { textOf } from './hostile.ts';

const folder = emptyFolder();
afterAll(() => folder.remove());

test('lockstep up starts the dashboard, which links to Temporal, and stops it', async () => {
  const up = startCli(['up'], folder.path, { NOTION_REQUESTS_PER_MINUTE: '600' });
  let said = '';
  up.process.stdout?.on('data', (text: string) => {
    said += text;
  });
  await up.waitForOutput(/cycle ok in /);
  const url = /Dashboard {3}(http:\/\/127\.0\.0\.1:\d+)\n/.exec(said)?.[1] ?? expect.fail(said);
  const webUi = /Temporal {4}(http:\/\/127\.0\.0\.1:\d+) /.exec(said)?.[1] ?? expect.fail(said);

  const overview = await (await fetch(url)).text();
  expect(overview).toContain('every ten minutes, next in');
  expect(overview).toMatch(/>tasks<\/a><\/th>\s*<td><span class="verdict ok">/);
  const cycles = await (await fetch(`${url}/cycles`)).text();
  expect(cycles).toContain(`<a href="${webUi}/namespaces/default/workflows?query=RunId`);

  const settings = await (await fetch(`${url}/setup/settings`)).text();
  expect(textOf(settings)).toContain('DATABASE_URL set (hidden) lockstep up');
  expect(textOf(settings)).toContain('NOTION_REQUESTS_PER_MINUTE 600 environment');
  // The password of its PostgreSQL.
  const { DATABASE_URL = '' } = JSON.parse(readFileSync(join(folder.path, '.lockstep', 'up.json'), 'utf8')).env;
  expect(new URL(DATABASE_URL).password).not.toBe('');
  expect(settings).not.toContain(new URL(DATABASE_URL).password);
  const schedule = textOf(await (await fetch(`${url}/setup/schedule`)).text());
  expect(schedule).toContain('every ten minutes, next in');
  expect(schedule).toMatch(/retention scheduled in \d+ min/);
  expect(await (await fetch(`${url}/setup/logs?log=worker`)).text()).toContain('&quot;level&quot;');

  const status = await runCli(['status'], folder.path);
  expect(status.stdout).toMatch(/^tasks +ok, \d+ s ago +ok, \d+ s ago/m);

  up.process.kill('SIGINT');
  expect(await up.ended).toMatchObject({ code: 0, stderr: '' });
  await expect(fetch(url)).rejects.toThrow();
});
