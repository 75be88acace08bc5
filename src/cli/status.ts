import type { Config } from '../config.ts';
import { readConfig } from '../config.ts';
import { asDatabaseErrors, type Database, openDatabase } from '../database/client.ts';
import { LockstepError } from '../errors.ts';
import { withClient } from '../temporal-client.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodeOf, exitCodes } from './exit.ts';
import { describeState, type ScheduleState, scheduleState } from './schedule.ts';
import { ago, table } from './table.ts';

interface LastRun {
  readonly sync_name: string;
  readonly status: string;
  readonly finished_at: Date;
  readonly duration_ms: number;
  readonly records_processed: number;
  readonly created: number;
  readonly updated: number;
  readonly archived: number;
  readonly conflicts: number;
  readonly message: string | null;
}

interface Waiting {
  /** Rows edited in SQL that the next cycle takes to Notion. */
  readonly outbox: number;
  /** Links to records that have not come yet. */
  readonly pendingLinks: number;
  /** Pages being made, or made without an answer. */
  readonly openCreations: number;
  readonly unresolvedConflicts: number;
}

export async function statusCommand({ json }: { json?: boolean }): Promise<number> {
  const config = readConfig();
  const { syncs, waiting } = await readDatabase(config);
  const schedule = await readSchedule();
  if (json) {
    console.log(JSON.stringify({ schedule: schedule.state, scheduleError: schedule.error, waiting, syncs }, null, 2));
  } else {
    console.log(`Schedule: ${schedule.state ? describeState(schedule.state) : schedule.error}`);
    console.log(
      `Waiting: ${waiting.outbox} edited rows, ${waiting.pendingLinks} links, ${waiting.openCreations} pages being made; ` +
        `${waiting.unresolvedConflicts} conflicts to look at\n`,
    );
    console.log(syncs.length === 0 ? 'No sync has run yet.' : table(runColumns, syncs.map(runRow)));
  }
  return schedule.exitCode;
}

const runColumns = ['SYNC', 'STATUS', 'ENDED', 'TOOK', 'RECORDS', 'CREATED', 'UPDATED', 'ARCHIVED', 'CONFLICTS', ''];

const runRow = (run: LastRun): string[] => [
  run.sync_name,
  run.status,
  ago(run.finished_at),
  `${(run.duration_ms / 1_000).toFixed(1)} s`,
  ...[run.records_processed, run.created, run.updated, run.archived, run.conflicts].map(String),
  run.message ?? '',
];

async function readDatabase(config: Config): Promise<{ syncs: LastRun[]; waiting: Waiting }> {
  const database = openDatabase(databaseUrl(config), 1);
  try {
    return await asDatabaseErrors(async () => ({
      syncs: await lastRuns(database),
      waiting: await countWaiting(database),
    }));
  } finally {
    await database.$disconnect();
  }
}

const lastRuns = (database: Database): Promise<LastRun[]> => database.$queryRaw<LastRun[]>`
  SELECT DISTINCT ON (sync_name) sync_name, status, finished_at, duration_ms, records_processed,
         created, updated, archived, conflicts, errors -> 0 ->> 'message' AS message
    FROM sync_run_history
   ORDER BY sync_name, finished_at DESC`;

async function countWaiting(database: Database): Promise<Waiting> {
  return {
    outbox: await database.syncOutbox.count(),
    pendingLinks: await database.pendingLink.count(),
    openCreations: await database.creationIntent.count({ where: { closed_at: null } }),
    unresolvedConflicts: await database.syncConflict.count({ where: { resolved_at: null } }),
  };
}

/** What PostgreSQL knows is worth showing even while Temporal is away. */
async function readSchedule(): Promise<{ state: ScheduleState | null; error: string | null; exitCode: number }> {
  try {
    return { state: await withClient(scheduleState), error: null, exitCode: exitCodes.ok };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    const exitCode = error.code === 'schedule_missing' ? exitCodes.ok : exitCodeOf(error);
    return { state: null, error: error.message, exitCode };
  }
}
