import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { entityStore } from '../database/entity-store.ts';
import type { Entity } from '../entities/define.ts';
import type { NotionApi } from '../notion/api.ts';
import type { DataSource } from '../notion/data-source.ts';
import { entityPages } from '../notion/entity-pages.ts';
import type { Policy, SyncContext, Tally } from '../sync/ports.ts';
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

export interface SyncContextOptions {
  readonly entity: Entity;
  readonly cycleId: string;
  readonly api: NotionApi;
  readonly source: DataSource;
  readonly signal: AbortSignal;
  readonly progress: () => void;
  readonly tally: Tally;
  readonly sweep?: boolean;
  readonly acceptArchive?: boolean;
}

/** The engine's view of the real Notion, the real PostgreSQL and the real clock. */
export async function syncContext(services: WorkerServices, options: SyncContextOptions): Promise<SyncContext> {
  const { config, database, sources, startedAt } = services;
  const { entity, api, source, signal, cycleId } = options;
  const policy: Policy = {
    conflicts: config.conflicts,
    sweepMinutes: config.sweepMinutes,
    sweep: options.sweep ?? false,
    sweepSince: startedAt,
    readOnly: false,
    acceptArchive: options.acceptArchive ?? false,
    concurrency: CONCURRENCY,
  };
  return {
    entity,
    remote: entityPages({ api, entity, source, timeZone: config.timeZone, botId: await sources.botId(api) }),
    local: entityStore(database, entity, cycleId),
    clock: {
      now: () => new Date(),
      sleep: async (ms) => {
        await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
      },
    },
    newId: randomUUID,
    policy,
    tally: options.tally,
    progress: options.progress,
  };
}
