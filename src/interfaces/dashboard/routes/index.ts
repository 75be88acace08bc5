import { approvalRoutes } from './approvals.ts';
import { conflictRoutes } from './conflicts.ts';
import { cycleRoutes } from './cycles.ts';
import { entityRoutes } from './entities.ts';
import { eventRoutes } from './events.ts';
import { overviewRoutes } from './overview.ts';
import { planRoutes } from './plan.ts';
import { recordRoutes } from './records.ts';
import type { RoutesOf } from './route.ts';
import { setupRoutes } from './setup.ts';

/** All pages and forms, except signing in and out. */
export const routes: RoutesOf = (sources) =>
  [
    overviewRoutes,
    entityRoutes,
    conflictRoutes,
    approvalRoutes,
    recordRoutes,
    cycleRoutes,
    planRoutes,
    setupRoutes,
    eventRoutes,
  ].flatMap((routesOf) => routesOf(sources));
