import type { SyncRequest } from '../cycle/messages.ts';
import { entities } from '../definition/index.ts';
import type { Entity } from '../entities/define.ts';
import { FinalError } from '../errors.ts';
import type { DataSource } from '../notion/data-source.ts';
import { NotionApi } from '../notion/notion-api.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { notionContext } from '../runtime/sync-context.ts';
import { requireNamed } from '../shared/require-named.ts';
import type { Issue, SyncContext, Tally } from '../sync/ports.ts';
import type { SyncAttempt } from './record-sync.ts';

/**
 * Whether to read the schema from Notion, or to use the cached one. The cached one costs no request; when Notion
 * rejects what does not fit the current schema, the schema is read and the work done again.
 */
export type SchemaSource = 'refresh' | 'cached';

interface NotionEntityOptions {
  readonly request: SyncRequest;
  readonly attempt: SyncAttempt;
  /** Default: `cached`. Called while the entity's claim is held. */
  readonly schema?: (entity: Entity) => Promise<SchemaSource>;
}

/** The issues of a record with an option that the cached schema does not have, or has too much. */
const OPTION_ISSUES = new Set(['option_missing', 'refused']);

/** The errors for a property that was removed from Notion, or has another type there. */
const SCHEMA_ERRORS = new Set(['property_missing', 'property_retyped', 'refused']);

/** Claims the requested entity, and runs the engine on it. */
export async function withNotionEntity(
  services: WorkerServices,
  { request, attempt, schema = async () => 'cached' }: NotionEntityOptions,
  work: (context: SyncContext) => Promise<void>,
): Promise<void> {
  const entity = entityByName(request.entity);
  const { carried, progress } = attempt;
  const { tally } = carried;
  const { sources } = services;
  await services.claims.hold(entity.name, attempt, async (signal) => {
    const { urgent = false } = request;
    const api = new NotionApi(services.notion, services.budget, { signal, onAnswer: progress, urgent });
    const requestsBefore = carried.requests;
    const run = async (source: DataSource): Promise<void> => {
      await work(await notionContext(services, { ...request, entity, api, source, signal, progress, tally }));
    };
    try {
      const schemaSource = await schema(entity);
      const source = await sources[schemaSource](api, entity);
      if (schemaSource === 'refresh') return await run(source);
      if (await runWithCached(() => run(source), tally)) return;
      await run(await sources.refresh(api, entity));
      deduplicateIssues(tally);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FinalError) await sources.invalidate(entity).catch(() => undefined);
      throw error;
    } finally {
      if (tally.errors.some(({ code }) => OPTION_ISSUES.has(code))) await sources.invalidate(entity);
      carried.requests = requestsBefore + api.requests;
    }
  });
}

/** @returns false when the cached schema is outdated. Issues that may come from that are removed from the tally. */
async function runWithCached(run: () => Promise<void>, tally: Tally): Promise<boolean> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof FinalError && SCHEMA_ERRORS.has(error.code))) throw error;
    return false;
  }
  const others = tally.errors.filter(({ code }) => !OPTION_ISSUES.has(code));
  if (others.length === tally.errors.length) return true;
  tally.errors.splice(0, tally.errors.length, ...others);
  return false;
}

/** Both runs may have met the same issue. */
function deduplicateIssues({ errors }: Tally): void {
  const keyOf = ({ code, record }: Issue): string => `${code} ${record}`;
  const issueByKey = new Map(errors.map((issue) => [keyOf(issue), issue]));
  errors.splice(0, errors.length, ...issueByKey.values());
}

/** @throws FinalError `unknown_entity` */
export const entityByName = (name: string): Entity => requireNamed('entity', name, entities());
