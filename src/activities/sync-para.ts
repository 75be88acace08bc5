import { undone } from '../database/client.ts';
import { FinalError } from '../errors.ts';
import { applyPara } from '../features/para/para-tags.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { outbound } from '../sync/outbound.ts';
import { reported } from './reported.ts';
import { entityNamed, withNotion } from './sync-entity.ts';

/** Folders → tags of their type, in SQL and then, in the same sync, in Notion. */
export const syncPara = (services: WorkerServices) =>
  reported(services, 'outbound', async (request, attempt) => {
    const { config, database } = services;
    if (!config.paraRoot) return { skipped: 'LOCKSTEP_PARA_ROOT is not set' };
    const type = request.name === 'areas-sql-to-notion' ? 'Area' : 'Resource';
    const para = { root: config.paraRoot, type, acceptArchive: request.acceptArchive } as const;
    const applied = await (request.dryRun
      ? undone(database, (undoing) => applyPara(undoing, para))
      : applyPara(database, para));
    if (applied.kind === 'refused') throw new FinalError('para_refused', applied.message);
    const { tally } = attempt.carried;
    tally.errors.push(...applied.issues.map(({ message, path }) => ({ code: 'para', message, record: path })));
    const { created, updated, archived } = applied;
    const processed = created + updated + archived;
    // Each tag's page is counted once with it.
    if (request.dryRun) Object.assign(tally, { processed, created, updated, archived });
    if (processed === 0 || request.dryRun) return undefined;
    const entity = entityNamed(request.entity);
    await withNotion(services, { request, attempt, entity, schema: async () => 'believed' }, outbound);
    return undefined;
  });
