import { type Config, readConfig } from '../../config.ts';
import { type Database, openDatabase } from '../../database/client.ts';
import { checkDefinition } from '../../database/definition-hash.ts';
import { type LockWait, readLockWaits } from '../../database/lock-waits.ts';
import { LockstepError } from '../../errors.ts';
import { type Approval, describeArchives } from '../../operations/history/approvals.ts';
import { attentionOf } from '../../operations/status/attention.ts';
import { type Health, type Pending, readHealth, type SyncHealth } from '../../operations/status/entity-health.ts';
import {
  describeBudget,
  describeConsistencyCheck,
  formatAgo,
  pluralize,
} from '../../operations/status/format-status.ts';
import { describeOpen, describeTrouble } from '../../operations/status/open-work.ts';
import {
  type DirectionHealth,
  type EntityHealth,
  entityHealths,
  needsAttention,
  totalPending,
  verdictOf,
} from '../../operations/status/verdict.ts';
import { withClient } from '../../temporal/client.ts';
import { type OpenWorkflow, readOpenWork } from '../../temporal/open-work.ts';
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
    await checkDefinition(database);
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
  readonly lockWaits: readonly LockWait[];
  readonly schedule: Schedule;
}

interface Schedule {
  readonly state: ScheduleState | null;
  readonly open: readonly OpenWorkflow[];
  readonly error: string | null;
  readonly exitCode: number;
}

const readStatus = async (config: Config, database: Database): Promise<Status> => ({
  health: await readHealth(database, config.notion.requestsPerMinute, config.everyMs),
  lockWaits: await readLockWaits(database),
  schedule: await readSchedule(config),
});

/** The rest of the status is printed even if Temporal does not answer. */
async function readSchedule(config: Config): Promise<Schedule> {
  try {
    const { taskQueue } = config.temporal;
    return await withClient(config, async (client) => {
      const open = await readOpenWork(client, taskQueue);
      return scheduleState(client, taskQueue).then(
        (state) => ({ state, open, error: null, exitCode: exitCodes.ok }),
        (error) => ({ ...noSchedule(error), open }),
      );
    });
  } catch (error) {
    return noSchedule(error);
  }
}

function noSchedule(error: unknown): Schedule {
  if (!(error instanceof LockstepError)) throw error;
  const exitCode = error.code === 'schedule_missing' ? exitCodes.ok : exitCodeOf(error);
  return { state: null, open: [], error: error.message, exitCode };
}

/** Cycles, hints and chores that run, their failing activities, and what cannot go on. Phases are part of a cycle. */
function openLines({ open }: Schedule, now: Date): string[] {
  return open.flatMap((workflow) => {
    const state = describeOpen(workflow);
    return [
      ...(state === null ? [] : [`${state}: ${workflow.workflowId}, started ${formatAgo(workflow.since, now)}`]),
      ...describeTrouble(workflow).map((line) => `  ${line}`),
    ];
  });
}

const say = (status: Status, { json, indent }: { json: boolean; indent: number }): string =>
  json ? JSON.stringify(toJson(status), null, indent) : toText(status);

/** Statements that wait for another session of PostgreSQL. A sync says nothing else meanwhile. */
const describeLockWait = ({ waited, blocker, application, state }: LockWait): string =>
  `Waiting for a lock in PostgreSQL for ${waited} s: session ${blocker} (${[application, state].filter(Boolean).join(', ')}) holds it`;

function toText({ health, schedule, lockWaits }: Status): string {
  const total = totalPending(health);
  const attention = attentionOf(health);
  const head = [
    ...attention.map(({ entity, reasons }) => `Needs attention: ${entity}: ${reasons.join(', ')}`),
    `Schedule: ${schedule.state ? describeState(schedule.state) : schedule.error}`,
    ...openLines(schedule, health.at),
    ...lockWaits.map(describeLockWait),
    `Budget: ${describeBudget(health.budget, health.at)}`,
    `Pending: ${pendingCounts(total) || 'nothing'}; ${pluralize(total.conflicts, 'open conflict')}`,
    '',
  ];
  if (health.syncs.every(({ last }) => last === null)) return [...head, 'No sync has run yet.'].join('\n');
  const problems = health.syncs.flatMap((sync) => problemOf(sync, health.at));
  const entities = entityHealths(health);
  const differences = entities.flatMap(differencesOf);
  const approvals = health.approvals.map(approvalRow);
  return [
    ...head,
    table(
      ['ENTITY', 'TO SQL', 'FROM SQL', 'LAST READ', 'PENDING'],
      entities.map((entity) => entityRow(entity, health.at)),
    ),
    ...(problems.length > 0 ? ['', table(['', 'SYNC', 'MESSAGE'], problems)] : []),
    ...(approvals.length > 0 ? ['', table(['', 'APPROVAL', 'MESSAGE'], approvals)] : []),
    ...(differences.length > 0 ? ['', table(['', 'DIFFERENCE', 'REASON'], differences)] : []),
  ].join('\n');
}

const entityRow = ({ entity, inbound, outbound, consistencyCheck, pending }: EntityHealth, now: Date): string[] => [
  entity,
  describeFreshness(inbound, now),
  describeFreshness(outbound, now),
  describeConsistencyCheck(consistencyCheck, now),
  [pendingCounts(pending), pending.conflicts > 0 ? pluralize(pending.conflicts, 'conflict') : '']
    .filter((part) => part !== '')
    .join(', '),
];

/** `2 edits, 1 link`: shorter than on the dashboard, so that the table fits 80 columns. */
const pendingCounts = ({ edits, links, creations }: Pending): string =>
  [
    ...(edits > 0 ? [pluralize(edits, 'edit')] : []),
    ...(links > 0 ? [pluralize(links, 'link')] : []),
    ...(creations > 0 ? [pluralize(creations, 'new page')] : []),
  ].join(', ');

/** `ok, 3 min ago`; for a failing sync, the time of its last success. */
function describeFreshness({ verdict, lastSuccessAt }: DirectionHealth, now: Date): string {
  if (verdict === 'skipped') return 'skipped';
  if (verdict === 'ok' && lastSuccessAt) return `ok, ${formatAgo(lastSuccessAt, now)}`;
  if (!lastSuccessAt) return verdict === 'never' ? 'never run' : `${verdict}, never succeeded`;
  return `${verdict}, last success ${formatAgo(lastSuccessAt, now)}`;
}

const approvalRow = ({ entity, direction, recordIds }: Approval): string[] => [
  '✗',
  entity,
  `${recordIds.length} ${describeArchives(direction)} wait for an approval: lockstep approvals accept ${entity}, or refuse`,
];

const MAX_NAMED = 3;

/** The first records that differ between the two sides, and the reason. */
function differencesOf({ entity, consistencyCheck }: EntityHealth): string[][] {
  if (!consistencyCheck) return [];
  const shown = consistencyCheck.named.slice(0, MAX_NAMED);
  const more = consistencyCheck.differing - shown.length;
  return [
    ...shown.map(({ record, fields, why }) => [
      '≠',
      `${entity} ${record}`,
      [fields.join(', '), why].filter(Boolean).join(': '),
    ]),
    ...(more > 0 ? [['≠', entity, `and ${more} more`]] : []),
  ];
}

function problemOf(sync: SyncHealth, now: Date): string[][] {
  const { name, last } = sync;
  const verdict = verdictOf(sync, now);
  if (!last || !needsAttention(verdict)) return [];
  const more = last.failedRecords > 1 ? ` (and ${last.failedRecords - 1} more)` : '';
  const why =
    verdict === 'stale' ? 'has not run recently: is a worker running?' : `${last.message ?? 'no message'}${more}`;
  return [[verdict === 'failed' ? '✗' : '!', name, `${verdict}, ${formatAgo(last.finishedAt, now)}: ${why}`]];
}

/** Scripts rely on these names. */
function toJson({ health, schedule, lockWaits }: Status): object {
  const { edits, links, creations, conflicts } = totalPending(health);
  return {
    schedule: schedule.state,
    scheduleError: schedule.error,
    running: schedule.open,
    lockWaits,
    budget: health.budget,
    waiting: { outbox: edits, pendingLinks: links, openCreations: creations, unresolvedConflicts: conflicts },
    attention: attentionOf(health),
    entities: entityHealths(health).map(entityToJson),
    syncs: health.syncs.flatMap((sync) => syncToJson(sync, health.at)),
  };
}

const entityToJson = (health: EntityHealth): object => ({
  entity: health.entity,
  verdict: health.verdict,
  inbound: directionToJson(health.inbound),
  outbound: directionToJson(health.outbound),
  waiting: health.pending,
  certificate: health.consistencyCheck,
  approvals: health.approvals.map(({ id, direction, reason, createdAt, recordIds }) => ({
    ...{ id, direction, reason, createdAt, records: recordIds.length },
  })),
  failedRecords: health.failedRecords,
});

const directionToJson = ({ verdict, lastSuccessAt }: DirectionHealth): object => ({ verdict, freshAt: lastSuccessAt });

function syncToJson(sync: SyncHealth, now: Date): object[] {
  const { name, entity, direction, last, lastSuccessAt } = sync;
  if (!last) return [];
  const { status, created, updated, archived, conflicts, message } = last;
  return [
    {
      ...{ sync_name: name, entity, direction, status, verdict: verdictOf(sync, now), fresh_at: lastSuccessAt },
      ...{ finished_at: last.finishedAt, duration_ms: last.durationMs, records_processed: last.processed },
      ...{ created, updated, archived, conflicts, api_requests: last.requests },
      ...{ failed_records: last.failedRecords, message },
    },
  ];
}
