import { setTimeout as sleep } from 'node:timers/promises';
import { LockstepError } from '../../errors.ts';
import { ChannelStore } from '../../google/channel-store.ts';
import { type ChannelReport, Channels } from '../../google/channels.ts';
import { configuredCalendars } from '../../google/configured-calendars.ts';
import { GoogleApi } from '../../google/google-api.ts';
import type { WorkerServices } from '../../runtime/services.ts';

/** Shorter than a fifth of a channel's lifetime, unless Google grants less than an hour. */
const CHECK_EVERY_MS = 10 * 60_000;

export interface KeepChannelsOptions {
  /** The origin at which Google reaches the webhook server. */
  readonly publicUrl: string;
  readonly say: (line: string) => void;
  readonly now?: () => Date;
  readonly checkEveryMs?: number;
}

export interface KeptChannels {
  /** Leaves the channels open: the next process takes them over. */
  close(): Promise<void>;
}

/**
 * Keeps Google's notification channels open while it runs. Several processes share one channel for each calendar.
 * A failure here stops nothing: a worker's poll or the next cycle finds the changes anyway.
 */
export function keepChannels(services: WorkerServices, options: KeepChannelsOptions): KeptChannels {
  const { publicUrl, say, now = () => new Date(), checkEveryMs = CHECK_EVERY_MS } = options;
  const { config, database, grants, claims } = services;
  const channels = new Channels({
    store: new ChannelStore(database),
    apiOf: (account, signal) => new GoogleApi(services.google, account, grants, signal),
    address: `${publicUrl}/google`,
    now,
  });
  const renew = async (signal: AbortSignal): Promise<ChannelReport> => {
    const calendars = await configuredCalendars(config, grants);
    return 'skipped' in calendars
      ? troubled(`no notifications from Google: ${calendars.skipped}`)
      : await claims.hold('push_channels', { signal }, (held) => channels.renew(calendars, held));
  };
  const closing = new AbortController();
  const done = keepRenewing(() => renew(closing.signal), { say, checkEveryMs, signal: closing.signal });
  return {
    close: async () => {
      closing.abort();
      await done;
    },
  };
}

/** Reports what was done, and a lasting problem once. */
async function keepRenewing(
  renew: () => Promise<ChannelReport>,
  { say, checkEveryMs, signal }: { say: (line: string) => void; checkEveryMs: number; signal: AbortSignal },
): Promise<void> {
  let reported: readonly string[] = [];
  while (!signal.aborted) {
    const { opened, problems } = await renew().catch(toReport);
    if (signal.aborted) return;
    for (const line of opened) say(line);
    for (const line of problems) if (!reported.includes(line)) say(line);
    reported = problems;
    await sleep(checkEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

const toReport = (error: unknown): ChannelReport =>
  troubled(
    `Google does not report changes of calendars: ${error instanceof LockstepError ? error.message : `unexpected: ${error}`}`,
  );

const troubled = (line: string): ChannelReport => ({ opened: [], problems: [line] });
