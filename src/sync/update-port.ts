import type { RecordError } from '../errors.ts';
import type { RemoteRecord } from './ports.ts';
import type { Fields } from './types.ts';

export interface RemoteChange {
  /** Only the fields to write. What the page holds beyond their neutral form is kept. */
  readonly fields?: Fields;
  readonly trashed?: boolean;
  readonly syncKey?: string;
}

/** Why fields were not written, by field name. The others were written. */
export type Refused = Readonly<Record<string, RecordError>>;

/**
 * `updated`: written. A record that is in the trash although the change restored it was trashed again meanwhile. With
 * `isUnread`, the record was not read before: `fields` are those that the answer to the write shows completely, and may
 * show an edit beside it.
 * `changed`: the record was edited meanwhile, so nothing more was written. `gone`: not found, or no longer shared. With
 * both, nothing was written at all unless it was partly written before.
 */
export type UpdateResult =
  | {
      readonly kind: 'updated';
      readonly record: RemoteRecord;
      readonly refused?: Refused;
      readonly isUnread?: true;
    }
  | { readonly kind: 'changed'; readonly record: RemoteRecord; readonly isPartlyWritten?: boolean }
  | { readonly kind: 'gone'; readonly isPartlyWritten?: boolean };

/** What must hold of a record when it is written. */
export type Precondition = Read | Unedited;

/** The record is read for this write, and is as expected. */
export interface Read {
  readonly kind: 'read';
  readonly isExpected: (record: RemoteRecord) => boolean;
}

/** A recent listing shows no edit of the record. Where it cannot tell, or is too old, the record is read. */
export interface Unedited extends Omit<Read, 'kind'> {
  readonly kind: 'unedited';
  /** When that listing was requested, by `WatermarkListing.elapsedMs`; null: the record must be read. */
  readonly listedAt: () => Promise<number | null>;
  readonly maxAgeMs: number;
}

/** The ids of the records that were edited since a time, as far as the index has them. */
export interface EditedRecords {
  readonly remoteIds: readonly string[];
  /** When the first request for them was sent, by `WatermarkListing.elapsedMs`. */
  readonly requestedAt: number;
}

/** When many edits are written without a read of each record. */
export interface BulkPolicy {
  /** Up to this many waiting edits, each record is read. */
  readonly maxReadEdits: number;
  /** A record that was edited less than this long ago is read. */
  readonly quietMs: number;
}
