import { ApplicationFailure } from '@temporalio/activity';
import { type SyncDescription, syncs } from '../cycle/sync-names.ts';
import type { HintPlan } from '../cycle/types.ts';
import { asDatabaseErrors } from '../database/client.ts';
import { relationFields } from '../entities/define.ts';
import { entities } from '../entities/index.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { toFailure } from './attempt.ts';
import { planned } from './plan-cycle.ts';

/** A quarter of a minute's requests: the rest is the cycle's. */
const BURST = 1 / 4;

/** Which syncs a hint about an entity leads to. */
export const planHint =
  ({ config, database }: WorkerServices) =>
  async (entity: string): Promise<HintPlan> => {
    const [inbound, outbound] = [ofEntity(entity, 'inbound'), ofEntity(entity, 'outbound')];
    try {
      const waiting = await asDatabaseErrors(
        () => database.$queryRaw<{ entity: string }[]>`SELECT DISTINCT entity FROM sync_outbox`,
      );
      const unsent = new Set(waiting.map((row) => row.entity));
      return {
        inbound: planned(inbound),
        outbound: [...linkedFirst(outbound).filter((sync) => unsent.has(sync.entity)), outbound].map(planned),
        linkers: entities
          .filter((other) => other.name === entity || linksTo(other.name, entity))
          .map(({ name }) => name),
        burst: config.notion.requestsPerMinute * BURST,
      };
    } catch (error) {
      throw toFailure(error, false);
    }
  };

function ofEntity(entity: string, direction: SyncDescription['direction']): SyncDescription {
  const sync = syncs.find(
    (candidate) => candidate.entity === entity && candidate.direction === direction && candidate.kind !== 'para',
  );
  if (!sync) throw ApplicationFailure.nonRetryable(`there is no entity named ${entity}`, 'unknown_entity');
  return sync;
}

/** The syncs that one waits for, directly or not: a row that was inserted along with one that links to it has its page first. */
function linkedFirst(sync: SyncDescription, known: Set<SyncDescription> = new Set([sync])): SyncDescription[] {
  const earlier = syncs.filter(({ name, kind }) => kind === 'entity' && sync.after.includes(name));
  return earlier.flatMap((linked) => {
    if (known.has(linked)) return [];
    known.add(linked);
    return [...linkedFirst(linked, known), linked];
  });
}

const linksTo = (from: string, to: string): boolean =>
  entities.some((entity) => entity.name === from && relationFields(entity).some(([, relation]) => relation.to === to));
