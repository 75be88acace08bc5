import { HttpError } from './http-service.ts';

const WINDOW_MS = 60_000;
const MAX_FAILURES = 10;
/** Older addresses are forgotten first. */
const MAX_ADDRESSES = 10_000;

/** Failed sign-ins by address: after ten in a minute, the address is refused until the minute is over. */
export class FailedAttempts {
  readonly #failures = new Map<string, { count: number; until: number }>();
  readonly #say: (line: string) => void;

  /** @param say logs each failure */
  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** @throws HttpError (429) after too many failures */
  check(address: string, now = Date.now()): void {
    const known = this.#failures.get(address);
    if (!known || known.until <= now || known.count < MAX_FAILURES) return;
    const seconds = Math.ceil((known.until - now) / 1_000);
    throw new HttpError(429, `too many failed sign-ins: try again in ${seconds} s`, { 'retry-after': String(seconds) });
  }

  add(address: string, now = Date.now()): void {
    const known = this.#failures.get(address);
    const isCurrent = known !== undefined && known.until > now;
    const count = (isCurrent ? known.count : 0) + 1;
    this.#failures.delete(address);
    this.#failures.set(address, { count, until: isCurrent ? known.until : now + WINDOW_MS });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
    this.#say(`a sign-in from ${address} failed (${count} in the last minute)`);
  }
}
