import type { Entity } from '../entities/define.ts';
import { FinalError, RecordError } from '../errors.ts';
import { absorb, readRecord } from './absorb.ts';
import { inParallel } from './in-parallel.ts';
import { OVERLAP_MS } from './plan-batch.ts';
import type {
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

/** Notion gives up on a request after a minute. */
const LONGEST_ANSWER_MS = 60_000;

/** Brings what changed on the remote side to SQL, by a full scan when one is due. */
export async function syncInbound(context: SyncContext): Promise<void> {
  const { listing } = context.remote;
  const source = await context.local.readSource();
  if (listing.kind === 'token') await readByToken(context, listing, source);
  else if (scanIsDue(context.policy, context.clock.now(), source)) await scanEverything(context, listing, source);
  else await readChanges(context, listing);
  await resolvePending(context);
}

/** Whether every page is to be listed now, rather than only what changed. */
export function scanIsDue(
  { sweep, sweepMinutes, sweepSince }: Pick<Policy, 'sweep' | 'sweepMinutes' | 'sweepSince'>,
  now: Date,
  { watermark, sweptAt, scan }: SourceState,
): boolean {
  if (!watermark || !sweptAt || scan || sweep) return true;
  return sweptAt < sweepSince || now.getTime() >= sweptAt.getTime() + sweepMinutes * 60_000;
}

/**
 * Reads edits since the watermark, oldest first. The watermark is Notion's own
 * time and is saved with each batch, so a successor goes on from there.
 */
async function readChanges(context: SyncContext, listing: WatermarkListing): Promise<void> {
  const { remote, local, progress } = context;
  let answeredAt: Date | null = null;
  const source = await local.readSource();
  let { watermark } = source;
  let since = readFrom(context, source);
  let next: string | null = null;
  for (;;) {
    const batch = await listing.changedSince(since, next);
    answeredAt ??= listing.now();
    progress();
    const newest = batch.records.at(-1)?.editedAt ?? since;
    const grown = newest > (watermark ?? new Date(0));
    if (grown) watermark = newest;
    await absorb(context, batch.records, {
      fromListing: true,
      ...(grown ? { source: { watermark: newest, unsettledUntil: settlesAt(remote, newest) } } : {}),
    });
    if (!batch.next) break;
    // An edit made meanwhile moves its page to the end, and a cursor would then skip a
    // neighbour; so start again at the newest minute, and use the cursor only within one.
    if (newest > since) [since, next] = [newest, null];
    else next = batch.next;
  }
  if (watermark === source.watermark && source.unsettledUntil && answeredAt >= source.unsettledUntil) {
    await absorb(context, [], { source: { unsettledUntil: null } });
  }
}

/** Once all of the watermark's minute has been listed, an idle cycle lists nothing. */
function readFrom({ remote }: SyncContext, { watermark, unsettledUntil }: SourceState): Date {
  if (!watermark) return new Date(0);
  if (!unsettledUntil) return new Date(watermark.getTime() + remote.editGrainMs);
  return new Date(Math.max(0, watermark.getTime() - OVERLAP_MS));
}

/** When a listing that answers is complete up to the watermark: its minute is over, the index has caught up, and the answer was under way. */
const settlesAt = ({ editGrainMs }: RemoteEntity, watermark: Date): Date =>
  new Date(watermark.getTime() + editGrainMs + OVERLAP_MS + LONGEST_ANSWER_MS);

/**
 * Reads every page (the first backfill, and the sweep), then looks after the
 * linked pages that it did not meet. Its position is kept in SQL, so a crash
 * costs one batch.
 */
async function scanEverything(context: SyncContext, listing: WatermarkListing, source: SourceState): Promise<void> {
  const { local, clock, progress } = context;
  let scan = source.scan;
  if (!scan?.position) {
    await local.clearSeen();
    await local.enqueueUnlinked();
    const newest = await listing.latestEdit();
    scan = { highWater: newest?.toISOString() ?? null, position: null };
  }
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
  } while (position !== null);
  await archiveMissing(context);
  const highWater = scan.highWater ? new Date(scan.highWater) : new Date(0);
  const watermark = source.watermark && source.watermark > highWater ? source.watermark : highWater;
  const moved = watermark.getTime() !== source.watermark?.getTime();
  await absorb(context, [], {
    source: {
      scan: null,
      watermark,
      sweptAt: clock.now(),
      ...(moved ? { unsettledUntil: settlesAt(context.remote, watermark) } : {}),
    },
  });
  await local.clearSeen();
}

/**
 * Reads what changed since the last token; everything, where there is none or
 * it is no longer known. The token is saved last, so that a crash before it
 * costs reading again what costs nothing to take in twice.
 */
async function readByToken(context: SyncContext, listing: TokenListing, { token }: SourceState): Promise<void> {
  const changes = token === null ? null : await changesSince(context, listing, token);
  if (!changes) return listEverything(context, listing);
  await refuseMassArchive(context, changes.records);
  await absorb(context, changes.records, { source: { token: changes.nextToken } });
}

/** All that changed, as one batch: whether too much of it was deleted shows only in the whole. */
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
    await absorb(context, batch.records, { markSeen: true, source: { token: null } });
    page = batch.nextPage;
    nextToken = batch.nextToken;
  }
  await archiveMissing(context);
  await absorb(context, [], { source: { token: nextToken, sweptAt: clock.now() } });
  await local.clearSeen();
}

/** How many rows may be archived at once before somebody is asked: rule 5. */
const archiveLimit = async ({ local }: SyncContext): Promise<number> =>
  Math.max(20, Math.floor((await local.countLive()) / 10));

async function refuseMassArchive(context: SyncContext, records: readonly RemoteRecord[]): Promise<void> {
  const trashed = records.filter((record) => record.trashed).map((record) => record.remoteId);
  if (trashed.length === 0 || context.policy.acceptArchive) return;
  const live = (await context.local.readStates(trashed)).filter((state) => !state.archived);
  const limit = await archiveLimit(context);
  if (live.length > limit) throw tooManyArchived(context.entity, limit);
}

const tooManyArchived = (entity: Entity, limit: number): FinalError =>
  new FinalError(
    'too_many_archived',
    `${entity.name}: more than ${limit} rows would be archived at once, so none was. If that was meant: ${acceptCommand(entity)}`,
  );

/**
 * A page missing from a complete scan was trashed, moved, unshared, or is too
 * new for the index; reading it tells which. Only the trash archives a row, and
 * never many at once.
 */
async function archiveMissing(context: SyncContext): Promise<void> {
  const { entity, local, policy, progress } = context;
  const limit = await archiveLimit(context);
  const found: RemoteRecord[] = [];
  let trashed = 0;
  let unreachable = 0;
  for (const { recordId, remoteId } of await local.readUnseen()) {
    progress();
    const record = await readOrReport(context, recordId, remoteId);
    if (!record) {
      unreachable += 1;
      if (unreachable > limit) {
        throw new FinalError(
          'not_shared',
          `${entity.name}: more than ${limit} pages are not found or no longer shared with the integration; nothing was archived. Share them again in Notion.`,
        );
      }
      continue;
    }
    if (record.trashed) trashed += 1;
    if (trashed > limit && !policy.acceptArchive) {
      throw tooManyArchived(entity, limit);
    }
    found.push(record);
  }
  await absorb(context, found);
}

const acceptCommand = ({ name, remote }: Entity): string =>
  `lockstep sync ${remote ? 'calendar-google-to-sql' : `--entity ${name}`} --accept-archive`;

async function readOrReport(context: SyncContext, recordId: string, remoteId: string): Promise<RemoteRecord | null> {
  const { entity, remote, tally } = context;
  try {
    const record = await remote.read(remoteId);
    if (record) return record;
    tally.errors.push({
      code: 'page_not_found',
      message: `${entity.name}: page ${remoteId} is not found or no longer shared with the integration; its row was kept. Share the page again, or archive the row.`,
      record: recordId,
    });
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    tally.errors.push({ code: error.code, message: error.message, record: recordId });
  }
  return null;
}

const PAGES_AT_ONCE = 100;

/**
 * Takes in these pages as they are now. What is not found, and what would make too many archived
 * rows of late, is left to the sweep, which sees the whole and says what is wrong.
 * @param archivedLately how many rows were archived in the last while, by runs that saw as little
 */
export async function readPages(
  context: SyncContext,
  remoteIds: readonly string[],
  archivedLately: number,
): Promise<void> {
  const { policy, progress, tally } = context;
  const before = tally.archived;
  for (let at = 0; at < remoteIds.length; at += PAGES_AT_ONCE) {
    const records: RemoteRecord[] = [];
    await inParallel(remoteIds.slice(at, at + PAGES_AT_ONCE), policy.concurrency, async (remoteId) => {
      const record = await readRecord(context, remoteId);
      progress();
      if (record) records.push(record);
    });
    const trashed = records.filter((record) => record.trashed).length;
    const archived = archivedLately + tally.archived - before + trashed;
    const tooMany = trashed > 0 && archived > (await archiveLimit(context));
    await absorb(context, tooMany ? records.filter((record) => !record.trashed) : records);
  }
}

/** Reads pages that others asked to be read again, and turns waiting links into real ones. */
export async function resolvePending(context: SyncContext): Promise<void> {
  const { local, progress } = context;
  for (const remoteId of await local.readRefreshes()) {
    const record = await readOrReport(context, remoteId, remoteId);
    progress();
    const refused = record ? await absorb(context, [record]) : [];
    if (refused.length === 0) await local.clearRefresh(remoteId);
  }
  await local.resolveLinks();
}
