import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../shared/duration.ts';

const MIN_PAUSE_MS = 60_000;
const MAX_PAUSE_MS = 90 * 86_400_000;

/** Collects the values of an option that can be given several times. */
export function repeated(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

export function positiveNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('must be a whole number of at least 1');
}

export function portNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number < 65_536) return number;
  throw new InvalidArgumentError('must be a whole number from 0 (any free port) to 65535');
}

/** @returns milliseconds */
export function pauseTime(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null && ms >= MIN_PAUSE_MS && ms <= MAX_PAUSE_MS) return ms;
  throw new InvalidArgumentError('must be a time such as 30m, 8h or 2d, from 1m to 90d');
}
