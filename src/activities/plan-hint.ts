import { ApplicationFailure, Context } from '@temporalio/activity';
import { BAD_REQUEST, type HintPlan } from '../cycle/messages.ts';
import { type SyncDescription, syncs } from '../cycle/sync-names.ts';
import { sql } from '../database/client.ts';
import { entities } from '../definition/index.ts';
import { relationFields } from '../entities/define.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { isPaused } from '../temporal/is-paused.ts';
import { toFailure } from './activity-attempt.ts';
import { checkInput } from './check-input.ts';
import { toPlannedSync } from './plan-cycle.ts';

/** The share of a minute's requests that hints of one entity may use in a row; cycles need the rest. */
const BURST_SHARE = 1 / 4;

/** Plans the syncs that follow a hint about an entity. @param inputs of the workflow, to be checked */
export const planHint =
  ({ config, database }: WorkerServices) =>
  async (entity: string, inputs: readonly unknown[] = [{ entity }]): Promise<HintPlan> => {
    await checkInput('changeHint', inputs);
    const [inbound, outbound] = [syncOf(entity, 'inbound'), syncOf(entity, 'outbound')];
    try {
      const pending = await database.query<{ entity: string }>(sql`SELECT DISTINCT entity FROM sync_outbox`);
      const unsent = new Set(pending.map((row) => row.entity));
      return {
        inbound: toPlannedSync(inbound),
        outbound: [...prerequisitesOf(outbound).filter((sync) => unsent.has(sync.entity)), outbound].map(toPlannedSync),
        linkers: entities()
          .filter((other) => other.name === entity || linksTo(other.name, entity))
          .map(({ name }) => name),
        burst: config.notion.requestsPerMinute * BURST_SHARE,
        ...((await isPaused(Context.current().client, config.temporal.taskQueue)) ? { isPaused: true } : {}),
      };
    } catch (error) {
      throw toFailure(error, false);
    }
  };

function syncOf(entity: string, direction: SyncDescription['direction']): SyncDescription {
  const sync = syncs().find(
    (candidate) => candidate.entity === entity && candidate.direction === direction && candidate.kind !== 'para',
  );
  if (!sync) throw ApplicationFailure.nonRetryable(`there is no entity named ${entity}`, BAD_REQUEST);
  return sync;
}

/** The syncs that one waits for, directly or not: a linked row has to have a page first. */
function prerequisitesOf(sync: SyncDescription, known: Set<SyncDescription> = new Set([sync])): SyncDescription[] {
  const linkedSyncs = syncs().filter(({ name, kind }) => kind === 'entity' && sync.after.includes(name));
  return linkedSyncs.flatMap((linked) => {
    if (known.has(linked)) return [];
    known.add(linked);
    return [...prerequisitesOf(linked, known), linked];
  });
}

const linksTo = (from: string, to: string): boolean =>
  entities().some(
    (entity) => entity.name === from && relationFields(entity).some(([, relation]) => relation.to === to),
  );
