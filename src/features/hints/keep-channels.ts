import { setTimeout as sleep } from 'node:timers/promises';
import { LockstepError } from '../../errors.ts';
import { configuredCalendars } from '../../google/calendars.ts';
import { ChannelStore } from '../../google/channel-store.ts';
import { Channels, type ChannelReport } from '../../google/channels.ts';
import { GoogleApi } from '../../google/client.ts';
import type { WorkerServices } from '../../runtime/services.ts';

/** A fifth of a channel's life is longer, unless Google should give less than an hour. */
const LOOK_EVERY_MS = 10 * 60_000;

export interface KeepChannelsOptions {
  /** The origin at which Google reaches the webhook server. */
  readonly publicUrl: string;
  readonly say: (line: string) => void;
  readonly now?: () => Date;
  readonly lookEveryMs?: number;
}

export interface KeptChannels {
  /** Leaves them open: whoever runs next takes them over. */
  close(): Promise<void>;
}

/**
 * Has Google tell of changes in the calendars, for as long as this runs. Several may do so at once, and have one
 * channel for each calendar all the same. Nothing that goes wrong here stops anything: the cycle looks anyway.
 */
export function keepChannels(services: WorkerServices, options: KeepChannelsOptions): KeptChannels {
  const { publicUrl, say, now = () => new Date(), lookEveryMs = LOOK_EVERY_MS } = options;
  const { config, database, grants, claims } = services;
  const channels = new Channels({
    store: new ChannelStore(database),
    apiOf: (account, signal) => new GoogleApi(services.google, account, grants, signal),
    address: `${publicUrl}/google`,
    now,
  });
  const look = async (signal: AbortSignal): Promise<ChannelReport> => {
    const calendars = await configuredCalendars(config, grants);
    return 'skipped' in calendars
      ? troubled(`Google tells of no changes: ${calendars.skipped}`)
      : await claims.hold('push_channels', signal, (held) => channels.renew(calendars, held));
  };
  const closing = new AbortController();
  const done = keepLooking(() => look(closing.signal), { say, lookEveryMs, signal: closing.signal });
  return {
    close: async () => {
      closing.abort();
      await done;
    },
  };
}

/** Says what is done, and trouble that lasts once. */
async function keepLooking(
  look: () => Promise<ChannelReport>,
  { say, lookEveryMs, signal }: { say: (line: string) => void; lookEveryMs: number; signal: AbortSignal },
): Promise<void> {
  let said: readonly string[] = [];
  while (!signal.aborted) {
    const { opened, problems } = await look().catch(asTrouble);
    if (signal.aborted) return;
    for (const line of opened) say(line);
    for (const line of problems) if (!said.includes(line)) say(line);
    said = problems;
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

const asTrouble = (error: unknown): ChannelReport =>
  troubled(
    `changes in calendars wait for the next cycle: ${error instanceof LockstepError ? error.message : `unexpected: ${error}`}`,
  );

const troubled = (line: string): ChannelReport => ({ opened: [], problems: [line] });
