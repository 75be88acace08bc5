import type { Entity } from '../entities/define.ts';
import type { RecordError } from '../errors.ts';
import type { ArchiveDirection, BrakeStore } from './brake-port.ts';
import type { Fields, Json } from './types.ts';
import type { BulkPolicy, EditedRecords, Precondition, RemoteChange, UpdateResult } from './update-port.ts';

export type RemoteSide = 'notion' | 'google';
export type Side = RemoteSide | 'sql';

/** A page or event, as the remote side holds it. */
export interface RemoteRecord {
  readonly remoteId: string;
  readonly fields: Fields;
  /** Values that only the remote side sets. SQL takes them as they are. */
  readonly computed?: Fields;
  readonly trashed: boolean;
  readonly createdAt: Date;
  /** When it last changed there, in the resolution of that side's clock (Notion: one minute). */
  readonly editedAt: Date;
  /** The row id in `Sync Key`; null if there is none. */
  readonly syncKey: string | null;
  /** Whether this integration, not a person, created the page. */
  readonly createdByUs: boolean;
  /** Whether the last edit was this integration's. */
  readonly editedByUs: boolean;
  /** The records that link here, by the name of the back-link field. */
  readonly backLinks: Readonly<Record<string, BackLinks>>;
  /** When the body was read, by that side's clock. Null: it was not read, and `fields` lack it. Unset without a body. */
  readonly bodyReadAt?: Date | null;
  /** Why the body could not be read. */
  readonly bodyError?: RecordError;
  /** Why the record as a whole could not be read: `fields` are empty, and nothing of it is taken to SQL. */
  readonly unreadable?: RecordError;
  /** The fields that hold more than their values say, such as colours. Unset: not known. */
  readonly unexpressed?: readonly string[];
}

export interface BackLinks {
  readonly remoteIds: readonly string[];
  /** False if Notion returned only the first of them. */
  readonly complete: boolean;
}

/** A part of a query's results, and where the next part starts. */
export interface RemoteBatch<Position> {
  readonly records: readonly RemoteRecord[];
  /** Null at the end. */
  readonly next: Position | null;
}

/**
 * Lists by edit time, as Notion does. A listing may be stale: a record is
 * missing, or in an older version.
 */
export interface WatermarkListing {
  readonly kind: 'watermark';
  /** The time of the remote side's last response, by its own clock; 1970 before the first. */
  now(): Date;
  /** The newest edit time of any record; null if there is none. */
  latestEdit(): Promise<Date | null>;
  /** Records edited at `since` or later, oldest first. Pass `next` back for the next part. */
  changedSince(since: Date, next: string | null): Promise<RemoteBatch<string>>;
  /** The ids of records edited at `since` or later, in one go; null if there are more than `most`. */
  editedSince(since: Date, most: number): Promise<EditedRecords | null>;
  /** A clock for the age of a listing, in milliseconds. */
  elapsedMs(): number;
  /** Every record, in an order that edits do not change. A position can be stored. */
  scan(position: Json | null): Promise<RemoteBatch<Json>>;
}

/** Lists what changed since a sync token, as Google does. */
export interface TokenListing {
  readonly kind: 'token';
  /** Every live record, page by page. */
  all(page: string | null): Promise<TokenBatch>;
  /** What changed since the token was issued; null if the token has expired. */
  changes(token: string, page: string | null): Promise<TokenBatch | null>;
}

export interface TokenBatch {
  readonly records: readonly RemoteRecord[];
  readonly nextPage: string | null;
  /** Only on the last page. */
  readonly nextToken: string | null;
}

/** What a remote side can do, where sides differ. */
export interface RemoteCapabilities {
  /** Records have a body, which listings leave out and `readBody` reads. */
  readonly bodies: boolean;
  /** Links to records in the trash, or not shared with us, are left out of what is read; `isHidden` tells which. */
  readonly hiddenLinks: boolean;
  /** `update` checks and writes in one step. Without it, an edit can slip in between. */
  readonly atomicUpdates: boolean;
}

/**
 * One entity's records on the remote side.
 *
 * Every method throws `RetryableError` or `FinalError`. Methods that write also
 * throw `AmbiguousWriteError` (the write may have happened) and `RecordError`
 * (this record cannot be written; others can).
 */
export interface RemoteEntity {
  readonly side: RemoteSide;
  /** The resolution of `editedAt`, in milliseconds. Edits within it have the same time. */
  readonly editGrainMs: number;
  /** How long a record whose creation got no response may take to appear in `findByKey`, in milliseconds. */
  readonly creationLagMs: number;
  readonly listing: WatermarkListing | TokenListing;
  /** The current time by the remote side's clock, as far as its answers tell it; this machine's before the first. */
  now(): Date;
  /**
   * The record as it is now. Null: not found or no longer shared; the two cannot be told apart.
   * @throws RecordError when this record cannot be read, as with an id that the remote side refuses
   */
  read(remoteId: string): Promise<RemoteRecord | null>;
  readonly supports: RemoteCapabilities;
  /**
   * Reads the body of a listed record. Where it cannot be read, the record is returned without it, with the reason.
   * Without `supports.bodies` the record is returned as it is.
   */
  readBody(record: RemoteRecord): Promise<RemoteRecord>;
  /** Whether links to this record are left out of what is read, or refused. Always false without `supports.hiddenLinks`. */
  isHidden(remoteId: string): Promise<boolean>;
  /** Live records with one of these keys, as far as they are in the remote side's index. */
  findByKey(recordIds: readonly string[]): Promise<readonly RemoteRecord[]>;
  create(recordId: string, fields: Fields): Promise<RemoteRecord>;
  /**
   * Writes only if the precondition holds. Google checks it in the same step; between our look at a Notion page, or at a
   * listing, and our write some time remains, since Notion has no conditional write.
   */
  update(remoteId: string, change: RemoteChange, precondition: Precondition): Promise<UpdateResult>;
  /** A row's fields as the remote side would return them. */
  toCanonical(fields: Fields): Fields;
}

/** A record's content on one side, without an edit time. */
export interface Content {
  readonly fields: Fields;
  readonly archived: boolean;
}

/** A write to the remote side that got no answer: it may have happened, or may happen later. */
export interface UnansweredWrite {
  /** Only the written fields. */
  readonly fields: Fields;
  /** Unset if the write neither archived nor restored the record. */
  readonly archived?: boolean;
  /** By the remote side's clock. */
  readonly sentAt: Date;
  /** Its values were sent again later: that the page shows them does not say that this write has happened. */
  readonly isSentAgain?: true;
}

/** The last agreed state of one record. */
export interface SyncState {
  readonly remoteId: string;
  readonly base: Fields;
  readonly archived: boolean;
  readonly trashed: boolean;
  /** The write under way. It is still set when the next attempt finds it: then it got no answer. */
  readonly sending: UnansweredWrite | null;
  /** Earlier writes that got no answer and may still happen, oldest first. */
  readonly lateWrites: readonly UnansweredWrite[];
  readonly statusBeforeArchive: string | null;
  readonly syncKey: string | null;
  readonly remoteCreatedAt: Date;
  readonly remoteEditedAt: Date;
  /** When the body in `base` was read, by the remote side's clock; null: never, or not since the last edit. */
  readonly bodyReadAt: Date | null;
  /** The fields that hold more on the remote side than their values say. Unset: not known. */
  readonly unexpressed?: readonly string[];
}

export interface Row {
  /** A page or event id, or a `TemporaryId` until there is one. */
  readonly remoteId: string;
  /** As stored. Relations hold remote ids, including those of `pending_links`. */
  readonly fields: Fields;
  readonly computed?: Fields;
  readonly archived: boolean;
  readonly editedAt: Date | null;
}

export interface Intent {
  readonly attempt: number;
  readonly startedAt: Date;
  readonly closedAt: Date | null;
  /** The fields of the last creation request. */
  readonly sent: Fields;
}

/** One record as SQL holds it. Any part may be missing. */
export interface LocalRecord {
  readonly recordId: string;
  readonly row: Row | null;
  readonly state: SyncState | null;
  readonly intent: Intent | null;
  /** The number of the last unsent edit; null if there is none. */
  readonly editSeq: bigint | null;
  /** Another transaction has the row locked, so it must not be written in this one: which one, and how to end it. */
  readonly lockedBy?: string;
  /** In which directions its archive waits for an approval. */
  readonly held?: readonly ArchiveDirection[];
  /** The id of a deleted row whose page this row takes over. */
  readonly replaces?: string;
}

/** A change to a record on one side, kept for `blame` and `undo`. */
export interface Change {
  readonly side: Side;
  /** The changed fields before; null: the record was created. */
  readonly before: Content | null;
  /** The changed fields after; null: the record was created, and holds them itself. */
  readonly after: Content | null;
}

/** One record's part of a transaction. Omitted parts stay as they are. */
export interface LocalWrite {
  readonly recordId: string;
  /** Inserts or updates the row. */
  readonly row?: {
    readonly remoteId: string;
    readonly fields: Fields;
    readonly archived: boolean;
    readonly remoteEditedAt: Date;
    readonly createdAt: Date;
  };
  /** Sets only the row's remote id and edit time. */
  readonly page?: { readonly remoteId: string; readonly remoteEditedAt: Date };
  /** Sets the computed values. */
  readonly computed?: Fields;
  readonly state?: SyncState;
  /** Clears the unsent edit if it still has this number. */
  readonly sent?: bigint;
  /** Adds the row to the outbox. */
  readonly enqueue?: boolean;
  readonly intent?: 'close' | 'drop';
  /** The id of a deleted row whose page this row takes over. */
  readonly replaces?: string;
  /** The changes to record: those of this write, and those that it confirms. */
  readonly changes?: readonly Change[];
}

export interface Conflict {
  readonly recordId: string;
  readonly remoteId: string;
  readonly winner: Side;
  readonly reason: string;
  readonly base: Content | null;
  readonly remote: Content;
  readonly sql: Content;
}

/** Work that meets a locked row may run a second time, where the record has `lockedBy`. */
export interface LocalTransaction extends BrakeStore {
  /** The records that belong to these remote records, by remote id or by key. Locks their rows. */
  findByRemote(pages: readonly { remoteId: string; syncKey: string | null }[]): Promise<readonly LocalRecord[]>;
  findById(recordIds: readonly string[]): Promise<readonly LocalRecord[]>;
  write(writes: readonly LocalWrite[]): Promise<void>;
  addConflicts(conflicts: readonly Conflict[]): Promise<void>;
  /** Queues remote records to be read again, although no listing will show them as edited. */
  refresh(remoteIds: readonly string[]): Promise<void>;
  saveSource(patch: Partial<SourceState>): Promise<void>;
  /** Opens or reopens intents to create pages for these rows. */
  openIntents(intents: readonly { readonly recordId: string; readonly sent: Fields }[], at: Date): Promise<void>;
  markSeen(remoteIds: readonly string[]): Promise<void>;
  /** Queues the pages whose rows disagree with these back-links to be read again. */
  refreshLinkers(
    pages: readonly { readonly remoteId: string; readonly backLinks: RemoteRecord['backLinks'] }[],
  ): Promise<void>;
}

/** The reading progress of one entity. */
export interface SourceState {
  /** The newest edit time up to which everything listed is in SQL. */
  readonly watermark: Date | null;
  /** Until when, by the remote side's clock, pages edited in the watermark's minute may still appear; null: all were listed. */
  readonly unsettledUntil: Date | null;
  readonly sweptAt: Date | null;
  /** The sync token of a `TokenListing`; null: list everything. */
  readonly token: string | null;
  /** The full scan in progress. */
  readonly scan: { readonly highWater: string | null; readonly position: Json | null } | null;
}

/** One entity's records in SQL. */
export interface LocalEntity {
  transaction<T>(work: (tx: LocalTransaction) => Promise<T>): Promise<T>;
  readSource(): Promise<SourceState>;
  /** The last agreed states of these remote records. Unknown ids are left out. */
  readStates(remoteIds: readonly string[]): Promise<readonly SyncState[]>;
  /** The number of the last unsent edit; 0 when there is none. */
  readLastEdit(): Promise<bigint>;
  /** How many records with a remote record have an unsent edit. */
  countEdits(): Promise<number>;
  /** Unsent edits with a number above `after`, in order. */
  readOutbox(after: bigint, limit: number): Promise<readonly { recordId: string; seq: bigint }[]>;
  /** Linked records, not trashed, that the full scan in progress has not seen. */
  readUnseen(): Promise<readonly { recordId: string; remoteId: string }[]>;
  /** Clears what the last full scan saw. */
  clearSeen(): Promise<void>;
  /** How many records are live on at least one side. */
  countLive(): Promise<number>;
  /** Records with an unsent edit that archived their row. */
  readArchiving(): Promise<readonly string[]>;
  /** The open approval; null if there is none. */
  readApproval(direction: ArchiveDirection): Promise<{ readonly records: number; readonly reason: string } | null>;
  /** Adds rows without a page to the outbox. */
  enqueueUnlinked(): Promise<void>;
  readRefreshes(): Promise<readonly string[]>;
  clearRefresh(remoteId: string): Promise<void>;
  /** Sets pending links whose target has a row by now. */
  resolveLinks(): Promise<number>;
  /** Pending links to records without a row that were not reported yet. */
  readUnreportedLinks(): Promise<readonly PendingLink[]>;
  markLinksReported(links: readonly PendingLink[]): Promise<void>;
}

export interface PendingLink {
  readonly recordId: string;
  /** The relation's name. */
  readonly field: string;
  readonly remoteId: string;
}

export interface Clock {
  now(): Date;
  sleep(ms: number): Promise<void>;
}

/** Everything the engine needs for one sync of one entity. */
export interface SyncContext {
  readonly entity: Entity;
  readonly remote: RemoteEntity;
  readonly local: LocalEntity;
  readonly clock: Clock;
  /** Makes a new row id. */
  readonly newId: () => string;
  readonly policy: Policy;
  readonly tally: Tally;
  /** Called after each step: sends a heartbeat, and throws if the sync was cancelled. */
  readonly progress: () => void;
}

export interface Policy {
  readonly conflicts: 'row' | 'field';
  /** PostgreSQL refuses the remote version of these records: where both sides changed, the row's stands. */
  readonly sqlStands?: boolean;
  readonly sweepMinutes: number;
  /** Sweep now, even if it is not due. */
  readonly sweep: boolean;
  /** Sweep if the last sweep was before this: when the worker started. */
  readonly sweepSince: Date;
  /** The remote side is never written; SQL edits are reverted. */
  readonly readOnly: boolean;
  /** Accept an unusual number of archived records, once. */
  readonly acceptArchive: boolean;
  /** This many records may be archived at once in any case; more only up to a tenth of the live ones. */
  readonly archiveFloor: number;
  /** Maximum number of concurrent requests for one entity. */
  readonly concurrency: number;
  readonly bulk: BulkPolicy;
}

export interface Issue {
  readonly code: string;
  readonly message: string;
  /** The row's id. */
  readonly record: string;
}

/** Counts of one sync, updated while it runs. */
export interface Tally {
  processed: number;
  created: number;
  updated: number;
  archived: number;
  conflicts: number;
  adopted: number;
  readonly errors: Issue[];
}
