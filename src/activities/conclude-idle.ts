import type { PlannedSync, SyncOutcome } from '../cycle/messages.ts';
import { sql } from '../database/client.ts';
import { recordIdleRuns } from '../database/run-history.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { toFailure } from './activity-attempt.ts';

interface IdleRequest {
  readonly cycleId: string;
  readonly syncs: readonly PlannedSync[];
}

/**
 * Concludes all outbound syncs with nothing to send in one activity: running each would be most of the cost of an idle
 * cycle. An entity with an outdated schema is left out, so that its own sync reports the reason.
 * @returns the outcomes of the concluded syncs; the others have to run
 */
export const concludeIdle =
  (services: WorkerServices) =>
  async ({ cycleId, syncs }: IdleRequest): Promise<readonly SyncOutcome[]> => {
    try {
      const idle = await idleEntities(services);
      const concluded = syncs.filter(({ kind, entity }) => kind === 'entity' && idle.has(entity));
      await recordIdleRuns(services.database, cycleId, concluded);
      return concluded.map(toOutcome);
    } catch (error) {
      throw toFailure(error, false);
    }
  };

async function idleEntities({ config, database }: WorkerServices): Promise<ReadonlySet<string>> {
  const found = await database.query<{ entity: string; configured_id: string }>(sql`
      SELECT s.entity, s.configured_id FROM sync_sources s
      WHERE NOT s.doubted AND s.swept_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM sync_outbox o WHERE o.entity = s.entity)
        AND NOT EXISTS (SELECT 1 FROM sync_refresh r WHERE r.entity = s.entity)
        AND NOT EXISTS (SELECT 1 FROM pending_links p WHERE p.entity = s.entity AND p.reported_at IS NULL)`);
  const { ids } = config.notion;
  return new Set(found.flatMap((line) => (ids[line.entity] === line.configured_id ? [line.entity] : [])));
}

const toOutcome = ({ name, entity }: PlannedSync): SyncOutcome => ({
  name,
  entity,
  direction: 'outbound',
  status: 'ok',
  ...{ processed: 0, created: 0, updated: 0, archived: 0, conflicts: 0, adopted: 0, requests: 0, issues: 0 },
});
