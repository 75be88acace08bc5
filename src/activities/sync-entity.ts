import type { SyncRequest } from '../cycle/types.ts';
import { entityStore } from '../database/entity-store.ts';
import type { Entity } from '../entities/define.ts';
import { entities } from '../entities/index.ts';
import { FinalError } from '../errors.ts';
import { NotionApi } from '../notion/api.ts';
import type { DataSource } from '../notion/data-source.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { notionContext } from '../runtime/sync-context.ts';
import { inbound, scanIsDue } from '../sync/inbound.ts';
import type { Issue, SyncContext, Tally } from '../sync/ports.ts';
import { outboundOf } from './outbound-of.ts';
import { reported, type SyncAttempt } from './reported.ts';

/** Notion → SQL for one entity. */
export const syncInbound = (services: WorkerServices) =>
  reported(services, 'inbound', async (request, attempt) => {
    const entity = entityNamed(request.entity);
    const schema = async () => ((await isScanDue(services, entity, request)) ? 'read' : 'believed');
    await withNotion(services, { request, attempt, entity, schema }, inbound);
    return undefined;
  });

/** SQL → Notion for one entity. */
export const syncOutbound = (services: WorkerServices) =>
  reported(services, 'outbound', async (request, attempt) => {
    const entity = entityNamed(request.entity);
    await withNotion(services, { request, attempt, entity, schema: async () => 'believed' }, outboundOf(request));
    return undefined;
  });

interface WithNotionOptions {
  readonly request: SyncRequest;
  readonly attempt: SyncAttempt;
  readonly entity: Entity;
  readonly schema: () => Promise<Schema>;
}

/**
 * Whether the schema is read anew, or believed to be what it last was: that costs no request, and Notion refuses what
 * does not fit it any more, so that it is then read, and the work done again.
 */
type Schema = 'read' | 'believed';

const isScanDue = async (
  { config, database, startedAt }: WorkerServices,
  entity: Entity,
  { cycleId, sweep }: SyncRequest,
): Promise<boolean> => {
  const policy = { sweep, sweepMinutes: config.sweepMinutes, sweepSince: startedAt };
  return scanIsDue(policy, new Date(), await entityStore(database, entity, cycleId).source());
};

/** What becomes of a record where an option is not there any more, or not there yet. */
const OPTION_TROUBLE = new Set(['option_missing', 'refused']);

/** What Notion says when a property is gone or of another type. */
const SCHEMA_TROUBLE = new Set(['property_missing', 'property_retyped', 'refused']);

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
      const run = async (source: DataSource): Promise<void> => {
        const options = { ...request, entity, api, source, signal, progress, tally: carried.tally };
        await work(await notionContext(services, options));
      };
      const how = request.dryRun ? 'look' : await schema();
      const source = await services.sources[how](api, entity);
      const fits = await runUnlessOutdated(() => run(source), carried.tally, how);
      if (fits) return;
      await run(await services.sources.read(api, entity));
      sayOnce(carried.tally);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FinalError && !request.dryRun) await services.sources.forget(entity).catch(() => undefined);
      throw error;
    } finally {
      if (carried.tally.errors.some(({ code }) => OPTION_TROUBLE.has(code))) await services.sources.forget(entity);
      carried.requests = before + api.requests;
    }
  });
}

/** @returns false when what was believed of the schema turned out wrong: what it kept from being done is not counted */
async function runUnlessOutdated(run: () => Promise<void>, tally: Tally, how: Schema | 'look'): Promise<boolean> {
  try {
    await run();
  } catch (error) {
    if (how !== 'believed' || !(error instanceof FinalError && SCHEMA_TROUBLE.has(error.code))) throw error;
    return false;
  }
  const others = tally.errors.filter(({ code }) => !OPTION_TROUBLE.has(code));
  if (how !== 'believed' || others.length === tally.errors.length) return true;
  tally.errors.splice(0, tally.errors.length, ...others);
  return false;
}

/** What kept a record back in both runs is one trouble. */
function sayOnce({ errors }: Tally): void {
  const keyOf = ({ code, record }: Issue): string => `${code} ${record}`;
  const last = new Map(errors.map((issue) => [keyOf(issue), issue]));
  errors.splice(0, errors.length, ...last.values());
}

export function entityNamed(name: string): Entity {
  const entity = entities.find((candidate) => candidate.name === name);
  if (!entity) throw new FinalError('unknown_entity', `there is no entity named ${name}`);
  return entity;
}
