import { randomUUID } from 'node:crypto';
import { syncs } from '../../cycle/sync-names.ts';
import { recordRun } from '../../database/run-history.ts';
import { nameOf } from '../../definition/named-entities.ts';
import type { Entity } from '../../entities/define.ts';
import { openEntity } from '../../runtime/open-entity.ts';
import { planClaimedEntity } from '../../runtime/plan-entity.ts';
import { isSameChange, keyOf, type PlannedChange } from '../../runtime/planned-change.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import { emptyTally } from '../../runtime/sync-context.ts';
import { failWhileHeld, orHeldIssue } from '../../sync/brake.ts';
import { readPages } from '../../sync/inbound.ts';
import { pushRecords } from '../../sync/outbound.ts';
import type { Issue, SyncContext } from '../../sync/ports.ts';

export interface AppliedPlan {
  readonly applied: readonly PlannedChange[];
  /** Changes of records that changed after the plan was made, or that were applied already. */
  readonly skipped: readonly PlannedChange[];
  readonly issues: readonly Issue[];
}

export interface EntityOfPlan {
  readonly entity: Entity;
  /** Of `newApplyId`: the same for all entities of a plan, which one undo takes back. */
  readonly cycleId: string;
}

/** The id of a plan's runs in `sync_run_history`, for `lockstep undo`. */
export const newApplyId = (): string => `apply-${randomUUID()}`;

/**
 * Applies the planned changes of one entity, and no others. A change that a cycle would no longer make is skipped.
 * @throws LockstepError when a sync of the entity would fail
 */
export function applyPlan(
  services: WorkerServices,
  { entity, cycleId }: EntityOfPlan,
  changes: readonly PlannedChange[],
  signal: AbortSignal,
): Promise<AppliedPlan> {
  return services.claims.hold(entity.name, { signal }, async (held) => {
    const current = await planClaimedEntity(services, entity, held);
    const currentByKey = new Map(current.changes.map((change) => [keyOf(change), change]));
    const isCurrent = (change: PlannedChange): boolean => {
      const found = currentByKey.get(keyOf(change));
      return found !== undefined && isSameChange(change, found);
    };
    const applied = changes.filter(isCurrent);
    const pageIds = applied.flatMap(({ side, pageId }) => (side === 'sql' && pageId !== null ? [pageId] : []));
    const recordIds = applied.flatMap(({ side, recordId }) => (side === 'sql' ? [] : [recordId]));
    const run = (direction: 'inbound' | 'outbound', work: (context: SyncContext) => Promise<void>) =>
      runRecorded(services, { entity, direction, cycleId, signal: held }, work);
    const issues = [
      ...(pageIds.length > 0 ? await run('inbound', (context) => applyInbound(context, pageIds)) : []),
      ...(recordIds.length > 0 ? await run('outbound', (context) => pushRecords(context, recordIds)) : []),
    ];
    return { applied, skipped: changes.filter((change) => !isCurrent(change)), issues };
  });
}

async function applyInbound(context: SyncContext, pageIds: readonly string[]): Promise<void> {
  await readPages(context, pageIds);
  await context.local.resolveLinks();
}

interface RunOptions {
  readonly entity: Entity;
  readonly direction: 'inbound' | 'outbound';
  readonly cycleId: string;
  readonly signal: AbortSignal;
}

/** Runs one direction, and records it in `sync_run_history` as a sync. */
async function runRecorded(
  services: WorkerServices,
  { entity, direction, cycleId, signal }: RunOptions,
  work: (context: SyncContext) => Promise<void>,
): Promise<readonly Issue[]> {
  const startedAt = new Date();
  const tally = emptyTally();
  const options = { cycleId, signal, tally, progress: () => signal.throwIfAborted() };
  const { context, requests } = await openEntity(services, entity, options);
  const held = await orHeldIssue(context, async () => {
    await work(context);
    await failWhileHeld(context, direction);
  });
  tally.errors.push(...held);
  const { processed, created, updated, archived, conflicts, errors } = tally;
  await recordRun(services.database, {
    cycleId,
    syncName: syncNameOf(entity, direction),
    entity: nameOf(entity),
    direction,
    status: held.length > 0 ? 'failed' : errors.length > 0 ? 'partial' : 'ok',
    startedAt,
    ...{ processed, created, updated, archived, conflicts, requests: requests(), errors },
  });
  return errors;
}

const syncNameOf = (entity: Entity, direction: 'inbound' | 'outbound'): string =>
  syncs().find((sync) => sync.kind !== 'para' && sync.entity === nameOf(entity) && sync.direction === direction)
    ?.name ?? `${entity.name}-${direction}`;
