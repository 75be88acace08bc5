import { FinalError } from '../../../errors.ts';
import { readTitlesOfChanges } from '../../../operations/history/changes.ts';
import type { Html } from '../html.ts';
import { planPage } from '../pages/plan.ts';
import type { PlanJob } from '../plan-job.ts';
import { get, post, type RoutesOf, type Sources, type Visit } from './route.ts';

/** Of the plan's changes; a plan with more is applied with the command. */
const CHANGES_SHOWN = 500;

/** A plan: what the next cycle would write, and its application. */
export const planRoutes: RoutesOf = (sources) => [
  get(/^\/plan$/, (visit) => showPlan(visit, sources)),
  post(/^\/plan$/, async () => {
    jobOf(sources).start();
    return '/plan';
  }),
  post(/^\/plan\/apply$/, async ({ form }) => {
    const job = jobOf(sources);
    if (job.state.kind === 'planned' && job.state.made.plan.changes.length > CHANGES_SHOWN) {
      throw new FinalError('too_large', 'The plan is too large for this page: use lockstep plan and lockstep apply.');
    }
    job.apply(form.get('seen') ?? '');
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
  const all = state.kind === 'planned' ? state.made.plan.changes : [];
  const shown = all.slice(0, CHANGES_SHOWN);
  const titles = await readTitlesOfChanges(sources.database, shown);
  return planPage({ state, shown, titles }, view);
}
