import { readConfig } from '../../config.ts';
import { requireSyncedEntity } from '../../cycle/sync-names.ts';
import { type Database, openDatabase } from '../../database/client.ts';
import { checkDefinition } from '../../database/definition-hash.ts';
import { describeCounts, formatDuration, pluralize } from '../../operations/status/format-status.ts';
import {
  firstErrorMessage,
  type PastRun,
  type PastRunsOptions,
  readPastRuns,
} from '../../operations/status/past-runs.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';
import { table } from './table.ts';
import { everyFewSeconds } from './watch.ts';

export interface HistoryOptions {
  readonly limit: number;
  readonly entity?: string;
  readonly json?: boolean;
  /** Refreshes every two seconds until SIGINT or SIGTERM. */
  readonly watch?: boolean;
}

/** Prints the latest runs of `sync_run_history`, newest first. */
export async function historyCommand({ limit, entity, json, watch }: HistoryOptions): Promise<number> {
  if (entity !== undefined) requireSyncedEntity(entity);
  const database = openDatabase(databaseUrl(readConfig()), 1);
  const wanted = { limit, entity };
  try {
    await checkDefinition(database);
    if (watch) return await everyFewSeconds(() => (json ? toJson(database, wanted, 0) : toText(database, wanted)));
    console.log(await (json ? toJson(database, wanted, 2) : toText(database, wanted)));
    return exitCodes.ok;
  } finally {
    await database.close();
  }
}

async function toJson(database: Database, wanted: PastRunsOptions, indent: number): Promise<string> {
  const runs = await readPastRuns(database, wanted);
  return JSON.stringify(
    runs.map(({ id, ...run }) => ({ id: Number(id), ...run })),
    null,
    indent,
  );
}

async function toText(database: Database, wanted: PastRunsOptions): Promise<string> {
  const runs = await readPastRuns(database, wanted);
  if (runs.length === 0) return 'No sync has run yet.';
  return table(['ENDED', 'SYNC', 'STATUS', 'DURATION', 'RESULT'], runs.map(runRow));
}

const runRow = (run: PastRun): string[] => [
  run.finished_at.toISOString().slice(5, 16).replace('T', ' '),
  run.sync_name,
  run.status,
  formatDuration(run.duration_ms),
  whatOf(run),
];

function whatOf(run: PastRun): string {
  const message = firstErrorMessage(run);
  if (run.status === 'failed' || run.status === 'skipped') return message;
  const did = `${describeCounts(run)}, ${pluralize(run.api_requests, 'request')}`;
  return message === '' ? did : `${did}; ${message}`;
}
