import type { SyncRequest } from '../cycle/messages.ts';
import type { Database } from '../database/client.ts';
import { FinalError } from '../errors.ts';
import { applyPara } from '../features/para/para-tags.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { syncOutbound } from '../sync/outbound.ts';
import type { Tally } from '../sync/ports.ts';
import { withNotionEntity } from './notion-entity.ts';
import { recordedSync, type Skipped } from './record-sync.ts';

/** Folders to tags of their type: first in SQL and then, in the same sync, in Notion. */
export const syncPara = (services: WorkerServices) =>
  recordedSync(services, 'outbound', async (request, attempt) => {
    const { database, config } = services;
    if (!config.paraRoot) return PARA_SKIPPED;
    const applied = await applyParaTags(database, config.paraRoot, request, attempt.carried.tally);
    if (applied.processed > 0) await withNotionEntity(services, { request, attempt }, syncOutbound);
    return undefined;
  });

export const PARA_SKIPPED: Skipped = { skipped: 'LOCKSTEP_PARA_ROOT is not set' };

type ParaCounts = Pick<Tally, 'processed' | 'created' | 'updated' | 'archived'>;

/**
 * Edits the tags of the request's type. Issues are added to the tally; the counts are not, because each tag's page
 * counts when it is sent.
 * @throws FinalError `para_refused`
 */
export async function applyParaTags(
  database: Database,
  root: string,
  { name, acceptArchive }: SyncRequest,
  { errors }: Tally,
): Promise<ParaCounts> {
  const type = name === 'areas-sql-to-notion' ? 'Area' : 'Resource';
  const applied = await applyPara(database, { root, type, acceptArchive });
  if (applied.kind === 'refused') throw new FinalError('para_refused', applied.message);
  errors.push(...applied.issues.map(({ message, path }) => ({ code: 'para', message, record: path })));
  const { created, updated, archived } = applied;
  return { processed: created + updated + archived, created, updated, archived };
}
