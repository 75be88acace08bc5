import { BotError, GrammyError, HttpError } from 'grammy';
import { ConfigurationError, FinalError, LockstepError, RetryableError } from '../../errors.ts';

/**
 * What Telegram, or the way to it, said; as one line in which neither the token nor a message stands.
 * What is no error of theirs stays as it is.
 */
export function telegramError(error: unknown): unknown {
  if (error instanceof BotError) return telegramError(error.error);
  if (error instanceof HttpError) return new RetryableError('telegram_unreachable', 'Telegram does not answer');
  if (!(error instanceof GrammyError)) return error;
  const { error_code: code, method, description, parameters } = error;
  const said = `Telegram refused ${method}: ${description} (${code})`;
  // A token that is not even one is «Not Found».
  if (code === 401 || code === 404) {
    return new ConfigurationError('TELEGRAM_BOT_TOKEN is not one that Telegram knows: ask @BotFather for it');
  }
  if (code === 409) {
    return new RetryableError(
      'telegram_conflict',
      'another bot process takes the messages of this token: stop one of them',
    );
  }
  if (code === 429 || code >= 500) {
    const { retry_after: seconds } = parameters;
    return new RetryableError('telegram_busy', said, seconds === undefined ? {} : { retryAfterMs: seconds * 1_000 });
  }
  return new FinalError('telegram_refused', said);
}

/** Whether trying again may help. */
export const isRetryable = (error: unknown): error is RetryableError => error instanceof RetryableError;

export const isOfTelegram = ({ code }: LockstepError): boolean => code.startsWith('telegram_');

export const lineOf = (error: unknown): string =>
  error instanceof LockstepError
    ? error.message
    : `unexpected: ${error instanceof Error ? error.stack : String(error)}`;
