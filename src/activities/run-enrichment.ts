import { Context } from '@temporalio/activity';
import type { EnrichRequest, SyncOutcome } from '../cycle/messages.ts';
import { requestBudget } from '../database/request-budget.ts';
import { FinalError, RetryableError } from '../errors.ts';
import { enrich, MAX_WAIT_MS } from '../features/enrichment/enrich.ts';
import type { Enrichment } from '../features/enrichment/enrichment.ts';
import { enrichments } from '../features/enrichment/enrichments.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { recordedSync, type SyncAttempt } from './record-sync.ts';

const MAX_ATTEMPTS = 3;

/** Fills in rows from an external source. The outbound syncs wait for it, so what takes too long is left to the next cycle. */
export const runEnrichment = (services: WorkerServices) => {
  const run = recordedSync(services, 'inbound', async ({ name, cycleId }, attempt) => {
    await fillRows(services, enrichmentByName(name), cycleId, attempt).catch((error: unknown) => {
      throw isForNextCycle(error) ? new FinalError(error.code, error.message) : error;
    });
    return undefined;
  });
  return async ({ name, cycleId }: EnrichRequest): Promise<SyncOutcome> => {
    const entity = enrichmentByName(name).entity.name;
    // As with a hint, a run without changes is not recorded.
    return run({ name, entity, cycleId, sweep: false, acceptArchive: false, hinted: true });
  };
};

function fillRows(
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
  return enrich(enrichment, {
    ...{ config, database, google, grants, budget, cycleId, signal, progress, onRequest },
    tally: carried.tally,
  });
}

const isForNextCycle = (error: unknown): error is RetryableError =>
  error instanceof RetryableError &&
  ((error.retryAfterMs ?? 0) > MAX_WAIT_MS || Context.current().info.attempt >= MAX_ATTEMPTS);

function enrichmentByName(name: string): Enrichment {
  const enrichment = enrichments().find((candidate) => candidate.name === name);
  if (!enrichment) throw new FinalError('unknown_enrichment', `there is no enrichment named ${name}`);
  return enrichment;
}
