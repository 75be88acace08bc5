import { relationFields } from '../entities/define.ts';
import { AmbiguousWriteError, LockstepError, RecordError, RetryableError } from '../errors.ts';
import { absorb } from './absorb.ts';
import { statusOf } from './archival.ts';
import { creationOn } from './changes.ts';
import { omit } from './fields.ts';
import { hiddenLinks } from './hidden-links.ts';
import { inParallel } from './in-parallel.ts';
import { reportLocked } from './locked-rows.ts';
import { type Outgoing, returnedValues, rowAfterSend, toOutgoing } from './outgoing.ts';
import type { LocalRecord, LocalWrite, RemoteRecord, Row, SyncContext } from './ports.ts';
import { findOutOfRange } from './ranges.ts';

/** How long to wait between two searches for a page that may have been created. */
const SEARCH_INTERVAL_MS = 2_000;

/**
 * Creates exactly one page for each SQL-first row, even after a crash. Notion
 * has no idempotency key, so an intent is written to SQL before each request. A
 * later attempt that finds an intent searches Notion for `Sync Key`, waits until
 * its index must have caught up, and only then creates the page again.
 */
export async function createPages(context: SyncContext, records: readonly LocalRecord[]): Promise<void> {
  const open = records.filter((record) => record.intent && !record.intent.closedAt);
  const startedAt = new Map(open.map(({ recordId, intent }) => [recordId, intent?.startedAt ?? context.clock.now()]));
  let pending = records.filter((record) => !startedAt.has(record.recordId)).map((record) => record.recordId);
  while (pending.length > 0) {
    const ready = await findReady(context, pending);
    for (const recordId of await createAll(context, ready)) startedAt.set(recordId, context.clock.now());
    pending = pending.filter((recordId) => !ready.includes(recordId));
  }
  await resolveLostCreations(context, startedAt);
}

/** The rows that link to none of the others; all of them if they link in a circle. */
async function findReady(context: SyncContext, recordIds: readonly string[]): Promise<readonly string[]> {
  const selfLinks = relationFields(context.entity).filter(([, field]) => field.to === context.entity.name);
  if (selfLinks.length === 0) return recordIds;
  const records = await context.local.transaction((tx) => tx.findById(recordIds));
  const ownerById = new Map(records.flatMap(({ row, recordId }) => (row ? [[row.remoteId, recordId] as const] : [])));
  const ready = records.filter(({ row, recordId }) =>
    selfLinks.every(([name]) =>
      [row?.fields[name] ?? []].flat().every((remoteId) => {
        const other = ownerById.get(String(remoteId));
        return other === undefined || other === recordId;
      }),
    ),
  );
  return ready.length > 0 ? ready.map((record) => record.recordId) : recordIds;
}

/** Creates the pages of these rows. @returns the rows whose request got no response */
async function createAll(context: SyncContext, recordIds: readonly string[]): Promise<readonly string[]> {
  const { local, clock, policy } = context;
  const records = await local.transaction(async (tx) => {
    const found = reportLocked(context, await tx.findById(recordIds));
    const intents = found.map(({ recordId, row }) => ({
      recordId,
      sent: row ? toOutgoing(context, row, null).fields : {},
    }));
    await tx.openIntents(intents, clock.now());
    return found;
  });
  const lost: string[] = [];
  await inParallel(records, policy.concurrency, async (record) => {
    if (!(await createOne(context, record))) lost.push(record.recordId);
    context.progress();
  });
  return lost;
}

/**
 * @param without fields whose links Notion refuses; they are sent later
 * @returns false if it is unknown whether the page was created
 */
async function createOne(context: SyncContext, record: LocalRecord, without: readonly string[] = []): Promise<boolean> {
  const { entity, remote, tally } = context;
  const { recordId, row } = record;
  if (!row) {
    await dropIntent(context, recordId);
    return true;
  }
  const outgoing = leaveOut(toOutgoing(context, row, null), without);
  let page: RemoteRecord;
  try {
    page = await remote.create(recordId, outgoing.fields);
  } catch (error) {
    if (error instanceof AmbiguousWriteError) return adoptCommitted(context, error);
    // Notion refused, or was not reached: there is no page to search for.
    if (error instanceof LockstepError) await dropIntent(context, recordId);
    if (!(error instanceof RecordError)) throw error;
    return createWithoutHidden(context, record, outgoing, error);
  }
  await linkPage(context, record, row, page, outgoing);
  tally.created += 1;
  tally.processed += 1;
  tally.errors.push(...findOutOfRange(entity, recordId, outgoing.fields));
  return true;
}

const dropIntent = ({ local }: SyncContext, recordId: string): Promise<void> =>
  local.transaction((tx) => tx.write([{ recordId, intent: 'drop' }]));

/** After Notion refused a row: creates the page without links to hidden pages. If there are none, reports the error. */
async function createWithoutHidden(
  context: SyncContext,
  record: LocalRecord,
  outgoing: Outgoing,
  { code, message }: RecordError,
): Promise<boolean> {
  const { local, clock, tally } = context;
  const { recordId } = record;
  const hidden = Object.keys(await hiddenLinks(context, outgoing.fields));
  if (hidden.length === 0) {
    tally.errors.push({ code, message, record: recordId });
    return true;
  }
  const { fields } = leaveOut(outgoing, hidden);
  await local.transaction((tx) => tx.openIntents([{ recordId, sent: fields }], clock.now()));
  return createOne(context, record, hidden);
}

/** Without the named fields, which are still to be sent. */
function leaveOut(outgoing: Outgoing, names: readonly string[]): Outgoing {
  if (names.length === 0) return outgoing;
  return { ...outgoing, fields: omit(outgoing.fields, names), complete: false };
}

/** If Notion said which page it created, no search is needed. */
async function adoptCommitted(context: SyncContext, error: AmbiguousWriteError): Promise<boolean> {
  const page = error.committedId ? await context.remote.read(error.committedId) : null;
  if (page) await absorb(context, [page]);
  return page !== null;
}

/** Replaces the temporary id, stores the base and closes the intent, in one transaction. */
async function linkPage(
  context: SyncContext,
  { recordId, editSeq }: LocalRecord,
  sentRow: Row,
  page: RemoteRecord,
  outgoing: Outgoing,
): Promise<void> {
  await context.local.transaction(async (tx) => {
    const [current] = await tx.findById([recordId]);
    // The response came late: another worker has found the page meanwhile, and knows more.
    if (current?.state) return;
    await tx.write([toLinkWrite(context, { recordId, editSeq, sentRow }, current, page, outgoing)]);
  });
}

function toLinkWrite(
  context: SyncContext,
  { recordId, editSeq, sentRow }: { recordId: string; editSeq: bigint | null; sentRow: Row },
  current: LocalRecord | undefined,
  page: RemoteRecord,
  outgoing: Outgoing,
): LocalWrite {
  const { remoteId, createdAt, editedAt: remoteEditedAt } = page;
  const archived = outgoing.archived && context.entity.archivedStatus !== undefined;
  const row = current?.row ?? null;
  const isUnchanged = current?.editSeq === editSeq;
  const returned = returnedValues(context.entity, page, { written: outgoing.fields, archived });
  // An archived row also gets the status for it. Otherwise it would look as if somebody had reopened it.
  const rewritten =
    row &&
    rowAfterSend(
      context,
      { sent: sentRow, now: row },
      { ...outgoing, archived, returned, isUnchanged: archived && isUnchanged },
    );
  return {
    recordId,
    ...(rewritten
      ? { row: { ...rewritten, remoteId, remoteEditedAt, createdAt } }
      : { page: { remoteId, remoteEditedAt } }),
    changes: [creationOn(context.remote.side)],
    state: {
      remoteId,
      base: { ...outgoing.fields, ...returned },
      archived,
      trashed: false,
      sending: null,
      lateWrites: [],
      statusBeforeArchive: archived ? statusOf(sentRow) : null,
      syncKey: recordId,
      remoteCreatedAt: createdAt,
      remoteEditedAt,
      bodyReadAt: page.bodyReadAt ?? null,
      ...(page.unexpressed ? { unexpressed: page.unexpressed } : {}),
    },
    intent: 'close',
    ...(row && outgoing.complete && outgoing.archived === archived && editSeq !== null ? { sent: editSeq } : {}),
  };
}

/**
 * Searches for pages whose creation got no response, until they appear or can no
 * longer appear. Only then are they created again.
 */
async function resolveLostCreations(context: SyncContext, startedAt: Map<string, Date>): Promise<void> {
  const { remote, clock, progress } = context;
  while (startedAt.size > 0) {
    const searchedAt = clock.now();
    const found = await remote.findByKey([...startedAt.keys()]);
    await absorb(context, found, { fromListing: true });
    for (const { syncKey } of found) if (syncKey) startedAt.delete(syncKey);
    progress();
    const missing = [...startedAt].filter(([, at]) => searchedAt.getTime() - at.getTime() >= remote.creationLagMs);
    for (const [recordId] of missing) startedAt.delete(recordId);
    if (missing.length > 0)
      await createAgain(
        context,
        missing.map(([recordId]) => recordId),
      );
    if (startedAt.size > 0) await clock.sleep(SEARCH_INTERVAL_MS);
  }
}

async function createAgain(context: SyncContext, recordIds: readonly string[]): Promise<void> {
  const lost = await createAll(context, recordIds);
  if (lost.length === 0) return;
  throw new RetryableError(
    'creation_unanswered',
    `${context.entity.name}: ${lost.length} pages were sent twice and got no response; retrying`,
  );
}
