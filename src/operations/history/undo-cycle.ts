import { type Database, sql, transaction } from '../../database/client.ts';
import { recordFromJson } from '../../database/row-codec.ts';
import { workCalendar } from '../../entities/calendars.ts';
import type { Content } from '../../sync/ports.ts';
import { isSameValue } from '../../sync/reconcile.ts';
import { type NetChange, readChangesOfCycle, requireEntity, toNetChanges } from './changes.ts';
import { readLockedRecord, replaceTemporaryIds, writeVersion } from './write-version.ts';

/** The result of undoing what a cycle wrote to one record. */
export interface UndoResult {
  readonly entity: string;
  readonly recordId: string;
  /** The restored fields, `archived` included. */
  readonly undone: readonly string[];
  /** Why something was skipped. */
  readonly skipped: string | null;
}

/**
 * Undoes what a cycle wrote on either side, by user's edits in SQL, which sync like any other edit. A record that the
 * cycle created is archived. Fields that were edited since are skipped.
 */
export async function undoCycle(database: Database, cycleId: string): Promise<readonly UndoResult[]> {
  const results: UndoResult[] = [];
  for (const change of toNetChanges(await readChangesOfCycle(database, cycleId))) {
    results.push(await transaction(database, { as: 'user' }, (tx) => undoOne(tx, change)));
  }
  return results;
}

async function undoOne(tx: Database, change: NetChange): Promise<UndoResult> {
  const { recordId } = change;
  const entity = requireEntity(change.entity);
  const end = (undone: readonly string[], skipped: string | null): UndoResult => ({
    entity: entity.name,
    recordId,
    undone,
    skipped,
  });
  if (entity === workCalendar) return end([], 'the work calendar is read-only');
  const stored = await readLockedRecord(tx, entity, recordId);
  const row = stored && recordFromJson(entity, stored).row;
  if (!stored || !row) return end([], 'the row was deleted');
  const current: Content = { fields: row.fields, archived: row.archived };
  if (change.isNew) {
    if (row.archived) return end([], 'it is archived already');
    if (stored.edit_seq !== null || (await wasEditedSince(tx, change)))
      return end([], 'it was edited since it was created');
    return end(await writeVersion(tx, entity, stored, { fields: {}, archived: true }), null);
  }
  const { before, after } = change;
  if (!before || !after) return end([], null);
  const [previous, written] = [
    await replaceTemporaryIds(tx, entity, before.fields),
    await replaceTemporaryIds(tx, entity, after.fields),
  ];
  const edited = Object.keys(written).filter((name) => !isSameValue(current.fields[name], written[name]));
  const restored = Object.entries(previous).filter(([name]) => !edited.includes(name));
  const archivalEdited = before.archived !== after.archived && current.archived !== after.archived;
  const archived = before.archived === after.archived || archivalEdited ? current.archived : before.archived;
  const kept = [...edited, ...(archivalEdited ? ['archived'] : [])];
  const undone = await writeVersion(tx, entity, stored, { fields: Object.fromEntries(restored), archived });
  return end(undone, kept.length > 0 ? `edited since: ${kept.join(', ')}` : null);
}

async function wasEditedSince(tx: Database, { entity, recordId, lastId }: NetChange): Promise<boolean> {
  const later = await tx.query(
    sql`SELECT FROM sync_changes WHERE entity = ${entity} AND record_id = ${recordId}::uuid AND id > ${lastId} LIMIT 1`,
  );
  return later.length > 0;
}
