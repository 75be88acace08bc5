import { FinalError, RecordError } from '../errors.ts';
import { absorb, readRecord } from './absorb.ts';
import { acceptHeld, archiveLimit, failWhileHeld } from './brake.ts';
import { CrowdedMinute } from './crowded-minute.ts';
import { inParallel } from './in-parallel.ts';
import { reportLocked } from './locked-rows.ts';
import { OVERLAP_MS } from './plan-batch.ts';
import type {
  LocalRecord,
  Policy,
  RemoteEntity,
  RemoteRecord,
  SourceState,
  SyncContext,
  TokenBatch,
  TokenListing,
  WatermarkListing,
} from './ports.ts';
import type { Json } from './types.ts';

/** Notion ends a request after a minute. */
const MAX_RESPONSE_MS = 60_000;

/** Work that is done before the first batch of a full scan, and between two batches. */
type BetweenBatches = () => Promise<void>;

/**
 * Brings remote changes to SQL: by a full scan when one is due, otherwise only what changed.
 * @throws FinalError at the end, while archives wait for an approval
 */
export async function syncInbound(
  context: SyncContext,
  betweenBatches: BetweenBatches = async () => undefined,
): Promise<void> {
  await acceptHeld(context, 'inbound');
  const { listing } = context.remote;
  const source = await context.local.readSource();
  const isDue = scanIsDue(context.policy, context.clock.now(), source);
  if (listing.kind === 'token') await readByToken(context, listing, isDue ? null : source.token);
  else if (isDue) await scanEverything(context, listing, source, betweenBatches);
  else await readChanges(context, listing);
  await resolvePending(context);
  await failWhileHeld(context, 'inbound');
}

/** Whether a full scan is due. */
export function scanIsDue(
  { sweep, sweepMinutes, sweepSince }: Pick<Policy, 'sweep' | 'sweepMinutes' | 'sweepSince'>,
  now: Date,
  { watermark, token, sweptAt, scan }: SourceState,
): boolean {
  if (!(watermark ?? token) || !sweptAt || scan || sweep) return true;
  return sweptAt < sweepSince || now.getTime() >= sweptAt.getTime() + sweepMinutes * 60_000;
}

/**
 * Reads edits since the watermark, oldest first. The watermark is in Notion's
 * time and is saved with each batch, so an interrupted sync resumes there.
 */
async function readChanges(context: SyncContext, listing: WatermarkListing): Promise<void> {
  const { remote, local, progress } = context;
  let respondedAt: Date | null = null;
  const source = await local.readSource();
  let { watermark } = source;
  let since = readFrom(context, source);
  let next: string | null = null;
  const minute = new CrowdedMinute();
  for (;;) {
    const batch = await listing.changedSince(since, next);
    respondedAt ??= listing.now();
    progress();
    if (minute.isIncomplete(since, batch, next)) {
      next = null;
      continue;
    }
    const newest = batch.records.at(-1)?.editedAt ?? since;
    // An empty listing after a settled minute starts later than the watermark, and moves nothing.
    const hasMoved = batch.records.length > 0 && newest > (watermark ?? new Date(0));
    if (hasMoved) watermark = newest;
    await absorb(context, batch.records, {
      fromListing: true,
      ...(hasMoved ? { source: { watermark: newest, unsettledUntil: completeAt(remote, newest) } } : {}),
    });
    if (!batch.next) break;
    // An edit moves its page to the end, and a cursor would then skip another page. So the next
    // query starts at the newest minute; the cursor is used only within one minute, more than once.
    if (newest > since) [since, next] = [newest, null];
    else next = batch.next;
  }
  if (watermark === source.watermark && source.unsettledUntil && respondedAt >= source.unsettledUntil) {
    await absorb(context, [], { source: { unsettledUntil: null } });
  }
}

/**
 * Whether `syncInbound` would find no change. It asks the remote side once, and writes nothing. False when a full scan
 * is due, and when the side cannot say without one.
 */
export async function isUnchanged(context: SyncContext): Promise<boolean> {
  const { policy, clock, local } = context;
  const { listing } = context.remote;
  const source = await local.readSource();
  if (listing.kind === 'token' || source.unsettledUntil || scanIsDue(policy, clock.now(), source)) return false;
  const { records, next } = await listing.changedSince(readFrom(context, source), null);
  return records.length === 0 && !next;
}

/**
 * From when changes are listed: everything that was edited before is in SQL. Once the watermark's minute was listed
 * completely, an idle cycle lists nothing.
 */
export function readFrom({ remote }: SyncContext, { watermark, unsettledUntil }: SourceState): Date {
  if (!watermark) return new Date(0);
  if (!unsettledUntil) return new Date(watermark.getTime() + remote.editGrainMs);
  return new Date(Math.max(0, watermark.getTime() - OVERLAP_MS));
}

/** When a listing is complete up to the watermark: its minute has ended, plus the index delay and the response time. */
const completeAt = ({ editGrainMs }: RemoteEntity, watermark: Date): Date =>
  new Date(watermark.getTime() + editGrainMs + OVERLAP_MS + MAX_RESPONSE_MS);

/**
 * Reads every page (first backfill and sweeps), then checks the linked pages
 * that the scan did not see. The position is saved in SQL, so a crash costs one
 * batch.
 */
async function scanEverything(
  context: SyncContext,
  listing: WatermarkListing,
  source: SourceState,
  betweenBatches: BetweenBatches,
): Promise<void> {
  const { local, clock, progress } = context;
  let scan = source.scan;
  if (!scan?.position) {
    await local.clearSeen();
    await local.enqueueUnlinked();
    const newest = await listing.latestEdit();
    scan = { highWater: newest?.toISOString() ?? null, position: null };
  }
  await betweenBatches();
  let position: Json | null = scan.position;
  do {
    const batch = await listing.scan(position);
    progress();
    position = batch.next;
    await absorb(context, batch.records, {
      fromListing: true,
      markSeen: true,
      source: { scan: { highWater: scan.highWater, position } },
    });
    if (position !== null) await betweenBatches();
  } while (position !== null);
  await archiveMissing(context);
  const highWater = scan.highWater ? new Date(scan.highWater) : new Date(0);
  const watermark = source.watermark && source.watermark > highWater ? source.watermark : highWater;
  const hasMoved = watermark.getTime() !== source.watermark?.getTime();
  await absorb(context, [], {
    source: {
      scan: null,
      watermark,
      sweptAt: clock.now(),
      ...(hasMoved ? { unsettledUntil: completeAt(context.remote, watermark) } : {}),
    },
  });
  await local.clearSeen();
}

/**
 * Reads what changed since the last token, or everything if there is no token, it
 * has expired, or a full scan is due. The token is saved with the last batch, so after a crash the
 * same changes are read again, which is harmless.
 */
async function readByToken(context: SyncContext, listing: TokenListing, token: string | null): Promise<void> {
  const changes = token === null ? null : await changesSince(context, listing, token);
  if (!changes) return listEverything(context, listing);
  await absorb(context, changes.records, { leaveEdits: true, source: { token: changes.nextToken } });
}

/** All changes as one batch: the limit on deletions applies to all of them together. */
async function changesSince(
  { progress }: SyncContext,
  listing: TokenListing,
  token: string,
): Promise<Pick<TokenBatch, 'records' | 'nextToken'> | null> {
  const records: RemoteRecord[] = [];
  for (let page: string | null = null; ; ) {
    const batch: TokenBatch | null = await listing.changes(token, page);
    if (!batch) return null;
    progress();
    records.push(...batch.records);
    if (!batch.nextPage) return { records, nextToken: batch.nextToken ?? token };
    page = batch.nextPage;
  }
}

async function listEverything(context: SyncContext, listing: TokenListing): Promise<void> {
  const { local, clock, progress } = context;
  await local.clearSeen();
  await local.enqueueUnlinked();
  let nextToken: string | null = null;
  for (let page: string | null = null, first = true; first || page !== null; first = false) {
    const batch = await listing.all(page);
    progress();
    await absorb(context, batch.records, { leaveEdits: true, markSeen: true, source: { token: null } });
    page = batch.nextPage;
    nextToken = batch.nextToken;
  }
  await archiveMissing(context);
  await absorb(context, [], { source: { token: nextToken, sweptAt: clock.now() } });
  await local.clearSeen();
}

/**
 * A page missing from a complete scan was trashed, moved or unshared, or is too
 * new for the index; reading it tells which. Only a page in the trash archives
 * its row.
 */
async function archiveMissing(context: SyncContext): Promise<void> {
  const { entity, local, policy, progress } = context;
  const limit = archiveLimit(await local.countLive(), policy);
  const found: RemoteRecord[] = [];
  let unreachable = 0;
  for (const { recordId, remoteId } of await local.readUnseen()) {
    progress();
    const record = await readOrReport(context, recordId, remoteId);
    if (record) found.push(record);
    else unreachable += 1;
    if (unreachable > limit) {
      throw new FinalError(
        'not_shared',
        `${entity.name}: more than ${limit} pages are not found or no longer shared with the integration; nothing was archived. Share them again in Notion.`,
      );
    }
  }
  await absorb(context, found);
}

async function readOrReport(context: SyncContext, recordId: string, remoteId: string): Promise<RemoteRecord | null> {
  const { entity, remote, tally } = context;
  try {
    const record = await remote.read(remoteId);
    if (record) return record;
    await forgetUnexpressed(context, recordId);
    tally.errors.push({
      code: 'page_not_found',
      message: `${entity.name}: page ${remoteId} is not found or no longer shared with the integration; its row was kept. Share the page again or archive the row.`,
      record: recordId,
    });
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    tally.errors.push({ code: error.code, message: error.message, record: recordId });
  }
  return null;
}

/** No listing shows what is edited in a page while it is hidden: its next write reads it. */
async function forgetUnexpressed({ local }: SyncContext, recordId: string): Promise<void> {
  await local.transaction(async (tx) => {
    const [found] = await tx.findById([recordId]);
    if (!found?.state?.unexpressed) return;
    const { unexpressed: _, ...state } = found.state;
    await tx.write([{ recordId, state }]);
  });
}

const BATCH_SIZE = 100;

/** Brings these pages to SQL as they are now. Pages that are not found are left to the sweep, which reports them. */
export async function readPages(context: SyncContext, remoteIds: readonly string[]): Promise<void> {
  const { policy, progress } = context;
  const trashed: RemoteRecord[] = [];
  for (let at = 0; at < remoteIds.length; at += BATCH_SIZE) {
    const records: RemoteRecord[] = [];
    await inParallel(remoteIds.slice(at, at + BATCH_SIZE), policy.concurrency, async (remoteId) => {
      const record = await readRecord(context, remoteId);
      progress();
      if (record) (record.trashed ? trashed : records).push(record);
    });
    await absorb(context, records);
  }
  await absorb(context, trashed);
}

/**
 * Reads the pages that were queued to be read again, and sets pending links whose target has a row. A page that is not
 * found is reported if it has a row, and leaves the queue in any case.
 */
export async function resolvePending(context: SyncContext): Promise<void> {
  const { local, progress } = context;
  const pending = await local.readRefreshes();
  const knownById = await findKnown(context, pending);
  const trashed: RemoteRecord[] = [];
  for (const remoteId of pending) {
    const known = knownById.get(remoteId);
    if (known && reportLocked(context, [known]).length === 0) continue;
    const record = known ? await readOrReport(context, known.recordId, remoteId) : await readRecord(context, remoteId);
    progress();
    if (record?.trashed) {
      trashed.push(record);
      continue;
    }
    const refused = record ? await absorb(context, [record]) : [];
    if (refused.length === 0) await local.clearRefresh(remoteId);
  }
  // Together, so that the brake counts them together.
  const refused = await absorb(context, trashed);
  for (const { remoteId } of trashed) if (!refused.includes(remoteId)) await local.clearRefresh(remoteId);
  await local.resolveLinks();
}

/** The local records of these remote records, by remote id. */
async function findKnown(
  { local }: SyncContext,
  remoteIds: readonly string[],
): Promise<ReadonlyMap<string, LocalRecord>> {
  const knownById = new Map<string, LocalRecord>();
  for (let at = 0; at < remoteIds.length; at += BATCH_SIZE) {
    const batch = remoteIds.slice(at, at + BATCH_SIZE).map((remoteId) => ({ remoteId, syncKey: null }));
    for (const record of await local.transaction((tx) => tx.findByRemote(batch))) {
      for (const side of [record.row, record.state]) if (side) knownById.set(side.remoteId, record);
    }
  }
  return knownById;
}
