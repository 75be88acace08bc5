import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Hint } from '../../cycle/messages.ts';
import type { Database } from '../../database/client.ts';
import { personalCalendar } from '../../entities/calendars.ts';
import { ChannelStore } from '../../google/channel-store.ts';
import { type HttpHandler, textReply } from '../../shared/http-service.ts';

/** Google sends one notification for each changed event, and several often follow one another. */
const BATCH_MS = 50;

export interface GoogleWebhooksOptions {
  readonly database: Database;
  /** Rejects when Temporal cannot be reached. */
  readonly giveHint: (entity: string, hint: Hint) => Promise<void>;
}

/** A notification has headers and no body. @see https://developers.google.com/workspace/calendar/api/guides/push */
const notificationSchema = z.object({
  'x-goog-channel-id': z.uuid(),
  'x-goog-channel-token': z.string(),
  'x-goog-resource-state': z.string(),
});

/** Receives Google's notifications that a calendar has changed. They do not say what changed: the sync reads it. */
export function googleWebhooks({ database, giveHint }: GoogleWebhooksOptions): HttpHandler {
  const channels = new ChannelStore(database);
  let giving: Promise<void> | null = null;
  const give = (): Promise<void> => {
    giving ??= sleep(BATCH_MS).then(() => {
      giving = null;
      return giveHint(personalCalendar.table, { kind: 'changed' });
    });
    return giving;
  };
  return async ({ headers, readBody }) => {
    await readBody();
    const { data: notification } = notificationSchema.safeParse(headers);
    if (
      !notification ||
      !(await channels.knows(notification['x-goog-channel-id'], notification['x-goog-channel-token']))
    ) {
      return textReply(401, 'unknown channel');
    }
    // A channel's first notification only says that it is open.
    if (notification['x-goog-resource-state'] === 'sync') return textReply(200, 'ignored');
    await give();
    return textReply(200, 'accepted');
  };
}
