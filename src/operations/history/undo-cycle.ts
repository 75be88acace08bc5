import { randomUUID } from 'node:crypto';
import { brakeStore } from '../../database/brake-store.ts';
import { type Database, sql, transaction } from '../../database/client.ts';
import { entityTransaction } from '../../database/entity-transaction.ts';
import { recordFromJson } from '../../database/row-codec.ts';
import { workCalendar } from '../../entities/calendars.ts';
import type { Entity } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import { readArchiveRoom } from '../../sync/brake.ts';
import { changesBetween } from '../../sync/changes.ts';
import type { Content } from '../../sync/ports.ts';
import { isSameValue } from '../../sync/reconcile.ts';
import { type NetChange, readChange, readChangesOfCycle, requireEntity, toNetChange, toNetChanges } from './changes.ts';
import { readLockedRecord, replaceTemporaryIds, writeVersion } from './write-version.ts';

/** The result of undoing what a cycle wrote to one record. */
export interface UndoResult {
  readonly entity: string;
  readonly recordId: string;
  /** The restored fields, `archived` included. */
  readonly undone: readonly string[];
  /** The record is archived, because the cycle created it or took it out of the archive. */
  readonly isArchived: boolean;
  /** Why something was skipped. */
  readonly skipped: string | null;
}

/** What an undo would do, and how many records the archive brake would let pass, by entity. */
export interface UndoPlan {
  readonly records: readonly UndoResult[];
  readonly archiveRoom: ReadonlyMap<string, number>;
}

/** Plans the undo of a cycle; writes nothing. */
export const planUndo = (database: Database, cycleId: string): Promise<UndoPlan> =>
  transaction(database, { as: 'rollback' }, async (tx) => {
    const names = new Set(toNetChanges(await readChangesOfCycle(tx, cycleId)).map(({ entity }) => entity));
    const archiveRoom = new Map<string, number>();
    for (const name of names) archiveRoom.set(name, await readArchiveRoom(brakeStore(tx, requireEntity(name))));
    return { records: await undoChanges(tx, cycleId, 'plan'), archiveRoom };
  });

/**
 * Undoes what a cycle wrote on either side, by user's edits in SQL, which sync like any other edit. A record whose page
 * or event the cycle created is archived. One that the cycle only read from the other side is kept, and so are fields
 * that were edited since.
 * @returns also an id, with which the undo is undone
 */
export async function undoCycle(
  database: Database,
  cycleId: string,
): Promise<{ readonly undoId: string; readonly records: readonly UndoResult[] }> {
  const undoId = `undo-${randomUUID()}`;
  return { undoId, records: await undoChanges(database, cycleId, undoId) };
}

/**
 * Undoes one change of a record, as `undoCycle` undoes all of a cycle: fields that were edited since are kept.
 * @throws FinalError when the record has no such change, or nothing can be reverted
 */
export async function undoChange(
  database: Database,
  entity: string,
  recordId: string,
  changeId: bigint,
): Promise<{ readonly undoId: string; readonly record: UndoResult }> {
  const undoId = `undo-${randomUUID()}`;
  const change = toNetChange(await readChange(database, entity, recordId, changeId));
  const record = await transaction(database, { as: 'user' }, (tx) => undoOne(tx, change, undoId));
  if (record.undone.length > 0) return { undoId, record };
  const reason = record.skipped ?? 'the record has the earlier values';
  throw new FinalError('nothing_undone', `nothing was reverted: ${reason}`);
}

async function undoChanges(database: Database, cycleId: string, undoId: string): Promise<readonly UndoResult[]> {
  const results: UndoResult[] = [];
  for (const change of toNetChanges(await readChangesOfCycle(database, cycleId))) {
    results.push(await transaction(database, { as: 'user' }, (tx) => undoOne(tx, change, undoId)));
  }
  return results;
}

async function undoOne(tx: Database, change: NetChange, undoId: string): Promise<UndoResult> {
  const { recordId } = change;
  const entity = requireEntity(change.entity);
  const skip = (skipped: string | null): UndoResult => ({
    entity: entity.name,
    recordId,
    undone: [],
    isArchived: false,
    skipped,
  });
  if (entity === workCalendar) return skip('the work calendar is read-only');
  if (change.createdOn === 'sql') return skip(`the cycle only read it, from ${entity.remote ? 'Google' : 'Notion'}`);
  const stored = await readLockedRecord(tx, entity, recordId);
  const row = stored && recordFromJson(entity, stored).row;
  if (!stored || !row) return skip('the row was deleted');
  const current: Content = { fields: row.fields, archived: row.archived };
  const isEdited = stored.edit_seq !== null || (await wasEditedSince(tx, change));
  const { version, skipped } = await versionBefore(tx, entity, change, { current, isEdited });
  if (!version) return skip(skipped);
  const undone = await writeVersion(tx, entity, stored, version);
  await recordUndo(tx, entity, { recordId, undoId, before: current, after: version });
  return { ...skip(skipped), undone, isArchived: version.archived && !current.archived };
}

/** What to write to the row, and why something is left as it is. */
async function versionBefore(
  tx: Database,
  entity: Entity,
  { createdOn, before, after }: NetChange,
  { current, isEdited }: { readonly current: Content; readonly isEdited: boolean },
): Promise<{ readonly version: Content | null; readonly skipped: string | null }> {
  if (createdOn !== null) {
    if (current.archived) return { version: null, skipped: 'it is archived already' };
    if (isEdited) return { version: null, skipped: 'it was edited since it was created' };
    return { version: { fields: {}, archived: true }, skipped: null };
  }
  if (!before || !after) return { version: null, skipped: null };
  const previous = await replaceTemporaryIds(tx, entity, before.fields);
  const written = await replaceTemporaryIds(tx, entity, after.fields);
  const edited = Object.keys(written).filter((name) => !isSameValue(current.fields[name], written[name]));
  const restored = Object.entries(previous).filter(([name]) => !edited.includes(name));
  const archivalEdited = before.archived !== after.archived && current.archived !== after.archived;
  const archived = before.archived === after.archived || archivalEdited ? current.archived : before.archived;
  const kept = [...edited, ...(archivalEdited ? ['archived'] : [])];
  return {
    version: { fields: Object.fromEntries(restored), archived },
    skipped: kept.length > 0 ? `edited since: ${kept.join(', ')}` : null,
  };
}

/** So that the undo can be undone, as a cycle can. */
async function recordUndo(
  tx: Database,
  entity: Entity,
  { recordId, undoId, before, after }: { recordId: string; undoId: string; before: Content; after: Content },
): Promise<void> {
  const next: Content = { fields: { ...before.fields, ...after.fields }, archived: after.archived };
  // An edit in SQL counts as written to the other side.
  const changes = changesBetween(entity.remote ? 'google' : 'notion', before, next);
  await entityTransaction(tx, entity, { cycleId: undoId, lockMode: 'wait' }).write([{ recordId, changes }]);
}

async function wasEditedSince(tx: Database, { entity, recordId, lastId }: NetChange): Promise<boolean> {
  const later = await tx.query(
    sql`SELECT FROM sync_changes WHERE entity = ${entity} AND record_id = ${recordId}::uuid AND id > ${lastId} LIMIT 1`,
  );
  return later.length > 0;
}
