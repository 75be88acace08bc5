import { createHmac } from 'node:crypto';
import type { Bot } from 'grammy';
import { z } from 'zod';
import { type HttpHandler, HttpService, routeByPath, textReply } from '../../shared/http-service.ts';
import { isSameSecret } from '../../shared/secrets.ts';
import { handle } from './poll.ts';
import { type RetryOptions, retryUntilDone } from './retry.ts';
import { UPDATES } from './telegram-bot.ts';

export const WEBHOOK_PATH = '/telegram';

export interface WebhookOptions extends RetryOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly publicUrl: string;
}

/** The secret that Telegram sends with every update. It does not reveal the token. */
export const secretOf = (bot: Bot): string =>
  createHmac('sha256', bot.token).update('lockstep webhook').digest('base64url');

/**
 * Receives updates from Telegram. One that cannot be handled now gets 503, and Telegram sends it again.
 * @throws ConfigurationError when Telegram does not know the token, or the address cannot be listened on
 */
export async function startWebhook(bot: Bot, options: WebhookOptions): Promise<HttpService> {
  const { host, port, publicUrl, say } = options;
  const secret = secretOf(bot);
  const me = await retryUntilDone(() => bot.api.getMe(), options);
  if (me) bot.botInfo = me;
  const takeUpdate: HttpHandler = async ({ headers, readBody }) => {
    if (!isSameSecret(String(headers['x-telegram-bot-api-secret-token'] ?? ''), secret)) {
      return textReply(401, 'the secret token is missing or wrong');
    }
    const update = updateIn((await readBody()).toString());
    if (!update) return textReply(400, 'not a Telegram update');
    await handle(bot, update, say);
    return textReply(200, 'ok');
  };
  const service = new HttpService({
    id: 'bot',
    address: { host, port },
    say,
    handle: routeByPath({ [WEBHOOK_PATH]: { method: 'POST', handle: takeUpdate } }),
  });
  await service.run();
  try {
    const hook = { secret_token: secret, allowed_updates: UPDATES };
    await retryUntilDone(() => bot.api.setWebhook(`${publicUrl}${WEBHOOK_PATH}`, hook), options);
  } catch (error) {
    await service.stop();
    throw error;
  }
  return service;
}

type Update = Parameters<Bot['handleUpdate']>[0];

const numbered = z.object({ update_id: z.int() });

function updateIn(body: string): Update | null {
  try {
    const parsed: unknown = JSON.parse(body);
    numbered.parse(parsed);
    return parsed as Update; // the secret proves that Telegram sent it
  } catch {
    return null;
  }
}
