import { type Database, type Transaction, transaction } from '../../database/client.ts';
import { recordFromJson } from '../../database/row-codec.ts';
import { workCalendar } from '../../entities/calendars.ts';
import type { Content } from '../../sync/ports.ts';
import { sameValue } from '../../sync/reconcile.ts';
import { changesOfCycle, type NetChange, netChanges, syncedEntity } from './changes.ts';
import { lockedRecord, withCurrentPages, writeVersion } from './write-version.ts';

/** What became of one record that a cycle had written. */
export interface Undoing {
  readonly entity: string;
  readonly recordId: string;
  /** The fields that are as they were before, `archived` included. */
  readonly undone: readonly string[];
  /** Why something of it was left as it is. */
  readonly leftOut: string | null;
}

/**
 * Takes back what a cycle wrote, on either side: as edits of a user in SQL, which sync like any other. A record
 * that the cycle made is archived. What has moved since is left alone.
 */
export async function undoCycle(database: Database, cycleId: string): Promise<readonly Undoing[]> {
  const undoings: Undoing[] = [];
  for (const change of netChanges(await changesOfCycle(database, cycleId))) {
    undoings.push(await transaction(database, (tx) => undoOne(tx, change)));
  }
  return undoings;
}

async function undoOne(tx: Transaction, change: NetChange): Promise<Undoing> {
  const { recordId } = change;
  const entity = syncedEntity(change.entity);
  const end = (undone: readonly string[], leftOut: string | null): Undoing => ({
    entity: entity.name,
    recordId,
    undone,
    leftOut,
  });
  if (entity === workCalendar) return end([], 'the work calendar is only read');
  const stored = await lockedRecord(tx, entity, recordId);
  const row = stored && recordFromJson(entity, stored).row;
  if (!stored || !row) return end([], 'the row is gone');
  const current: Content = { fields: row.fields, archived: row.archived };
  if (change.made) {
    if (row.archived) return end([], 'it is archived already');
    if (stored.edit_seq !== null || (await hasMovedSince(tx, change)))
      return end([], 'it was edited since it was made');
    return end(await writeVersion(tx, entity, stored, { fields: {}, archived: true }), null);
  }
  const { before, after } = change;
  if (!before || !after) return end([], null);
  const [was, became] = [
    await withCurrentPages(tx, entity, before.fields),
    await withCurrentPages(tx, entity, after.fields),
  ];
  const moved = Object.keys(became).filter((name) => !sameValue(current.fields[name], became[name]));
  const back = Object.entries(was).filter(([name]) => !moved.includes(name));
  const archivalMoved = before.archived !== after.archived && current.archived !== after.archived;
  const archived = before.archived === after.archived || archivalMoved ? current.archived : before.archived;
  const left = [...moved, ...(archivalMoved ? ['archived'] : [])];
  const undone = await writeVersion(tx, entity, stored, { fields: Object.fromEntries(back), archived });
  return end(undone, left.length > 0 ? `edited since: ${left.join(', ')}` : null);
}

async function hasMovedSince(tx: Transaction, { entity, recordId, lastId }: NetChange): Promise<boolean> {
  return (await tx.syncChange.count({ where: { entity, record_id: recordId, id: { gt: lastId } } })) > 0;
}
