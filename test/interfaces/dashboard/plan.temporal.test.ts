import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { type DatabasePool, openDatabase } from '../../../src/database/client.ts';
import { dashboardPlanner } from '../../../src/interfaces/cli/dashboard-planner.ts';
import { PlanJob } from '../../../src/interfaces/dashboard/plan-job.ts';
import { startDashboard } from '../../../src/interfaces/dashboard/server.ts';
import type { HttpService } from '../../../src/shared/http-service.ts';
import { type Stack, startStack } from '../../support/stack.ts';
import { ask, press } from './ask.ts';
import { textOf } from './hostile.ts';
import { quietOptions } from './quiet-options.ts';

let stack: Stack;
let database: DatabasePool;
let plans: PlanJob;
let dashboard: HttpService;
let url: string;

beforeAll(async () => {
  stack = await startStack();
  stack.startWorker();
  database = openDatabase(stack.databaseUrl, 2);
  plans = new PlanJob(dashboardPlanner(readConfig(stack.env)), () => undefined);
  dashboard = await startDashboard({ ...quietOptions, database, plans });
  url = dashboard.url;
});
afterAll(async () => {
  await dashboard?.stop();
  await plans?.stop();
  await database?.close();
  await stack?.stop();
});

const page = async (): Promise<string> => (await ask(`${url}/plan`)).body;
const seenIn = (body: string): string => /name="seen" value="([^"]+)"/.exec(body)?.[1] ?? expect.fail(textOf(body));

async function makePlan(): Promise<string> {
  expect(await press(url, '/plan')).toMatchObject({ status: 303, headers: { location: '/plan' } });
  await expect.poll(() => plans.state.kind).not.toBe('working');
  return page();
}

test('shows what a cycle would write, applies it but for what changed since, and can be undone', async () => {
  const { workspace } = stack.notion;
  const theirs = workspace.createPage('Games Backlog', { Name: 'Theirs', Status: 'Backlog' });
  workspace.createPage('Games Backlog', { Name: 'Mine', Status: 'Backlog' });
  await stack.cycle();
  await stack.sql("UPDATE games SET status = 'Playing' WHERE name = 'Mine'");
  workspace.editPage(theirs, { Platform: 'PC' });
  await stack.sql("INSERT INTO games (name, platform) VALUES ('From SQL', 'Switch')");

  expect(await page()).toContain('Make a plan');
  const first = await makePlan();
  expect(textOf(first)).toContain('1 change in SQL, 2 changes in Notion.');
  expect(textOf(first)).toContain('Theirs Notion → SQL Update platform – PC');
  expect(textOf(first)).toContain('Mine SQL → Notion Update status Backlog Playing');
  expect(textOf(first)).toContain('From SQL SQL → Notion Create');
  expect(await stack.sql("SELECT FROM games WHERE platform = 'PC'")).toHaveLength(0);

  const second = await makePlan();
  expect(await press(url, '/plan/apply', { seen: seenIn(first) })).toMatchObject({
    status: 409,
    body: expect.stringContaining('This plan was replaced or applied already'),
  });
  await stack.sql("UPDATE games SET status = 'Completed' WHERE name = 'Mine'");
  expect((await press(url, '/plan/apply', { seen: seenIn(second) })).status).toBe(303);
  await expect.poll(() => plans.state.kind).toBe('applied');
  const applied = await page();
  expect(textOf(applied)).toContain('2 of 3 changes applied.');
  expect(textOf(applied)).toContain('Skipped, because they changed since the plan was made: games "Mine" in Notion');
  expect(await stack.sql("SELECT FROM games WHERE name = 'Theirs' AND platform = 'PC'")).toHaveLength(1);
  expect(workspace.pages('Games Backlog').map(({ title }) => title)).toContain('From SQL');

  const cycle = /href="(\/cycles\/apply-[^"]+)"/.exec(applied)?.[1] ?? expect.fail(textOf(applied));
  expect(textOf((await ask(`${url}${cycle}/undo`)).body)).toContain('2 of 2 records would be reverted');
});

test('says that no plan can be made where Notion does not answer', async () => {
  const away = new PlanJob(dashboardPlanner(readConfig({ ...stack.env, NOTION_TOKEN: 'ntn_wrong' })), () => undefined);
  away.start();
  await expect.poll(() => away.state.kind).toBe('planned');
  const problems = { first: expect.arrayContaining([expect.stringContaining('NOTION_TOKEN')]) };
  expect(away.state).toMatchObject({ changes: [], problems });
  await away.stop();
});
