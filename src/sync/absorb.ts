import { RecordError } from '../errors.ts';
import { readAgreedStates } from './agreed-states.ts';
import { toRemoteSnapshot } from './archival.ts';
import { editedFields, withBodies } from './bodies.ts';
import { askInbound, releaseRestored } from './brake.ts';
import { withHiddenLinks } from './hidden-links.ts';
import { inParallel } from './in-parallel.ts';
import { reportLocked } from './locked-rows.ts';
import { type BatchPlan, type Duplicate, duplicateConflict, planBatch } from './plan-batch.ts';
import type { RemoteRecord, SourceState, SyncContext } from './ports.ts';
import { isSameContent } from './reconcile.ts';

interface AbsorbOptions {
  /** Reading progress, saved in the same transaction. */
  readonly source?: Partial<SourceState>;
  /** Marks the records as seen by the full scan in progress. */
  readonly markSeen?: boolean;
  /** The records come from a listing, which may be stale. */
  readonly fromListing?: boolean;
  /** Rows that were edited, although the remote side is read-only, are left to the outbound sync: it reverts and reports them. */
  readonly leaveEdits?: boolean;
}

/**
 * Writes a batch of remote records to SQL: one transaction locks their rows,
 * decides, and writes everything, including reading progress. Records equal to
 * what SQL holds cost no write. A record that SQL refuses, or whose row is locked, is
 * reported and read again in the next cycle; the others are written.
 * @returns the remote ids of those records
 */
export async function absorb(
  context: SyncContext,
  records: readonly RemoteRecord[],
  options: AbsorbOptions = {},
): Promise<readonly string[]> {
  if (records.length === 0 && !options.source) return [];
  const readable: RemoteRecord[] = [];
  const unreadable: string[] = [];
  for (const record of records) {
    if (record.unreadable) {
      await reportRefused(context, record, record.unreadable, options.markSeen);
      unreadable.push(record.remoteId);
    } else readable.push(record);
  }
  const complete = options.fromListing
    ? await completeListed(context, readable)
    : await withHiddenLinks(context, readable);
  const refused = await writeBatch(context, await withoutHeld(context, complete), options);
  return [...unreadable, ...refused];
}

/** Without the records whose archive has to wait for an approval. */
async function withoutHeld(context: SyncContext, records: readonly RemoteRecord[]): Promise<readonly RemoteRecord[]> {
  const trashed = records.filter((record) => record.trashed);
  if (trashed.length === 0) return records;
  const held = await context.local.transaction(async (tx) => {
    const found = await tx.findByRemote(trashed);
    return askInbound(context, tx, found, planBatch(context, found, trashed).writes);
  });
  return records.filter(({ remoteId }) => !held.has(remoteId));
}

/**
 * Completes listed records with their bodies and hidden links, and reads again
 * those that may be stale: they differ from the base but are not newer.
 */
async function completeListed(
  context: SyncContext,
  records: readonly RemoteRecord[],
): Promise<readonly RemoteRecord[]> {
  const { entity, local, policy, progress } = context;
  const states = await readAgreedStates(local, records);
  const isDoubtful = (record: RemoteRecord): boolean => {
    const state = states.get(record.remoteId);
    if (state === undefined) return false;
    // Whether a write has arrived, only the page as it is now tells.
    if (state.sending !== null) return true;
    return (
      record.editedAt <= state.remoteEditedAt &&
      !isSameContent({ fields: state.base, archived: state.archived }, toRemoteSnapshot(entity, record, state))
    );
  };
  const complete = await withBodies(context, await withHiddenLinks(context, records, states), states);
  const current = new Map(complete.map((record) => [record.remoteId, record]));
  await inParallel(complete.filter(isDoubtful), policy.concurrency, async ({ remoteId }) => {
    const record = await readRecord(context, remoteId);
    progress();
    const [reread] = record ? await withHiddenLinks(context, [record]) : [];
    if (reread) current.set(remoteId, reread);
    else current.delete(remoteId);
  });
  return [...current.values()];
}

/** Reads one record as it is now. A page that was moved to another database counts as gone. */
export async function readRecord({ remote }: SyncContext, remoteId: string): Promise<RemoteRecord | null> {
  try {
    return await remote.read(remoteId);
  } catch (error) {
    if (error instanceof RecordError) return null;
    throw error;
  }
}

async function writeBatch(
  context: SyncContext,
  records: readonly RemoteRecord[],
  options: AbsorbOptions,
): Promise<readonly string[]> {
  let plan: BatchPlan;
  try {
    plan = await context.local.transaction(async (tx) => {
      const found = await tx.findByRemote(records);
      const plan = planBatch(context, found, records, options);
      await tx.write(plan.writes);
      await releaseRestored(context, tx, found, { records, writes: plan.writes });
      await tx.addConflicts(plan.conflicts);
      await tx.refreshLinkers(records);
      await tx.refresh(plan.locked.map(({ remoteId }) => remoteId));
      if (options.markSeen) await tx.markSeen(records.map((record) => record.remoteId));
      if (options.source) await tx.saveSource(options.source);
      return plan;
    });
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return writeOneByOne(context, records, options, error);
  }
  addToTally(context, records.length, plan);
  reportLocked(
    context,
    plan.locked.map(({ local }) => local),
  );
  for (const duplicate of plan.duplicates) await trashDuplicate(context, duplicate);
  return plan.locked.map(({ remoteId }) => remoteId);
}

function addToTally({ tally }: SyncContext, processed: number, { counts, conflicts, issues }: BatchPlan): void {
  tally.processed += processed;
  tally.created += counts.created;
  tally.updated += counts.updated;
  tally.archived += counts.archived;
  tally.adopted += counts.adopted;
  tally.conflicts += conflicts.length;
  tally.errors.push(...issues);
}

/** After SQL refused a batch: finds the record that it refuses, and writes the others. */
async function writeOneByOne(
  context: SyncContext,
  records: readonly RemoteRecord[],
  options: AbsorbOptions,
  error: RecordError,
): Promise<readonly string[]> {
  const { source, ...others } = options;
  const refused: string[] = [];
  const [first] = records;
  if (first && records.length === 1) {
    // If the row was edited, too, it stays as it is, and the version that is refused is kept as a conflict.
    const policy = { ...context.policy, sqlStands: true };
    if (!context.policy.sqlStands) return writeBatch({ ...context, policy }, records, options);
    refused.push(first.remoteId);
    await reportRefused(context, first, error, options.markSeen);
  } else {
    for (const record of records) refused.push(...(await writeBatch(context, [record], others)));
  }
  if (source) await context.local.transaction((tx) => tx.saveSource(source));
  return refused;
}

async function reportRefused(
  { entity, local, tally }: SyncContext,
  { remoteId, syncKey }: RemoteRecord,
  { code, message }: RecordError,
  markSeen = false,
): Promise<void> {
  tally.errors.push({
    code,
    message: `${entity.name}: page ${remoteId}: ${message}`,
    record: syncKey ?? remoteId,
  });
  await local.transaction(async (tx) => {
    await tx.refresh([remoteId]);
    if (markSeen) await tx.markSeen([remoteId]);
  });
}

/** Moves a page that we created twice to the trash. Edits made in it meanwhile are kept as a conflict. */
async function trashDuplicate(context: SyncContext, { owner, remoteId, content }: Duplicate): Promise<void> {
  const { entity, remote, local, tally } = context;
  let expected = content;
  // Read first, since an update reads no body.
  let current = await readRecord(context, remoteId);
  while (current && !current.trashed) {
    if (editedFields(entity, expected, current).length > 0) {
      const conflict = duplicateConflict(owner, current);
      await local.transaction((tx) => tx.addConflicts([conflict]));
      tally.conflicts += 1;
      expected = current.fields;
    }
    const result = await remote.update(
      remoteId,
      { trashed: true },
      {
        kind: 'read',
        isExpected: (record) => !record.trashed && editedFields(entity, expected, record).length === 0,
      },
    );
    current = result.kind === 'changed' ? result.record : null;
  }
}
