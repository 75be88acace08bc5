import { Bot, type Context, type Filter } from 'grammy';
import type { Database } from '../../database/client.ts';
import { LockstepError } from '../../errors.ts';
import type { Answer } from '../tools/answer.ts';
import { toolNamed } from '../tools/index.ts';
import { markAny } from '../tools/mark.ts';
import type { ToolContext } from '../tools/tool.ts';
import { choices, pressed } from './buttons.ts';
import { type Intent, parse } from './parse.ts';
import {
  advice,
  asMessage,
  FAULT,
  FORWARDED,
  HELP,
  LATER,
  NOT_UNDERSTOOD,
  NOTHING_CHANGED,
  OLD_BUTTON,
  TEXT_ONLY,
} from './replies.ts';
import { ignoreRefusal } from './retry.ts';
import { isOfTelegram, isRetryable, lineOf } from './telegram-errors.ts';

export interface BotOptions {
  readonly token: string;
  readonly apiRoot: string;
  /** The ids of the users that the bot answers. */
  readonly users: readonly number[];
  readonly database: Database;
  readonly timeZone: string;
  /** Gets no text of any message. */
  readonly say: (line: string) => void;
}

/** The kinds of updates that the bot requests from Telegram. */
export const UPDATES = ['message', 'callback_query'] as const;

type Call = Extract<Intent, { kind: 'call' }>;
type Delivery = Pick<ToolContext, 'now' | 'deliveryKey'>;

/**
 * The bot, without the loop or server that brings its updates. `handleUpdate` resolves when everything is written and
 * answered. When it throws a RetryableError, the update must be given again.
 */
export function createBot(options: BotOptions): Bot {
  const bot = new Bot(options.token, { client: { apiRoot: options.apiRoot } });
  const chat = new Chat(options);
  bot.use((context, next) => chat.guard(context, next));
  bot.on('message:text', (context) => chat.answerMessage(context));
  bot.on('callback_query:data', (context) => chat.answerButton(context));
  bot.on('message', (context) => chat.reply(context, TEXT_ONLY));
  return bot;
}

class Chat {
  readonly #options: BotOptions;
  readonly #users: ReadonlySet<number>;
  /** Updates whose sender knows that they are retried. */
  readonly #postponed = new Set<number>();

  constructor(options: BotOptions) {
    this.#options = options;
    this.#users = new Set(options.users);
  }

  /** Ignores unknown users, and tells the sender once when an update has to be retried. */
  async guard(context: Context, next: () => Promise<void>): Promise<void> {
    const from = context.from?.id;
    const { update_id: updateId } = context.update;
    if (from === undefined || !this.#users.has(from)) {
      return this.#options.say(`a message from user ${from ?? 'unknown'} was ignored`);
    }
    // In a group, others read the answers.
    const { chat } = context;
    if (chat && chat.type !== 'private') return this.#options.say(`a message in the group ${chat.id} was ignored`);
    // Its words are somebody else's.
    if (context.message?.forward_origin) {
      await this.reply(context, FORWARDED);
      return;
    }
    try {
      await next();
      this.#postponed.delete(updateId);
    } catch (error) {
      // When only the reply failed, the data is already written.
      if (!isRetryable(error) || isOfTelegram(error) || this.#postponed.has(updateId)) throw error;
      this.#postponed.add(updateId);
      await this.reply(context, LATER).catch(() => undefined);
      throw error;
    }
  }

  async answerMessage(context: Filter<Context, 'message:text'>): Promise<unknown> {
    const { text, date, chat, message_id } = context.message;
    const now = new Date(date * 1_000);
    const intent = parse(text, { now, timeZone: this.#options.timeZone }, context.me.username);
    if (intent.kind === 'foreign') return undefined;
    if (intent.kind !== 'call') return this.reply(context, replyTo(intent));
    const isWriting = intent.tool === markAny.name || toolNamed(intent.tool).writes;
    // The message's number, not its update's, which differs between polling and webhook.
    const delivery = isWriting
      ? { now, deliveryKey: `${context.me.id} ${chat.id} ${message_id}` }
      : { now: new Date() };
    const answer = await this.#run(intent, delivery);
    if (typeof answer === 'string') return this.reply(context, answer);
    const keyboard = answer.outcome === 'unclear' ? choices(intent, answer.records) : undefined;
    const hint = answer.outcome === 'unclear' && !keyboard ? advice(intent) : '';
    return this.reply(context, answer.text + hint, keyboard ? { reply_markup: keyboard } : {});
  }

  async answerButton(context: Filter<Context, 'callback_query:data'>): Promise<void> {
    const { say } = this.#options;
    const { id, data } = context.callbackQuery;
    const answer = await this.#press(data, `${context.me.id} press ${id}`);
    await ignoreRefusal(() => context.answerCallbackQuery(), say);
    const text = typeof answer === 'string' ? answer : answer.text;
    await ignoreRefusal(() => context.editMessageText(asMessage(text)), say);
  }

  reply(context: Context, text: string, more: Parameters<Context['reply']>[1] = {}): Promise<unknown> {
    return ignoreRefusal(() => context.reply(asMessage(text), more), this.#options.say);
  }

  async #press(data: string, deliveryKey: string): Promise<Answer | string> {
    const press = pressed(data);
    if (press === null) return OLD_BUTTON;
    return press.kind === 'call' ? this.#run(press, { now: new Date(), deliveryKey }) : NOTHING_CHANGED;
  }

  /** @returns the tool's answer, or why it was refused; @throws RetryableError */
  async #run({ tool, input }: Call, delivery: Delivery): Promise<Answer | string> {
    const { database, timeZone, say } = this.#options;
    try {
      const { call } = tool === markAny.name ? markAny : toolNamed(tool);
      return await call({ database, timeZone, source: 'telegram', ...delivery }, input);
    } catch (error) {
      if (isRetryable(error)) throw error;
      if (error instanceof LockstepError) return error.message;
      say(lineOf(error));
      return FAULT;
    }
  }
}

function replyTo(intent: Exclude<Intent, Call | { kind: 'foreign' }>): string {
  switch (intent.kind) {
    case 'help':
      return HELP;
    case 'incomplete':
      return `Add the details, for example: ${intent.example}`;
    case 'unknown':
      return NOT_UNDERSTOOD;
  }
}
