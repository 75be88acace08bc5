import { ApplicationFailure, Context } from '@temporalio/activity';
import type { CyclePlan, CycleRequest, Direction, PlannedSync } from '../cycle/messages.ts';
import { type SyncDescription, syncs } from '../cycle/sync-names.ts';
import type { Enrichment } from '../features/enrichment/enrichment.ts';
import { enrichments } from '../features/enrichment/enrichments.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { cycleLockId } from '../temporal/cycle-lock.ts';

/** Plans the syncs of a cycle, and which of them wait for others. */
export const planCycle =
  ({ config }: WorkerServices) =>
  async (request: CycleRequest): Promise<CyclePlan> => {
    rejectUnknown(request);
    const requested = syncs.filter((sync) => isRequested(request, sync));
    const phase = (direction: Direction): PlannedSync[] =>
      requested.filter((sync) => sync.direction === direction).map(toPlannedSync);
    const turn = cycleLockId(config.temporal.taskQueue);
    const { workflowExecution } = Context.current().info;
    const enriching = enrichments.filter(
      (enrichment) => enrichment.isConfigured(config) && isEnriched(request, enrichment),
    );
    return {
      ...(workflowExecution ? { runId: workflowExecution.runId } : {}),
      ...{ turn, inbound: phase('inbound'), outbound: phase('outbound'), trigger: phase('trigger') },
      ...(enriching.length > 0 ? { enrichments: enriching.map(({ name }) => name) } : {}),
    };
  };

/** Only in cycles of all syncs, or of all syncs of an entity. */
const isEnriched = ({ names, directions, entities: only, dryRun }: CycleRequest, { entity }: Enrichment): boolean =>
  !names && !directions && !dryRun && (!only || only.includes(entity));

export const toPlannedSync = ({ name, kind, entity, after }: SyncDescription): PlannedSync => ({
  name,
  kind,
  entity,
  after,
});

const isRequested = ({ names, directions, entities: only }: CycleRequest, sync: SyncDescription): boolean =>
  (!directions || directions.includes(sync.direction)) &&
  (!only || only.includes(sync.entity)) &&
  (!names || names.includes(sync.name));

function rejectUnknown({ names = [], entities: only = [] }: CycleRequest): void {
  const unknownName = names.find((name) => !syncs.some((sync) => sync.name === name));
  if (unknownName !== undefined) {
    throw ApplicationFailure.nonRetryable(
      `there is no sync named ${unknownName}; there are: ${syncs.map(({ name }) => name).join(', ')}`,
      'unknown_sync',
    );
  }
  const known = [...new Set(syncs.map(({ entity }) => entity))];
  const unknownEntity = only.find((name) => !known.includes(name));
  if (unknownEntity !== undefined) {
    throw ApplicationFailure.nonRetryable(
      `there is no entity named ${unknownEntity}; there are: ${known.join(', ')}`,
      'unknown_entity',
    );
  }
}
