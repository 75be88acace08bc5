import type { Config } from '../../config.ts';
import type { Entity } from '../../entities/define.ts';
import type { EntitySteps } from '../../operations/plan/each-entity.ts';
import { applyChanges, makePlan } from '../../operations/plan/make-plan.ts';
import { configuredEntities } from '../../runtime/open-entity.ts';
import { openServices, type WorkerServices } from '../../runtime/services.ts';
import type { Planner, PlanSteps } from '../dashboard/plan-job.ts';

/** Plans with connections of its own, which are open only meanwhile: most dashboards never plan. */
export function dashboardPlanner(config: Config): Planner {
  const withServices = async <T>(work: (services: WorkerServices) => Promise<T>): Promise<T> => {
    const services = openServices(config, () => undefined);
    try {
      return await work(services);
    } finally {
      await services.close();
    }
  };
  return {
    plan: (steps) =>
      withServices(async (services) => {
        const chosen = await configuredEntities(services);
        return makePlan(services, chosen, stepsOf(steps, chosen.length));
      }),
    apply: (plan, steps) =>
      withServices((services) => {
        const total = new Set(plan.changes.map(({ entity }) => entity)).size;
        return applyChanges(services, plan, { ...stepsOf(steps, total), onCycle: steps.onCycle });
      }),
  };
}

const stepsOf = ({ signal, onProblem, onEntity }: PlanSteps, total: number): EntitySteps => ({
  ...{ signal, onProblem },
  onEntity: ({ name }: Entity, index) => onEntity(name, index, total),
});
