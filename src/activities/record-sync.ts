import type { Direction, SyncOutcome, SyncRequest, SyncStatus } from '../cycle/messages.ts';
import { recordRun } from '../database/run-history.ts';
import { FinalError } from '../errors.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { emptyTally } from '../runtime/sync-context.ts';
import type { Issue, Tally } from '../sync/ports.ts';
import { ActivityAttempt, messageOf, toFailure } from './activity-attempt.ts';

/** What a sync did so far, across attempts. */
export interface RunState {
  readonly startedAt: number;
  readonly tally: Tally;
  requests: number;
}

export type SyncAttempt = ActivityAttempt<RunState>;

/** Why a sync has nothing to do, such as an account that is not configured. */
export interface Skipped {
  readonly skipped: string;
}

export type SyncWork<R extends SyncRequest> = (request: R, attempt: SyncAttempt) => Promise<Skipped | undefined>;

/** A sync that has ended. */
export interface EndedSync {
  readonly status: SyncStatus;
  readonly why?: { readonly code: string; readonly message: string };
  readonly state: RunState;
}

/**
 * Makes an activity of a sync, and records its run however it ends.
 * @throws ApplicationFailure when the sync fails: its details hold the outcome
 */
export const recordedSync =
  <R extends SyncRequest = SyncRequest>(services: WorkerServices, direction: Direction, work: SyncWork<R>) =>
  async (request: R): Promise<SyncOutcome> => {
    refuseOldDryRun(request);
    return runSync(direction, request, work, (end) => record(services, direction, request, end));
  };

/** Earlier versions passed `dryRun` to every sync; this one would write. */
export function refuseOldDryRun(request: SyncRequest): void {
  if (!('dryRun' in request)) return;
  const message = `${request.name}: an earlier version of Lockstep started this dry run: start it again`;
  throw toFailure(new FinalError('old_dry_run', message), true);
}

/** Runs `work` as one attempt of an activity; `onEnd` is called when no other attempt follows. */
export async function runSync<R extends SyncRequest>(
  direction: Direction,
  request: R,
  work: SyncWork<R>,
  onEnd: (end: EndedSync) => Promise<void>,
): Promise<SyncOutcome> {
  const attempt: SyncAttempt = new ActivityAttempt(
    { startedAt: Date.now(), tally: emptyTally(), requests: 0 },
    { toHeartbeat: withoutErrors, countSynced },
  );
  const state = attempt.carried;
  const conclude = async (end: Omit<EndedSync, 'state'>): Promise<SyncOutcome> => {
    await onEnd({ ...end, state });
    return outcomeOf(direction, request, { ...end, state });
  };
  try {
    const result = await attempt.run(() => work(request, attempt));
    if (result) return await conclude({ status: 'skipped', why: { code: 'skipped', message: result.skipped } });
    return await conclude({ status: state.tally.errors.length > 0 ? 'partial' : 'ok' });
  } catch (error) {
    if (!attempt.givesUpOn(error)) throw attempt.retry(error);
    const why = { code: codeOf(error), message: messageOf(error) };
    const failed = await conclude({ status: 'failed', why }).catch(() => null);
    throw toFailure(error, true, failed ? [failed] : []);
  } finally {
    attempt.end();
  }
}

const countSynced = ({ tally }: RunState): number =>
  tally.processed + tally.created + tally.updated + tally.archived + tally.adopted + tally.conflicts;

/** The next attempt meets the same issues again; and their messages may quote records, which Temporal must not store. */
const withoutErrors = (state: RunState): RunState => ({ ...state, tally: { ...state.tally, errors: [] } });

async function record(
  { database }: WorkerServices,
  direction: Direction,
  { cycleId, name, entity, hinted }: SyncRequest,
  { status, why, state: { startedAt, tally, requests } }: EndedSync,
): Promise<void> {
  if (hinted && status !== 'failed' && hasNoEffect(tally)) return;
  const { processed, created, updated, archived, conflicts, errors } = tally;
  await recordRun(database, {
    ...{ cycleId, syncName: name, entity, direction, status, startedAt: new Date(startedAt) },
    ...{ processed, created, updated, archived, conflicts, requests },
    errors: [...(why ? [{ ...why, record: null }] : []), ...errors],
  });
}

function outcomeOf(
  direction: Direction,
  { name, entity }: SyncRequest,
  { status, why, state: { tally, requests } }: EndedSync,
): SyncOutcome {
  const { errors, ...counts } = tally;
  const message = why?.message ?? describeFirst(errors);
  return {
    ...{ name, entity, direction, status, ...counts, requests },
    issues: errors.length,
    ...(message === undefined ? {} : { message }),
  };
}

/** Records that were read and are unchanged do not count. */
const hasNoEffect = ({ created, updated, archived, conflicts, adopted, errors }: Tally): boolean =>
  created + updated + archived + conflicts + adopted + errors.length === 0;

/** The code and the record. The message may quote the record's content, so it stays in `sync_run_history`. */
const describeFirst = ([first]: readonly Issue[]): string | undefined =>
  first && `${first.code}: record ${first.record}`;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'internal';
