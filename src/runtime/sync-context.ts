import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DryRun } from '../cycle/types.ts';
import { entityStore } from '../database/entity-store.ts';
import type { Entity } from '../entities/define.ts';
import type { NotionApi } from '../notion/api.ts';
import type { DataSource } from '../notion/data-source.ts';
import { entityPages } from '../notion/entity-pages.ts';
import { asNamedInNotion } from '../notion/option-renames.ts';
import { dryLocal } from '../sync/dry-local.ts';
import { dryRemote } from '../sync/dry-remote.ts';
import type { Policy, RemoteEntity, SyncContext, Tally } from '../sync/ports.ts';
import type { WorkerServices } from './services.ts';

export const emptyTally = (): Tally => ({
  processed: 0,
  created: 0,
  updated: 0,
  archived: 0,
  conflicts: 0,
  adopted: 0,
  errors: [],
});

const CONCURRENCY = 6;

export interface EngineContextOptions {
  readonly entity: Entity;
  readonly remote: RemoteEntity;
  /** The data source's or calendar's id. */
  readonly sourceId: string;
  readonly cycleId: string;
  readonly signal: AbortSignal;
  readonly progress: () => void;
  readonly tally: Tally;
  readonly sweep?: boolean;
  readonly acceptArchive?: boolean;
  readonly readOnly?: boolean;
  readonly dryRun?: DryRun;
}

/** The engine's view of one side, of the real PostgreSQL and of the real clock. */
export function engineContext(
  { config, database, startedAt }: WorkerServices,
  options: EngineContextOptions,
): SyncContext {
  const { entity, sourceId, cycleId, signal, progress, tally, dryRun } = options;
  const policy: Policy = {
    conflicts: config.conflicts,
    sweepMinutes: config.sweepMinutes,
    sweep: options.sweep ?? false,
    sweepSince: startedAt,
    readOnly: options.readOnly ?? false,
    acceptArchive: options.acceptArchive ?? false,
    concurrency: CONCURRENCY,
  };
  const now = (): Date => new Date();
  const store = entityStore(database, entity, cycleId, dryRun && { sourceId });
  return {
    entity,
    remote: dryRun ? dryRemote(options.remote, now) : options.remote,
    local: dryRun ? dryLocal(entity, store) : store,
    clock: {
      now,
      sleep: async (ms) => {
        await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
      },
    },
    newId: randomUUID,
    policy,
    tally,
    progress,
  };
}

interface NotionContextOptions extends Omit<EngineContextOptions, 'remote' | 'sourceId' | 'readOnly'> {
  readonly api: NotionApi;
  readonly source: DataSource;
}

/** The same for an entity in the real Notion. */
export async function notionContext(services: WorkerServices, options: NotionContextOptions): Promise<SyncContext> {
  const { api, source } = options;
  const { timeZone } = services.config;
  const entity = asNamedInNotion(options.entity, source);
  const remote = entityPages({ api, entity, source, timeZone, botId: await services.sources.botId(api) });
  return engineContext(services, { ...options, entity, remote, sourceId: source.id });
}
