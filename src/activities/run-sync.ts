import { recordRun } from '../database/run-history.ts';
import type { Entity } from '../entities/define.ts';
import { entities } from '../entities/index.ts';
import { FinalError } from '../errors.ts';
import { NotionApi } from '../notion/api.ts';
import { inbound } from '../sync/inbound.ts';
import { outbound } from '../sync/outbound.ts';
import type { Tally } from '../sync/ports.ts';
import type { Direction, SyncOutcome, SyncRequest, SyncStatus } from '../workflows/types.ts';
import { Attempt, messageOf, toFailure } from './attempt.ts';
import type { WorkerServices } from './services.ts';
import { emptyTally, syncContext } from './sync-context.ts';

/** What a sync has done so far, over attempts. */
interface Carried {
  readonly startedAt: number;
  readonly tally: Tally;
  requests: number;
}

/**
 * One sync of one entity: claims it, runs the engine, writes the run down. The
 * failure that ends it carries its outcome, so that the workflow needs no other source.
 */
export const runSync =
  (services: WorkerServices, direction: Direction) =>
  async (request: SyncRequest): Promise<SyncOutcome> => {
    const attempt = new Attempt<Carried>({ startedAt: Date.now(), tally: emptyTally(), requests: 0 });
    // Whatever could not be done before is tried again now, and said again if it still cannot.
    attempt.carried.tally.errors.length = 0;
    try {
      await work(services, direction, request, attempt);
      const status = attempt.carried.tally.errors.length > 0 ? 'partial' : 'ok';
      return await conclude(services, direction, request, attempt.carried, status);
    } catch (error) {
      const final = attempt.givesUpOn(error);
      if (!final) throw toFailure(error, false);
      const failed = await conclude(services, direction, request, attempt.carried, 'failed', error).catch(() => null);
      throw toFailure(error, true, failed ? [failed] : []);
    } finally {
      attempt.end();
    }
  };

async function work(
  services: WorkerServices,
  direction: Direction,
  request: SyncRequest,
  attempt: Attempt<Carried>,
): Promise<void> {
  const entity = entityNamed(request.entity);
  const { carried, progress } = attempt;
  await services.claims.hold(entity.name, attempt.signal, async (signal) => {
    const api = new NotionApi(services.notion, services.budget, { signal, onAnswer: attempt.progress });
    const before = carried.requests;
    try {
      const source = await services.sources[direction === 'inbound' ? 'read' : 'recent'](api, entity);
      const { cycleId, sweep, acceptArchive } = request;
      const options = { entity, cycleId, api, source, signal, progress, tally: carried.tally, sweep, acceptArchive };
      const context = await syncContext(services, options);
      await (direction === 'inbound' ? inbound(context) : outbound(context));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FinalError) services.sources.forget(entity);
      throw error;
    } finally {
      carried.requests = before + api.requests;
    }
  });
}

async function conclude(
  { database }: WorkerServices,
  direction: Direction,
  { cycleId, name, entity }: SyncRequest,
  { startedAt, tally, requests }: Carried,
  status: SyncStatus,
  error?: unknown,
): Promise<SyncOutcome> {
  const { processed, created, updated, archived, conflicts, adopted, errors } = tally;
  const counts = { processed, created, updated, archived, conflicts, requests };
  const fatal = error === undefined ? [] : [{ code: codeOf(error), message: messageOf(error), record: null }];
  await recordRun(database, {
    cycleId,
    syncName: name,
    entity,
    direction,
    status,
    startedAt: new Date(startedAt),
    ...counts,
    errors: [...fatal, ...errors],
  });
  const message = fatal[0]?.message ?? errors[0]?.message;
  return {
    name,
    entity,
    direction,
    status,
    ...counts,
    adopted,
    issues: errors.length,
    ...(message === undefined ? {} : { message }),
  };
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'internal';

export function entityNamed(name: string): Entity {
  const entity = entities.find((candidate) => candidate.name === name);
  if (!entity) throw new FinalError('unknown_entity', `there is no entity named ${name}`);
  return entity;
}
