import { describe } from 'vitest';
import type { LocalEntity } from '../../src/sync/ports.ts';
import { Attempt, Faults } from '../simulation/faults.ts';
import { MemorySql } from '../simulation/memory-sql.ts';
import { World } from '../simulation/world.ts';
import { contractEntities, type StoreUnderTest, storeContract } from './store-contract.ts';

/** The simulation's tables. Their calls wait for the simulated world to advance, so each call advances it. */
async function open(): Promise<StoreUnderTest> {
  const world = new World(1);
  const sql = new MemorySql(world, new Faults(world), contractEntities);
  const moving = async <T>(work: Promise<T>): Promise<T> => {
    await world.run(
      work.then(
        () => undefined,
        () => undefined,
      ),
    );
    return work;
  };
  return {
    of: (entity): LocalEntity => {
      const port = sql.port(entity, new Attempt());
      return {
        transaction: (work) => moving(port.transaction(work)),
        readSource: () => moving(port.readSource()),
        readStates: (pageIds) => moving(port.readStates(pageIds)),
        readLastEdit: () => moving(port.readLastEdit()),
        countEdits: () => moving(port.countEdits()),
        readOutbox: (after, limit) => moving(port.readOutbox(after, limit)),
        readUnseen: () => moving(port.readUnseen()),
        clearSeen: () => moving(port.clearSeen()),
        countLive: () => moving(port.countLive()),
        readArchiving: () => moving(port.readArchiving()),
        readApproval: (direction) => moving(port.readApproval(direction)),
        enqueueUnlinked: () => moving(port.enqueueUnlinked()),
        readRefreshes: () => moving(port.readRefreshes()),
        clearRefresh: (remoteId) => moving(port.clearRefresh(remoteId)),
        resolveLinks: () => moving(port.resolveLinks()),
        readUnreportedLinks: () => moving(port.readUnreportedLinks()),
        markLinksReported: (links) => moving(port.markLinksReported(links)),
      };
    },
    insert: async (entity, row) => sql.insert(entity, row),
    update: async (entity, id, change) => sql.update(entity, id, change),
    remove: async (entity, id) => sql.delete(entity, id),
    select: async (entity, id) => sql.of(entity.name).rows.get(id)?.fields,
    conflicts: async () => sql.conflicts.map(({ entity, recordId, reason }) => ({ entity, recordId, reason })),
    close: async () => undefined,
  };
}

describe("the simulation's tables", () => storeContract(open));
