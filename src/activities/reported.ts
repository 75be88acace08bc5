import type { Direction, SyncOutcome, SyncRequest, SyncStatus } from '../cycle/types.ts';
import { recordRun } from '../database/run-history.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { emptyTally } from '../runtime/sync-context.ts';
import type { Issue, Tally } from '../sync/ports.ts';
import { Attempt, messageOf, toFailure } from './attempt.ts';

/** What a sync has done so far, over attempts. */
export interface Carried {
  readonly startedAt: number;
  readonly tally: Tally;
  requests: number;
}

export type SyncAttempt = Attempt<Carried>;

/** Why a sync has nothing to do at all, such as an account that was never given. */
export interface Skipped {
  readonly skipped: string;
}

type Work<R extends SyncRequest> = (request: R, attempt: SyncAttempt) => Promise<Skipped | undefined>;

/**
 * Makes an activity of a sync: its run is written down however it ends. The
 * failure that ends it carries its outcome, so that the workflow needs no other source.
 */
export const reported =
  <R extends SyncRequest = SyncRequest>(services: WorkerServices, direction: Direction, work: Work<R>) =>
  async (request: R): Promise<SyncOutcome> => {
    const attempt: SyncAttempt = new Attempt(
      { startedAt: Date.now(), tally: emptyTally(), requests: 0 },
      withoutErrors,
    );
    const { tally } = attempt.carried;
    // Nothing that a dry run did is done.
    if (request.dryRun) Object.assign(tally, emptyTally());
    try {
      const nothing = await work(request, attempt);
      const ending: Ending = nothing
        ? { status: 'skipped', why: { code: 'skipped', message: nothing.skipped } }
        : { status: tally.errors.length > 0 ? 'partial' : 'ok' };
      return await conclude(services, direction, request, attempt.carried, ending);
    } catch (error) {
      if (!attempt.givesUpOn(error)) throw attempt.retry(error);
      const ending: Ending = { status: 'failed', why: { code: codeOf(error), message: messageOf(error) } };
      const failed = await conclude(services, direction, request, attempt.carried, ending).catch(() => null);
      throw toFailure(error, true, failed ? [failed] : []);
    } finally {
      attempt.end();
    }
  };

/** What could not be done is tried again by the next attempt, and said again if it still cannot; records' content stays here. */
const withoutErrors = (carried: Carried): Carried => ({ ...carried, tally: { ...carried.tally, errors: [] } });

interface Ending {
  readonly status: SyncStatus;
  readonly why?: { readonly code: string; readonly message: string };
}

async function conclude(
  { database }: WorkerServices,
  direction: Direction,
  { cycleId, name, entity, dryRun, hinted }: SyncRequest,
  { startedAt, tally, requests }: Carried,
  { status, why }: Ending,
): Promise<SyncOutcome> {
  const { processed, created, updated, archived, conflicts, adopted, errors } = tally;
  const counts = { processed, created, updated, archived, conflicts, requests };
  const run = { cycleId, syncName: name, entity, direction, status, startedAt: new Date(startedAt), ...counts };
  const isWorthALine = !hinted || status === 'failed' || !didNothing(tally);
  if (!dryRun && isWorthALine)
    await recordRun(database, { ...run, errors: [...(why ? [{ ...why, record: null }] : []), ...errors] });
  const message = why?.message ?? firstIssue(errors);
  return {
    name,
    entity,
    direction,
    status,
    ...counts,
    adopted,
    issues: errors.length,
    ...(message === undefined ? {} : { message }),
  };
}

/** Pages that were looked at, and are as they were, do not count. */
const didNothing = ({ created, updated, archived, conflicts, adopted, errors }: Tally): boolean =>
  created + updated + archived + conflicts + adopted + errors.length === 0;

/** Which record, and what about it; the words, which may quote what it holds, stay in `sync_run_history`. */
const firstIssue = ([first]: readonly Issue[]): string | undefined => first && `${first.code}: record ${first.record}`;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'internal';
