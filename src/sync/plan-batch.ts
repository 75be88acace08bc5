import { bodyField } from '../entities/define.ts';
import type { RecordError } from '../errors.ts';
import { rulesFor, statusToRestore, toRemoteSnapshot } from './archival.ts';
import { editedFields } from './bodies.ts';
import { changesBetween, creationOn } from './changes.ts';
import { type Comparison, compareRecord, hasWrongSyncKey, toRowWrite } from './compare-record.ts';
import { KnownRecords } from './known-records.ts';
import type {
  Change,
  Conflict,
  Content,
  Issue,
  LocalRecord,
  LocalWrite,
  RemoteRecord,
  Row,
  Side,
  SyncContext,
  SyncState,
} from './ports.ts';
import { findOutOfRange } from './ranges.ts';
import { conflictingVersions, type Decision, isSameContent, type Resolution } from './reconcile.ts';
import { isTemporaryId } from './temporary-id.ts';
import type { Fields } from './types.ts';
import { pendingWrites } from './unanswered.ts';

/** Two minutes: Notion's edit times are whole minutes, and a page is stamped before it is stored. */
export const OVERLAP_MS = 120_000;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a batch of remote records means for SQL. */
export interface BatchPlan {
  readonly writes: readonly LocalWrite[];
  readonly conflicts: readonly Conflict[];
  readonly duplicates: readonly Duplicate[];
  readonly issues: readonly Issue[];
  /** Remote records whose row is locked: they are to be read again later. */
  readonly locked: readonly { readonly remoteId: string; readonly local: LocalRecord }[];
  readonly counts: Readonly<Counts>;
}

interface Counts {
  created: number;
  updated: number;
  archived: number;
  adopted: number;
}

/** A second page that we created for one row. It goes to the trash. */
export interface Duplicate {
  readonly owner: LocalRecord;
  readonly remoteId: string;
  /** What the page is expected to hold. Anything else is kept as a conflict. */
  readonly content: Fields;
}

/**
 * Decides what a batch of remote records means for SQL: a pure function of its
 * arguments, of `context.newId` and of the time.
 * @param found the local records that they belong to, by remote id or by key
 * @param options.leaveEdits leaves out edited rows if the remote side is read-only
 */
export function planBatch(
  context: SyncContext,
  found: readonly LocalRecord[],
  records: readonly RemoteRecord[],
  { leaveEdits = false }: { readonly leaveEdits?: boolean } = {},
): BatchPlan {
  const planner = new BatchPlanner(context, found, leaveEdits && context.policy.readOnly);
  const oldestFirst = [...records].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  for (const record of oldestFirst) planner.add(record);
  return planner;
}

class BatchPlanner implements BatchPlan {
  readonly writes: LocalWrite[] = [];
  readonly conflicts: Conflict[] = [];
  readonly duplicates: Duplicate[] = [];
  readonly issues: Issue[] = [];
  readonly locked: { remoteId: string; local: LocalRecord }[] = [];
  readonly counts: Counts = { created: 0, updated: 0, archived: 0, adopted: 0 };
  readonly #context: SyncContext;
  readonly #known: KnownRecords;
  readonly #leavesEdits: boolean;

  /** @param leavesEdits leaves out rows with an unsent edit */
  constructor(context: SyncContext, found: readonly LocalRecord[], leavesEdits: boolean) {
    this.#context = context;
    this.#leavesEdits = leavesEdits;
    this.#known = new KnownRecords(found);
  }

  add(record: RemoteRecord): void {
    const { remoteId } = record;
    const linked = this.#known.withRemoteId(remoteId);
    const local = linked ?? this.#known.withKey(record.syncKey);
    if (local?.lockedBy !== undefined) this.locked.push({ remoteId, local });
    else if (linked) this.#absorb(linked, record);
    else if (!record.trashed) this.#addUnlinked(record);
  }

  /** A record that no row is linked to: its key tells whose it is. */
  #addUnlinked(record: RemoteRecord): void {
    const owner = this.#known.withKey(record.syncKey);
    if (owner && !owner.state && owner.row && isTemporaryId(owner.row.remoteId)) {
      this.counts.adopted += 1;
      this.#absorb(owner, record);
    } else if (!owner?.state || !isOwnDuplicate(owner, record)) {
      this.#absorb(this.#newRecord(record), record);
    } else if (record.createdAt < owner.state.remoteCreatedAt) {
      this.#moveToOlder(owner, owner.state, record);
    } else {
      this.duplicates.push({ owner, remoteId: record.remoteId, content: owner.state.base });
    }
  }

  #newRecord({ syncKey }: RemoteRecord): LocalRecord {
    // A key that no row has: our own page, whose row was deleted before it was linked.
    const isOrphan = syncKey !== null && UUID.test(syncKey) && !this.#known.withKey(syncKey);
    const recordId = isOrphan ? syncKey : this.#context.newId();
    return { recordId, row: null, state: null, intent: null, editSeq: null };
  }

  /** Of two pages that we created for one row the older one stays. The row's content, which is newer, is sent to it. */
  #moveToOlder(owner: LocalRecord, state: SyncState, record: RemoteRecord): void {
    const remote = toRemoteSnapshot(this.#context.entity, record, null);
    const isEdited = !record.editedByUs && editedFields(this.#context.entity, state.base, record).length > 0;
    if (isEdited) this.conflicts.push(duplicateConflict(owner, record));
    this.duplicates.push({ owner, remoteId: state.remoteId, content: state.base });
    const next = toState(remote, record, { statusBeforeArchive: state.statusBeforeArchive, lateWrites: [] });
    this.writes.push({
      recordId: owner.recordId,
      page: { remoteId: record.remoteId, remoteEditedAt: record.editedAt },
      state: next,
      enqueue: true,
    });
    this.#known.put({ ...owner, state: next });
  }

  /** Plans one remote record and the local record it belongs to. */
  #absorb(local: LocalRecord, record: RemoteRecord): void {
    if (this.#leavesEdits && local.state && local.editSeq !== null) return;
    if (record.bodyError) this.issues.push(toIssue(record.bodyError, local.recordId));
    if (local.row) this.#update(local, local.row, record);
    else this.#insert(local, record);
  }

  /** A row to insert: for a new page, or for one whose row was deleted in SQL. */
  #insert(local: LocalRecord, record: RemoteRecord): void {
    const { recordId, state, editSeq } = local;
    const remote = toRemoteSnapshot(this.#context.entity, record, state);
    this.counts.created += 1;
    this.issues.push(...findOutOfRange(this.#context.entity, recordId, remote.fields));
    this.#put(local, {
      recordId,
      row: toRowWrite(record, remote, null),
      ...(record.computed ? { computed: record.computed } : {}),
      state: this.#nextState(local, record, { base: remote, remote }),
      ...(editSeq === null ? {} : { sent: editSeq }),
      ...(hasWrongSyncKey(local, record) ? { enqueue: true } : {}),
      intent: 'close',
      // A row that somebody deleted is restored, not created.
      ...(state ? {} : { changes: [creationOn('sql')] }),
    });
  }

  /** A row that exists: the two sides are compared. */
  #update(local: LocalRecord, row: Row, record: RemoteRecord): void {
    const comparison = compareRecord(this.#context, local, row, record);
    const { base, versions } = comparison;
    const next = this.#nextState(local, record, { base, remote: versions.remote });
    if (hasWrite(local, row, comparison, next)) this.#put(local, this.#toWrite(local, row, record, comparison, next));
    this.#count(local, row, comparison);
    this.#addConflict(local, record, comparison);
  }

  #toWrite(
    local: LocalRecord,
    row: Row,
    record: RemoteRecord,
    { row: write, computed, known, outbox }: Comparison,
    state: SyncState,
  ): LocalWrite {
    const { side } = this.#context.remote;
    return {
      recordId: local.recordId,
      ...(write ? { row: write } : { page: { remoteId: record.remoteId, remoteEditedAt: record.editedAt } }),
      changes: [...arrivedChanges(side, local, record, known), ...(write ? changesBetween('sql', row, write) : [])],
      ...(computed ? { computed } : {}),
      state,
      ...(outbox === 'clear' && local.editSeq !== null ? { sent: local.editSeq } : {}),
      ...(outbox === 'enqueue' ? { enqueue: true } : {}),
      ...(local.state ? {} : { intent: 'close' as const }),
    };
  }

  #count({ recordId }: LocalRecord, row: Row, comparison: Comparison): void {
    const { agreed } = comparison.decision;
    if (comparison.row) this.issues.push(...findOutOfRange(this.#context.entity, recordId, agreed.fields));
    if (comparison.row && agreed.archived && !row.archived) this.counts.archived += 1;
    else if (comparison.row || comparison.computed) this.counts.updated += 1;
  }

  #addConflict(local: LocalRecord, { remoteId }: RemoteRecord, { decision, versions, isDoubtful }: Comparison) {
    if (decision.kind === 'in_sync') return;
    const { recordId } = local;
    const resolution = decision.resolution ?? (isDoubtful ? this.#doubtOf(decision) : reinsertionOf(local, decision));
    if (!resolution) return;
    // In doubt, what both sides last agreed on is not known either; and a row that was inserted again is another record.
    const base = decision.resolution ? versions.base : null;
    this.conflicts.push({
      recordId,
      remoteId,
      ...resolution,
      base,
      ...conflictingVersions({ ...versions, base }, decision.agreed, resolution.winner, rulesFor(this.#context)),
    });
  }

  #doubtOf({ kind }: Decision): Resolution {
    return {
      winner: kind === 'write_sql' ? this.#context.remote.side : 'sql',
      reason: 'a write got no answer and the page was edited at that time: which came last is not known',
    };
  }

  #nextState(
    { row, state }: LocalRecord,
    record: RemoteRecord,
    { base, remote }: { readonly base: Content; readonly remote: Content },
  ): SyncState {
    const { entity, remote: side } = this.#context;
    const next = toState(base, record, {
      statusBeforeArchive: statusToRestore(entity, base.archived, { record, row, state }),
      lateWrites: state ? pendingWrites(state, { record, remote, now: side.now(), bodyName: bodyField(entity) }) : [],
    });
    // A stale listing takes no edit back that is known already.
    const isStale = state !== null && state.remoteId === next.remoteId && next.remoteEditedAt < state.remoteEditedAt;
    if (!isStale) return next;
    const { unexpressed: _, ...current } = next;
    return { ...current, remoteEditedAt: state.remoteEditedAt, ...pickUnexpressed(state) };
  }

  #put(local: LocalRecord, write: LocalWrite): void {
    this.writes.push(local.replaces === undefined ? write : { ...write, replaces: local.replaces });
    this.#known.put({ ...local, row: rowAfter(local.row, write), state: write.state ?? local.state });
  }
}

/**
 * Notion's Duplicate command copies `Sync Key` too. A second page with a row's
 * key is our own duplicate only if this integration created it while the row's
 * creation was open.
 */
function isOwnDuplicate({ intent }: LocalRecord, { createdByUs: madeByUs, createdAt }: RemoteRecord): boolean {
  if (!madeByUs || !intent) return false;
  return intent.closedAt === null || createdAt.getTime() <= intent.closedAt.getTime() + OVERLAP_MS;
}

export const duplicateConflict = (owner: LocalRecord, record: RemoteRecord): Conflict => ({
  recordId: owner.recordId,
  remoteId: record.remoteId,
  winner: 'sql',
  reason: 'a second page was created for this row and then edited; only one page can stay',
  base: null,
  remote: { fields: record.fields, archived: record.trashed },
  sql: { fields: owner.row?.fields ?? owner.state?.base ?? {}, archived: owner.row?.archived ?? false },
});

const toIssue = ({ code, message }: RecordError, record: string): Issue => ({ code, message, record });

/** A row that takes over the page of a deleted one replaces what that one held: an edit of nobody's row, so it is kept. */
const reinsertionOf = ({ replaces }: LocalRecord, { kind }: Decision): Resolution | undefined =>
  replaces === undefined || kind === 'write_sql'
    ? undefined
    : { winner: 'sql', reason: 'the row was deleted and inserted again with other content' };

/** Whether an update changes anything: equal records cost no write. */
const hasWrite = (
  local: LocalRecord,
  row: Row,
  { row: write, computed, outbox }: Comparison,
  next: SyncState,
): boolean =>
  write !== null ||
  computed !== null ||
  outbox !== 'keep' ||
  local.state === null ||
  !isSameState(local.state, next) ||
  row.remoteId !== next.remoteId ||
  local.replaces !== undefined;

/** What an earlier attempt is now known to have written on the remote side. */
function arrivedChanges(
  side: Side,
  { state }: LocalRecord,
  record: RemoteRecord,
  known: Content | null,
): readonly Change[] {
  if (!state) return record.createdByUs ? [creationOn(side)] : [];
  return known ? changesBetween(side, { fields: state.base, archived: state.archived }, known) : [];
}

const toState = (
  base: Content,
  record: RemoteRecord,
  { statusBeforeArchive, lateWrites }: Pick<SyncState, 'statusBeforeArchive' | 'lateWrites'>,
): SyncState => ({
  remoteId: record.remoteId,
  base: base.fields,
  archived: base.archived,
  trashed: record.trashed,
  sending: null,
  lateWrites,
  statusBeforeArchive,
  syncKey: record.syncKey,
  remoteCreatedAt: record.createdAt,
  remoteEditedAt: record.editedAt,
  bodyReadAt: record.bodyReadAt ?? null,
  ...pickUnexpressed(record),
});

const pickUnexpressed = ({ unexpressed }: Pick<SyncState, 'unexpressed'>): Pick<SyncState, 'unexpressed'> =>
  unexpressed === undefined ? {} : { unexpressed };

function rowAfter(row: Row | null, { row: write, page }: LocalWrite): Row | null {
  if (write) return { remoteId: write.remoteId, fields: write.fields, archived: write.archived, editedAt: null };
  return row && page ? { ...row, remoteId: page.remoteId } : row;
}

const isSameState = (a: SyncState, b: SyncState): boolean =>
  a.remoteId === b.remoteId &&
  a.trashed === b.trashed &&
  a.syncKey === b.syncKey &&
  a.sending === b.sending &&
  a.lateWrites.length === b.lateWrites.length &&
  a.remoteEditedAt.getTime() === b.remoteEditedAt.getTime() &&
  a.bodyReadAt?.getTime() === b.bodyReadAt?.getTime() &&
  a.unexpressed?.join() === b.unexpressed?.join() &&
  isSameContent({ fields: a.base, archived: a.archived }, { fields: b.base, archived: b.archived });
