import { randomBytes, randomUUID } from 'node:crypto';
import { AmbiguousWriteError, FinalError, LockstepError } from '../errors.ts';
import type { ConfiguredCalendar } from './calendars.ts';
import type { Channel, ChannelStore } from './channel-store.ts';
import type { GoogleApi } from './client.ts';
import type { Account } from './grant.ts';

const DAY_MS = 86_400_000;
/** Google's own default; it may give less. */
const LIFE_SECONDS = 7 * 86_400;

export interface ChannelsOptions {
  readonly store: Pick<ChannelStore, 'list' | 'add' | 'confirm' | 'remove'>;
  readonly apiOf: (account: Account, signal: AbortSignal) => GoogleApi;
  /** Where Google shall post to. */
  readonly address: string;
  readonly now: () => Date;
}

/** What came of it, a line each. */
export interface Tended {
  readonly opened: readonly string[];
  /** What Google refuses, or did not answer. */
  readonly troubles: readonly string[];
}

/**
 * Keeps one of Google's push channels open on each calendar. A channel cannot be made to last: another takes over
 * before it ends.
 * @see https://developers.google.com/workspace/calendar/api/guides/push
 */
export class Channels {
  readonly #options: ChannelsOptions;

  constructor(options: ChannelsOptions) {
    this.#options = options;
  }

  /**
   * Opens what is missing or about to end, and then stops what is not needed any more. One at a time may do so.
   * Trouble with one calendar stops no other.
   */
  async tend(calendars: readonly ConfiguredCalendar[], signal: AbortSignal): Promise<Tended> {
    const known = await this.#options.store.list();
    const opened: string[] = [];
    const troubles: string[] = [];
    for (const calendar of calendars) {
      const own = known.filter(isOf(calendar));
      try {
        const current = own.find((channel) => this.#isGood(channel));
        if (!current) {
          await this.#open(calendar, signal);
          opened.push(`Google tells of changes in the ${calendar.name} calendar`);
        }
        for (const channel of own) if (channel !== current) await this.#end(channel, signal);
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        troubles.push(`changes in the ${calendar.name} calendar wait for the next cycle: ${error.message}`);
      }
    }
    const needless = known.filter((channel) => !calendars.some((calendar) => isOf(calendar)(channel)));
    for (const channel of needless) await this.#end(channel, signal);
    return { opened, troubles };
  }

  #isGood(channel: Channel): boolean {
    const { address, now } = this.#options;
    return channel.resourceId !== null && channel.address === address && !isDue(channel, now());
  }

  async #open({ name, id: calendarId, account }: ConfiguredCalendar, signal: AbortSignal): Promise<void> {
    const { store, apiOf, address, now } = this.#options;
    const api = apiOf(account, signal);
    const openedAt = now();
    const longest = new Date(openedAt.getTime() + LIFE_SECONDS * 1000);
    const id = randomUUID();
    const token = randomBytes(32).toString('base64url');
    // Google may speak before it answers.
    await store.add({ id, account, calendarId, address, resourceId: null, openedAt, expiresAt: longest }, token);
    const requestBody = { id, type: 'web_hook', address, token, params: { ttl: String(LIFE_SECONDS) } };
    const watching = api.call({ kind: 'write', what: `the ${name} calendar` }, (events) =>
      events.watch({ calendarId, requestBody }),
    );
    const { resourceId, expiration } = await watching.catch(async (error: unknown) => {
      // One whose answer was lost may be open: it is believed as long as it can last.
      if (error instanceof LockstepError && !(error instanceof AmbiguousWriteError)) await store.remove(id);
      throw error;
    });
    const expiresAt = expiration ? new Date(Number(expiration)) : longest;
    await store.confirm(id, { resourceId: resourceId ?? '', expiresAt });
  }

  /** What cannot be stopped now is left for another time: it ends by itself. */
  async #end({ id, account, resourceId, expiresAt }: Channel, signal: AbortSignal): Promise<void> {
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
        // Such as: there is no such channel.
        if (!(error instanceof FinalError)) return;
      }
    }
    await store.remove(id);
  }
}

/** Whether less than a day, or a fifth of its life, is left of it. */
export function isDue({ openedAt, expiresAt }: Pick<Channel, 'openedAt' | 'expiresAt'>, now: Date): boolean {
  const life = expiresAt.getTime() - openedAt.getTime();
  return expiresAt.getTime() - now.getTime() < Math.min(DAY_MS, life / 5);
}

const isOf =
  ({ id, account }: ConfiguredCalendar) =>
  (channel: Channel): boolean =>
    channel.calendarId === id && channel.account === account;
