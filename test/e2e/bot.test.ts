import { afterAll, beforeAll, expect, test } from 'vitest';
import { OWNER, startTelegramApi, type TelegramApi, TOKEN } from '../interfaces/bot/telegram-api.ts';
import { emptyFolder, startCli } from '../support/cli.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let telegram: TelegramApi;

beforeAll(async () => {
  [stack, telegram] = [await startStack(), await startTelegramApi()];
  stack.startWorker();
});
afterAll(async () => {
  await telegram.close();
  await stack.stop();
});

test('Telegram messages become the right pages, each of them once', async () => {
  const { workspace } = stack.notion;
  workspace.createPage('Goals', { Name: 'X', Progress: 10 });
  workspace.createPage('Media Watchlist', { Title: 'Inception', Status: 'Plan to Watch' });
  workspace.createPage('Games Backlog', { Name: 'Elden Ring', Status: 'Playing' });
  await stack.cycle();
  const folder = emptyFolder();
  const env = { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_ROOT: telegram.url, LOCKSTEP_TELEGRAM_USERS: String(OWNER) };
  const bot = startCli(['bot'], folder.path, {
    DATABASE_URL: stack.databaseUrl,
    LOCKSTEP_TIME_ZONE: 'Europe/Madrid',
    ...env,
  });
  await bot.waitForOutput(/@lockstep_test_bot polls for updates/);
  const messages = [
    'Add task: Call dentist tomorrow',
    'Create note: What the doctor said',
    'Update goal X progress to 75%',
    'Add movie The Matrix',
    'Mark Inception as watched',
    'Add game Cyberpunk 2077 for PC',
    'Mark Elden Ring as done',
    '/feedback The bot dropped my message',
  ].map((text) => telegram.write(text));
  for (const message of messages) telegram.deliverAgain(message);
  await telegram.settled();
  await stack.cycle();

  const [day] = await stack.sql<{ tomorrow: string }>(
    "SELECT due_date::text AS tomorrow FROM tasks WHERE title = 'Call dentist'",
  );
  const pages = [
    ['Tasks', 'Call dentist', { Status: { select: { name: 'Todo' } }, 'Due Date': { date: { start: day?.tomorrow } } }],
    ['Notes', 'What the doctor said', {}],
    ['Goals', 'X', { Progress: { number: 75 } }],
    [
      'Media Watchlist',
      'The Matrix',
      { Type: { select: { name: 'Movie' } }, Status: { select: { name: 'Plan to Watch' } } },
    ],
    ['Media Watchlist', 'Inception', { Status: { select: { name: 'Completed' } } }],
    [
      'Games Backlog',
      'Cyberpunk 2077',
      { Platform: { select: { name: 'PC' } }, Status: { select: { name: 'Backlog' } } },
    ],
    ['Games Backlog', 'Elden Ring', { Status: { select: { name: 'Completed' } } }],
    [
      'System Fixes',
      'The bot dropped my message',
      { Source: { select: { name: 'Telegram' } }, Status: { select: { name: 'Reported' } } },
    ],
  ] as const;
  for (const [database, title, properties] of pages) {
    const found = workspace.pages(database).filter((page) => page.title === title);
    expect({ title, pages: found.length }).toEqual({ title, pages: 1 });
    expect(found[0]?.page.properties).toMatchObject(properties);
  }
  expect(await stack.sql("SELECT 1 FROM tasks WHERE notion_page_id LIKE 'sql:%'")).toEqual([]);
  // The same message, sent again after its page was created, refers to the same row.
  for (const message of messages) telegram.deliverAgain(message);
  await telegram.settled();
  bot.process.kill('SIGTERM');
  expect(await bot.ended).toMatchObject({ code: 0, stdout: '' });
  folder.remove();
  const counts = await stack.sql<{ rows: number }>(
    'SELECT (SELECT count(*) FROM tasks)::int + (SELECT count(*) FROM notes)::int + (SELECT count(*) FROM media)::int + (SELECT count(*) FROM games)::int + (SELECT count(*) FROM system_fixes)::int AS rows',
  );
  expect(counts).toEqual([{ rows: 7 }]);
});
