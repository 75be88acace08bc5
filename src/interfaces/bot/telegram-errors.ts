import { BotError, GrammyError, HttpError } from 'grammy';
import { ConfigurationError, FinalError, LockstepError, RetryableError } from '../../errors.ts';

/**
 * Converts an error of Telegram or the network. Its one-line message contains neither the token nor a message text.
 * Other errors are returned unchanged.
 */
export function telegramError(error: unknown): unknown {
  if (error instanceof BotError) return telegramError(error.error);
  if (error instanceof HttpError) return new RetryableError('telegram_unreachable', 'Telegram does not answer');
  if (!(error instanceof GrammyError)) return error;
  const { error_code: code, method, description, parameters } = error;
  const message = `Telegram refused ${method}: ${description} (${code})`;
  // A malformed token gets 404.
  if (code === 401 || code === 404) {
    return new ConfigurationError('Telegram does not know TELEGRAM_BOT_TOKEN: get the token from @BotFather');
  }
  if (code === 409) {
    return new RetryableError(
      'telegram_conflict',
      'another process fetches the messages of this bot: stop one of them',
    );
  }
  if (code === 429 || code >= 500) {
    const { retry_after: seconds } = parameters;
    return new RetryableError('telegram_busy', message, seconds === undefined ? {} : { retryAfterMs: seconds * 1_000 });
  }
  return new FinalError('telegram_refused', message);
}

/** Whether a retry may help. */
export const isRetryable = (error: unknown): error is RetryableError => error instanceof RetryableError;

export const isOfTelegram = ({ code }: LockstepError): boolean => code.startsWith('telegram_');

export const lineOf = (error: unknown): string =>
  error instanceof LockstepError
    ? error.message
    : `unexpected: ${error instanceof Error ? error.stack : String(error)}`;
