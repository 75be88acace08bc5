import type { Entity } from '../../entities/define.ts';
import { planEntity } from '../../runtime/plan-entity.ts';
import type { PlanFile } from '../../runtime/planned-change.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import { requireEntity } from '../history/changes.ts';
import { type AppliedPlan, applyPlan, newApplyId } from './apply-plan.ts';
import { type EntitySteps, eachEntity } from './each-entity.ts';

export type { PlanFile, PlannedChange } from '../../runtime/planned-change.ts';

export interface MadePlan {
  readonly plan: PlanFile;
  /** Some entity could not be planned. */
  readonly failed: boolean;
}

/** Plans what a cycle would write on each side, by record and field; writes nothing. */
export async function makePlan(
  services: WorkerServices,
  chosen: readonly Entity[],
  steps: EntitySteps,
): Promise<MadePlan> {
  const { found: changes, failed } = await eachEntity(chosen, steps, async (entity) => {
    const plan = await planEntity(services, entity, steps.signal);
    for (const { message } of plan.issues) steps.onProblem(message);
    return plan.changes;
  });
  return { plan: { lockstepPlan: 1, madeAt: new Date().toISOString(), changes: [...changes] }, failed };
}

/** What was applied of the changes of one entity. */
export interface AppliedEntity extends Pick<AppliedPlan, 'applied' | 'skipped'> {
  readonly entity: string;
}

export interface AppliedChanges {
  readonly entities: readonly AppliedEntity[];
  /** Of all that was applied, for `lockstep undo`; null when nothing was. */
  readonly cycleId: string | null;
  /** Some entity could not be synced. */
  readonly failed: boolean;
}

interface ApplySteps extends EntitySteps {
  /** Called before the first change, with the id of all that will be applied. */
  readonly onCycle?: ((cycleId: string) => void) | undefined;
  readonly onApplied?: (entity: AppliedEntity) => void;
}

/** Applies a plan, and skips records that changed since it was made. */
export async function applyChanges(
  services: WorkerServices,
  { changes }: Pick<PlanFile, 'changes'>,
  { onApplied, onCycle, ...steps }: ApplySteps,
): Promise<AppliedChanges> {
  const named = [...new Set(changes.map(({ entity }) => entity))].map(requireEntity);
  const cycleId = newApplyId();
  onCycle?.(cycleId);
  const { found, failed } = await eachEntity(named, steps, async (entity) => {
    const own = changes.filter((change) => change.entity === entity.name);
    const { applied, skipped, issues } = await applyPlan(services, { entity, cycleId }, own, steps.signal);
    for (const { message } of issues) steps.onProblem(message);
    const done = { entity: entity.name, applied, skipped };
    onApplied?.(done);
    return [done];
  });
  return { entities: found, cycleId: found.some(({ applied }) => applied.length > 0) ? cycleId : null, failed };
}
