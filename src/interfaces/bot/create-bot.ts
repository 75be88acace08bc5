import { Bot, type Context } from 'grammy';
import type { Database } from '../../database/client.ts';
import { LockstepError } from '../../errors.ts';
import type { Answer } from '../tools/answer.ts';
import { toolNamed } from '../tools/index.ts';
import { markAny } from '../tools/mark.ts';
import type { ToolContext } from '../tools/tool.ts';
import { choices, pressed } from './buttons.ts';
import { type Intent, parse } from './parse.ts';
import { leniently } from './patiently.ts';
import { isOfTelegram, isPassing, lineOf } from './telegram-errors.ts';
import {
  advice,
  asMessage,
  FAULT,
  HELP,
  LATER,
  NOT_UNDERSTOOD,
  NOTHING_CHANGED,
  OLD_BUTTON,
  TEXT_ONLY,
} from './words.ts';

export interface BotOptions {
  readonly token: string;
  readonly apiRoot: string;
  /** Who is answered. */
  readonly users: readonly number[];
  readonly database: Database;
  readonly timeZone: string;
  /** Never hears what a message says. */
  readonly say: (line: string) => void;
}

/** What of Telegram the bot asks for. */
export const UPDATES = ['message', 'callback_query'] as const;

/**
 * The bot, without the loop or server that brings it its updates. `handleUpdate` ends when all is written and
 * answered; where that failed for now it throws, and the update is to be given again.
 */
export function createBot({ token, apiRoot, users, database, timeZone, say }: BotOptions): Bot {
  const bot = new Bot(token, { client: { apiRoot } });
  const listed = new Set(users);
  const told = new Set<number>();

  const run = (call: Call, context: Pick<ToolContext, 'now' | 'deliveryKey'>): Promise<Answer> => {
    const tool = call.tool === markAny.name ? markAny : toolNamed(call.tool);
    return tool.call({ database, timeZone, source: 'telegram', ...context }, call.input);
  };
  const reply = (context: Context, text: string, more: Parameters<Context['reply']>[1] = {}): Promise<unknown> =>
    leniently(() => context.reply(asMessage(text), more), say);

  bot.use(async (context, next) => {
    const from = context.from?.id;
    if (from === undefined || !listed.has(from)) return say(`a message of user ${from ?? 'unknown'} was left alone`);
    try {
      await next();
      told.delete(context.update.update_id);
    } catch (error) {
      // Where only the answer could not be sent, it is written already.
      if (!isPassing(error) || isOfTelegram(error) || told.has(context.update.update_id)) throw error;
      told.add(context.update.update_id);
      // Nothing hinges on this one.
      await reply(context, LATER).catch(() => undefined);
      throw error;
    }
  });

  bot.on('message:text', async (context) => {
    const { text, date, chat, message_id } = context.message;
    const now = new Date(date * 1_000);
    const intent = parse(text, { now, timeZone });
    if (intent.kind !== 'call') return reply(context, wordsFor(intent));
    // The message, not its update: that has another number where it was delivered in another way.
    const deliveryKey = `${context.me.id} ${chat.id} ${message_id}`;
    const tool = intent.tool;
    const isWriting = tool === markAny.name || toolNamed(tool).writes;
    const answer = await said(() => run(intent, isWriting ? { now, deliveryKey } : { now: new Date() }));
    if (typeof answer === 'string') return reply(context, answer);
    const keyboard = answer.outcome === 'unclear' ? choices(intent, answer.records) : undefined;
    const hint = answer.outcome === 'unclear' && !keyboard ? advice(intent) : '';
    return reply(context, answer.text + hint, keyboard ? { reply_markup: keyboard } : {});
  });

  bot.on('callback_query:data', async (context) => {
    const { id, data } = context.callbackQuery;
    const press = pressed(data);
    const answer =
      press?.kind === 'call'
        ? await said(() => run(press, { now: new Date(), deliveryKey: `${context.me.id} press ${id}` }))
        : press === null
          ? OLD_BUTTON
          : NOTHING_CHANGED;
    await leniently(() => context.answerCallbackQuery(), say);
    const text = typeof answer === 'string' ? answer : answer.text;
    await leniently(() => context.editMessageText(asMessage(text)), say);
  });

  bot.on('message', (context) => reply(context, TEXT_ONLY));

  /** What a tool answered, or what to say of its refusal. @throws what passes by itself */
  async function said(call: () => Promise<Answer>): Promise<Answer | string> {
    try {
      return await call();
    } catch (error) {
      if (isPassing(error)) throw error;
      if (error instanceof LockstepError) return error.message;
      say(lineOf(error));
      return FAULT;
    }
  }

  return bot;
}

type Call = Extract<Intent, { kind: 'call' }>;

function wordsFor(intent: Exclude<Intent, Call>): string {
  switch (intent.kind) {
    case 'help':
      return HELP;
    case 'incomplete':
      return `Say what, as in: ${intent.example}`;
    case 'unknown':
      return NOT_UNDERSTOOD;
  }
}
