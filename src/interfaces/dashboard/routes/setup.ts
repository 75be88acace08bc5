import { setTimeout as sleep } from 'node:timers/promises';
import { syncs } from '../../../cycle/sync-names.ts';
import { featuresOff } from '../../../definition/features.ts';
import { definition } from '../../../definition/index.ts';
import { allEntities } from '../../../definition/named-entities.ts';
import { readMappings } from '../../../operations/setup/mapping/read-mappings.ts';
import { requireName, requireNamed } from '../../../shared/require-named.ts';
import type { Html } from '../html.ts';
import { doctorPage } from '../pages/doctor.ts';
import { logPage } from '../pages/logs.ts';
import { schedulePage } from '../pages/schedule.ts';
import { settingsPage } from '../pages/settings.ts';
import { mappingsPage } from '../pages/setup.ts';
import { mappingPage } from '../pages/setup-entity.ts';
import { get, orReason, post, type RoutesOf, type Sources, type Visit } from './route.ts';

/** A visitor waits no longer for the end of a check: the page then says that it is running. */
const MAX_WAIT_MS = 5_000;
const LINES = [100, 500, 2_000] as const;
const DOCTOR = '/setup/doctor';
const SCHEDULE = '/setup/schedule';

/** What is synced with what, what is wrong with it, and how this deployment is set up. */
export const setupRoutes: RoutesOf = (sources) => [
  get(/^\/setup$/, (visit) => showMappings(visit, sources)),
  get(/^\/setup\/entities\/([^/]+)$/, (visit) => showMapping(visit, sources)),
  get(/^\/setup\/doctor$/, async ({ view }) => doctorPage(sources.setup.doctor.state, view)),
  post(/^\/setup\/doctor$/, () => leadTo(DOCTOR, sources.setup.doctor.check())),
  post(/^\/setup\/doctor\/fix$/, ({ form }) => leadTo(DOCTOR, sources.setup.doctor.fix(form.get('finding') ?? ''))),
  get(/^\/setup\/schedule$/, (visit) => showSchedule(visit, sources)),
  post(/^\/setup\/schedule\/run$/, (visit) => runChore(visit, sources)),
  get(/^\/setup\/settings$/, async ({ view }) => settingsPage(sources.setup.settings, view)),
  get(/^\/setup\/logs$/, (visit) => showLog(visit, sources)),
];

async function showMappings({ view }: Visit, { database }: Sources): Promise<Html> {
  const mappings = await readMappings(database);
  return mappingsPage({ mappings, syncs: syncs(), featuresOff: featuresOff(), definition: definition().path }, view);
}

async function showMapping({ part, view }: Visit, { database }: Sources): Promise<Html> {
  const entity = requireNamed('entity', part, allEntities());
  const { entities } = await readMappings(database, [entity]);
  const [mapping = { entity, source: null, columnTypes: new Map() }] = entities;
  return mappingPage({ mapping, syncs: syncs(), definition: definition().path }, view);
}

/** The path of a page that shows how work ended, or that it is running. */
async function leadTo(path: string, work: Promise<void>): Promise<string> {
  const shown = new AbortController();
  const waiting = sleep(MAX_WAIT_MS, undefined, { signal: shown.signal }).catch(() => undefined);
  try {
    await Promise.race([work, waiting]);
    return path;
  } finally {
    shown.abort();
  }
}

async function showSchedule({ query, view }: Visit, { setup }: Sources): Promise<Html> {
  const report = await orReason(() => setup.readSchedule());
  const names = typeof report === 'string' ? [] : report.chores.map(({ name }) => name);
  const started = names.find((name) => name === query.get('started')) ?? null;
  return schedulePage({ report, started }, view);
}

async function runChore({ form }: Visit, { setup }: Sources): Promise<string> {
  const chore = form.get('chore') ?? '';
  await setup.runChore(chore);
  return `${SCHEDULE}?started=${encodeURIComponent(chore)}`;
}

async function showLog({ query, view }: Visit, { setup }: Sources): Promise<Html> {
  const name = requireName('log', query.get('log') ?? setup.logs[0] ?? '', setup.logs);
  const limit = LINES.find((lines) => String(lines) === query.get('lines')) ?? LINES[0];
  const lines = await orReason(async () => setup.readLog(name, limit));
  return logPage({ names: setup.logs, name, limit, limits: LINES, lines }, view);
}
