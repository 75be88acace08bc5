import { readHealth } from '../../../operations/status/entity-health.ts';
import { readPastRuns } from '../../../operations/status/past-runs.ts';
import { readFailedRecords, readPendingRows } from '../../../operations/status/pending-records.ts';
import { entityHealths } from '../../../operations/status/verdict.ts';
import { requireNamed } from '../../../shared/require-named.ts';
import type { Html } from '../html.ts';
import { entityPage } from '../pages/entity.ts';
import { get, type RoutesOf, type Sources, type Visit } from './route.ts';

const RUNS_SHOWN = 100;
const RECORDS_SHOWN = 100;

/** The page of each entity. */
export const entityRoutes: RoutesOf = (sources) => [
  get(/^\/entities\/([^/]+)$/, (visit) => showEntity(visit, sources)),
];

async function showEntity({ part, view }: Visit, { database, perMinute, everyMs }: Sources): Promise<Html> {
  const healths = entityHealths(await readHealth(database, perMinute, everyMs));
  const { health } = requireNamed(
    'entity',
    part,
    healths.map((health) => ({ name: health.entity, health })),
  );
  const syncNames = health.syncs.map(({ name }) => name);
  const [runs, waiting, failed] = await Promise.all([
    readPastRuns(database, { limit: RUNS_SHOWN, entity: part }),
    readPendingRows(database, part, RECORDS_SHOWN),
    readFailedRecords(database, part, syncNames),
  ]);
  return entityPage({ health, runs, waiting, failed }, view);
}
