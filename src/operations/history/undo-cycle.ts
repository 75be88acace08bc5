import { type Database, sql, transaction } from '../../database/client.ts';
import { recordFromJson } from '../../database/row-codec.ts';
import { workCalendar } from '../../entities/calendars.ts';
import type { Content } from '../../sync/ports.ts';
import { isSameValue } from '../../sync/reconcile.ts';
import { readChangesOfCycle, type NetChange, toNetChanges, requireEntity } from './changes.ts';
import { readLockedRecord, replaceTemporaryIds, writeVersion } from './write-version.ts';

/** What became of one record that a cycle had written. */
export interface UndoResult {
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
export async function undoCycle(database: Database, cycleId: string): Promise<readonly UndoResult[]> {
  const undoings: UndoResult[] = [];
  for (const change of toNetChanges(await readChangesOfCycle(database, cycleId))) {
    undoings.push(await transaction(database, { as: 'user' }, (tx) => undoOne(tx, change)));
  }
  return undoings;
}

async function undoOne(tx: Database, change: NetChange): Promise<UndoResult> {
  const { recordId } = change;
  const entity = requireEntity(change.entity);
  const end = (undone: readonly string[], leftOut: string | null): UndoResult => ({
    entity: entity.name,
    recordId,
    undone,
    leftOut,
  });
  if (entity === workCalendar) return end([], 'the work calendar is only read');
  const stored = await readLockedRecord(tx, entity, recordId);
  const row = stored && recordFromJson(entity, stored).row;
  if (!stored || !row) return end([], 'the row is gone');
  const current: Content = { fields: row.fields, archived: row.archived };
  if (change.isNew) {
    if (row.archived) return end([], 'it is archived already');
    if (stored.edit_seq !== null || (await hasMovedSince(tx, change)))
      return end([], 'it was edited since it was made');
    return end(await writeVersion(tx, entity, stored, { fields: {}, archived: true }), null);
  }
  const { before, after } = change;
  if (!before || !after) return end([], null);
  const [was, became] = [
    await replaceTemporaryIds(tx, entity, before.fields),
    await replaceTemporaryIds(tx, entity, after.fields),
  ];
  const moved = Object.keys(became).filter((name) => !isSameValue(current.fields[name], became[name]));
  const back = Object.entries(was).filter(([name]) => !moved.includes(name));
  const archivalMoved = before.archived !== after.archived && current.archived !== after.archived;
  const archived = before.archived === after.archived || archivalMoved ? current.archived : before.archived;
  const left = [...moved, ...(archivalMoved ? ['archived'] : [])];
  const undone = await writeVersion(tx, entity, stored, { fields: Object.fromEntries(back), archived });
  return end(undone, left.length > 0 ? `edited since: ${left.join(', ')}` : null);
}

async function hasMovedSince(tx: Database, { entity, recordId, lastId }: NetChange): Promise<boolean> {
  const later = await tx.query(
    sql`SELECT FROM sync_changes WHERE entity = ${entity} AND record_id = ${recordId}::uuid AND id > ${lastId} LIMIT 1`,
  );
  return later.length > 0;
}
