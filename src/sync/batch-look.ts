import { bodyField } from '../entities/define.ts';
import { LockstepError } from '../errors.ts';
import { omit } from './fields.ts';
import { readFrom } from './inbound.ts';
import type { RemoteRecord, SyncContext, SyncState, WatermarkListing } from './ports.ts';
import { isSameValue } from './reconcile.ts';
import type { Fields } from './types.ts';
import type { BulkPolicy, Precondition, Read, RemoteChange } from './update-port.ts';

export const BULK: BulkPolicy = { maxReadEdits: 30, quietMs: 15 * 60_000 };

/** How old a look may be when a write is sent that relies on it. */
const MAX_AGE_MS = 10_000;
/** How long the index may lack an edit: each look lists again what was edited for so long before the last one. */
const INDEX_LAG_MS = 60_000;
/** A longer listing costs more than it saves. */
const MAX_LISTED = 3_000;

/**
 * One look at the remote side for many writes: a listing of what was edited, instead of a read of each record. It is
 * taken again when a write would rely on an old one. What it lists, and what was edited lately, is read all the same.
 */
export class BatchLook {
  readonly #context: SyncContext;
  readonly #listing: WatermarkListing;
  /** Records that any look has listed, and those that are to be read again. */
  readonly #edited = new Set<string>();
  /** From when the next look lists. */
  #since: Date;
  #requestedAt = Number.NEGATIVE_INFINITY;
  #isOff = false;
  #renewing: Promise<void> | null = null;

  /** @param since everything that was edited before is in SQL */
  constructor(context: SyncContext, listing: WatermarkListing, since: Date) {
    this.#context = context;
    this.#listing = listing;
    this.#since = since;
  }

  /** What must hold for a change to be written: that no look lists the record, or what a read of it must show. */
  preconditionOf(state: SyncState, change: RemoteChange, isExpected: Read['isExpected']): Precondition {
    // Before the first look, the remote side's clock may not be known.
    const isKnown = this.#isOff || this.#requestedAt > Number.NEGATIVE_INFINITY;
    if (!isCovered(this.#context, state, change) || (isKnown && this.#mustRead(state)))
      return { kind: 'read', isExpected };
    return { kind: 'unedited', isExpected, listedAt: () => this.#listedAt(state), maxAgeMs: MAX_AGE_MS };
  }

  #mustRead({ remoteId, remoteEditedAt }: SyncState): boolean {
    const { remote, policy } = this.#context;
    const isRecent = remoteEditedAt.getTime() > remote.now().getTime() - policy.bulk.quietMs;
    return this.#isOff || isRecent || this.#edited.has(remoteId);
  }

  async #listedAt(state: SyncState): Promise<number | null> {
    if (!this.#isOff && this.#listing.elapsedMs() - this.#requestedAt > MAX_AGE_MS) await this.#renew();
    return this.#mustRead(state) ? null : this.#requestedAt;
  }

  /** All writes that need a new look wait for the same one. */
  #renew(): Promise<void> {
    this.#renewing ??= this.#list().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #list(): Promise<void> {
    const { remote, local, progress } = this.#context;
    const found = await this.#listing.editedSince(this.#since, MAX_LISTED).catch(noListing);
    progress();
    if (!found) {
      this.#isOff = true;
      return;
    }
    for (const remoteId of [...found.remoteIds, ...(await local.readRefreshes())]) this.#edited.add(remoteId);
    this.#requestedAt = found.requestedAt;
    const ageMs = this.#listing.elapsedMs() - found.requestedAt;
    const from = remote.now().getTime() - ageMs - INDEX_LAG_MS;
    this.#since = new Date(from - (from % remote.editGrainMs));
  }
}

/** Where a listing fails, each record is read: an error that stops those as well is theirs to report. */
function noListing(error: unknown): null {
  if (error instanceof LockstepError) return null;
  throw error;
}

/** @param edits how many wait: for a few, each record is read */
export async function openBatchLook(context: SyncContext, edits: number): Promise<BatchLook | null> {
  const { remote, local, policy } = context;
  if (remote.listing.kind !== 'watermark' || edits <= policy.bulk.maxReadEdits) return null;
  const source = await local.readSource();
  // During a first backfill, not everything that was edited is in SQL.
  return source.watermark ? new BatchLook(context, remote.listing, readFrom(context, source)) : null;
}

/**
 * Whether a listing can say that a change overwrites nothing: it writes only properties whose agreed values are all that
 * they hold. An edit from the far side of a relation marks another record as edited.
 */
function isCovered({ entity }: SyncContext, state: SyncState, { fields, ...others }: RemoteChange): boolean {
  if (fields === undefined || Object.keys(others).length > 0) return false;
  if (state.archived || state.trashed || state.lateWrites.length > 0) return false;
  return Object.keys(fields).every(
    (name) =>
      name in state.base &&
      state.unexpressed?.includes(name) === false &&
      name !== bodyField(entity) &&
      !entity.fields[name]?.kind.startsWith('relation'),
  );
}

/** Whether the answer to a write shows another edit than ours. */
export const isEditedBeside = ({ base }: SyncState, written: Fields, { fields, trashed }: RemoteRecord): boolean =>
  trashed ||
  Object.entries(omit(fields, Object.keys(written))).some(
    ([name, value]) => name in base && !isSameValue(value, base[name]),
  );
