import { syncs } from '../../../cycle/sync-names.ts';
import { featuresOff } from '../../../definition/features.ts';
import { definition } from '../../../definition/index.ts';
import { allEntities } from '../../../definition/named-entities.ts';
import { readMappings } from '../../../operations/setup/mapping/read-mappings.ts';
import { requireNamed } from '../../../shared/require-named.ts';
import type { Html } from '../html.ts';
import { mappingsPage } from '../pages/setup.ts';
import { mappingPage } from '../pages/setup-entity.ts';
import { get, type RoutesOf, type Sources, type Visit } from './route.ts';

/** What is synced with what. */
export const setupRoutes: RoutesOf = (sources) => [
  get(/^\/setup$/, (visit) => showMappings(visit, sources)),
  get(/^\/setup\/entities\/([^/]+)$/, (visit) => showMapping(visit, sources)),
];

async function showMappings({ view }: Visit, { database }: Sources): Promise<Html> {
  const mappings = await readMappings(database);
  return mappingsPage({ mappings, syncs, featuresOff, definition: definition.path }, view);
}

async function showMapping({ part, view }: Visit, { database }: Sources): Promise<Html> {
  const entity = requireNamed('entity', part, allEntities);
  const { entities } = await readMappings(database, [entity]);
  const [mapping = { entity, source: null, columnTypes: new Map() }] = entities;
  return mappingPage({ mapping, syncs, definition: definition.path }, view);
}
