import { Context } from '@temporalio/activity';
import type { Config } from '../config.ts';
import type { CyclePlan, CycleRequest, Direction, PlannedSync } from '../cycle/messages.ts';
import { type SyncDescription, syncs } from '../cycle/sync-names.ts';
import { isOn } from '../definition/features.ts';
import type { Enrichment } from '../features/enrichment/enrichment.ts';
import { enrichments } from '../features/enrichment/enrichments.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { cycleLockId } from '../temporal/deployment-ids.ts';
import { hasSearchAttributes } from '../temporal/namespace.ts';
import { checkInput } from './check-input.ts';

/** A plan does not wait longer for Temporal to list the search attributes. */
const SEARCHABLE_MS = 2_000;

/** Checks the input of a cycle, and plans its syncs and which of them wait for others. */
export const planCycle =
  ({ config }: WorkerServices) =>
  async (...inputs: [CycleRequest?: CycleRequest | null, ...others: unknown[]]): Promise<CyclePlan> => {
    await checkInput('syncCycle', inputs);
    const request = inputs[0] ?? {};
    const requested = syncs().filter((sync) => isRequested(request, sync));
    const phase = (direction: Direction): PlannedSync[] =>
      requested.filter((sync) => sync.direction === direction).map(toPlannedSync);
    const turn = cycleLockId(config.temporal.taskQueue);
    const { workflowExecution } = Context.current().info;
    const enriching = enrichments().filter(
      (enrichment) => isOn(enrichment.name) && enrichment.isConfigured(config) && isEnriched(request, enrichment),
    );
    return {
      ...(workflowExecution ? { runId: workflowExecution.runId } : {}),
      ...{ turn, inbound: phase('inbound'), outbound: phase('outbound'), trigger: phase('trigger') },
      ...(enriching.length > 0 ? { enrichments: enriching.map(({ name }) => name) } : {}),
      ...((await isSearchable(config)) ? { isSearchable: true } : {}),
    };
  };

/** Search attributes are not encrypted, so an encrypted deployment sets none. */
async function isSearchable({ temporal }: Config): Promise<boolean> {
  if (temporal.encryptionKeys !== undefined) return false;
  const { client } = Context.current();
  return client.withDeadline(Date.now() + SEARCHABLE_MS, () => hasSearchAttributes(client));
}

/** Only in cycles of all syncs, or of all syncs of an entity. */
const isEnriched = ({ names, directions, entities: only, dryRun }: CycleRequest, { entity }: Enrichment): boolean =>
  !names && !directions && !dryRun && (!only || only.includes(entity.name));

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
