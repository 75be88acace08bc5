import { randomBytes, randomUUID } from 'node:crypto';
import { AmbiguousWriteError, FinalError, LockstepError } from '../errors.ts';
import type { Channel, ChannelStore } from './channel-store.ts';
import type { ConfiguredCalendar } from './configured-calendars.ts';
import type { GoogleApi } from './google-api.ts';
import type { Account } from './grant.ts';

const DAY_MS = 86_400_000;
/** Google's default; it may grant less. */
const LIFETIME_SECONDS = 7 * 86_400;

export interface ChannelsOptions {
  readonly store: Pick<ChannelStore, 'list' | 'add' | 'confirm' | 'remove'>;
  readonly apiOf: (account: Account, signal: AbortSignal) => GoogleApi;
  /** The URL that Google is to post to. */
  readonly address: string;
  readonly now: () => Date;
}

/** What was done, one line each. */
export interface ChannelReport {
  readonly opened: readonly string[];
  /** What failed, and why. */
  readonly problems: readonly string[];
}

/**
 * Keeps one of Google's push channels open on each calendar. A channel cannot be extended: it is replaced before
 * it expires.
 * @see https://developers.google.com/workspace/calendar/api/guides/push
 */
export class Channels {
  readonly #options: ChannelsOptions;

  constructor(options: ChannelsOptions) {
    this.#options = options;
  }

  /**
   * Opens missing channels, replaces those about to expire, and then stops those no longer needed. Not safe to run
   * twice at the same time. A failure with one calendar does not affect the others.
   */
  async renew(calendars: readonly ConfiguredCalendar[], signal: AbortSignal): Promise<ChannelReport> {
    const known = await this.#options.store.list();
    const opened: string[] = [];
    const problems: string[] = [];
    for (const calendar of calendars) {
      const own = known.filter(isOf(calendar));
      try {
        const current = own.find((channel) => this.#isGood(channel));
        if (!current) {
          await this.#open(calendar, signal);
          opened.push(`Google now reports changes in the ${calendar.name} calendar`);
        }
        for (const channel of own) if (channel !== current) await this.#stop(channel, signal);
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        problems.push(`Google does not report changes in the ${calendar.name} calendar: ${error.message}`);
      }
    }
    const unneeded = known.filter((channel) => !calendars.some((calendar) => isOf(calendar)(channel)));
    for (const channel of unneeded) await this.#stop(channel, signal);
    return { opened, problems };
  }

  #isGood(channel: Channel): boolean {
    const { address, now } = this.#options;
    return channel.resourceId !== null && channel.address === address && !isDue(channel, now());
  }

  async #open({ name, id: calendarId, account }: ConfiguredCalendar, signal: AbortSignal): Promise<void> {
    const { store, apiOf, address, now } = this.#options;
    const api = apiOf(account, signal);
    const openedAt = now();
    const longest = new Date(openedAt.getTime() + LIFETIME_SECONDS * 1000);
    const id = randomUUID();
    const token = randomBytes(32).toString('base64url');
    // Google may send the first notification before it answers this request.
    await store.add({ id, account, calendarId, address, resourceId: null, openedAt, expiresAt: longest }, token);
    const requestBody = { id, type: 'web_hook', address, token, params: { ttl: String(LIFETIME_SECONDS) } };
    const watching = api.call({ kind: 'write', what: `the ${name} calendar` }, (events) =>
      events.watch({ calendarId, requestBody }),
    );
    const { resourceId, expiration } = await watching.catch(async (error: unknown) => {
      // A channel whose answer was lost may be open: it is kept for as long as it can live.
      if (error instanceof LockstepError && !(error instanceof AmbiguousWriteError)) await store.remove(id);
      throw error;
    });
    const expiresAt = expiration ? new Date(Number(expiration)) : longest;
    await store.confirm(id, { resourceId: resourceId ?? '', expiresAt });
  }

  /** Stops a channel. If that fails, a later run tries again; the channel expires anyway. */
  async #stop({ id, account, resourceId, expiresAt }: Channel, signal: AbortSignal): Promise<void> {
    const { store, apiOf, now } = this.#options;
    if (expiresAt > now()) {
      if (resourceId === null) return;
      const api = apiOf(account, signal);
      try {
        await api.call({ kind: 'write', what: 'a channel' }, () =>
          api.channels.stop({ requestBody: { id, resourceId } }),
        );
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        // A FinalError means, for example, that there is no such channel.
        if (!(error instanceof FinalError)) return;
      }
    }
    await store.remove(id);
  }
}

/** Whether less than a day, or less than a fifth of its lifetime, is left. */
export function isDue({ openedAt, expiresAt }: Pick<Channel, 'openedAt' | 'expiresAt'>, now: Date): boolean {
  const lifetime = expiresAt.getTime() - openedAt.getTime();
  return expiresAt.getTime() - now.getTime() < Math.min(DAY_MS, lifetime / 5);
}

const isOf =
  ({ id, account }: ConfiguredCalendar) =>
  (channel: Channel): boolean =>
    channel.calendarId === id && channel.account === account;
