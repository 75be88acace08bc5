import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { Bot } from 'grammy';
import { z } from 'zod';
import { drain, listen, readBody } from '../../shared/http-service.ts';
import { isSameSecret } from '../../shared/secrets.ts';
import { UPDATES } from './create-bot.ts';
import { type Patience, patiently } from './patiently.ts';
import { handle } from './poll.ts';

const PATH = '/telegram';
const LARGEST_BODY = 1_000_000;
const REQUEST_MS = 10_000;

export interface WebhookOptions extends Patience {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly publicUrl: string;
}

/** What Telegram shows with every update, so that nobody else is believed; it tells nothing of the token. */
export const secretOf = (bot: Bot): string =>
  createHmac('sha256', bot.token).update('lockstep webhook').digest('base64url');

/**
 * Takes updates from Telegram. One that cannot be handled now is refused, and Telegram brings it again.
 * @throws ConfigurationError when Telegram does not know the token; Error when the port is taken
 */
export async function startWebhook(
  bot: Bot,
  options: WebhookOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { host, port, publicUrl, say } = options;
  const secret = secretOf(bot);
  const me = await patiently(() => bot.api.getMe(), options);
  if (me) bot.botInfo = me;
  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown): Answer => {
        say(`an update was not taken: ${error instanceof Error ? error.message : String(error)}`);
        return [503, 'not now; try again'];
      })
      .then(([status, text]) => {
        // The rest of a body that nobody reads must not keep the connection.
        if (status === 413) response.setHeader('connection', 'close');
        response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
      })
      .catch(() => response.destroy());
  });
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/healthz' && request.method === 'GET') return [200, 'ok'];
    if (pathname !== PATH) return [404, 'there is nothing here'];
    if (request.method !== 'POST') return [405, 'only POST'];
    if (!isSameSecret(String(request.headers['x-telegram-bot-api-secret-token'] ?? ''), secret)) {
      return [401, 'only Telegram is believed'];
    }
    const body = await readBody(request, LARGEST_BODY);
    if (!body) return [413, 'too large'];
    const update = updateIn(body.toString());
    if (!update) return [400, 'this is no update'];
    await handle(bot, update, say);
    return [200, 'ok'];
  };
  server.requestTimeout = REQUEST_MS;
  server.headersTimeout = REQUEST_MS;
  const at = await listen(server, host, port);
  try {
    const hook = { secret_token: secret, allowed_updates: UPDATES };
    await patiently(() => bot.api.setWebhook(`${publicUrl}${PATH}`, hook), options);
  } catch (error) {
    await drain(server);
    throw error;
  }
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${at}${PATH}`, close: () => drain(server) };
}

type Answer = readonly [status: number, text: string];
type Update = Parameters<Bot['handleUpdate']>[0];

const numbered = z.object({ update_id: z.int() });

function updateIn(body: string): Update | null {
  try {
    const parsed: unknown = JSON.parse(body);
    numbered.parse(parsed);
    return parsed as Update; // Telegram's word is believed: the secret was its
  } catch {
    return null;
  }
}
