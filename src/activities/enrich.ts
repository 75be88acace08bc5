import { Context } from '@temporalio/activity';
import type { EnrichRequest, SyncOutcome } from '../cycle/types.ts';
import { requestBudget } from '../database/request-budget.ts';
import { FinalError, RetryableError } from '../errors.ts';
import { enrich as askAndFill, LONGEST_WAIT_MS } from '../features/enrichment/enrich.ts';
import type { Enrichment } from '../features/enrichment/enrichment.ts';
import { enrichments } from '../features/enrichment/index.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { reported, type SyncAttempt } from './reported.ts';

const MOST_ATTEMPTS = 3;

/** Fills rows in from elsewhere; what is in the way is soon left to the next cycle, since the outbound syncs wait. */
export const enrich = (services: WorkerServices) => {
  const run = reported(services, 'inbound', async ({ name, cycleId }, attempt) => {
    await runEnrichment(services, enrichmentNamed(name), cycleId, attempt).catch((error: unknown) => {
      throw isForLater(error) ? new FinalError(error.code, error.message) : error;
    });
    return undefined;
  });
  return async ({ name, cycleId }: EnrichRequest): Promise<SyncOutcome> => {
    const { entity } = enrichmentNamed(name);
    // As with a hint: a run that found nothing to do is not worth a line in every cycle.
    return run({ name, entity, cycleId, sweep: false, acceptArchive: false, hinted: true });
  };
};

function runEnrichment(
  { config, database, google, grants }: WorkerServices,
  enrichment: Enrichment,
  cycleId: string,
  { carried, signal, progress }: SyncAttempt,
): Promise<void> {
  const { api, perMinute } = enrichment.pace;
  const onRequest = (): void => {
    carried.requests += 1;
  };
  const budget = requestBudget(database, api, perMinute);
  return askAndFill(enrichment, {
    ...{ config, database, google, grants, budget, cycleId, signal, progress, onRequest },
    tally: carried.tally,
  });
}

const isForLater = (error: unknown): error is RetryableError =>
  error instanceof RetryableError &&
  ((error.retryAfterMs ?? 0) > LONGEST_WAIT_MS || Context.current().info.attempt >= MOST_ATTEMPTS);

function enrichmentNamed(name: string): Enrichment {
  const enrichment = enrichments.find((candidate) => candidate.name === name);
  if (!enrichment) throw new FinalError('unknown_enrichment', `there is no enrichment named ${name}`);
  return enrichment;
}
