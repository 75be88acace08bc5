import type { Database } from '../../database/client.ts';
import { readPause } from '../../database/request-budget.ts';
import { RecordError, RetryableError } from '../../errors.ts';
import type { RequestBudget } from '../../notion/budget.ts';
import type { Tally } from '../../sync/ports.ts';
import type { Enrichment, Lookup, LookupContext } from './enrichment.ts';
import { type Answer, type Columns, type DueRow, dueRows, readMessages, saveAnswer } from './enrichment-store.ts';

export interface EnrichContext extends Omit<LookupContext, 'beforeRequest'> {
  readonly database: Database;
  /** The source's request budget, shared by all workers. */
  readonly budget: RequestBudget;
  readonly cycleId: string;
  readonly tally: Tally;
  /** Called before each request. */
  readonly onRequest: () => void;
  /** Heartbeat, called after each row. Throws when the activity is cancelled. */
  readonly progress: () => void;
}

/** The next cycle does the rest: the outbound syncs of this cycle wait for the enrichment. */
const MAX_ROWS = 50;
const MAX_MS = 30_000;
/** If a source asks for a longer pause, a later cycle continues. */
export const MAX_WAIT_MS = 20_000;
/** One failure may be due to the row; two in a row are due to the service. */
const MAX_FAILURES_IN_A_ROW = 2;

/** Looks up rows with empty columns, and fills in unambiguous results. @throws LockstepError */
export async function enrich(enrichment: Enrichment, context: EnrichContext): Promise<void> {
  const { database, budget, signal, tally, onRequest, cycleId } = context;
  try {
    const due = await dueRows(database, enrichment, MAX_ROWS);
    if (due.length === 0 || (await readPause(database, enrichment.pace.api)) > MAX_WAIT_MS) return;
    const beforeRequest = async (): Promise<void> => {
      await budget.take({ entity: enrichment.entity.name, urgent: false }, signal);
      onRequest();
    };
    await lookUpRows(due, enrichment, enrichment.open({ ...context, beforeRequest }), context);
  } catch (error) {
    if (error instanceof RetryableError && error.retryAfterMs !== undefined) await budget.pause(error.retryAfterMs);
    throw error;
  } finally {
    const messages = await readMessages(database, enrichment, cycleId);
    tally.errors.push(
      ...messages.map(({ recordId, outcome, message }) => ({
        code: CODES[outcome] ?? 'no_match',
        message,
        record: recordId,
      })),
    );
  }
}

const CODES: Readonly<Record<string, string>> = { ambiguous: 'ambiguous_match' };

async function lookUpRows(
  due: readonly DueRow[],
  enrichment: Enrichment,
  lookUp: Lookup,
  context: EnrichContext,
): Promise<void> {
  const until = Date.now() + MAX_MS;
  let firstFailure: RetryableError | undefined;
  let failuresInARow = 0;
  for (const row of due) {
    if (Date.now() > until || failuresInARow >= MAX_FAILURES_IN_A_ROW) break;
    try {
      await enrichRow(row, enrichment, lookUp, context);
      failuresInARow = 0;
    } catch (error) {
      if (!(error instanceof RetryableError) || error.retryAfterMs !== undefined) throw error;
      firstFailure ??= error;
      failuresInARow += 1;
    }
  }
  if (firstFailure) throw firstFailure;
}

async function enrichRow(row: DueRow, enrichment: Enrichment, lookUp: Lookup, context: EnrichContext): Promise<void> {
  const { database, tally, cycleId, progress } = context;
  const save = (answer: Answer): Promise<boolean> => saveAnswer(database, enrichment, row, answer, cycleId);
  const isWritten = await lookUp(withoutFilledIn(row))
    .then(save)
    .catch((error: unknown) => {
      if (!(error instanceof RecordError)) throw error;
      // Saved as an answer, so that a refused question is not repeated in each cycle.
      return save({ outcome: 'none', providerId: null, values: {}, message: error.message });
    });
  tally.processed += 1;
  tally.updated += isWritten ? 1 : 0;
  progress();
}

const withoutFilledIn = ({ row, filled }: DueRow): Columns =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, value !== null && value === filled[column] ? null : value]),
  );
