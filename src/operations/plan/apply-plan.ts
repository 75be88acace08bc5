import { randomUUID } from 'node:crypto';
import { syncs } from '../../cycle/sync-names.ts';
import { nameOf } from '../../database/named-entities.ts';
import { recordRun } from '../../database/run-history.ts';
import type { Entity } from '../../entities/define.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import { emptyTally } from '../../runtime/sync-context.ts';
import { readPages } from '../../sync/inbound.ts';
import { pushRecords } from '../../sync/outbound.ts';
import type { Issue, SyncContext } from '../../sync/ports.ts';
import { planHeld } from './make-plan.ts';
import { planContext } from './plan-context.ts';
import { isSame, keyOf, type PlannedChange } from './planned-change.ts';

export interface Applied {
  /** As which it is in `sync_run_history`, and can be undone. */
  readonly cycleId: string;
  readonly done: readonly PlannedChange[];
  /** What has moved since the plan was made, or was done already. */
  readonly leftOut: readonly PlannedChange[];
  readonly issues: readonly Issue[];
}

/**
 * Does what a plan says of one entity, and nothing else: what a cycle would now do otherwise is left out.
 * @throws LockstepError where a cycle's sync of it would fail
 */
export function applyToEntity(
  services: WorkerServices,
  entity: Entity,
  changes: readonly PlannedChange[],
  signal: AbortSignal,
): Promise<Applied> {
  return services.claims.hold(entity.name, signal, async (held) => {
    const now = new Map((await planHeld(services, entity, held)).changes.map((change) => [keyOf(change), change]));
    const stands = (change: PlannedChange): boolean => {
      const current = now.get(keyOf(change));
      return current !== undefined && isSame(change, current);
    };
    const done = changes.filter(stands);
    const cycleId = `apply-${randomUUID()}`;
    const pages = done.flatMap(({ side, pageId }) => (side === 'sql' && pageId !== null ? [pageId] : []));
    const rows = done.flatMap(({ side, recordId }) => (side === 'sql' ? [] : [recordId]));
    const into = (direction: 'inbound' | 'outbound', work: (context: SyncContext) => Promise<void>) =>
      run(services, { entity, direction, cycleId, signal: held }, work);
    const issues = [
      ...(pages.length > 0 ? await into('inbound', (context) => takeIn(context, pages)) : []),
      ...(rows.length > 0 ? await into('outbound', (context) => pushRecords(context, rows)) : []),
    ];
    return { cycleId, done, leftOut: changes.filter((change) => !stands(change)), issues };
  });
}

async function takeIn(context: SyncContext, pageIds: readonly string[]): Promise<void> {
  await readPages(context, pageIds, 0);
  await context.local.settleLinks();
}

interface RunOptions {
  readonly entity: Entity;
  readonly direction: 'inbound' | 'outbound';
  readonly cycleId: string;
  readonly signal: AbortSignal;
}

/** One direction, written down as a sync is. */
async function run(
  services: WorkerServices,
  { entity, direction, cycleId, signal }: RunOptions,
  work: (context: SyncContext) => Promise<void>,
): Promise<readonly Issue[]> {
  const startedAt = new Date();
  const tally = emptyTally();
  const { context, requests } = await planContext(services, entity, { cycleId, signal, tally, dry: false });
  await work(context);
  const { processed, created, updated, archived, conflicts, errors } = tally;
  await recordRun(services.database, {
    cycleId,
    syncName: syncNameOf(entity, direction),
    entity: nameOf(entity),
    direction,
    status: errors.length > 0 ? 'partial' : 'ok',
    startedAt,
    ...{ processed, created, updated, archived, conflicts, requests: requests(), errors },
  });
  return errors;
}

const syncNameOf = (entity: Entity, direction: 'inbound' | 'outbound'): string =>
  syncs.find((sync) => sync.kind !== 'para' && sync.entity === nameOf(entity) && sync.direction === direction)?.name ??
  `${entity.name}-${direction}`;
