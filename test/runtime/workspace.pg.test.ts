import { type NotionEmulator, startNotionEmulator } from 'notion-emulator';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { type DatabasePool, openDatabase, sql } from '../../src/database/client.ts';
import { readWorkspace, releaseWorkspace } from '../../src/database/workspace.ts';
import { FinalError } from '../../src/errors.ts';
import { NotionApi } from '../../src/notion/notion-api.ts';
import { SourceDirectory } from '../../src/runtime/source-directory.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let notion: NotionEmulator;
let server: TestDatabase;
let database: DatabasePool;
beforeAll(async () => {
  notion = await startNotionEmulator({ integrationName: 'Lockstep' });
  server = await freshDatabase();
  database = openDatabase(server.url, 2);
});
afterAll(async () => {
  await database.close();
  await server.drop();
  await notion.close();
});
beforeEach(() => releaseWorkspace(database));

/** As a worker that has just started. */
const check = (options?: { readOnly: boolean }) => {
  const unlimited = { take: async () => undefined, pause: async () => undefined };
  const api = new NotionApi({ token: notion.token, baseUrl: notion.url }, unlimited);
  return new SourceDirectory(readConfig({}), database).checkWorkspace(api, options);
};

test('the first sync ties the database to its workspace and integration', async () => {
  await check({ readOnly: true });
  expect(await readWorkspace(database)).toBeNull();
  await check();
  expect(await readWorkspace(database)).toMatchObject({ workspaceName: 'Emulated workspace', botName: 'Lockstep' });
  await check();
});

test.each([
  ['workspace', "workspace_id = 'other', workspace_name = 'Home'", 'the Notion workspace "Home"'],
  ['integration', "bot_id = 'other', bot_name = 'Old bot'", 'the Notion integration "Old bot"'],
])('another %s is refused, until the database is moved on purpose', async (_, sets, named) => {
  await check();
  await database.execute(`UPDATE sync_workspace SET ${sets}`);
  const refused = check({ readOnly: true });
  await expect(refused).rejects.toBeInstanceOf(FinalError);
  await expect(refused).rejects.toMatchObject({ code: 'other_workspace', message: expect.stringContaining(named) });
  await expect(refused).rejects.toThrow('lockstep workspace --move');
  await expect(check()).rejects.toThrow(named);
  await releaseWorkspace(database);
  await check();
  const [tied] = await database.query<{ tied: number }>(sql`SELECT count(*)::int AS tied FROM sync_workspace`);
  expect(tied).toEqual({ tied: 1 });
});
