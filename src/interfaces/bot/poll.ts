import type { Bot } from 'grammy';
import { type RetryOptions, retryUntilDone } from './retry.ts';
import { UPDATES } from './telegram-bot.ts';
import { isRetryable, lineOf, telegramError } from './telegram-errors.ts';

/** How long Telegram waits for an update before it answers. */
const LONG_POLL_S = 30;

/**
 * Fetches updates until the signal. An update is confirmed only after it was handled: grammY's own loop confirms it
 * before, so an update that a crash or an outage of PostgreSQL interrupts would be lost.
 * @throws ConfigurationError when Telegram does not know the token
 */
export async function poll(bot: Bot, patience: RetryOptions, onStart: () => void): Promise<void> {
  const { signal, say } = patience;
  const me = await retryUntilDone(() => bot.api.getMe(signalOf(signal)), patience);
  if (me) bot.botInfo = me;
  // Telegram refuses polling while a webhook is set.
  await retryUntilDone(() => bot.api.deleteWebhook({}, signalOf(signal)), patience);
  if (signal.aborted) return;
  onStart();
  let offset = 0;
  while (!signal.aborted) {
    const ask = { offset, timeout: LONG_POLL_S, allowed_updates: UPDATES };
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
  // Confirms the handled updates, so that the next start does not get them again.
  if (offset > 0) await bot.api.getUpdates({ offset, limit: 1, timeout: 0 }).catch(() => undefined);
}

/** An update that cannot be handled must not stop the ones after it. @throws RetryableError */
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
    say(`an update could not be handled: ${lineOf(error)}`);
  }
}

/** grammY declares its own type for AbortSignal. */
const signalOf = (signal: AbortSignal): Parameters<Bot['init']>[0] => signal as Parameters<Bot['init']>[0];
