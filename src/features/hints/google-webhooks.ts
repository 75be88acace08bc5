import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Hint } from '../../cycle/types.ts';
import type { Database } from '../../database/client.ts';
import { personalCalendar } from '../../entities/calendars.ts';
import { ChannelStore } from '../../google/channel-store.ts';
import type { Handler } from './handler.ts';

/** What is changed in one go is told about by many notifications. */
const GATHERED_MS = 50;

export interface GoogleWebhooksOptions {
  readonly database: Database;
  /** Rejects when nobody could be told. */
  readonly giveHint: (entity: string, hint: Hint) => Promise<void>;
}

/** All that a notification says stands in its headers. @see https://developers.google.com/workspace/calendar/api/guides/push */
const notificationSchema = z.object({
  'x-goog-channel-id': z.uuid(),
  'x-goog-channel-token': z.string(),
  'x-goog-resource-state': z.string(),
});

/** Takes Google's word that a calendar has changed. What has, and whether it is our own doing, is seen by looking. */
export function googleWebhooks({ database, giveHint }: GoogleWebhooksOptions): Handler {
  const channels = new ChannelStore(database);
  let giving: Promise<void> | null = null;
  const give = (): Promise<void> => {
    giving ??= sleep(GATHERED_MS).then(() => {
      giving = null;
      return giveHint(personalCalendar.table, { kind: 'changed' });
    });
    return giving;
  };
  return async ({ headers }) => {
    const { data: said } = notificationSchema.safeParse(headers);
    if (!said || !(await channels.knows(said['x-goog-channel-id'], said['x-goog-channel-token']))) {
      return { status: 401, text: 'this is no channel of ours' };
    }
    // The first of a channel, which only says that it is open.
    if (said['x-goog-resource-state'] === 'sync') return { status: 200, text: 'nothing to do' };
    await give();
    return { status: 200, text: 'taken' };
  };
}
