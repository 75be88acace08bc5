import { NotionApi } from '../notion/api.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { emptyTally, notionContext } from '../runtime/sync-context.ts';
import { settle } from '../sync/inbound.ts';
import { Attempt, toFailure } from './attempt.ts';
import { entityNamed } from './sync-entity.ts';

/** Once every entity has been read: sets the links that waited for a record of another one. */
export const settleLinks =
  (services: WorkerServices) =>
  async ({ cycleId, entities }: { cycleId: string; entities: readonly string[] }): Promise<void> => {
    const attempt = new Attempt<null>(null);
    try {
      for (const name of await waiting(services, entities)) await settleOne(services, attempt, cycleId, name);
    } catch (error) {
      throw attempt.givesUpOn(error) ? toFailure(error, true) : attempt.retry(error);
    } finally {
      attempt.end();
    }
  };

/** Usually none: then nothing is opened, and Notion is not asked. */
async function waiting({ database }: WorkerServices, entities: readonly string[]): Promise<readonly string[]> {
  const names = await database.$queryRaw<{ entity: string }[]>`
    SELECT DISTINCT entity FROM pending_links UNION SELECT DISTINCT entity FROM sync_refresh`;
  return names.map(({ entity }) => entity).filter((entity) => entities.includes(entity));
}

async function settleOne(
  services: WorkerServices,
  attempt: Attempt<null>,
  cycleId: string,
  name: string,
): Promise<void> {
  const entity = entityNamed(name);
  await services.claims.hold(entity.name, attempt.signal, async (signal) => {
    const api = new NotionApi(services.notion, services.budget, { signal, onAnswer: attempt.progress });
    const source = await services.sources.believed(api, entity);
    const options = { entity, cycleId, api, source, signal, progress: attempt.progress, tally: emptyTally() };
    await settle(await notionContext(services, options));
  });
}
