import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { drain, listen, readBody } from '../../../src/shared/http-service.ts';

export const OWNER = 4242;
export const TOKEN = '987654:the-token-of-the-test-and-of-nobody-else';
const BOT = { id: 987654, is_bot: true, first_name: 'Lockstep', username: 'lockstep_test_bot' };

export interface SentMessage {
  readonly message_id: number;
  readonly chat_id: number;
  text: string;
  /** Labels and data of the buttons, row by row. */
  buttons: { readonly text: string; readonly callback_data: string }[];
}

interface Update {
  readonly update_id: number;
  readonly [kind: string]: unknown;
}

interface Refusal {
  readonly error_code: number;
  readonly description: string;
  readonly retry_after?: number;
}

/** A Bot API server of the test's own, as strict as Telegram's: unknown methods, parameters and tokens are refused. */
export interface TelegramApi {
  readonly url: string;
  /** What the bot has sent, as it reads now. */
  readonly sent: readonly SentMessage[];
  /** Every call that was not refused: its method and parameters. */
  readonly calls: readonly { readonly method: string; readonly params: unknown }[];
  /** The updates that were neither confirmed nor taken by a webhook. */
  readonly pending: number;
  readonly webhook: { readonly url: string; readonly secret_token?: string } | null;
  /** A user writes. @returns the message, to be delivered again */
  write(text: string, from?: number, date?: Date): Message;
  /** The same message once more, as a new update. */
  deliverAgain(message: Message): void;
  /** A user presses a button. @returns what delivers the same press again */
  press(on: SentMessage, callback_data: string, from?: number): () => void;
  /** A message that is no text. */
  sendPhoto(): void;
  /** The next call of a method is refused so; or its connection breaks. */
  fail(method: string, how: Refusal | 'broken'): void;
  /** Resolves when all updates are confirmed. */
  settled(): Promise<void>;
  /** Resolves when the bot has sent (or edited) so many messages. */
  answers(count: number): Promise<void>;
  close(): Promise<void>;
}

export interface Message {
  readonly message_id: number;
  readonly date: number;
  readonly chat: { readonly id: number; readonly type: 'private' };
  readonly from: object;
  readonly text?: string;
}

const button = z.strictObject({
  text: z.string().min(1),
  callback_data: z
    .string()
    .refine((data) => Buffer.byteLength(data) >= 1 && Buffer.byteLength(data) <= 64, 'BUTTON_DATA_INVALID'),
});
const markup = z.strictObject({ inline_keyboard: z.array(z.array(button)) });
const text = z.string().min(1, 'message text is empty').max(4096, 'message is too long');
const allowed = z.array(z.enum(['message', 'callback_query']));

const methods = {
  getMe: z.strictObject({}),
  getUpdates: z.strictObject({
    offset: z.int().optional(),
    limit: z.int().optional(),
    timeout: z.int().optional(),
    allowed_updates: allowed.optional(),
  }),
  sendMessage: z.strictObject({ chat_id: z.int(), text, reply_markup: markup.optional() }),
  editMessageText: z.strictObject({ chat_id: z.int(), message_id: z.int(), text, reply_markup: markup.optional() }),
  answerCallbackQuery: z.strictObject({ callback_query_id: z.string(), text: z.string().max(200).optional() }),
  setWebhook: z.strictObject({
    url: z.url(),
    secret_token: z
      .string()
      .regex(/^[\w-]{1,256}$/)
      .optional(),
    allowed_updates: allowed.optional(),
  }),
  deleteWebhook: z.strictObject({ drop_pending_updates: z.boolean().optional() }),
};
type Method = keyof typeof methods;

export async function startTelegramApi(): Promise<TelegramApi> {
  let updates: Update[] = [];
  let nextUpdate = 1_000;
  let nextMessage = 1;
  let webhook: TelegramApi['webhook'] = null;
  let held: { wake(): void; conflict(): void } | null = null;
  const sent: SentMessage[] = [];
  const calls: { method: string; params: unknown }[] = [];
  const failures = new Map<string, (Refusal | 'broken')[]>();
  const presses = new Set<string>();
  const watchers = new Set<() => void>();
  let answered = 0;

  const changed = (): void => {
    for (const watch of watchers) watch();
  };
  const until = (isTrue: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isTrue()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  const push = (update: object): void => {
    updates.push({ update_id: nextUpdate, ...update });
    nextUpdate += 1;
    held?.wake();
    changed();
  };

  const refuse = (error_code: number, description: string): never => {
    throw { error_code, description } satisfies Refusal;
  };

  const answer = {
    getMe: () => BOT,
    getUpdates: async (
      { offset = 0, limit = 100, timeout = 0 }: z.output<typeof methods.getUpdates>,
      response: ServerResponse,
    ) => {
      if (webhook)
        refuse(
          409,
          "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        );
      held?.conflict();
      updates = updates.filter(({ update_id }) => update_id >= offset);
      changed();
      if (updates.length === 0 && timeout > 0) {
        const how = await new Promise<'woken' | 'conflict'>((resolve) => {
          held = { wake: () => resolve('woken'), conflict: () => resolve('conflict') };
          setTimeout(resolve, timeout * 1_000, 'woken').unref();
          response.once('close', () => resolve('woken'));
        });
        held = null;
        if (how === 'conflict')
          refuse(
            409,
            'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
          );
      }
      return updates.slice(0, limit);
    },
    sendMessage: ({ chat_id, text, reply_markup }: z.output<typeof methods.sendMessage>) => {
      const message = { message_id: nextMessage, chat_id, text, buttons: reply_markup?.inline_keyboard.flat() ?? [] };
      nextMessage += 1;
      sent.push(message);
      answered += 1;
      return messageOf(message);
    },
    editMessageText: ({ chat_id, message_id, text, reply_markup }: z.output<typeof methods.editMessageText>) => {
      const message = sent.find((one) => one.chat_id === chat_id && one.message_id === message_id);
      if (!message) return refuse(400, 'Bad Request: message to edit not found');
      const buttons = reply_markup?.inline_keyboard.flat() ?? [];
      if (message.text === text && message.buttons.length === buttons.length)
        return refuse(400, 'Bad Request: message is not modified');
      Object.assign(message, { text, buttons });
      answered += 1;
      return messageOf(message);
    },
    answerCallbackQuery: ({ callback_query_id }: z.output<typeof methods.answerCallbackQuery>) => {
      if (!presses.delete(callback_query_id))
        refuse(400, 'Bad Request: query is too old and response timeout expired or query ID is invalid');
      return true;
    },
    setWebhook: ({ url, secret_token }: z.output<typeof methods.setWebhook>) => {
      webhook = { url, ...(secret_token === undefined ? {} : { secret_token }) };
      return true;
    },
    deleteWebhook: () => {
      webhook = null;
      return true;
    },
  };

  const messageOf = ({ message_id, chat_id, text }: SentMessage): Message => ({
    ...{ message_id, text, from: BOT },
    date: Math.floor(Date.now() / 1_000),
    chat: { id: chat_id, type: 'private' },
  });

  async function reply(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const [, token, name = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
    if (token !== TOKEN) refuse(401, 'Unauthorized');
    if (request.method !== 'POST' || !(name in methods)) refuse(404, 'Not Found: method not found');
    const failure = failures.get(name)?.shift();
    if (failure === 'broken') {
      request.socket.destroy();
      return undefined;
    }
    if (failure) throw failure;
    if (!request.headers['content-type']?.startsWith('application/json')) refuse(400, 'Bad Request: JSON is expected');
    const method = name as Method; // checked above
    const body = (await readBody(request, 100_000))?.toString() ?? '';
    const params = methods[method].safeParse(JSON.parse(body === '' ? '{}' : body));
    if (!params.success) return refuse(400, `Bad Request: ${z.prettifyError(params.error)}`);
    calls.push({ method, params: params.data });
    // Each method's answer takes what its schema gives.
    const result = await (answer[method] as (params: unknown, response: ServerResponse) => unknown)(
      params.data,
      response,
    );
    changed();
    return result;
  }

  const server = createServer((request, response) => {
    const write = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    reply(request, response).then(
      (result) => result !== undefined && write(200, { ok: true, result }),
      (error: unknown) => {
        const { error_code = 500, description = String(error), retry_after } = error as Partial<Refusal>;
        const parameters = retry_after === undefined ? {} : { parameters: { retry_after } };
        write(error_code, { ok: false, error_code, description, ...parameters });
      },
    );
  });
  const port = await listen(server, '127.0.0.1', 0);
  const user = (id: number): object => ({ id, is_bot: false, first_name: 'Ana' });

  return {
    url: `http://127.0.0.1:${port}`,
    sent,
    calls,
    get pending() {
      return updates.length;
    },
    get webhook() {
      return webhook;
    },
    write: (said, from = OWNER, date = new Date()) => {
      const command = /^\/\w+/.exec(said)?.[0];
      const message = {
        ...{ message_id: nextMessage, date: Math.floor(date.getTime() / 1_000) },
        ...{ chat: { id: from, type: 'private' as const }, from: user(from), text: said },
        ...(command ? { entities: [{ type: 'bot_command', offset: 0, length: command.length }] } : {}),
      };
      nextMessage += 1;
      push({ message });
      return message;
    },
    deliverAgain: (message) => push({ message }),
    press: (on, callback_data, from = OWNER) => {
      const id = String(nextUpdate);
      presses.add(id);
      const query = { id, from: user(from), chat_instance: '1', data: callback_data, message: messageOf(on) };
      push({ callback_query: query });
      return () => push({ callback_query: query });
    },
    sendPhoto: () => {
      const message = {
        message_id: nextMessage,
        date: 1,
        chat: { id: OWNER, type: 'private' },
        from: user(OWNER),
        photo: [],
      };
      nextMessage += 1;
      push({ message });
    },
    fail: (method, how) => failures.set(method, [...(failures.get(method) ?? []), how]),
    settled: () => until(() => updates.length === 0),
    answers: (count) => until(() => answered >= count),
    close: async () => {
      held?.wake();
      server.closeAllConnections();
      const closed = once(server, 'close');
      await drain(server);
      await closed;
    },
  };
}
