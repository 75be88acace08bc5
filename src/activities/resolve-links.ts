import { sql } from '../database/client.ts';
import { NotionApi } from '../notion/notion-api.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { emptyTally, notionContext } from '../runtime/sync-context.ts';
import { resolvePending } from '../sync/inbound.ts';
import { type ActivityAttempt, runAttempt } from './activity-attempt.ts';
import { entityByName } from './notion-entity.ts';

interface LinksRequest {
  readonly cycleId: string;
  readonly entities: readonly string[];
}

/** After all entities were read: sets the links whose target arrived later. */
export const resolveLinks =
  (services: WorkerServices) =>
  ({ cycleId, entities }: LinksRequest): Promise<void> =>
    runAttempt(async (attempt) => {
      for (const name of await pendingEntities(services, entities)) await resolveOne(services, attempt, cycleId, name);
    });

/** Usually none: then no claim is taken, and no request made. */
async function pendingEntities({ database }: WorkerServices, entities: readonly string[]): Promise<readonly string[]> {
  const found = await database.query<{ entity: string }>(sql`
    SELECT DISTINCT entity FROM pending_links UNION SELECT DISTINCT entity FROM sync_refresh`);
  return found.map(({ entity }) => entity).filter((entity) => entities.includes(entity));
}

async function resolveOne(
  services: WorkerServices,
  attempt: ActivityAttempt<null>,
  cycleId: string,
  name: string,
): Promise<void> {
  const entity = entityByName(name);
  await services.claims.hold(entity.name, attempt, async (signal) => {
    const api = new NotionApi(services.notion, services.budget, { signal, onAnswer: attempt.progress });
    const source = await services.sources.cached(api, entity);
    const options = { entity, cycleId, api, source, signal, progress: attempt.progress, tally: emptyTally() };
    await resolvePending(await notionContext(services, options));
  });
}
