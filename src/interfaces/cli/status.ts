import { type Config, readConfig } from '../../config.ts';
import { type Database, openDatabase } from '../../database/client.ts';
import { LockstepError } from '../../errors.ts';
import { type Health, readHealth, type SyncHealth } from '../../operations/status/entity-health.ts';
import {
  describeBudget,
  describeConsistencyCheck,
  describePending,
  formatAgo,
  pluralize,
} from '../../operations/status/format-status.ts';
import {
  type DirectionHealth,
  type EntityHealth,
  entityHealths,
  needsAttention,
  totalPending,
  verdictOf,
} from '../../operations/status/verdict.ts';
import { withClient } from '../../temporal/client.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodeOf, exitCodes } from './exit.ts';
import { describeState, type ScheduleState, scheduleState } from './schedule.ts';
import { table } from './table.ts';
import { everyFewSeconds } from './watch.ts';

export interface StatusOptions {
  readonly json?: boolean;
  /** Refreshes every two seconds until SIGINT or SIGTERM. */
  readonly watch?: boolean;
}

/** Prints the status of each entity in both directions, pending edits, and problems. */
export async function statusCommand({ json = false, watch = false }: StatusOptions): Promise<number> {
  const config = readConfig();
  const database = openDatabase(databaseUrl(config), 1);
  const read = (): Promise<Status> => readStatus(config, database);
  try {
    if (watch) return await everyFewSeconds(async () => say(await read(), { json, indent: 0 }));
    const status = await read();
    console.log(say(status, { json, indent: 2 }));
    return status.schedule.exitCode;
  } finally {
    await database.close();
  }
}

interface Status {
  readonly health: Health;
  readonly schedule: Schedule;
}

interface Schedule {
  readonly state: ScheduleState | null;
  readonly error: string | null;
  readonly exitCode: number;
}

const readStatus = async (config: Config, database: Database): Promise<Status> => ({
  health: await readHealth(database, config.notion.requestsPerMinute),
  schedule: await readSchedule(config),
});

/** The rest of the status is printed even if Temporal does not answer. */
async function readSchedule(config: Config): Promise<Schedule> {
  try {
    return { state: await withClient(config, scheduleState), error: null, exitCode: exitCodes.ok };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    const exitCode = error.code === 'schedule_missing' ? exitCodes.ok : exitCodeOf(error);
    return { state: null, error: error.message, exitCode };
  }
}

const say = (status: Status, { json, indent }: { json: boolean; indent: number }): string =>
  json ? JSON.stringify(toJson(status), null, indent) : toText(status);

function toText({ health, schedule }: Status): string {
  const waiting = totalPending(health);
  const head = [
    `Schedule: ${schedule.state ? describeState(schedule.state) : schedule.error}`,
    `Budget: ${describeBudget(health.budget, health.at)}`,
    `Pending: ${describePending(waiting) || 'nothing'}; ${pluralize(waiting.conflicts, 'open conflict')}`,
    '',
  ];
  if (health.syncs.every(({ last }) => last === null)) return [...head, 'No sync has run yet.'].join('\n');
  const troubles = health.syncs.flatMap((sync) => troubleOf(sync, health.at));
  const entities = entityHealths(health);
  const differing = entities.flatMap(differencesOf);
  return [
    ...head,
    table(
      ['ENTITY', 'TO SQL', 'FROM SQL', 'VERIFIED', 'PENDING'],
      entities.map((entity) => entityRow(entity, health.at)),
    ),
    ...(troubles.length > 0 ? ['', table(['', 'SYNC', 'MESSAGE'], troubles)] : []),
    ...(differing.length > 0 ? ['', table(['', 'DIFFERENCE', 'REASON'], differing)] : []),
  ].join('\n');
}

const entityRow = (
  { entity, inbound, outbound, consistencyCheck: certificate, pending: waiting }: EntityHealth,
  now: Date,
): string[] => [
  entity,
  freshness(inbound, now),
  freshness(outbound, now),
  describeConsistencyCheck(certificate),
  [describePending(waiting), waiting.conflicts > 0 ? pluralize(waiting.conflicts, 'conflict') : '']
    .filter((part) => part !== '')
    .join(', '),
];

/** `ok, 3 min ago`; for a failing sync, the time of its last success. */
function freshness({ verdict, lastSuccessAt: freshAt }: DirectionHealth, now: Date): string {
  if (verdict === 'skipped') return 'skipped';
  if (verdict === 'ok' && freshAt) return `ok, ${formatAgo(freshAt, now)}`;
  if (!freshAt) return verdict === 'never' ? 'never run' : `${verdict}, never succeeded`;
  return `${verdict}, last success ${formatAgo(freshAt, now)}`;
}

const MAX_NAMED = 3;

/** The first records that differ between the two sides, and the reason. */
function differencesOf({ entity, consistencyCheck: certificate }: EntityHealth): string[][] {
  if (!certificate) return [];
  const shown = certificate.named.slice(0, MAX_NAMED);
  const more = certificate.differing - shown.length;
  return [
    ...shown.map(({ record, fields, why }) => [
      '≠',
      `${entity} ${record}`,
      [fields.join(', '), why].filter(Boolean).join(': '),
    ]),
    ...(more > 0 ? [['≠', entity, `and ${more} more`]] : []),
  ];
}

function troubleOf(sync: SyncHealth, now: Date): string[][] {
  const { name, last } = sync;
  const verdict = verdictOf(sync, now);
  if (!last || !needsAttention(verdict)) return [];
  const more = last.failedRecords > 1 ? ` (and ${last.failedRecords - 1} more)` : '';
  const why =
    verdict === 'stale' ? 'has not run recently: is a worker running?' : `${last.message ?? 'no message'}${more}`;
  return [[verdict === 'failed' ? '✗' : '!', name, `${verdict}, ${formatAgo(last.finishedAt, now)}: ${why}`]];
}

/** Named like the columns of the tables. */
function toJson({ health, schedule }: Status): object {
  const { edits, links, creations, conflicts } = totalPending(health);
  return {
    schedule: schedule.state,
    scheduleError: schedule.error,
    budget: health.budget,
    waiting: { outbox: edits, pendingLinks: links, openCreations: creations, unresolvedConflicts: conflicts },
    entities: entityHealths(health).map(({ syncs: _, ...entity }) => entity),
    syncs: health.syncs.flatMap((sync) => syncToJson(sync, health.at)),
  };
}

function syncToJson(sync: SyncHealth, now: Date): object[] {
  const { name, entity, direction, last, lastSuccessAt: freshAt } = sync;
  if (!last) return [];
  const { status, created, updated, archived, conflicts, message } = last;
  return [
    {
      ...{ sync_name: name, entity, direction, status, verdict: verdictOf(sync, now), fresh_at: freshAt },
      ...{ finished_at: last.finishedAt, duration_ms: last.durationMs, records_processed: last.processed },
      ...{ created, updated, archived, conflicts, api_requests: last.requests },
      ...{ failed_records: last.failedRecords, message },
    },
  ];
}
