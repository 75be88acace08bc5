import type { Entity } from '../entities/define.ts';
import { entities } from '../entities/index.ts';
import { FinalError } from '../errors.ts';
import { NotionApi } from '../notion/api.ts';
import { inbound } from '../sync/inbound.ts';
import type { SyncContext } from '../sync/ports.ts';
import type { SyncRequest } from '../workflows/types.ts';
import { outboundOf } from './outbound-of.ts';
import { reported, type SyncAttempt } from './reported.ts';
import type { WorkerServices } from './services.ts';
import { notionContext } from './sync-context.ts';

/** Notion → SQL for one entity. */
export const syncInbound = (services: WorkerServices) =>
  reported(services, 'inbound', async (request, attempt) => {
    const options = { request, attempt, entity: entityNamed(request.entity), schema: 'read' } as const;
    await withNotion(services, options, inbound);
    return undefined;
  });

/** SQL → Notion for one entity. */
export const syncOutbound = (services: WorkerServices) =>
  reported(services, 'outbound', async (request, attempt) => {
    const options = { request, attempt, entity: entityNamed(request.entity), schema: 'recent' } as const;
    await withNotion(services, options, outboundOf(request));
    return undefined;
  });

interface WithNotionOptions {
  readonly request: SyncRequest;
  readonly attempt: SyncAttempt;
  readonly entity: Entity;
  /** Whether the schema is read anew, or may be some seconds old. */
  readonly schema: 'read' | 'recent';
}

/** Claims an entity, and runs the engine on it. */
export async function withNotion(
  services: WorkerServices,
  { request, attempt, entity, schema }: WithNotionOptions,
  work: (context: SyncContext) => Promise<void>,
): Promise<void> {
  const { carried, progress } = attempt;
  await services.claims.hold(entity.name, attempt.signal, async (signal) => {
    const api = new NotionApi(services.notion, services.budget, {
      signal,
      onAnswer: progress,
      urgent: request.urgent ?? false,
    });
    const before = carried.requests;
    try {
      const source = await services.sources[request.dryRun ? 'look' : schema](api, entity);
      const options = { ...request, entity, api, source, signal, progress, tally: carried.tally };
      await work(await notionContext(services, options));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FinalError) services.sources.forget(entity);
      throw error;
    } finally {
      carried.requests = before + api.requests;
    }
  });
}

export function entityNamed(name: string): Entity {
  const entity = entities.find((candidate) => candidate.name === name);
  if (!entity) throw new FinalError('unknown_entity', `there is no entity named ${name}`);
  return entity;
}
