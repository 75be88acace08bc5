import { expect, test } from 'vitest';
import { createBot } from '../../src/interfaces/bot/telegram-bot.ts';

const OWNER = 7;

/** The bot with a Telegram that only notes what is sent, and a database that may not be used. */
async function send(message: object): Promise<{ replies: string[]; said: string[] }> {
  const replies: string[] = [];
  const said: string[] = [];
  const bot = createBot({
    ...{ token: '1:token', apiRoot: 'http://127.0.0.1:9', users: [OWNER], timeZone: 'UTC' },
    // Any use of it fails the test.
    database: new Proxy({}, { get: () => expect.fail('the database was used') }) as never,
    say: (line) => void said.push(line),
  });
  bot.botInfo = { id: 1, is_bot: true, first_name: 'Lockstep', username: 'lockstep_bot' } as typeof bot.botInfo;
  bot.api.config.use(async (_, method, payload) => {
    if (method === 'sendMessage') replies.push(String((payload as { text?: string }).text));
    return { ok: true, result: true as never };
  });
  const sent = { message_id: 1, date: 1, text: '/note secret', ...message };
  await bot.handleUpdate({ update_id: 1, message: sent } as unknown as Parameters<typeof bot.handleUpdate>[0]);
  return { replies, said };
}

const owner = { id: OWNER, is_bot: false, first_name: 'Owner' };
const privately = { id: OWNER, type: 'private', first_name: 'Owner' };

test.each([
  ['an unknown user', { from: { ...owner, id: 8 }, chat: { ...privately, id: 8 } }],
  ['the owner in a group', { from: owner, chat: { id: -1, type: 'group', title: 'All' } }],
  ['the owner in a supergroup', { from: owner, chat: { id: -100, type: 'supergroup', title: 'All' } }],
  ['a channel', { chat: { id: -100, type: 'channel', title: 'News' } }],
])('a message of %s is ignored, and logged', async (_, message) => {
  const { replies, said } = await send(message);
  expect(replies).toEqual([]);
  expect(said).toEqual([expect.stringContaining('was ignored')]);
  expect(said.join()).not.toContain('secret');
});

test('a forwarded message is no command', async () => {
  const forward_origin = { type: 'hidden_user', sender_user_name: 'Mallory', date: 1 };
  const { replies } = await send({ from: owner, chat: privately, forward_origin });
  expect(replies).toEqual([expect.stringContaining('forwarded message is no command')]);
});
