import { randomUUID } from 'node:crypto';
import type { Entity } from '../../entities/define.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import { emptyTally } from '../../runtime/sync-context.ts';
import { inbound } from '../../sync/inbound.ts';
import { outbound } from '../../sync/outbound.ts';
import type { Issue } from '../../sync/ports.ts';
import { planContext } from './plan-context.ts';
import type { PlannedChange } from './planned-change.ts';
import { watchWrites } from './watch-writes.ts';

export interface EntityPlan {
  readonly changes: readonly PlannedChange[];
  /** What a cycle could not do, as far as that is seen without doing it. */
  readonly issues: readonly Issue[];
}

/**
 * What a cycle would write of one entity, record by record. Nothing is written, and nobody is kept waiting
 * but another sync of the entity. @throws LockstepError where a cycle's sync of it would fail
 */
export const planEntity = (services: WorkerServices, entity: Entity, signal: AbortSignal): Promise<EntityPlan> =>
  services.claims.hold(entity.name, signal, (held) => planHeld(services, entity, held));

/** The same, for whoever holds the entity's claim. */
export async function planHeld(services: WorkerServices, entity: Entity, signal: AbortSignal): Promise<EntityPlan> {
  const tally = emptyTally();
  const options = { cycleId: `plan-${randomUUID()}`, signal, tally, dry: true };
  const { context } = await planContext(services, entity, options);
  const changes: PlannedChange[] = [];
  const watched = {
    ...context,
    local: watchWrites(context.entity, context.local, (change) => changes.push(change)),
  };
  await inbound(watched);
  await outbound(watched);
  return { changes, issues: tally.errors };
}
