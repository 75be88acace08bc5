import type { Database } from '../../database/client.ts';
import { pauseOf } from '../../database/request-budget.ts';
import { RecordError, RetryableError } from '../../errors.ts';
import type { RequestBudget } from '../../notion/budget.ts';
import type { Tally } from '../../sync/ports.ts';
import type { Ask, AskContext, Enrichment } from './enrichment.ts';
import { type Answer, type Columns, type DueRow, dueRows, messagesOf, saveAnswer } from './enrichments.ts';

export interface EnrichContext extends Omit<AskContext, 'beforeRequest'> {
  readonly database: Database;
  /** Counts what the source is asked, for all workers together. */
  readonly budget: RequestBudget;
  readonly cycleId: string;
  readonly tally: Tally;
  /** Called before each request. */
  readonly onRequest: () => void;
  /** Called after every bit of progress. Throws when the work is cancelled. */
  readonly progress: () => void;
}

/** The rest is left to the next cycle, which waits for the outbound syncs behind this. */
const MOST_ROWS = 50;
const MOST_MS = 30_000;
/** A source that asked to be left alone for longer is asked by a later cycle. */
export const LONGEST_WAIT_MS = 20_000;
/** One row may be the only one that makes a service stumble; two in a row mean the service. */
const MOST_STUMBLES = 2;

/** Asks about some of the rows that lack something, and fills in what is beyond doubt. @throws LockstepError */
export async function enrich(enrichment: Enrichment, context: EnrichContext): Promise<void> {
  const { database, budget, signal, tally, onRequest, cycleId } = context;
  try {
    const due = await dueRows(database, enrichment, MOST_ROWS);
    if (due.length === 0 || (await pauseOf(database, enrichment.pace.api)) > LONGEST_WAIT_MS) return;
    const beforeRequest = async (): Promise<void> => {
      await budget.take({ entity: enrichment.entity, urgent: false }, signal);
      onRequest();
    };
    await askAbout(due, enrichment, enrichment.open({ ...context, beforeRequest }), context);
  } catch (error) {
    if (error instanceof RetryableError && error.retryAfterMs !== undefined) await budget.pause(error.retryAfterMs);
    throw error;
  } finally {
    const told = await messagesOf(database, enrichment, cycleId);
    tally.errors.push(
      ...told.map(({ recordId, outcome, message }) => ({
        code: CODES[outcome] ?? 'no_match',
        message,
        record: recordId,
      })),
    );
  }
}

const CODES: Readonly<Record<string, string>> = { ambiguous: 'ambiguous_match' };

async function askAbout(
  due: readonly DueRow[],
  enrichment: Enrichment,
  ask: Ask,
  context: EnrichContext,
): Promise<void> {
  const until = Date.now() + MOST_MS;
  let firstStumble: RetryableError | undefined;
  let inARow = 0;
  for (const row of due) {
    if (Date.now() > until || inARow >= MOST_STUMBLES) break;
    try {
      await settle(row, enrichment, ask, context);
      inARow = 0;
    } catch (error) {
      if (!(error instanceof RetryableError) || error.retryAfterMs !== undefined) throw error;
      firstStumble ??= error;
      inARow += 1;
    }
  }
  if (firstStumble) throw firstStumble;
}

async function settle(row: DueRow, enrichment: Enrichment, ask: Ask, context: EnrichContext): Promise<void> {
  const { database, tally, cycleId, progress } = context;
  const save = (answer: Answer): Promise<boolean> => saveAnswer(database, enrichment, row, answer, cycleId);
  const isWritten = await ask(withoutOurs(row))
    .then(save)
    .catch((error: unknown) => {
      if (!(error instanceof RecordError)) throw error;
      // What is refused is not asked again and again.
      return save({ outcome: 'none', providerId: null, values: {}, message: error.message });
    });
  tally.processed += 1;
  tally.updated += isWritten ? 1 : 0;
  progress();
}

const withoutOurs = ({ row, filled }: DueRow): Columns =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, value !== null && value === filled[column] ? null : value]),
  );
