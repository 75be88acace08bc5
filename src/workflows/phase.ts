import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  defineQuery,
  isCancellation,
  log,
  rootCause,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { describeFailures, describeOutcomes } from '../cycle/summary.ts';
import {
  type Direction,
  type PhaseRequest,
  type PlannedSync,
  PROGRESS_QUERY,
  SYNCS_FAILED,
  type SyncKind,
  type SyncOutcome,
  type SyncProgress,
  type SyncRequest,
} from '../cycle/types.ts';
import { bookkeeping } from './activities.ts';

const progress = defineQuery<readonly SyncProgress[]>(PROGRESS_QUERY);

type RunSync = (request: SyncRequest, how: { kind: SyncKind; summary: string }) => Promise<SyncOutcome>;

interface PhaseOptions {
  /** Syncs that need not run any more. */
  readonly concluded?: readonly SyncOutcome[];
  readonly afterwards?: () => Promise<void>;
}

/**
 * Runs a phase's syncs side by side; each waits only for those it names. One
 * that fails is reported, and does not stop the others.
 */
export async function runPhase(
  direction: Direction,
  request: PhaseRequest,
  runSync: RunSync,
  { concluded = [], afterwards }: PhaseOptions = {},
): Promise<readonly SyncOutcome[]> {
  const states = new Map<string, SyncProgress>(request.syncs.map(({ name }) => [name, { name, state: 'waiting' }]));
  setHandler(progress, () => [...states.values()]);
  const show = (state: SyncProgress): void => {
    states.set(state.name, state);
    setCurrentDetails(describeOutcomes([...states.values()]));
  };

  const running = new Map<string, Promise<SyncOutcome>>();
  for (const outcome of concluded) {
    running.set(outcome.name, Promise.resolve(outcome));
    show({ name: outcome.name, state: outcome.status, outcome });
  }
  const start = (sync: PlannedSync): Promise<SyncOutcome> => {
    const known = running.get(sync.name);
    if (known) return known;
    const run = (async () => {
      const earlier = request.syncs.filter(({ name }) => sync.after.includes(name));
      await Promise.all(earlier.map(start));
      show({ name: sync.name, state: 'running' });
      const outcome = await runReported(direction, request, sync, runSync);
      show({ name: sync.name, state: outcome.status, outcome });
      return outcome;
    })();
    running.set(sync.name, run);
    return run;
  };

  const outcomes = await Promise.all(request.syncs.map(start));
  try {
    if (!request.dryRun) await afterwards?.();
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(`links could not be settled now; the next cycle does it: ${rootCause(error)}`);
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

async function runReported(
  direction: Direction,
  { cycleId, sweep, acceptArchive, urgent, hinted, dryRun }: PhaseRequest,
  { name, kind, entity }: PlannedSync,
  runSync: RunSync,
): Promise<SyncOutcome> {
  try {
    const request = {
      ...{ cycleId, name, entity, sweep, acceptArchive },
      ...(urgent ? { urgent } : {}),
      ...(hinted ? { hinted } : {}),
      ...(dryRun ? { dryRun } : {}),
    };
    return await runSync(request, { kind, summary: name });
  } catch (error) {
    if (isCancellation(error)) throw error;
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    const [outcome] = cause instanceof ApplicationFailure ? (cause.details ?? []) : [];
    if (isOutcome(outcome)) return outcome;
    const message = rootCause(error) ?? 'the activity did not end';
    const failure = { cycleId, name, entity, direction, message };
    return CancellationScope.nonCancellable(() => reportLost(failure, dryRun !== undefined));
  }
}

/** An activity that could not even say how it failed, because its worker or PostgreSQL is gone. */
async function reportLost(
  failure: Parameters<typeof bookkeeping.recordFailure>[0],
  isDryRun: boolean,
): Promise<SyncOutcome> {
  const { name, entity, direction, message } = failure;
  try {
    if (!isDryRun) await bookkeeping.recordFailure(failure);
  } catch {
    // PostgreSQL itself is what failed: the workflow's message says so.
  }
  const nothing = {
    processed: 0,
    created: 0,
    updated: 0,
    archived: 0,
    conflicts: 0,
    adopted: 0,
    requests: 0,
    issues: 1,
  };
  return { name, entity, direction, status: 'failed', ...nothing, message };
}

const isOutcome = (value: unknown): value is SyncOutcome =>
  typeof value === 'object' && value !== null && 'status' in value && 'name' in value;
