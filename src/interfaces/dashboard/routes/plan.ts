import { FinalError } from '../../../errors.ts';
import { readTitlesOfChanges } from '../../../operations/history/changes.ts';
import type { Html } from '../html.ts';
import { planPage } from '../pages/plan.ts';
import { MAX_CHANGES, type PlanJob } from '../plan-job.ts';
import { get, post, type RoutesOf, type Sources, type Visit } from './route.ts';

/** A plan: what the next cycle would write, and its application. */
export const planRoutes: RoutesOf = (sources) => [
  get(/^\/plan$/, (visit) => showPlan(visit, sources)),
  post(/^\/plan$/, async () => {
    jobOf(sources).start();
    return '/plan';
  }),
  post(/^\/plan\/apply$/, async ({ form }) => {
    jobOf(sources).apply(form.get('seen') ?? '');
    return '/plan';
  }),
];

/** Plans need the settings of a worker, which only the command has. */
function jobOf({ plans }: Sources): PlanJob {
  if (plans) return plans;
  throw new FinalError('no_planner', 'This dashboard cannot plan: use lockstep plan.');
}

async function showPlan({ view }: Visit, sources: Sources): Promise<Html> {
  const { state } = jobOf(sources);
  const shown = state.kind === 'planned' ? state.changes.slice(0, MAX_CHANGES) : [];
  const titles = await readTitlesOfChanges(sources.database, shown);
  return planPage({ state, shown, titles }, view);
}
