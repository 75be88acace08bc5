import type { Bot } from 'grammy';
import { type RetryOptions, retryUntilDone } from './retry.ts';
import { UPDATES } from './telegram-bot.ts';
import { isRetryable, lineOf, telegramError } from './telegram-errors.ts';

/** How long Telegram holds a question while nothing comes. */
const HELD_S = 30;

/**
 * Fetches updates until the signal. An update is confirmed when it was handled, not before: grammY's own loop would
 * confirm one that a crash or an outage of PostgreSQL interrupted, and it would be lost.
 * @throws ConfigurationError when Telegram does not know the token
 */
export async function poll(bot: Bot, patience: RetryOptions, onStart: () => void): Promise<void> {
  const { signal, say } = patience;
  const me = await retryUntilDone(() => bot.api.getMe(signalOf(signal)), patience);
  if (me) bot.botInfo = me;
  // While a webhook is set, Telegram gives updates to nobody else.
  await retryUntilDone(() => bot.api.deleteWebhook({}, signalOf(signal)), patience);
  if (signal.aborted) return;
  onStart();
  let offset = 0;
  while (!signal.aborted) {
    const ask = { offset, timeout: HELD_S, allowed_updates: UPDATES };
    const updates = (await retryUntilDone(() => bot.api.getUpdates(ask, signalOf(signal)), patience)) ?? [];
    for (const update of updates) {
      const handled = await retryUntilDone(async () => {
        await handle(bot, update, say);
        return true;
      }, patience);
      if (!handled) break;
      offset = update.update_id + 1;
    }
  }
  // What is handled is not to come again with the next start.
  if (offset > 0) await bot.api.getUpdates({ offset, limit: 1, timeout: 0 }).catch(() => undefined);
}

/** One update that cannot be handled must not stop all that come after it. @throws what passes by itself */
export async function handle(
  bot: Bot,
  update: Parameters<Bot['handleUpdate']>[0],
  say: RetryOptions['say'],
): Promise<void> {
  try {
    await bot.handleUpdate(update);
  } catch (thrown) {
    const error = telegramError(thrown);
    if (isRetryable(error)) throw error;
    say(`an update was not handled: ${lineOf(error)}`);
  }
}

/** grammY has a type of its own for what is the platform's. */
const signalOf = (signal: AbortSignal): Parameters<Bot['init']>[0] => signal as Parameters<Bot['init']>[0];
