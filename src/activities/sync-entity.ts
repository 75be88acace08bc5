import type { PagesRequest, SyncRequest } from '../cycle/messages.ts';
import { entityStore } from '../database/entity-store.ts';
import type { Entity } from '../entities/define.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { failWhileHeld } from '../sync/brake.ts';
import { readPages, scanIsDue } from '../sync/inbound.ts';
import { syncInboundWithEdits } from '../sync/inbound-with-edits.ts';
import { syncOutbound } from '../sync/outbound.ts';
import { type SchemaSource, withNotionEntity } from './notion-entity.ts';
import { recordedSync } from './record-sync.ts';

/** Notion to SQL for one entity. */
export const syncEntityInbound = (services: WorkerServices) =>
  recordedSync(services, 'inbound', async (request, attempt) => {
    const schema = (entity: Entity) => schemaFor(services, entity, request);
    await withNotionEntity(services, { request, attempt, schema }, syncInboundWithEdits);
    return undefined;
  });

/** SQL to Notion for one entity. */
export const syncEntityOutbound = (services: WorkerServices) =>
  recordedSync(services, 'outbound', async (request, attempt) => {
    await withNotionEntity(services, { request, attempt }, syncOutbound);
    return undefined;
  });

/** Notion to SQL for some pages of one entity. */
export const syncEntityPages = (services: WorkerServices) =>
  recordedSync<PagesRequest>(services, 'inbound', async (request, attempt) => {
    await withNotionEntity(services, { request, attempt }, async (context) => {
      await readPages(context, request.pageIds);
      await failWhileHeld(context, 'inbound');
    });
    return undefined;
  });

/** A full scan reads the schema first. */
async function schemaFor(
  { config, database, startedAt }: WorkerServices,
  entity: Entity,
  { cycleId, sweep }: SyncRequest,
): Promise<SchemaSource> {
  const policy = { sweep, sweepMinutes: config.sweepMinutes, sweepSince: startedAt };
  const source = await entityStore(database, entity, cycleId).readSource();
  return scanIsDue(policy, new Date(), source) ? 'refresh' : 'cached';
}
