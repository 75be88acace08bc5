import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { entityStore } from '../database/entity-store.ts';
import type { Entity } from '../entities/define.ts';
import type { DataSource } from '../notion/data-source.ts';
import { entityPages } from '../notion/entity-pages.ts';
import type { NotionApi } from '../notion/notion-api.ts';
import { withCurrentStatusName } from '../notion/option-renames.ts';
import { BULK } from '../sync/batch-look.ts';
import { ARCHIVE_FLOOR } from '../sync/brake.ts';
import { dryLocal, type OnWrite } from '../sync/dry-local.ts';
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
  readonly cycleId: string;
  readonly signal: AbortSignal;
  readonly progress: () => void;
  readonly tally: Tally;
  readonly sweep?: boolean;
  readonly acceptArchive?: boolean;
  readonly readOnly?: boolean;
}

/** The engine's ports: one remote side, the real PostgreSQL, and the real clock. */
export function engineContext(
  { config, database, startedAt }: WorkerServices,
  options: EngineContextOptions,
): SyncContext {
  const { entity, remote, cycleId, signal, progress, tally } = options;
  const policy: Policy = {
    conflicts: config.conflicts,
    sweepMinutes: config.sweepMinutes,
    sweep: options.sweep ?? false,
    sweepSince: startedAt,
    readOnly: options.readOnly ?? false,
    acceptArchive: options.acceptArchive ?? false,
    archiveFloor: ARCHIVE_FLOOR,
    concurrency: CONCURRENCY,
    bulk: BULK,
  };
  return {
    entity,
    remote,
    local: entityStore(database, entity, cycleId),
    clock: {
      now: () => new Date(),
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

interface PreviewOptions {
  /** The data source's or calendar's id: one that was not synced before is read from its start. */
  readonly sourceId: string;
  readonly onWrite: OnWrite;
}

/** The same ports for a preview: both sides are read, and what a sync would write is kept in memory. */
export function previewContext(
  { database }: WorkerServices,
  context: SyncContext,
  { sourceId, onWrite }: PreviewOptions,
): SyncContext {
  const { entity, clock } = context;
  const stored = entityStore(database, entity, '', { sourceId });
  return { ...context, remote: dryRemote(context.remote, clock.now), local: dryLocal(entity, stored, onWrite) };
}

interface NotionContextOptions extends Omit<EngineContextOptions, 'remote' | 'readOnly'> {
  readonly api: NotionApi;
  readonly source: DataSource;
}

/** The engine's ports for an entity in Notion. */
export async function notionContext(services: WorkerServices, options: NotionContextOptions): Promise<SyncContext> {
  const { api, source } = options;
  const { timeZone } = services.config;
  const entity = withCurrentStatusName(options.entity, source);
  const remote = entityPages({ api, entity, source, timeZone, botId: await services.sources.botId(api) });
  return engineContext(services, { ...options, entity, remote });
}
