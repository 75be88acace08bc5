import { randomUUID } from 'node:crypto';
import type { Entity } from '../entities/define.ts';
import { orHeldIssue } from '../sync/brake.ts';
import { syncInbound } from '../sync/inbound.ts';
import { syncOutbound } from '../sync/outbound.ts';
import type { Issue, SyncContext } from '../sync/ports.ts';
import { type OpenOptions, openPreview } from './open-entity.ts';
import type { PlannedChange } from './planned-change.ts';
import type { WorkerServices } from './services.ts';
import { emptyTally } from './sync-context.ts';
import { toPlannedChanges } from './to-planned-changes.ts';

export interface EntityPlan {
  readonly changes: readonly PlannedChange[];
  /** Records that a cycle could not sync, as far as this is known without a write. */
  readonly issues: readonly Issue[];
}

/**
 * Plans what a cycle would write for one entity. Nothing is written; other syncs of the entity wait meanwhile.
 * @throws LockstepError when a sync of the entity would fail
 */
export const planEntity = (services: WorkerServices, entity: Entity, signal: AbortSignal): Promise<EntityPlan> =>
  services.claims.hold(entity.name, { signal }, (held) => planClaimedEntity(services, entity, held));

/** As `planEntity`. The caller holds the entity's claim. */
export async function planClaimedEntity(
  services: WorkerServices,
  entity: Entity,
  signal: AbortSignal,
): Promise<EntityPlan> {
  const tally = emptyTally();
  const options = { cycleId: `plan-${randomUUID()}`, signal, tally, progress: () => signal.throwIfAborted() };
  const { changes } = await previewEntity(services, entity, options, async (context) => {
    for (const sync of [syncInbound, syncOutbound]) {
      tally.errors.push(...(await orHeldIssue(context, () => sync(context))));
    }
  });
  return { changes, issues: tally.errors };
}

/** Runs the engine on one entity without writing anything. The caller holds the entity's claim. */
export async function previewEntity(
  services: WorkerServices,
  entity: Entity,
  options: OpenOptions,
  work: (context: SyncContext) => Promise<void>,
): Promise<{ readonly changes: readonly PlannedChange[]; readonly requests: number }> {
  const changes: PlannedChange[] = [];
  const { context, requests } = await openPreview(services, entity, options, (write, before) =>
    changes.push(...toPlannedChanges(entity, write, before)),
  );
  await work(context);
  return { changes, requests: requests() };
}
