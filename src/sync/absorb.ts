import { bodyField, type Entity } from '../entities/define.ts';
import { RecordError } from '../errors.ts';
import { agreedStates } from './agreed-states.ts';
import { remoteSnapshot, rowSnapshot, rules, statusToRestore } from './archival.ts';
import { bodyWaits, withBodies, withBodiesAligned, withoutUnreadBody } from './bodies.ts';
import { changed, made } from './changes.ts';
import { withHiddenLinks } from './hidden-links.ts';
import { inParallel } from './in-parallel.ts';
import type {
  Change,
  Conflict,
  Content,
  Issue,
  LocalRecord,
  LocalTransaction,
  LocalWrite,
  RemoteRecord,
  Row,
  Side,
  SourceState,
  SyncContext,
  SyncState,
} from './ports.ts';
import { outOfRange } from './ranges.ts';
import { changedFields, reconcile, sameContent, sameValue } from './reconcile.ts';
import { isTemporaryId } from './temporary-id.ts';
import type { Fields, Value } from './types.ts';

/** Two minutes: Notion's clock has the grain of one, and a page is stamped before it is stored. */
export const OVERLAP_MS = 120_000;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a batch of pages means for SQL; filled page by page, then written in one transaction. */
interface Plan {
  readonly writes: LocalWrite[];
  readonly conflicts: Conflict[];
  /** Second pages that we made ourselves for one row: to be trashed. */
  readonly duplicates: Duplicate[];
  readonly issues: Issue[];
  created: number;
  updated: number;
  archived: number;
  adopted: number;
}

interface Duplicate {
  readonly owner: LocalRecord;
  readonly remoteId: string;
  /** What the page is expected to hold; anything else is kept as a conflict. */
  readonly content: Fields;
}

interface Along {
  /** Progress of the reading, saved in the same transaction. */
  readonly source?: Partial<SourceState>;
  /** The pages count as met by the full scan under way. */
  readonly seen?: boolean;
  /** The pages come from a listing, which may lag behind. */
  readonly listed?: boolean;
}

/**
 * Takes a batch of pages into SQL: one transaction that locks their rows,
 * decides, and writes everything, progress of the reading included. Pages equal
 * to what SQL holds cost no write. One that SQL refuses is reported, asked for
 * again in the next cycle, and stops none of the others.
 * @returns the pages that SQL refused
 */
export async function absorb(
  context: SyncContext,
  records: readonly RemoteRecord[],
  along: Along = {},
): Promise<readonly string[]> {
  if (records.length === 0 && !along.source) return [];
  const whole = along.listed ? await upToDate(context, records) : await withHiddenLinks(context, records);
  return take(context, whole, along);
}

/** A listing that differs from what was agreed without being newer is an old one, or one of the same minute: it is read again. */
async function upToDate(context: SyncContext, records: readonly RemoteRecord[]): Promise<readonly RemoteRecord[]> {
  const { entity, local, policy, progress } = context;
  const states = await agreedStates(local, records);
  const isDoubtful = (record: RemoteRecord): boolean => {
    const state = states.get(record.remoteId);
    return (
      state !== undefined &&
      record.editedAt <= state.remoteEditedAt &&
      !sameContent({ fields: state.base, archived: state.archived }, remoteSnapshot(entity, record, state))
    );
  };
  const whole = await withBodies(context, await withHiddenLinks(context, records, states), states);
  const sure = new Map(whole.map((record) => [record.remoteId, record]));
  await inParallel(whole.filter(isDoubtful), policy.concurrency, async ({ remoteId }) => {
    const record = await readRecord(context, remoteId);
    progress();
    const [whole] = record ? await withHiddenLinks(context, [record]) : [];
    if (whole) sure.set(remoteId, whole);
    else sure.delete(remoteId);
  });
  return [...sure.values()];
}

/** Reads one page as it is now; one that was moved to another database counts as gone. */
export async function readRecord({ remote }: SyncContext, remoteId: string): Promise<RemoteRecord | null> {
  try {
    return await remote.read(remoteId);
  } catch (error) {
    if (error instanceof RecordError) return null;
    throw error;
  }
}

async function take(context: SyncContext, records: readonly RemoteRecord[], along: Along): Promise<readonly string[]> {
  const { local, tally } = context;
  let plan: Plan;
  try {
    plan = await local.transaction(async (tx) => {
      const plan = await planBatch(context, tx, records);
      await tx.write(plan.writes);
      await tx.addConflicts(plan.conflicts);
      await tx.refreshLinkers(records);
      if (along.seen) await tx.markSeen(records.map((record) => record.remoteId));
      if (along.source) await tx.saveSource(along.source);
      return plan;
    });
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return takeOneByOne(context, records, along, error);
  }
  tally.processed += records.length;
  tally.created += plan.created;
  tally.updated += plan.updated;
  tally.archived += plan.archived;
  tally.adopted += plan.adopted;
  tally.conflicts += plan.conflicts.length;
  tally.errors.push(...plan.issues);
  for (const duplicate of plan.duplicates) await trashDuplicate(context, duplicate);
  return [];
}

async function takeOneByOne(
  context: SyncContext,
  records: readonly RemoteRecord[],
  { source, seen }: Along,
  error: RecordError,
): Promise<readonly string[]> {
  const refused: string[] = [];
  const [first, ...others] = records;
  if (first && others.length === 0) {
    refused.push(first.remoteId);
    context.tally.errors.push({
      code: error.code,
      message: `${context.entity.name}: page ${first.remoteId}: ${error.message}`,
      record: first.syncKey ?? first.remoteId,
    });
    await context.local.transaction(async (tx) => {
      await tx.refresh([first.remoteId]);
      if (seen) await tx.markSeen([first.remoteId]);
    });
  } else {
    for (const record of records) refused.push(...(await take(context, [record], seen ? { seen } : {})));
  }
  if (source) await context.local.transaction((tx) => tx.saveSource(source));
  return refused;
}

/** A page that we made twice goes to the trash; what somebody wrote into it meanwhile is kept as a conflict. */
async function trashDuplicate(context: SyncContext, { owner, remoteId, content }: Duplicate): Promise<void> {
  const { remote, local, tally } = context;
  let expected = content;
  for (;;) {
    const result = await remote.update(
      remoteId,
      { trashed: true },
      (record) => !record.trashed && changedFields(expected, record.fields).length === 0,
    );
    if (result.kind !== 'changed' || result.record.trashed) return;
    const { record } = result;
    await local.transaction((tx) => tx.addConflicts([duplicateConflict(owner, record)]));
    tally.conflicts += 1;
    expected = record.fields;
  }
}

const duplicateConflict = (owner: LocalRecord, record: RemoteRecord): Conflict => ({
  recordId: owner.recordId,
  remoteId: record.remoteId,
  winner: 'sql',
  reason: 'a second page had been made for this row; only one can stay, and this one had been edited',
  base: null,
  remote: { fields: record.fields, archived: record.trashed },
  sql: { fields: owner.row?.fields ?? owner.state?.base ?? {}, archived: owner.row?.archived ?? false },
});

async function planBatch(context: SyncContext, tx: LocalTransaction, records: readonly RemoteRecord[]): Promise<Plan> {
  const plan: Plan = {
    writes: [],
    conflicts: [],
    duplicates: [],
    issues: [],
    created: 0,
    updated: 0,
    archived: 0,
    adopted: 0,
  };
  const known = new KnownRecords(await tx.findByRemote(records));
  const oldestFirst = [...records].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  for (const record of oldestFirst) planRecord(context, plan, known, record);
  return plan;
}

/** The batch's local records, found by page or by key, and updated as the plan grows. */
class KnownRecords {
  readonly #byPage = new Map<string, LocalRecord>();
  readonly #byId = new Map<string, LocalRecord>();

  constructor(records: readonly LocalRecord[]) {
    for (const record of records) this.put(record);
  }

  put(record: LocalRecord): void {
    this.#byId.set(record.recordId, record);
    const remoteId = record.state?.remoteId ?? record.row?.remoteId;
    if (remoteId === undefined) return;
    const other = this.#byPage.get(remoteId);
    const heir = other && other.recordId !== record.recordId ? heirOf(other, record) : record;
    this.#byPage.set(remoteId, heir);
  }

  ofPage(remoteId: string): LocalRecord | undefined {
    return this.#byPage.get(remoteId);
  }

  ofKey(key: string | null): LocalRecord | undefined {
    return key === null ? undefined : this.#byId.get(key);
  }
}

/** A row that was deleted and inserted anew with the same page, under another id, takes over what was agreed. */
function heirOf(a: LocalRecord, b: LocalRecord): LocalRecord {
  const [row, state] = a.row ? [a, b] : [b, a];
  return state.row ? row : { ...row, state: state.state, replaces: state.recordId };
}

function planRecord(context: SyncContext, plan: Plan, known: KnownRecords, record: RemoteRecord): void {
  const linked = known.ofPage(record.remoteId);
  if (linked) compare(context, plan, known, linked, record);
  else if (!record.trashed) planUnlinked(context, plan, known, record);
}

/** A page that no row is known to belong to: whose is it, by its key? */
function planUnlinked(context: SyncContext, plan: Plan, known: KnownRecords, record: RemoteRecord): void {
  const owner = known.ofKey(record.syncKey);
  if (owner && !owner.state && owner.row && isTemporaryId(owner.row.remoteId)) {
    plan.adopted += 1;
    compare(context, plan, known, owner, record);
  } else if (!owner?.state || !isOwnDouble(owner, record)) {
    insert(context, plan, known, record);
  } else if (record.createdAt < owner.state.remoteCreatedAt) {
    moveToOlder(context, plan, known, { owner, state: owner.state }, record);
  } else {
    plan.duplicates.push({ owner, remoteId: record.remoteId, content: owner.state.base });
  }
}

/**
 * Notion's Duplicate copies `Sync Key` too. A second page with a row's key is our
 * own double only if this integration made it, and while the row's creation was open.
 */
function isOwnDouble(owner: LocalRecord, record: RemoteRecord): boolean {
  if (!record.madeByUs || !owner.intent) return false;
  const { closedAt } = owner.intent;
  return closedAt === null || record.createdAt.getTime() <= closedAt.getTime() + OVERLAP_MS;
}

/** Of two pages that we made for one row the oldest stays; the row's content, which is the newest, is sent to it. */
function moveToOlder(
  context: SyncContext,
  plan: Plan,
  known: KnownRecords,
  { owner, state }: { owner: LocalRecord; state: SyncState },
  record: RemoteRecord,
): void {
  const { fields, archived } = remoteSnapshot(context.entity, record, null);
  const edited = !record.editedByUs && changedFields(state.base, fields).length > 0;
  if (edited) plan.conflicts.push(duplicateConflict(owner, record));
  plan.duplicates.push({ owner, remoteId: state.remoteId, content: state.base });
  const next: SyncState = {
    ...state,
    remoteId: record.remoteId,
    base: fields,
    archived,
    trashed: record.trashed,
    sending: null,
    syncKey: record.syncKey,
    remoteCreatedAt: record.createdAt,
    remoteEditedAt: record.editedAt,
    bodyReadAt: record.bodyReadAt ?? null,
  };
  plan.writes.push({
    recordId: owner.recordId,
    page: { remoteId: record.remoteId, remoteEditedAt: record.editedAt },
    state: next,
    enqueue: true,
  });
  known.put({ ...owner, state: next });
}

function insert(context: SyncContext, plan: Plan, known: KnownRecords, record: RemoteRecord): void {
  const { syncKey } = record;
  // A key that no row has is our own page whose row was deleted before it was linked.
  const isOrphan = syncKey !== null && UUID.test(syncKey) && !known.ofKey(syncKey);
  const recordId = isOrphan ? syncKey : context.newId();
  const fresh: LocalRecord = { recordId, row: null, state: null, intent: null, editSeq: null };
  compare(context, plan, known, fresh, record);
}

/** Decides about one page and the record it belongs to. */
function compare(
  context: SyncContext,
  plan: Plan,
  known: KnownRecords,
  local: LocalRecord,
  record: RemoteRecord,
): void {
  const { entity, remote } = context;
  const { row, state, recordId } = local;
  const said = remoteSnapshot(entity, record, state);
  const foreignKey = record.syncKey !== null && record.syncKey !== recordId;
  const remember = (base: Content): SyncState => ({
    remoteId: record.remoteId,
    base: base.fields,
    archived: base.archived,
    trashed: record.trashed,
    sending: null,
    statusBeforeArchive: statusToRestore(entity, base.archived, { record, row, state }),
    syncKey: record.syncKey,
    remoteCreatedAt: record.createdAt,
    remoteEditedAt: record.editedAt,
    bodyReadAt: record.bodyReadAt ?? null,
  });
  const put = (write: LocalWrite): void => {
    plan.writes.push(local.replaces === undefined ? write : { ...write, replaces: local.replaces });
    known.put({ ...local, row: rowAfter(local.row, write), state: write.state ?? state });
  };

  if (record.bodyTrouble) plan.issues.push(issueOf(record.bodyTrouble, recordId));
  if (!row) {
    plan.created += 1;
    plan.issues.push(...outOfRange(entity, recordId, said.fields));
    put({
      recordId,
      row: rowWrite(record, said, null),
      ...(record.computed ? { computed: record.computed } : {}),
      state: remember(said),
      ...(local.editSeq === null ? {} : { sent: local.editSeq }),
      ...(foreignKey ? { enqueue: true } : {}),
      intent: 'close',
      // A row that somebody deleted is not made, but brought back.
      ...(state ? {} : { changes: [made('sql')] }),
    });
    return;
  }

  const canonical: Row = { ...row, fields: remote.canonical(row.fields) };
  const sql = rowSnapshot(entity, canonical, state);
  const before = baseOf(local, record, said);
  const { agreed, theirs, ours } = withBodiesAligned(
    entity,
    { agreed: before, theirs: said, ours: sql },
    bodySent(entity, local, record),
  );
  const decision = reconcile(agreed, theirs, ours, rules(context));
  const toSend = decision.kind === 'write_remote' || decision.kind === 'write_both';
  const base = toSend ? theirs : decision.agreed;

  // A row that stays archived gets the status that says so; else it would look as if somebody had opened it again.
  const staysAsItIs =
    decision.kind === 'write_remote' && !(base.archived && decision.agreed.archived) && sameContent(ours, sql);
  const rowIsRight = staysAsItIs || sameContent(decision.agreed, { fields: canonical.fields, archived: row.archived });
  // What was computed is nobody's edit: it is taken as it is, whatever was decided, but never from an old listing.
  const isOld = state !== null && record.editedAt < state.remoteEditedAt;
  const recomputed =
    record.computed !== undefined && !isOld && changedFields(row.computed ?? {}, record.computed).length > 0;
  const next = remember(withoutUnreadBody(entity, base, said.fields));
  const enqueue = foreignKey || (toSend && local.editSeq === null);
  const waits = bodyWaits(entity, sql.fields, said.fields);
  const sent = !toSend && !foreignKey && !waits && local.editSeq !== null;
  if (
    !rowIsRight ||
    recomputed ||
    enqueue ||
    sent ||
    !state ||
    !sameState(state, next) ||
    row.remoteId !== record.remoteId ||
    local.replaces
  ) {
    const write = rowIsRight
      ? null
      : rowWrite(record, decision.agreed, { raw: row.fields, canonical: canonical.fields });
    put({
      recordId,
      ...(write ? { row: write } : { page: { remoteId: record.remoteId, remoteEditedAt: record.editedAt } }),
      changes: [...arrived(remote.side, local, record, before), ...(write ? changed('sql', row, write) : [])],
      ...(recomputed && record.computed ? { computed: record.computed } : {}),
      state: next,
      ...(sent && local.editSeq !== null ? { sent: local.editSeq } : {}),
      ...(enqueue ? { enqueue: true } : {}),
      ...(state ? {} : { intent: 'close' as const }),
    });
  }
  if (rowIsRight && recomputed) plan.updated += 1;
  if (!rowIsRight) {
    plan.issues.push(...outOfRange(entity, recordId, decision.agreed.fields));
    if (decision.agreed.archived && !row.archived) plan.archived += 1;
    else plan.updated += 1;
  }
  if (decision.kind !== 'in_step' && decision.loss) {
    plan.conflicts.push({
      recordId,
      remoteId: record.remoteId,
      ...decision.loss,
      base: agreed,
      remote: { fields: theirs.fields, archived: theirs.archived },
      sql: { fields: ours.fields, archived: ours.archived },
    });
  }
}

/** What an earlier attempt is known by now to have written on the remote side. */
function arrived(side: Side, { state }: LocalRecord, record: RemoteRecord, known: Content | null): readonly Change[] {
  if (!state) return record.madeByUs ? [made(side)] : [];
  return known ? changed(side, { fields: state.base, archived: state.archived }, known) : [];
}

const issueOf = ({ code, message }: RecordError, record: string): Issue => ({ code, message, record });

/** The body of a request whose outcome is unknown. */
function bodySent(entity: Entity, { state, intent }: LocalRecord, record: RemoteRecord): Value | undefined {
  const name = bodyField(entity);
  const sent = state ? state.sending?.fields : record.madeByUs ? intent?.sent : undefined;
  return name === undefined ? undefined : sent?.[name];
}

/** What both sides are known to have agreed on, writes counted whose answer got lost. */
function baseOf({ state, intent }: LocalRecord, record: RemoteRecord, theirs: Content): Content | null {
  if (state) return withSent({ fields: state.base, archived: state.archived }, state.sending, theirs);
  if (!record.madeByUs || !intent) return null;
  // An adopted page that only we have touched is what the row was when it was sent.
  return record.editedByUs ? theirs : { fields: intent.sent, archived: false };
}

/** Where the page says what we were about to write, it was us who wrote it. */
function withSent(base: Content, sending: Content | null, theirs: Content): Content {
  if (!sending) return base;
  return {
    fields: Object.fromEntries(
      Object.entries(base.fields).map(([name, value]) => [
        name,
        sameValue(sending.fields[name], theirs.fields[name]) ? (theirs.fields[name] ?? null) : value,
      ]),
    ),
    archived: sending.archived === theirs.archived ? theirs.archived : base.archived,
  };
}

/** Columns that already say the same keep the very words that SQL has for it. */
function rowWrite(
  record: RemoteRecord,
  agreed: Content,
  current: { raw: Fields; canonical: Fields } | null,
): NonNullable<LocalWrite['row']> {
  const fields = Object.fromEntries(
    Object.entries(agreed.fields).map(([name, value]) => [
      name,
      current && sameValue(current.canonical[name], value) ? (current.raw[name] ?? null) : value,
    ]),
  );
  return {
    remoteId: record.remoteId,
    fields,
    archived: agreed.archived,
    remoteEditedAt: record.editedAt,
    createdAt: record.createdAt,
  };
}

function rowAfter(row: Row | null, write: LocalWrite): Row | null {
  if (write.row)
    return { remoteId: write.row.remoteId, fields: write.row.fields, archived: write.row.archived, editedAt: null };
  return row && write.page ? { ...row, remoteId: write.page.remoteId } : row;
}

const sameState = (a: SyncState, b: SyncState): boolean =>
  a.remoteId === b.remoteId &&
  a.trashed === b.trashed &&
  a.syncKey === b.syncKey &&
  a.sending === b.sending &&
  a.remoteEditedAt.getTime() === b.remoteEditedAt.getTime() &&
  a.bodyReadAt?.getTime() === b.bodyReadAt?.getTime() &&
  sameContent({ fields: a.base, archived: a.archived }, { fields: b.base, archived: b.archived });
