import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  defineQuery,
  isCancellation,
  log,
  patched,
  rootCause,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import {
  BAD_REQUEST,
  type Direction,
  type PhaseRequest,
  type PlannedSync,
  PROGRESS_QUERY,
  SYNCS_FAILED,
  type SyncKind,
  type SyncOutcome,
  type SyncProgress,
  type SyncRequest,
} from '../cycle/messages.ts';
import { describeFailures, describeProgress } from '../cycle/summary.ts';
import { bookkeeping, syncs } from './activity-proxies.ts';

const progress = defineQuery<readonly SyncProgress[], unknown[]>(PROGRESS_QUERY);

type RunSync = (request: SyncRequest, options: { kind: SyncKind; summary: string }) => Promise<SyncOutcome>;

interface PhaseOptions {
  /** Outcomes of syncs that need not run. */
  readonly concluded?: readonly SyncOutcome[];
  readonly afterwards?: () => Promise<void>;
}

/**
 * Runs the syncs of a phase concurrently. A sync waits only for those it names, and one that fails does not stop the
 * others.
 */
export async function runPhase(
  direction: Direction,
  request: PhaseRequest,
  runSync: RunSync,
  { concluded = [], afterwards }: PhaseOptions = {},
): Promise<readonly SyncOutcome[]> {
  const run = (sync: PlannedSync) => runToOutcome(direction, request, sync, runSync);
  const outcomes = await runInOrder(request.syncs, concluded, run);
  try {
    if (!request.dryRun) await afterwards?.();
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(`links are left to the next cycle: ${rootCause(error)}`);
  }
  if (outcomes.some(({ status }) => status === 'failed')) {
    throw ApplicationFailure.create({
      type: SYNCS_FAILED,
      message: describeFailures(outcomes),
      nonRetryable: true,
      details: [outcomes],
    });
  }
  return outcomes;
}

/** The outcomes of syncs that need not run. When the activity that knows them fails, all syncs run. */
export async function concludedBy(activity: Promise<readonly SyncOutcome[]>): Promise<readonly SyncOutcome[]> {
  try {
    return await activity;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(`idle syncs were not concluded, so each sync runs: ${rootCause(error)}`);
    return [];
  }
}

/** Answers the query `progress` with the current states. */
export function answerProgress(states: ReadonlyMap<string, SyncProgress>): void {
  setHandler(progress, (...inputs) => {
    if (inputs.length === 0) return [...states.values()];
    throw ApplicationFailure.nonRetryable(`${PROGRESS_QUERY} takes no input`, BAD_REQUEST);
  });
}

/** Starts each sync when those it names have ended, and reports progress. */
function runInOrder(
  planned: readonly PlannedSync[],
  concluded: readonly SyncOutcome[],
  run: (sync: PlannedSync) => Promise<SyncOutcome>,
): Promise<SyncOutcome[]> {
  const states = new Map<string, SyncProgress>(planned.map(({ name }) => [name, { name, state: 'waiting' }]));
  answerProgress(states);
  const show = (state: SyncProgress): void => {
    states.set(state.name, state);
    setCurrentDetails(describeProgress([...states.values()]));
  };

  const running = new Map<string, Promise<SyncOutcome>>();
  for (const outcome of concluded) {
    running.set(outcome.name, Promise.resolve(outcome));
    show({ name: outcome.name, state: outcome.status, outcome });
  }
  const runAfter = async (sync: PlannedSync): Promise<SyncOutcome> => {
    await Promise.all(planned.filter(({ name }) => sync.after.includes(name)).map(start));
    show({ name: sync.name, state: 'running' });
    const outcome = await run(sync);
    show({ name: sync.name, state: outcome.status, outcome });
    return outcome;
  };
  const start = (sync: PlannedSync): Promise<SyncOutcome> => {
    const started = running.get(sync.name) ?? runAfter(sync);
    running.set(sync.name, started);
    return started;
  };
  return allEnded(planned.map(start));
}

/** Waits for all, and only then throws the first error: a cancelled phase ends after its activities. */
export async function allEnded<T>(running: readonly Promise<T>[]): Promise<T[]> {
  const ends = await Promise.allSettled(running);
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
}

/** Runs one sync, or its preview. A failure becomes an outcome. */
async function runToOutcome(
  direction: Direction,
  { cycleId, sweep, acceptArchive, urgent, hinted, dryRun }: PhaseRequest,
  { name, kind, entity }: PlannedSync,
  runSync: RunSync,
): Promise<SyncOutcome> {
  const request = {
    ...{ cycleId, name, entity, sweep, acceptArchive },
    ...(urgent ? { urgent } : {}),
    ...(hinted ? { hinted } : {}),
  };
  try {
    if (!dryRun) return await runSync(request, { kind, summary: name });
    // A dry run that started before `previewSync` existed keeps the activities in its history; they refuse `dryRun`.
    if (!patched('preview-sync')) return await runSync({ ...request, ...{ dryRun } }, { kind, summary: name });
    const preview = { ...request, kind, direction, isInboundFirst: dryRun.inbound.includes(entity) };
    return await syncs.previewSync.executeWithOptions({ summary: name }, [preview]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    const [outcome] = cause instanceof ApplicationFailure ? (cause.details ?? []) : [];
    if (isOutcome(outcome)) return outcome;
    const message = rootCause(error) ?? 'the activity did not end';
    const failure = { cycleId, name, entity, direction, message };
    if (!dryRun) await CancellationScope.nonCancellable(() => recordFailure(failure));
    return failedOutcome(failure);
  }
}

type LostSync = Parameters<typeof bookkeeping.recordFailure>[0];
type FailedSync = Omit<LostSync, 'cycleId'>;

/** For an activity that could not report its own failure: its worker or PostgreSQL is gone. */
async function recordFailure(failure: LostSync): Promise<void> {
  try {
    await bookkeeping.recordFailure(failure);
  } catch {
    // PostgreSQL itself failed: the workflow's failure reports it.
  }
}

/** For a sync that has no outcome of its own. */
export const failedOutcome = ({ name, entity, direction, message }: FailedSync): SyncOutcome => ({
  ...{ name, entity, direction, status: 'failed', message },
  ...{ processed: 0, created: 0, updated: 0, archived: 0, conflicts: 0, adopted: 0, requests: 0, issues: 1 },
});

const isOutcome = (value: unknown): value is SyncOutcome =>
  typeof value === 'object' && value !== null && 'status' in value && 'name' in value;
