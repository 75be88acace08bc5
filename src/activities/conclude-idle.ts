import type { Direction, PlannedSync, SyncKind, SyncOutcome } from '../cycle/messages.ts';
import { sql } from '../database/client.ts';
import { recordIdleRuns } from '../database/run-history.ts';
import { configuredCalendars } from '../google/configured-calendars.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { toFailure } from './activity-attempt.ts';
import { settledEntities } from './settled-entities.ts';
import { PARA_SKIPPED } from './sync-para.ts';

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
      const idle = await settledEntities(services, NOTHING_TO_SEND);
      const quiet = syncs.filter(({ kind, entity }) => kind === 'entity' && idle.has(entity));
      const concluded = [
        ...quiet.map((sync) => idleOutcome(sync, 'outbound')),
        ...(await skippedOutcomes(services, syncs, 'outbound')),
      ];
      await recordIdleRuns(services.database, cycleId, concluded);
      return concluded;
    } catch (error) {
      throw toFailure(error, false);
    }
  };

/** Nothing is to be sent, and no link is to be reported. */
const NOTHING_TO_SEND = sql`NOT EXISTS (SELECT 1 FROM sync_outbox o WHERE o.entity = s.entity)
        AND NOT EXISTS (SELECT 1 FROM pending_links p WHERE p.entity = s.entity AND p.reported_at IS NULL)`;

/** The outcomes of the syncs whose folder or account is not configured. */
export async function skippedOutcomes(
  { config, grants }: WorkerServices,
  syncs: readonly PlannedSync[],
  direction: Direction,
): Promise<SyncOutcome[]> {
  const reasonByKind = new Map<SyncKind, string>();
  if (!config.paraRoot) reasonByKind.set('para', PARA_SKIPPED.skipped);
  if (syncs.some(({ kind }) => kind === 'calendar')) {
    const calendars = await configuredCalendars(config, grants);
    if ('skipped' in calendars) reasonByKind.set('calendar', calendars.skipped);
  }
  return syncs.flatMap((sync): SyncOutcome[] => {
    const message = reasonByKind.get(sync.kind);
    return message === undefined ? [] : [{ ...idleOutcome(sync, direction), status: 'skipped', message }];
  });
}

/** The outcome of a sync with nothing to do. */
export const idleOutcome = ({ name, entity }: PlannedSync, direction: Direction, requests = 0): SyncOutcome => ({
  ...{ name, entity, direction, status: 'ok' },
  ...{ processed: 0, created: 0, updated: 0, archived: 0, conflicts: 0, adopted: 0, requests, issues: 0 },
});
