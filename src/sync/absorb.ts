import { isDeepStrictEqual } from 'node:util';
import type { Entity } from '../entities/define.ts';
import { remoteSnapshot, rowSnapshot, statusToRestore } from './archival.ts';
import type {
  BackLinks,
  Conflict,
  Issue,
  LocalRecord,
  LocalTransaction,
  LocalWrite,
  RemoteRecord,
  Row,
  SourceState,
  SyncContext,
  SyncState,
} from './ports.ts';
import { outOfRange } from './ranges.ts';
import { type Base, changedFields, reconcile, sameContent, sameValue } from './reconcile.ts';
import type { Fields } from './types.ts';

/** Two minutes: Notion's clock has the grain of one, and a page is stamped before it is stored. */
export const OVERLAP_MS = 120_000;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a batch of pages means for SQL; filled page by page, then written in one transaction. */
interface Plan {
  readonly writes: LocalWrite[];
  readonly conflicts: Conflict[];
  /** Second pages that we made ourselves for one row: to be trashed. */
  readonly duplicates: string[];
  readonly issues: Issue[];
  readonly backLinks: { pageId: string; links: RemoteRecord['backLinks'] }[];
  created: number;
  updated: number;
  archived: number;
  adopted: number;
}

/**
 * Takes a batch of pages into SQL: one transaction that locks their rows,
 * decides, and writes everything, progress of the reading included. Pages equal
 * to what SQL holds cost no write.
 */
export async function absorb(
  context: SyncContext,
  records: readonly RemoteRecord[],
  also: { source?: Partial<SourceState>; seen?: boolean } = {},
): Promise<void> {
  const { local, remote, tally } = context;
  if (records.length === 0 && !also.source) return;
  const plan = await local.transaction(async (tx) => {
    const plan = await planBatch(context, tx, records);
    await tx.write(plan.writes);
    await tx.addConflicts(plan.conflicts);
    for (const { pageId, links } of plan.backLinks) await askForLinkers(context.entity, tx, pageId, links);
    if (also.seen) await tx.markSeen(records.map((record) => record.pageId));
    if (also.source) await tx.saveSource(also.source);
    return plan;
  });
  tally.processed += records.length;
  tally.created += plan.created;
  tally.updated += plan.updated;
  tally.archived += plan.archived;
  tally.adopted += plan.adopted;
  tally.conflicts += plan.conflicts.length;
  tally.errors.push(...plan.issues);
  for (const pageId of plan.duplicates) await remote.update(pageId, { trashed: true });
}

async function planBatch(context: SyncContext, tx: LocalTransaction, records: readonly RemoteRecord[]): Promise<Plan> {
  const plan: Plan = {
    writes: [],
    conflicts: [],
    duplicates: [],
    issues: [],
    backLinks: [],
    created: 0,
    updated: 0,
    archived: 0,
    adopted: 0,
  };
  const known = new KnownRecords(await tx.ofPages(records));
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
    const pageId = record.state?.pageId ?? record.row?.pageId;
    if (pageId) this.#byPage.set(pageId, record);
  }

  ofPage(pageId: string): LocalRecord | undefined {
    return this.#byPage.get(pageId);
  }

  ofKey(key: string | null): LocalRecord | undefined {
    return key === null ? undefined : this.#byId.get(key);
  }
}

function planRecord(context: SyncContext, plan: Plan, known: KnownRecords, record: RemoteRecord): void {
  const linked = known.ofPage(record.pageId);
  if (linked) return compare(context, plan, known, linked, record);
  if (record.trashed) return;

  const owner = known.ofKey(record.syncKey);
  if (!owner || (!owner.row && !owner.state)) return insert(context, plan, known, record);
  if (!owner.state && owner.row?.pageId.startsWith('sql:')) {
    plan.adopted += 1;
    return compare(context, plan, known, owner, record);
  }
  if (!isOwnDouble(owner, record)) return insert(context, plan, known, record);
  if (owner.state && record.createdAt < owner.state.pageCreatedAt) {
    plan.duplicates.push(owner.state.pageId);
    return compare(context, plan, known, { ...owner, state: { ...owner.state, pageId: record.pageId } }, record);
  }
  keepDuplicateAsConflict(plan, owner, record);
  plan.duplicates.push(record.pageId);
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

function keepDuplicateAsConflict(plan: Plan, owner: LocalRecord, record: RemoteRecord): void {
  const base = owner.state?.base ?? {};
  if (changedFields(base, record.fields).length === 0) return;
  plan.conflicts.push({
    recordId: owner.recordId,
    pageId: record.pageId,
    winner: 'sql',
    reason: 'a second page had been made for this row; it was moved to the trash',
    base,
    notion: record.fields,
    sql: owner.row?.fields ?? base,
  });
}

function insert(context: SyncContext, plan: Plan, known: KnownRecords, record: RemoteRecord): void {
  const { syncKey } = record;
  // A key that no row has is our own page whose row was deleted before it was linked.
  const recordId = syncKey && UUID.test(syncKey) && !known.ofKey(syncKey) ? syncKey : crypto.randomUUID();
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
  const { entity, remote, policy } = context;
  const { row, state, recordId } = local;
  const notion = remoteSnapshot(entity, record, state);
  const foreignKey = record.syncKey !== null && record.syncKey !== recordId;
  const remember = (base: Base): SyncState => ({
    pageId: record.pageId,
    base: base.fields,
    archived: base.archived,
    residue: record.residue,
    trashed: record.trashed,
    statusBeforeArchive: statusToRestore(entity, base.archived, { record, row, state }),
    syncKey: record.syncKey,
    pageCreatedAt: record.createdAt,
    pageEditedAt: record.editedAt,
  });
  const put = (write: LocalWrite): void => {
    plan.writes.push(write);
    known.put({ ...local, row: rowAfter(local.row, write), state: write.state ?? state });
  };
  if (state?.pageEditedAt.getTime() !== record.editedAt.getTime()) {
    plan.backLinks.push({ pageId: record.pageId, links: record.backLinks });
  }

  if (!row) {
    plan.created += 1;
    plan.issues.push(...outOfRange(entity, recordId, notion.fields));
    put({
      recordId,
      row: rowWrite(record, notion, null),
      state: remember(notion),
      ...(local.editSeq === null ? {} : { sent: local.editSeq }),
      ...(foreignKey ? { enqueue: true } : {}),
      intent: 'close',
    });
    return;
  }

  const canonical: Row = { ...row, fields: remote.canonical(row.fields) };
  const sql = rowSnapshot(entity, canonical, state);
  const decision = reconcile(baseOf(state, record, notion), notion, sql, policy.conflicts);
  const toSend = decision.kind === 'write_notion' || decision.kind === 'write_both';
  const base = toSend ? notion : decision.agreed;

  const rowIsRight =
    decision.kind === 'write_notion' ||
    sameContent(decision.agreed, { fields: canonical.fields, archived: row.archived });
  const next = remember(base);
  const enqueue = foreignKey || (toSend && local.editSeq === null);
  const sent = !toSend && !foreignKey && local.editSeq !== null;
  if (!rowIsRight || enqueue || sent || !state || !sameState(state, next) || row.pageId !== record.pageId) {
    put({
      recordId,
      ...(rowIsRight
        ? { page: { pageId: record.pageId, pageEditedAt: record.editedAt } }
        : { row: rowWrite(record, decision.agreed, { raw: row.fields, canonical: canonical.fields }) }),
      state: next,
      ...(sent && local.editSeq !== null ? { sent: local.editSeq } : {}),
      ...(enqueue ? { enqueue: true } : {}),
      ...(state ? {} : { intent: 'close' as const }),
    });
  }
  if (!rowIsRight) {
    plan.issues.push(...outOfRange(entity, recordId, decision.agreed.fields));
    if (decision.agreed.archived && !row.archived) plan.archived += 1;
    else plan.updated += 1;
  }
  if (decision.kind !== 'in_step' && decision.loss) {
    plan.conflicts.push({
      recordId,
      pageId: record.pageId,
      ...decision.loss,
      base: state?.base ?? null,
      notion: notion.fields,
      sql: row.fields,
    });
  }
}

/** An adopted page that only we have touched is what the row was when it was sent. */
function baseOf(state: SyncState | null, record: RemoteRecord, notion: Base): Base | null {
  if (state) return { fields: state.base, archived: state.archived };
  return record.madeByUs && record.editedByUs ? notion : null;
}

/** Columns that already say the same keep the very words that SQL has for it. */
function rowWrite(
  record: RemoteRecord,
  agreed: Base,
  current: { raw: Fields; canonical: Fields } | null,
): NonNullable<LocalWrite['row']> {
  const fields = Object.fromEntries(
    Object.entries(agreed.fields).map(([name, value]) => [
      name,
      current && sameValue(current.canonical[name], value) ? (current.raw[name] ?? null) : value,
    ]),
  );
  return {
    pageId: record.pageId,
    fields,
    archived: agreed.archived,
    pageEditedAt: record.editedAt,
    createdAt: record.createdAt,
  };
}

function rowAfter(row: Row | null, write: LocalWrite): Row | null {
  if (write.row)
    return { pageId: write.row.pageId, fields: write.row.fields, archived: write.row.archived, editedAt: null };
  return row && write.page ? { ...row, pageId: write.page.pageId } : row;
}

const sameState = (a: SyncState, b: SyncState): boolean =>
  a.pageId === b.pageId &&
  a.trashed === b.trashed &&
  a.syncKey === b.syncKey &&
  a.pageEditedAt.getTime() === b.pageEditedAt.getTime() &&
  sameContent({ fields: a.base, archived: a.archived }, { fields: b.base, archived: b.archived }) &&
  isDeepStrictEqual(a.residue, b.residue);

/** An edit on the far side of a two-way relation may not mark the near side's page as edited. */
async function askForLinkers(
  entity: Entity,
  tx: LocalTransaction,
  pageId: string,
  backLinks: Readonly<Record<string, BackLinks>>,
): Promise<void> {
  for (const [name, links] of Object.entries(backLinks)) {
    const field = entity.fields[name];
    if (field?.kind !== 'back_link') continue;
    const differing = await tx.backLinkDifferences(field.of, field.through, pageId, links);
    if (differing.length > 0) await tx.refresh(field.of, differing);
  }
}
