import type { Entity } from '../entities/define.ts';
import type { RecordError } from '../errors.ts';
import type { Fields, Json } from './types.ts';

export type RemoteSide = 'notion' | 'google';
export type Side = RemoteSide | 'sql';

/** A page as the remote side holds it. */
export interface RemoteRecord {
  readonly remoteId: string;
  readonly fields: Fields;
  /** What only that side says, and SQL takes as it is. */
  readonly computed?: Fields;
  readonly trashed: boolean;
  readonly createdAt: Date;
  /** When that side last changed it, in the grain that its clock has (Notion's: a minute). */
  readonly editedAt: Date;
  /** The row id in `Sync Key`, null when the page carries none. */
  readonly syncKey: string | null;
  /** Whether this integration, not a person, created the page. */
  readonly madeByUs: boolean;
  /** Whether the last edit was this integration's. */
  readonly editedByUs: boolean;
  /** The other ends of back-links, by field name. */
  readonly backLinks: Readonly<Record<string, BackLinks>>;
  /** Of an entity with a body: when it was read, by that side's clock. Null: it was not, and `fields` lack it. */
  readonly bodyReadAt?: Date | null;
  /** Why the body could not be read. */
  readonly bodyTrouble?: RecordError;
}

export interface BackLinks {
  readonly remoteIds: readonly string[];
  /** False when Notion showed only the first of them. */
  readonly complete: boolean;
}

/** A part of a query's results, and where to go on. */
export interface RemoteBatch<Position> {
  readonly records: readonly RemoteRecord[];
  /** Null at the end. */
  readonly next: Position | null;
}

export interface RemoteChange {
  /** Only the fields to write; what the page holds beyond their neutral form is kept. */
  readonly fields?: Fields;
  readonly trashed?: boolean;
  readonly syncKey?: string;
}

/** By field name, why a field was not written; the others were. */
export type Refused = Readonly<Record<string, RecordError>>;

/** `changed`: somebody else was faster, so nothing was written; `gone`: not found, or no longer shared. */
export type UpdateResult =
  | { readonly kind: 'updated'; readonly record: RemoteRecord; readonly refused?: Refused }
  | { readonly kind: 'changed'; readonly record: RemoteRecord }
  | { readonly kind: 'gone' };

/**
 * A side that lists by edit time, as Notion does. A listing may lag behind: an
 * old version, or not there yet.
 */
export interface WatermarkListing {
  readonly kind: 'watermark';
  /** It is at least so late by that side's own clock, as its last answer says; 1970 where none did. */
  now(): Date;
  /** The newest edit time of any record; null when there is none. */
  latestEdit(): Promise<Date | null>;
  /** Records edited at `since` or later, oldest first; `next` is to be passed back for more. */
  changedSince(since: Date, next: string | null): Promise<RemoteBatch<string>>;
  /** Every record, in an order that edits do not disturb. A position outlives the process. */
  scan(position: Json | null): Promise<RemoteBatch<Json>>;
}

/** A side that says what changed since it last gave out a token, as Google does. */
export interface TokenListing {
  readonly kind: 'token';
  /** Every live record, page by page. */
  all(page: string | null): Promise<TokenBatch>;
  /** What changed since the token was given; null when it is no longer known. */
  changes(token: string, page: string | null): Promise<TokenBatch | null>;
}

export interface TokenBatch {
  readonly records: readonly RemoteRecord[];
  readonly nextPage: string | null;
  /** On the last page alone. */
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
 * Every method throws `RetryableError` or `FinalError`; the writing ones also
 * `AmbiguousWriteError` (it may have happened) and `RecordError` (this record
 * cannot be written, others can).
 */
export interface RemoteEntity {
  readonly side: RemoteSide;
  /** The grain of `editedAt`, in milliseconds: edits within it cannot be told apart. */
  readonly editGrainMs: number;
  /** How long after its start a creation whose answer got lost may still turn up in `findByKey`, in milliseconds. */
  readonly creationSettlesMs: number;
  readonly listing: WatermarkListing | TokenListing;
  /** As it is now. Null: not found, or no longer shared, which are the same thing to us. */
  read(remoteId: string): Promise<RemoteRecord | null>;
  readonly supports: RemoteCapabilities;
  /**
   * Reads the body of a listed record. Where it cannot be read, the record is returned without it, with the reason.
   * Without `supports.bodies` the record is returned as it is.
   */
  readBody(record: RemoteRecord): Promise<RemoteRecord>;
  /** Whether links to this record are left out of what is read. Always false without `supports.hiddenLinks`. */
  isHidden(remoteId: string): Promise<boolean>;
  /** Live records that carry one of these keys, as far as the remote side's index knows yet. */
  findByKey(recordIds: readonly string[]): Promise<readonly RemoteRecord[]>;
  create(recordId: string, fields: Fields): Promise<RemoteRecord>;
  /**
   * Writes only if the record, as it is now, passes `still`. Google does so in one step; between our look at a
   * Notion page and our write a moment remains, since Notion has no conditional write.
   */
  update(remoteId: string, change: RemoteChange, isExpected: (record: RemoteRecord) => boolean): Promise<UpdateResult>;
  /** A row's fields as the remote side would say them back. */
  canonical(fields: Fields): Fields;
}

/** What one side holds of a record, without a time. */
export interface Content {
  readonly fields: Fields;
  readonly archived: boolean;
}

/** What both sides last agreed on for one record. */
export interface SyncState {
  readonly remoteId: string;
  readonly base: Fields;
  readonly archived: boolean;
  readonly trashed: boolean;
  /** What the page holds if a write whose answer got lost did happen. */
  readonly sending: Content | null;
  readonly statusBeforeArchive: string | null;
  readonly syncKey: string | null;
  readonly remoteCreatedAt: Date;
  readonly remoteEditedAt: Date;
  /** When the base's body was read, by the remote side's clock; null: never, or not since the page's last edit. */
  readonly bodyReadAt: Date | null;
}

export interface Row {
  /** A page id, or `sql:…` until there is a page. */
  readonly remoteId: string;
  /** As stored; relations hold page ids, those of `pending_links` included. */
  readonly fields: Fields;
  /** As stored, whoever wrote it there. */
  readonly computed?: Fields;
  readonly archived: boolean;
  readonly editedAt: Date | null;
}

export interface Intent {
  readonly attempt: number;
  readonly startedAt: Date;
  readonly closedAt: Date | null;
  /** What the last request was to create. */
  readonly sent: Fields;
}

/** One record as SQL knows it; any part may be missing. */
export interface LocalRecord {
  readonly recordId: string;
  readonly row: Row | null;
  readonly state: SyncState | null;
  readonly intent: Intent | null;
  /** The number of the last unsent edit; null when there is none. */
  readonly editSeq: bigint | null;
  /** A record without a row, whose page this row has taken over. */
  readonly replaces?: string;
}

/** What became of a record on one side, for those who ask later. */
export interface Change {
  readonly side: Side;
  /** What it was before, of what changed alone; null: it was made. */
  readonly before: Content | null;
  /** What it is since; null where it was made, since the record says it itself. */
  readonly after: Content | null;
}

/** One record's part of a transaction. Parts left out stay as they are. */
export interface LocalWrite {
  readonly recordId: string;
  /** Inserts the row, or makes it so. */
  readonly row?: {
    readonly remoteId: string;
    readonly fields: Fields;
    readonly archived: boolean;
    readonly remoteEditedAt: Date;
    readonly createdAt: Date;
  };
  /** Only the row's page id and Notion time, its content being right. */
  readonly page?: { readonly remoteId: string; readonly remoteEditedAt: Date };
  /** Sets what the remote side computed. */
  readonly computed?: Fields;
  readonly state?: SyncState;
  /** Clears the unsent edit if it is still this one. */
  readonly sent?: bigint;
  /** Marks the row as having something to send. */
  readonly enqueue?: boolean;
  readonly intent?: 'close' | 'drop';
  /** A record without a row, whose page this row has taken over. */
  readonly replaces?: string;
  /** What is to be remembered of it: what this write changes, or what it is now known to have changed. */
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

export interface LocalTransaction {
  /** Records that these pages belong to (by page id, or by key), their rows locked. */
  findByRemote(pages: readonly { remoteId: string; syncKey: string | null }[]): Promise<readonly LocalRecord[]>;
  records(recordIds: readonly string[]): Promise<readonly LocalRecord[]>;
  write(writes: readonly LocalWrite[]): Promise<void>;
  addConflicts(conflicts: readonly Conflict[]): Promise<void>;
  /** Asks for pages of this entity to be read again, although no query will show them as edited. */
  refresh(remoteIds: readonly string[]): Promise<void>;
  saveSource(patch: Partial<SourceState>): Promise<void>;
  /** Opens, or opens again, the intents to create pages for these rows. */
  openIntents(intents: readonly { readonly recordId: string; readonly sent: Fields }[], at: Date): Promise<void>;
  markSeen(remoteIds: readonly string[]): Promise<void>;
  /** Asks for the pages whose rows say otherwise than these back-links to be read again. */
  refreshLinkers(
    pages: readonly { readonly remoteId: string; readonly backLinks: RemoteRecord['backLinks'] }[],
  ): Promise<void>;
}

/** How far reading has come for one entity. */
export interface SourceState {
  /** The newest Notion edit time that is surely absorbed. */
  readonly watermark: Date | null;
  /** Until when (by the remote side's clock) pages may still turn up that were edited in the watermark's minute; null: all have been listed. */
  readonly unsettledUntil: Date | null;
  readonly sweptAt: Date | null;
  /** What to ask a `TokenListing` with; null: everything is to be listed. */
  readonly token: string | null;
  /** A full scan under way. */
  readonly scan: { readonly highWater: string | null; readonly position: Json | null } | null;
}

/** One entity's records in SQL. */
export interface LocalEntity {
  transaction<T>(work: (tx: LocalTransaction) => Promise<T>): Promise<T>;
  source(): Promise<SourceState>;
  /** What was last agreed on for these pages; those unknown are left out. */
  states(remoteIds: readonly string[]): Promise<readonly SyncState[]>;
  /** Unsent edits with a number above `after`, in order. */
  outbox(after: bigint, limit: number): Promise<readonly { recordId: string; seq: bigint }[]>;
  /** Linked, not trashed records that the full scan under way has not met. */
  unseen(): Promise<readonly { recordId: string; remoteId: string }[]>;
  /** Forgets what the last full scan saw. */
  clearSeen(): Promise<void>;
  countLive(): Promise<number>;
  /** Marks rows that have no page, and that nobody marked, as having something to send. */
  enqueueUnlinked(): Promise<void>;
  refreshes(): Promise<readonly string[]>;
  clearRefresh(remoteId: string): Promise<void>;
  /** Turns waiting links whose page has a row into real ones. */
  resolveLinks(): Promise<number>;
  /** Links that wait for a page without a row, and that nobody was told of yet. */
  unreportedLinks(): Promise<readonly WaitingLink[]>;
  /** Remembers that somebody was told of them. */
  markLinksReported(links: readonly WaitingLink[]): Promise<void>;
}

export interface WaitingLink {
  readonly recordId: string;
  /** The relation's name. */
  readonly field: string;
  readonly remoteId: string;
}

export interface Clock {
  now(): Date;
  sleep(ms: number): Promise<void>;
}

/** All that the engine needs to sync one entity once. */
export interface SyncContext {
  readonly entity: Entity;
  readonly remote: RemoteEntity;
  readonly local: LocalEntity;
  readonly clock: Clock;
  /** A fresh row id. */
  readonly newId: () => string;
  readonly policy: Policy;
  readonly tally: Tally;
  /** Called after every bit of progress: heartbeats, and throws when the work is cancelled. */
  readonly progress: () => void;
}

export interface Policy {
  readonly conflicts: 'row' | 'field';
  readonly sweepMinutes: number;
  /** Sweep now, whatever the time of the last. */
  readonly sweep: boolean;
  /** Sweep when the last one was before this: the start of the worker. */
  readonly sweepSince: Date;
  /** The remote side is only read: whatever SQL says, its word stands. */
  readonly readOnly: boolean;
  /** Let through an unusual number of archived records, once. */
  readonly acceptArchive: boolean;
  /** Requests under way at once for one entity. */
  readonly concurrency: number;
}

export interface Issue {
  readonly code: string;
  readonly message: string;
  /** The row's id. */
  readonly record: string;
}

/** What one sync did; counted as it goes. */
export interface Tally {
  processed: number;
  created: number;
  updated: number;
  archived: number;
  conflicts: number;
  adopted: number;
  readonly errors: Issue[];
}
