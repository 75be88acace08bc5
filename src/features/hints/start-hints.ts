import type { Client } from '@temporalio/client';
import type { Hint } from '../../cycle/messages.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import { currentWorkspace } from '../../shared/workspace.ts';
import { isPaused } from '../../temporal/is-paused.ts';
import { giveHint } from './give-hint.ts';
import { Activity, type HintLog, keepPolling, type PollTimes } from './keep-polling.ts';
import { listenForHints } from './listen-for-hints.ts';
import { pollGoogle } from './poll-google.ts';
import { pollNotion } from './poll-notion.ts';

const NOTION_TIMES: PollTimes = { everyMs: 15_000, slowEveryMs: 60_000 };
const GOOGLE_TIMES: PollTimes = { everyMs: 30_000, slowEveryMs: 120_000 };
/** For each of several workspaces in this process, which share their connections to PostgreSQL. */
const SHARED_TIMES: PollTimes = { everyMs: 60_000, slowEveryMs: 240_000, givesClaimBack: true };

export interface Hints {
  close(): Promise<void>;
}

/** Looks for edits on all sides while a worker runs, and starts their syncs. */
export function startHints(services: WorkerServices, client: Client, log: HintLog): Hints {
  const activity = new Activity();
  const listener = listenForHints(services.config, client, {
    onEdit: () => activity.note(),
    onTrouble: (message) => log.warn(message),
  });
  const isOneOfSeveral = currentWorkspace().name !== null;
  const times = isOneOfSeveral ? { notion: SHARED_TIMES, google: SHARED_TIMES } : {};
  const polls = pollForHints(services, client, { activity, log, ...times });
  return {
    close: async () => {
      await Promise.all([listener.close(), polls.close()]);
    },
  };
}

export interface PollForHintsOptions {
  readonly activity: Activity;
  readonly log: HintLog;
  readonly notion?: PollTimes;
  readonly google?: PollTimes;
}

/** Polls Notion and Google, for those who have no public address for webhooks. */
export function pollForHints(
  services: WorkerServices,
  client: Client,
  { activity, log, notion = NOTION_TIMES, google = GOOGLE_TIMES }: PollForHintsOptions,
): Hints {
  const closing = new AbortController();
  const { config } = services;
  const { taskQueue } = config.temporal;
  const give = (entity: string, hint: Hint): Promise<void> => giveHint(client, taskQueue, entity, hint);
  const options = {
    ...{ claims: services.claims, isPaused: () => isPaused(client, taskQueue) },
    ...{ activity, log, signal: closing.signal },
  };
  const done = Promise.all([
    config.notion.token === undefined ? null : keepPolling(pollNotion(services, give), { ...options, ...notion }),
    config.google.clientId === undefined ? null : keepPolling(pollGoogle(services, give), { ...options, ...google }),
  ]);
  return {
    close: async () => {
      closing.abort();
      await done;
    },
  };
}
