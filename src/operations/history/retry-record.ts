import type { Database } from '../../database/client.ts';
import { entityStore } from '../../database/entity-store.ts';
import type { Entity } from '../../entities/define.ts';

/**
 * Makes the next sync of the entity read the record's page or event again, and compare its row with what was agreed. Where
 * both are in sync, it writes nothing.
 */
export async function retryRecord(database: Database, entity: Entity, recordId: string): Promise<void> {
  await entityStore(database, entity, '').transaction(async (tx) => {
    const [record] = await tx.findById([recordId]);
    if (record?.state) await tx.refresh([record.state.remoteId]);
    if (record?.row) await tx.write([{ recordId, enqueue: true }]);
  });
}
