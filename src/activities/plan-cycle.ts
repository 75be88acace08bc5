import { ApplicationFailure } from '@temporalio/activity';
import { type SyncDescription, syncs } from '../cycle/sync-names.ts';
import type { CyclePlan, CycleRequest, Direction, PlannedSync } from '../cycle/types.ts';
import type { Enrichment } from '../features/enrichment/enrichment.ts';
import { enrichments } from '../features/enrichment/index.ts';
import type { WorkerServices } from '../runtime/services.ts';

/** Which syncs a cycle runs, and in which order where one needs another. */
export const planCycle =
  ({ config }: WorkerServices) =>
  async (request: CycleRequest): Promise<CyclePlan> => {
    refuseUnknown(request);
    const wanted = syncs.filter((sync) => wants(request, sync));
    const phase = (direction: Direction): PlannedSync[] =>
      wanted.filter((sync) => sync.direction === direction).map(planned);
    const turn = `lockstep-turn-${config.temporal.taskQueue}`;
    const between = enrichments.filter(
      (enrichment) => enrichment.isConfigured(config) && isEnriched(request, enrichment),
    );
    return {
      ...{ turn, inbound: phase('inbound'), outbound: phase('outbound'), trigger: phase('trigger') },
      ...(between.length > 0 ? { enrichments: between.map(({ name }) => name) } : {}),
    };
  };

/** Whole cycles alone, and those of one entity: what is asked for by name is what is done. */
const isEnriched = ({ names, directions, entities: only, dryRun }: CycleRequest, { entity }: Enrichment): boolean =>
  !names && !directions && !dryRun && (!only || only.includes(entity));

/** What the workflow is told of a sync. */
export const planned = ({ name, kind, entity, after }: SyncDescription): PlannedSync => ({ name, kind, entity, after });

const wants = ({ names, directions, entities: only }: CycleRequest, sync: SyncDescription): boolean =>
  (!directions || directions.includes(sync.direction)) &&
  (!only || only.includes(sync.entity)) &&
  (!names || names.includes(sync.name));

function refuseUnknown({ names = [], entities: only = [] }: CycleRequest): void {
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
