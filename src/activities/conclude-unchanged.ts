import { Context, log } from '@temporalio/activity';
import type { PlannedSync, SyncOutcome } from '../cycle/messages.ts';
import { sql } from '../database/client.ts';
import { recordIdleRuns } from '../database/run-history.ts';
import { NotionApi } from '../notion/notion-api.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { emptyTally, notionContext } from '../runtime/sync-context.ts';
import { isUnchanged } from '../sync/inbound.ts';
import { messageOf, toFailure } from './activity-attempt.ts';
import { idleOutcome, skippedOutcomes } from './conclude-idle.ts';
import { entityByName } from './notion-entity.ts';
import { settledEntities } from './settled-entities.ts';

interface UnchangedRequest {
  readonly cycleId: string;
  readonly syncs: readonly PlannedSync[];
  readonly urgent?: boolean;
}

/** What takes longer, such as a Notion that asks to wait, is left to each entity's own sync. */
const MAX_LOOK_MS = 5_000;

/**
 * Concludes all inbound syncs with nothing to read in one activity: Notion is asked what has changed in each entity, and
 * one with changes is left to its own sync. So is one with an outdated schema, a sweep that is due, or records that wait.
 * @returns the outcomes of the concluded syncs; the others have to run
 */
export const concludeUnchanged =
  (services: WorkerServices) =>
  async (request: UnchangedRequest): Promise<readonly SyncOutcome[]> => {
    const { cancellationSignal } = Context.current();
    const signal = AbortSignal.any([cancellationSignal, AbortSignal.timeout(MAX_LOOK_MS)]);
    try {
      const settled = await settledEntities(services, NOTHING_TO_RESOLVE);
      const candidates = request.syncs.filter(({ kind, entity }) => kind === 'entity' && settled.has(entity));
      const looks = candidates.map((sync) => look(services, { ...request, signal }, sync));
      const concluded = [
        ...(await Promise.all(looks)).flat(),
        ...(await skippedOutcomes(services, request.syncs, 'inbound')),
      ];
      cancellationSignal.throwIfAborted();
      await recordIdleRuns(services.database, request.cycleId, concluded);
      return concluded;
    } catch (error) {
      throw toFailure(error, false);
    }
  };

/** No link and no approval waits: only Notion can have news. */
const NOTHING_TO_RESOLVE = sql`NOT EXISTS (SELECT 1 FROM pending_links p WHERE p.entity = s.entity)
        AND NOT EXISTS (SELECT 1 FROM sync_approvals a WHERE a.entity = s.entity AND a.closed_at IS NULL)`;

/** A problem is left to the entity's own sync, which reports it. */
async function look(
  services: WorkerServices,
  { cycleId, urgent = false, signal }: UnchangedRequest & { readonly signal: AbortSignal },
  sync: PlannedSync,
): Promise<SyncOutcome[]> {
  const entity = entityByName(sync.entity);
  const api = new NotionApi(services.notion, services.budget, { signal, urgent });
  try {
    const source = await services.sources.cached(api, entity);
    const progress = (): void => signal.throwIfAborted();
    const options = { entity, cycleId, api, source, signal, progress, tally: emptyTally() };
    return (await isUnchanged(await notionContext(services, options)))
      ? [idleOutcome(sync, 'inbound', api.requests)]
      : [];
  } catch (error) {
    log.debug(`${sync.name} was not concluded: ${messageOf(error)}`);
    return [];
  }
}
