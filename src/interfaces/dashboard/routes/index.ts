import { approvalRoutes } from './approvals.ts';
import { conflictRoutes } from './conflicts.ts';
import { cycleRoutes } from './cycles.ts';
import { entityRoutes } from './entities.ts';
import { overviewRoutes } from './overview.ts';
import { recordRoutes } from './records.ts';
import type { RoutesOf } from './route.ts';
import { setupRoutes } from './setup.ts';

/** All pages and forms, except signing in and out. */
export const routes: RoutesOf = (sources) =>
  [overviewRoutes, entityRoutes, conflictRoutes, approvalRoutes, recordRoutes, cycleRoutes, setupRoutes].flatMap(
    (routesOf) => routesOf(sources),
  );
