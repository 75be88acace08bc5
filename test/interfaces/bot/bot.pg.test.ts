import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase, sql } from '../../../src/database/client.ts';
import { poll } from '../../../src/interfaces/bot/poll.ts';
import { createBot } from '../../../src/interfaces/bot/telegram-bot.ts';
import { secretOf, startWebhook, WEBHOOK_PATH } from '../../../src/interfaces/bot/webhook.ts';
import { emptyFolder, runCli } from '../../support/cli.ts';
import { openToolHome, type ToolHome } from '../tools/support.ts';
import { OWNER, startTelegramApi, type TelegramApi, TOKEN } from './telegram-api.ts';

/** Wednesday morning in Madrid. */
const SENT = new Date('2026-02-04T07:30:00Z');

let home: ToolHome;
let telegram: TelegramApi;
let said: string[];
let stops: (() => Promise<unknown>)[];

beforeAll(async () => {
  home = await openToolHome();
});
afterAll(() => home.close());
beforeEach(async () => {
  await home.clear();
  telegram = await startTelegramApi();
  [said, stops] = [[], []];
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await telegram.close();
  expect(said.join('\n')).not.toContain(TOKEN);
});

const say = (line: string): void => {
  said.push(line);
};
const newBot = (database: Database = home.database) =>
  createBot({ token: TOKEN, apiRoot: telegram.url, users: [OWNER], database, timeZone: 'Europe/Madrid', say });

/** Starts polling. @returns a function that stops it */
function start(database?: Database): () => Promise<void> {
  const stopped = new AbortController();
  const polling = poll(newBot(database), { signal: stopped.signal, say }, () => undefined);
  const stop = (): Promise<void> => {
    stopped.abort();
    return polling;
  };
  stops.push(stop);
  return stop;
}

const insert = (table: string, column: string, title: string) =>
  home.database.execute(`INSERT INTO ${table} (${column}) VALUES ($1)`, [title]);
const write = (text: string) => telegram.write(text, OWNER, SENT);
const texts = () => telegram.sent.map(({ text }) => text);

const quoted = [
  [
    'Add task: Call dentist tomorrow',
    'tasks',
    { title: 'Call dentist', due_date: '2026-02-05', due_time: null, status: 'Todo' },
  ],
  ['Create note: What the doctor said', 'notes', { title: 'What the doctor said' }],
  ['Update goal X progress to 75%', 'goals', { name: 'X', progress: 75 }],
  ['Add movie The Matrix', 'media', { title: 'The Matrix', type: 'Movie', status: 'Plan to Watch' }],
  ['Mark Inception as watched', 'media', { title: 'Inception', status: 'Completed' }],
  ['Add game Cyberpunk 2077 for PC', 'games', { name: 'Cyberpunk 2077', platform: 'PC', status: 'Backlog' }],
  ['Mark Elden Ring as done', 'games', { name: 'Elden Ring', status: 'Completed' }],
  [
    '/feedback The bot dropped my message',
    'system_fixes',
    { title: 'The bot dropped my message', source: 'Telegram', status: 'Reported' },
  ],
] as const;

describe('the documented commands', () => {
  beforeEach(async () => {
    await insert('goals', 'name', 'X');
    await insert('media', 'title', 'Inception');
    await insert('games', 'name', 'Elden Ring');
    await home.database.execute(sql`DELETE FROM sync_outbox`);
  });

  test('each command writes the right row, once even if delivered twice', async () => {
    start();
    const messages = quoted.map(([text]) => write(text));
    await telegram.settled();
    const after = await allRows();
    expect(telegram.sent).toHaveLength(quoted.length);
    for (const [text, table, row] of quoted) {
      expect({ text, rows: after[table] }).toEqual({
        text,
        rows: expect.arrayContaining([expect.objectContaining(row)]),
      });
    }
    expect(Object.values(after).flat()).toHaveLength(8);
    const made = Object.values(after).flatMap((rows) => rows.map((row) => String(row.notion_page_id)));
    expect(made.filter((id) => id.startsWith('sql:telegram_')).sort()).toEqual(
      ['001', '002', '003', '004', '005'].map((serial) => `sql:telegram_20260204_${serial}`),
    );
    for (const message of messages) telegram.deliverAgain(message);
    await telegram.settled();
    expect(await allRows()).toEqual(after);
    expect(texts().slice(quoted.length)).toEqual(texts().slice(0, quoted.length));
  });

  test('/changes lists pending edits', async () => {
    start();
    write('Add task: Call dentist tomorrow');
    telegram.write('/changes');
    await telegram.settled();
    expect(texts()).toEqual([
      'Created task "Call dentist", due Thursday 5 February 2026.',
      'Pending\n• tasks: Call dentist',
    ]);
  });

  const allRows = async () =>
    Object.fromEntries(
      await Promise.all(
        ['tasks', 'notes', 'goals', 'media', 'games', 'system_fixes'].map(
          async (table) => [table, await home.rows(table)] as const,
        ),
      ),
    );
});

describe('a similar title', () => {
  beforeEach(async () => {
    await insert('media', 'title', 'Inception');
    await insert('media', 'title', 'The Insider');
    start();
  });
  const statuses = async () => (await home.rows('media')).map(({ title, status }) => `${title}: ${status}`);

  test('gets a question with buttons; pressing one twice writes once', async () => {
    write('Mark Incepton as watched');
    await telegram.settled();
    const [question] = telegram.sent;
    expect(question?.text).toBe('No record in media has the title "Incepton". Did you mean one of these?');
    expect(question?.buttons.map(({ text }) => text)).toEqual(['Inception', 'None of these']);
    expect(await statuses()).toEqual(['Inception: Plan to Watch', 'The Insider: Plan to Watch']);
    if (!question) return;
    const again = telegram.press(question, question.buttons[0]?.callback_data ?? '');
    await telegram.settled();
    expect(await statuses()).toEqual(['Inception: Completed', 'The Insider: Plan to Watch']);
    expect(question).toMatchObject({ text: '"Inception" is Completed.', buttons: [] });
    await home.database.execute(sql`UPDATE media SET status = 'Watching'`);
    again();
    await telegram.settled();
    expect(await statuses()).toEqual(['Inception: Watching', 'The Insider: Watching']);
  });

  test('"None of these" and a button of another version change nothing', async () => {
    for (const data of ['none', 'rename:1', 'mark:nonsense', 'goal:x:y']) {
      write('Mark Incepton as watched');
      await telegram.settled();
      const question = telegram.sent.at(-1) ?? expect.fail('no question');
      telegram.press(question, data);
      await telegram.settled();
      expect(question.buttons).toEqual([]);
    }
    expect(await statuses()).toEqual(['Inception: Plan to Watch', 'The Insider: Plan to Watch']);
  });

  test('without similar records, the answer says how to add it', async () => {
    write('Mark Solaris as watched');
    await telegram.settled();
    expect(telegram.sent).toEqual([
      expect.objectContaining({
        text: 'No record in media has the title "Solaris". To add it: Add movie Solaris',
        buttons: [],
      }),
    ]);
  });

  test("a goal's progress comes with the button", async () => {
    await insert('goals', 'name', 'Run a marathon');
    write('Update goal Run a maraton progress to 12.5%');
    await telegram.settled();
    const question = telegram.sent.at(-1) ?? expect.fail('no question');
    telegram.press(question, question.buttons[0]?.callback_data ?? '');
    await telegram.settled();
    expect(await home.rows('goals')).toEqual([expect.objectContaining({ progress: 12.5 })]);
  });
});

describe('access and help', () => {
  test('an unknown user is ignored, and the message is not logged', async () => {
    start();
    telegram.write('Add task: Steal everything', 666);
    await telegram.settled();
    expect(telegram.sent).toEqual([]);
    expect(await home.rows('tasks')).toEqual([]);
    expect(said).toEqual(['a message from user 666 was ignored']);
  });

  test('a button pressed by an unknown user is ignored', async () => {
    await insert('media', 'title', 'Inception');
    start();
    write('Mark Incepton as watched');
    await telegram.settled();
    const question = telegram.sent[0] ?? expect.fail('no question');
    telegram.press(question, question.buttons[0]?.callback_data ?? '', 666);
    await telegram.settled();
    expect(await home.rows('media')).toEqual([expect.objectContaining({ status: 'Plan to Watch' })]);
  });

  test('an unknown message gets a short help, a refused one the reason', async () => {
    start();
    write('Good morning!');
    write('/help');
    write('/feedback');
    write('Update goal X progress to 175%');
    write(`Add movie ${'x'.repeat(3_000)}`);
    telegram.sendPhoto();
    await telegram.settled();
    expect(texts()).toEqual([
      'I did not understand that. Nothing was written. /help shows examples.',
      expect.stringContaining('Add task: Call dentist tomorrow'),
      'Add the details, for example: /feedback The bot dropped my message',
      'invalid input: progress: is more than 100',
      'invalid input: title: has more than 2000 characters',
      'I can read text only. Nothing was written. /help shows examples.',
    ]);
  });

  test("a long answer is truncated to Telegram's limit", async () => {
    await home.database.execute(
      sql`INSERT INTO tasks (title) SELECT repeat('long ', 100) || n FROM generate_series(1, 20) n`,
    );
    start();
    telegram.write('/find long');
    await telegram.settled();
    expect(telegram.sent[0]?.text).toHaveLength(4_096);
  });
});

describe('failures', () => {
  test('a message that was written but not confirmed is delivered again and writes no second row', async () => {
    const stop = start();
    write('Good morning');
    await telegram.settled();
    // The bot ends without confirming: its offsets are lost.
    for (let n = 0; n < 3; n += 1) telegram.fail('getUpdates', 'broken');
    write('Add task: Call dentist tomorrow');
    await telegram.answers(2);
    await stop();
    expect(telegram.pending).toBe(1);
    start();
    await telegram.settled();
    expect(await home.rows('tasks')).toHaveLength(1);
    expect(texts().slice(1)).toEqual([texts()[1], texts()[1]]);
  });

  test('a rate limit is respected, and an answer whose connection broke is sent again', async () => {
    start();
    telegram.fail('sendMessage', { error_code: 429, description: 'Too Many Requests: retry after 0', retry_after: 0 });
    telegram.fail('sendMessage', 'broken');
    write('Add task: Call dentist tomorrow');
    await telegram.settled();
    expect(telegram.sent).toHaveLength(1);
    expect(await home.rows('tasks')).toHaveLength(1);
    expect(said).toEqual([
      expect.stringContaining('Too Many Requests'),
      expect.stringContaining('Telegram does not answer'),
    ]);
  });

  test('a chat that refuses an answer does not stop the others', async () => {
    start();
    telegram.fail('sendMessage', { error_code: 403, description: 'Forbidden: bot was blocked by the user' });
    write('Add task: One');
    write('Add task: Two');
    await telegram.settled();
    expect(await home.rows('tasks')).toHaveLength(2);
    expect(said).toEqual(['Telegram refused sendMessage: Forbidden: bot was blocked by the user (403)']);
  });

  test('while PostgreSQL is unavailable, a message is kept and its sender informed; later it is executed once', async () => {
    const flaky = flakyDatabase();
    flaky.isAway = true;
    start(flaky.database);
    write('Add task: Call dentist tomorrow');
    await telegram.answers(1);
    expect(texts()).toEqual(['I cannot write that right now. I will keep trying; no need to send it again.']);
    flaky.isAway = false;
    await telegram.settled();
    expect(texts().at(-1)).toContain('Created task');
    expect(await home.rows('tasks')).toHaveLength(1);
  });

  test('two bots with one token: Telegram ends one, no message is lost or executed twice', async () => {
    start();
    await telegram.settled();
    start();
    for (let n = 0; n < 5; n += 1) write(`Add task: Number ${n}`);
    await telegram.settled();
    expect(await home.rows('tasks')).toHaveLength(5);
  });
});

/** The database, with a connection that can be made to fail. */
function flakyDatabase(): { readonly database: Database; isAway: boolean } {
  const state = { isAway: false };
  const away = openDatabase('postgresql://nobody@127.0.0.1:1/none', 1);
  const database: Database = new Proxy(home.database, {
    get: (target, key) => {
      const current = state.isAway ? away : target;
      const value: unknown = Reflect.get(current, key);
      return typeof value === 'function' ? value.bind(current) : value;
    },
  });
  return Object.assign(state, { database });
}

describe('the webhook', () => {
  async function open(database?: Database) {
    const bot = newBot(database);
    const signal = new AbortController().signal;
    const server = await startWebhook(bot, {
      host: '127.0.0.1',
      port: 0,
      publicUrl: 'https://lockstep.example',
      signal,
      say,
    });
    stops.push(() => server.stop());
    const url = server.url + WEBHOOK_PATH;
    const post = async (body: string, secret = secretOf(bot)) => {
      const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret };
      return (await fetch(url, { method: 'POST', headers, body })).status;
    };
    return { url, post };
  }
  const update = (text: string) =>
    JSON.stringify({
      update_id: 7,
      message: {
        message_id: 70,
        date: SENT.getTime() / 1_000,
        chat: { id: OWNER, type: 'private' },
        from: { id: OWNER },
        text,
      },
    });

  test('is registered with a secret that is not the token, and executes a repeated message once', async () => {
    const { post } = await open();
    expect(telegram.webhook).toMatchObject({
      url: 'https://lockstep.example/telegram',
      secret_token: expect.any(String),
    });
    expect(TOKEN).not.toContain(telegram.webhook?.secret_token ?? TOKEN);
    const sent = update('Add task: Call dentist tomorrow');
    expect(await Promise.all([post(sent), post(sent)])).toEqual([200, 200]);
    expect(await home.rows('tasks')).toEqual([
      expect.objectContaining({ notion_page_id: 'sql:telegram_20260204_001' }),
    ]);
    expect(new Set(texts()).size).toBe(1);
  });

  test('refuses other senders and too large bodies', async () => {
    const { url, post } = await open();
    const sent = update('Add task: Steal everything');
    expect(await post(sent, 'wrong')).toBe(401);
    expect(await post(sent, '')).toBe(401);
    expect(await post('x'.repeat(2_000_000))).toBe(413);
    expect(await post('{"update_id":"x"}')).toBe(400);
    expect(await post('nonsense')).toBe(400);
    expect((await fetch(url)).status).toBe(405);
    expect(await home.rows('tasks')).toEqual([]);
  });

  test('answers 503 when it cannot write, so that Telegram sends the update again', async () => {
    const flaky = flakyDatabase();
    const { post } = await open(flaky.database);
    flaky.isAway = true;
    expect(await post(update('Add task: Call dentist'))).toBe(503);
    flaky.isAway = false;
    expect(await post(update('Add task: Call dentist'))).toBe(200);
    expect(await home.rows('tasks')).toHaveLength(1);
  });
});

test('an unknown token, or no users, is one line and exit 78', async () => {
  const folder = emptyFolder();
  const env = { DATABASE_URL: home.url, TELEGRAM_API_ROOT: telegram.url, LOCKSTEP_TELEGRAM_USERS: '1' };
  const wrong = await runCli(['bot'], folder.path, { ...env, TELEGRAM_BOT_TOKEN: '1:wrong-token' });
  expect(wrong).toEqual({
    code: 78,
    stdout: '',
    stderr: 'lockstep: Telegram does not know TELEGRAM_BOT_TOKEN: get the token from @BotFather\n',
  });
  const { LOCKSTEP_TELEGRAM_USERS: _, ...nobody } = env;
  const unlisted = await runCli(['bot'], folder.path, { ...nobody, TELEGRAM_BOT_TOKEN: TOKEN });
  expect(unlisted).toMatchObject({
    code: 78,
    stderr: expect.stringMatching(/^lockstep: LOCKSTEP_TELEGRAM_USERS is not set/),
  });
  folder.remove();
});
