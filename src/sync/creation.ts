import { AmbiguousWriteError, LockstepError, RecordError, RetryableError } from '../errors.ts';
import { absorb } from './absorb.ts';
import { openStatus } from './archival.ts';
import { remoteBody } from './bodies.ts';
import { creationOn } from './changes.ts';
import { hiddenLinks } from './hidden-links.ts';
import { inParallel } from './in-parallel.ts';
import { type Outgoing, rowAfterSend, toOutgoing } from './outgoing.ts';
import type { LocalRecord, RemoteRecord, Row, SyncContext } from './ports.ts';
import { findOutOfRange } from './ranges.ts';
import { omit } from './send.ts';

/** How long to wait between two looks for a page that may have been made. */
const LOOK_AGAIN_MS = 2_000;

/**
 * Exactly one page for a SQL-first row, whatever crashes. Notion has no
 * idempotency key, so before each request an intent is written to SQL, and a
 * later attempt that finds one looks for `Sync Key` in Notion, waits out the
 * lag of its index, and only then creates again.
 */
export async function createPages(context: SyncContext, records: readonly LocalRecord[]): Promise<void> {
  const open = records.filter((record) => record.intent && !record.intent.closedAt);
  const startedAt = new Map(open.map(({ recordId, intent }) => [recordId, intent?.startedAt ?? context.clock.now()]));
  let waiting = records.filter((record) => !startedAt.has(record.recordId)).map((record) => record.recordId);
  while (waiting.length > 0) {
    const ready = await rowsReadyToGo(context, waiting);
    for (const recordId of await attempt(context, ready)) startedAt.set(recordId, context.clock.now());
    waiting = waiting.filter((recordId) => !ready.includes(recordId));
  }
  await resolveLostCreations(context, startedAt);
}

/** Of these rows, those that point at none of the others; all of them, where they point in a circle. */
async function rowsReadyToGo(context: SyncContext, recordIds: readonly string[]): Promise<readonly string[]> {
  const selfLinks = Object.entries(context.entity.fields).filter(
    ([, field]) =>
      (field.kind === 'relation_one' || field.kind === 'relation_many') && field.to === context.entity.name,
  );
  if (selfLinks.length === 0) return recordIds;
  const records = await context.local.transaction((tx) => tx.findById(recordIds));
  const temporary = new Map(records.flatMap(({ row, recordId }) => (row ? [[row.remoteId, recordId] as const] : [])));
  const ready = records.filter(({ row, recordId }) =>
    selfLinks.every(([name]) =>
      [row?.fields[name] ?? []].flat().every((remoteId) => {
        const other = temporary.get(String(remoteId));
        return other === undefined || other === recordId;
      }),
    ),
  );
  return ready.length > 0 ? ready.map((record) => record.recordId) : recordIds;
}

/** Creates these rows' pages; gives back the ids of those whose outcome is unknown. */
async function attempt(context: SyncContext, recordIds: readonly string[]): Promise<readonly string[]> {
  const { local, clock, policy } = context;
  const records = await local.transaction(async (tx) => {
    const found = await tx.findById(recordIds);
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

/** @returns false when the page may or may not have been made */
async function createOne(
  context: SyncContext,
  record: LocalRecord,
  /** Fields whose links Notion refuses: they stay behind. */
  without: readonly string[] = [],
): Promise<boolean> {
  const { entity, remote, local, tally } = context;
  const { recordId, row } = record;
  const dropIntent = () => local.transaction((tx) => tx.write([{ recordId, intent: 'drop' }]));
  if (!row) {
    await dropIntent();
    return true;
  }
  const sent = leaveOut(toOutgoing(context, row, null), without);
  let page: RemoteRecord;
  try {
    page = await remote.create(recordId, sent.fields);
  } catch (error) {
    if (error instanceof AmbiguousWriteError) return adoptCommitted(context, error);
    // Notion said no, or was not reached: nothing was made, so nothing is left to look for.
    if (error instanceof LockstepError) await dropIntent();
    if (!(error instanceof RecordError)) throw error;
    const hidden = Object.keys(await hiddenLinks(context, sent.fields));
    if (hidden.length > 0) {
      const { fields } = leaveOut(sent, hidden);
      await local.transaction((tx) => tx.openIntents([{ recordId, sent: fields }], context.clock.now()));
      return createOne(context, record, hidden);
    }
    tally.errors.push({ code: error.code, message: error.message, record: recordId });
    return true;
  }
  await link(context, record, row, page, sent);
  tally.created += 1;
  tally.processed += 1;
  tally.errors.push(...findOutOfRange(entity, recordId, sent.fields));
  return true;
}

/** The rest of it; what is left out is still to be sent. */
function leaveOut(sent: Outgoing, names: readonly string[]): Outgoing {
  if (names.length === 0) return sent;
  return { ...sent, fields: omit(sent.fields, names), complete: false };
}

/** Notion's own word on which page it made saves the search. */
async function adoptCommitted(context: SyncContext, error: AmbiguousWriteError): Promise<boolean> {
  const page = error.committedId ? await context.remote.read(error.committedId) : null;
  if (page) await absorb(context, [page]);
  return page !== null;
}

/** Replaces the temporary id, keeps the base and closes the intent, all in one transaction. */
async function link(
  context: SyncContext,
  { recordId, editSeq }: LocalRecord,
  sentRow: Row,
  page: RemoteRecord,
  sent: Outgoing,
): Promise<void> {
  const { entity, local, remote } = context;
  const { remoteId, createdAt, editedAt: remoteEditedAt } = page;
  const archived = sent.archived && entity.archivedStatus !== undefined;
  await local.transaction(async (tx) => {
    const [record] = await tx.findById([recordId]);
    // This answer came late: another worker has looked for the page meanwhile, and knows more.
    if (record?.state) return;
    const row = record?.row ?? null;
    const untouched = record?.editSeq === editSeq;
    const said = remoteBody(entity, page);
    const settled =
      row &&
      rowAfterSend(context, { sent: sentRow, now: row }, { ...sent, archived, said, untouched: archived && untouched });
    await tx.write([
      {
        recordId,
        // An archived row says so by its status too; else it would look as if somebody had opened it again.
        ...(settled
          ? { row: { ...settled, remoteId, remoteEditedAt, createdAt } }
          : { page: { remoteId, remoteEditedAt } }),
        changes: [creationOn(remote.side)],
        state: {
          remoteId,
          base: { ...sent.fields, ...said },
          archived,
          trashed: false,
          sending: null,
          statusBeforeArchive: archived ? openStatus(entity, sentRow) : null,
          syncKey: recordId,
          remoteCreatedAt: createdAt,
          remoteEditedAt,
          bodyReadAt: page.bodyReadAt ?? null,
        },
        intent: 'close',
        ...(row && sent.complete && sent.archived === archived && editSeq !== null ? { sent: editSeq } : {}),
      },
    ]);
  });
}

/**
 * Looks for pages whose creation got no answer, until they turn up or can no
 * longer do so; only then are they made again.
 */
async function resolveLostCreations(context: SyncContext, startedAt: Map<string, Date>): Promise<void> {
  const { remote, clock, progress } = context;
  while (startedAt.size > 0) {
    const lookedAt = clock.now();
    const found = await remote.findByKey([...startedAt.keys()]);
    await absorb(context, found, { fromListing: true });
    for (const { syncKey } of found) if (syncKey) startedAt.delete(syncKey);
    progress();
    const settled = [...startedAt].filter(([, at]) => lookedAt.getTime() - at.getTime() >= remote.creationLagMs);
    for (const [recordId] of settled) startedAt.delete(recordId);
    if (settled.length > 0) {
      const lost = await attempt(
        context,
        settled.map(([recordId]) => recordId),
      );
      if (lost.length > 0) {
        throw new RetryableError(
          'creation_unanswered',
          `${context.entity.name}: ${lost.length} pages were sent twice without an answer; looking again`,
        );
      }
    }
    if (startedAt.size > 0) await clock.sleep(LOOK_AGAIN_MS);
  }
}
