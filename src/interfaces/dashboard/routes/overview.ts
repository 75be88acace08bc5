import { requireSyncedEntity } from '../../../cycle/sync-names.ts';
import { FinalError } from '../../../errors.ts';
import { readHealth } from '../../../operations/status/entity-health.ts';
import { readPastCycles } from '../../../operations/status/past-runs.ts';
import { parseDuration } from '../../../shared/duration.ts';
import type { Html } from '../html.ts';
import { overviewPage } from '../pages/overview.ts';
import { get, orReason, post, type RoutesOf, type Sources, startedId, type Visit } from './route.ts';

const CYCLES_SHOWN = 48;

/** The overview, and its buttons. */
export const overviewRoutes: RoutesOf = (sources) => [
  get(/^\/$/, (visit) => showOverview(visit, sources)),
  post(/^\/sync$/, (visit) => runNow(visit, sources)),
  post(/^\/pause$/, (visit) => pause(visit, sources)),
  post(/^\/resume$/, async () => {
    await sources.temporal.resume();
    return '/';
  }),
];

async function showOverview(
  { query, view }: Visit,
  { database, temporal, perMinute, everyMs }: Sources,
): Promise<Html> {
  const [state, health, cycles] = await Promise.all([
    orReason(() => temporal.look()),
    readHealth(database, perMinute, everyMs),
    readPastCycles(database, CYCLES_SHOWN),
  ]);
  return overviewPage({ health, cycles, temporal: state, started: startedId(query.get('started')) }, view);
}

async function runNow({ form }: Visit, { temporal }: Sources): Promise<string> {
  const entity = form.get('entity') ?? undefined;
  if (entity !== undefined) requireSyncedEntity(entity);
  return `/?started=${encodeURIComponent(await temporal.runNow(entity))}`;
}

/** A form without a time pauses until somebody resumes. */
async function pause({ form }: Visit, { temporal }: Sources): Promise<string> {
  const time = form.get('for') ?? '';
  const forMs = parseDuration(time);
  if (time !== '' && forMs === null) throw new FinalError('bad_request', 'for must be a time such as 30m, 8h or 2d');
  await temporal.pause(forMs ?? undefined);
  return '/';
}
