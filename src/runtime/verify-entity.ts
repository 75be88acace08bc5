import { randomUUID } from 'node:crypto';
import { readRecordIds } from '../database/consistency-check.ts';
import type { Entity } from '../entities/define.ts';
import { type Verification, verifyRecords } from '../sync/verify.ts';
import { openPreview } from './open-entity.ts';
import type { WorkerServices } from './services.ts';
import { emptyTally } from './sync-context.ts';

/**
 * Reads both sides of one entity now, and compares them record by record. Nothing is written; other syncs of the entity
 * wait meanwhile.
 * @throws LockstepError when a sync of the entity would fail
 */
export const verifyEntity = (services: WorkerServices, entity: Entity, signal: AbortSignal): Promise<Verification> =>
  services.claims.hold(entity.name, { signal }, async (held) => {
    const options = {
      cycleId: `verify-${randomUUID()}`,
      signal: held,
      tally: emptyTally(),
      progress: () => held.throwIfAborted(),
    };
    const { context } = await openPreview(services, entity, options, () => undefined);
    return verifyRecords(context, await readRecordIds(services.database, entity));
  });
