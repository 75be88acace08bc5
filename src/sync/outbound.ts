import { FinalError, RecordError } from '../errors.ts';
import { absorb } from './absorb.ts';
import { createPages } from './creation.ts';
import { inParallel } from './in-parallel.ts';
import { inbound, readChanges, settle } from './inbound.ts';
import { outgoing } from './outgoing.ts';
import type { LocalRecord, LocalWrite, RemoteChange, RemoteRecord, Row, SyncContext, SyncState } from './ports.ts';
import { outOfRange } from './ranges.ts';
import { changedFields, sameValue } from './reconcile.ts';
import type { Fields } from './types.ts';

const BATCH = 100;

/** Brings what was edited in SQL to Notion: one request each. */
export async function outbound(context: SyncContext): Promise<void> {
  await settle(context);
  // A row that waits for another's page is sent without the link, which follows in the next pass.
  let before = Number.POSITIVE_INFINITY;
  for (;;) {
    const waiting = await pushAll(context);
    if (waiting.length === 0) return;
    if (waiting.length >= before) return reportWaiting(context, waiting);
    before = waiting.length;
  }
}

function reportWaiting({ entity, tally }: SyncContext, recordIds: readonly string[]): void {
  for (const record of recordIds) {
    tally.errors.push({
      code: 'link_waits',
      message: `${entity.name}: row ${record} links to a row that does not exist or has no page yet; the link is sent when it has one`,
      record,
    });
  }
}

/** One pass over the outbox; gives back the rows that still wait for another's page. */
async function pushAll(context: SyncContext): Promise<readonly string[]> {
  const { local } = context;
  let after = 0n;
  const waiting: string[] = [];
  for (;;) {
    const edits = await local.outbox(after, BATCH);
    const last = edits.at(-1);
    if (!last) return waiting;
    await lookFirst(context);
    waiting.push(
      ...(await pushBatch(
        context,
        edits.map((edit) => edit.recordId),
      )),
    );
    after = last.seq;
  }
}

/** Notion has no conditional write: what was read must be fresh when something is overwritten. */
async function lookFirst(context: SyncContext): Promise<void> {
  const { lastRead, entity, clock, policy } = context;
  const now = clock.now();
  const readAt = lastRead.get(entity.name);
  if (readAt && now.getTime() - readAt.getTime() < policy.freshMs) return;
  const { watermark } = await context.local.source();
  if (!watermark) return inbound(context);
  await readChanges(context);
  lastRead.set(entity.name, now);
}

async function pushBatch(context: SyncContext, recordIds: readonly string[]): Promise<readonly string[]> {
  const { local, policy } = context;
  const records = await local.transaction((tx) => tx.records(recordIds));
  const toCreate = records.filter(({ row, state }) => row?.pageId.startsWith('sql:') && !state);
  const others = records.filter((record) => !toCreate.includes(record));
  await createPages(context, toCreate);
  await inParallel(others, policy.concurrency, async (record) => {
    await reportingIssues(context, record.recordId, () => pushOne(context, record));
    context.progress();
  });
  const after = await local.transaction((tx) => tx.records(recordIds));
  return after
    .filter(({ row, state, editSeq }) => editSeq !== null && row && state && !outgoing(context, row, state).complete)
    .map((record) => record.recordId);
}

async function reportingIssues(context: SyncContext, recordId: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    context.tally.errors.push({ code: error.code, message: error.message, record: recordId });
  }
}

async function pushOne(context: SyncContext, record: LocalRecord): Promise<void> {
  const { state, row, recordId, editSeq } = record;
  if (!row) return state ? bringBack(context, recordId, state.pageId) : forget(context, recordId, editSeq);
  if (!state) return bringBack(context, recordId, row.pageId);
  const known = await withFreshResidue(context, record, row, state);
  if (!known?.row || !known.state) return;
  try {
    await pushEdit(context, known, known.row, known.state);
  } catch (error) {
    if (!(error instanceof RecordError) || error.code !== 'page_trashed') throw error;
    // The page went to the trash meanwhile: taken in, the edit and the trash are one conflict more to decide.
    await bringBack(context, recordId, known.state.pageId);
  }
}

/** A row deleted by SQL, or one that names its page itself: Notion's word is taken. */
async function bringBack(context: SyncContext, recordId: string, pageId: string): Promise<void> {
  const page = await context.remote.read(pageId);
  if (page) return absorb(context, [page]);
  throw new RecordError(
    'page_not_found',
    `${context.entity.name}: row ${recordId} belongs to page ${pageId}, which is not found or no longer shared with the integration`,
  );
}

/** A row that was deleted before it ever had a page. */
async function forget(context: SyncContext, recordId: string, editSeq: bigint | null): Promise<void> {
  if (editSeq === null) return;
  await context.local.transaction((tx) => tx.write([{ recordId, sent: editSeq, intent: 'drop' }]));
}

/** Before writing over something that SQL cannot say (a range's end, a colour), its newest form is read. */
async function withFreshResidue(
  context: SyncContext,
  record: LocalRecord,
  row: Row,
  state: SyncState,
): Promise<LocalRecord | undefined> {
  const { fields } = outgoing(context, row, state);
  const partial = changedFields(state.base, fields).some((name) => state.residue[name] !== undefined);
  if (!partial) return record;
  await bringBack(context, record.recordId, state.pageId);
  const [again] = await context.local.transaction((tx) => tx.records([record.recordId]));
  return again;
}

async function pushEdit(context: SyncContext, record: LocalRecord, row: Row, state: SyncState): Promise<void> {
  const { entity, remote, tally } = context;
  const { recordId } = record;
  const { fields, archived, complete } = outgoing(context, row, state);
  const written = pick(fields, changedFields(state.base, fields));
  const foreignKey = state.syncKey !== null && state.syncKey !== recordId;
  const intoTrash = archived && !state.archived && entity.archivedStatus === undefined;

  let page: RemoteRecord | null = null;
  if (state.trashed && archived) {
    // A page in the trash takes no edits; they follow when it is restored.
  } else {
    if (state.trashed) page = await remote.update(state.pageId, { trashed: false });
    const change: RemoteChange = {
      ...(Object.keys(written).length > 0 ? { fields: written, residue: state.residue } : {}),
      ...(intoTrash ? { trashed: true } : {}),
      ...(foreignKey ? { syncKey: recordId } : {}),
    };
    if (Object.keys(change).length > 0) page = await remote.update(state.pageId, change);
  }
  await settleEdit(context, record, { fields, archived, complete, written, page });
  if (!page) return;
  tally.processed += 1;
  if (archived && !state.archived) tally.archived += 1;
  else tally.updated += 1;
  tally.errors.push(...outOfRange(entity, recordId, written));
}

interface Settlement {
  readonly fields: Fields;
  readonly archived: boolean;
  readonly complete: boolean;
  readonly written: Fields;
  readonly page: RemoteRecord | null;
}

/** The new base: what was written, beside what both sides already agreed on. */
async function settleEdit(context: SyncContext, sent: LocalRecord, settlement: Settlement): Promise<void> {
  const { entity, local } = context;
  const { fields, archived, complete, written, page } = settlement;
  await local.transaction(async (tx) => {
    const [now] = await tx.records([sent.recordId]);
    if (!now?.state || !sent.row)
      throw new FinalError('state_lost', `${entity.name}: the state of row ${sent.recordId} vanished`);
    const { state, row } = now;
    const unsaid = state.trashed && archived && !page;
    const next: SyncState = {
      ...state,
      base: unsaid ? state.base : { ...state.base, ...written },
      archived,
      residue: page
        ? { ...without(state.residue, written), ...pick(page.residue, Object.keys(written)) }
        : state.residue,
      trashed: page?.trashed ?? state.trashed,
      statusBeforeArchive: archived ? (state.statusBeforeArchive ?? statusOf(sent.row, entity.archivedStatus)) : null,
      syncKey: page?.syncKey ?? state.syncKey,
      pageEditedAt: page?.editedAt ?? state.pageEditedAt,
    };
    const untouched = row !== null && now.editSeq === sent.editSeq;
    const settledStatus = archived !== row?.archived || !sameValue(row.fields.status, fields.status);
    const write: LocalWrite = {
      recordId: sent.recordId,
      state: next,
      ...(untouched && settledStatus
        ? {
            row: {
              pageId: next.pageId,
              fields: { ...row.fields, ...('status' in fields ? { status: fields.status ?? null } : {}) },
              archived,
              pageEditedAt: next.pageEditedAt,
              createdAt: next.pageCreatedAt,
            },
          }
        : { page: { pageId: next.pageId, pageEditedAt: next.pageEditedAt } }),
      ...(complete && sent.editSeq !== null ? { sent: sent.editSeq } : {}),
    };
    await tx.write([write]);
  });
}

const statusOf = (row: Row, archivedStatus: string | undefined): string | null =>
  typeof row.fields.status === 'string' && row.fields.status !== archivedStatus ? row.fields.status : null;

const pick = <T>(from: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));

const without = <T>(from: Readonly<Record<string, T>>, names: object): Record<string, T> =>
  Object.fromEntries(Object.entries(from).filter(([name]) => !(name in names)));
