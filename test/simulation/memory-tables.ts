import type { ArchiveDirection } from '../../src/sync/brake-port.ts';
import type { Intent, SourceState, SyncState } from '../../src/sync/ports.ts';
import type { Fields } from '../../src/sync/types.ts';

/** A row as PostgreSQL stores it: links are row ids, not page ids. */
export interface StoredRow {
  readonly id: string;
  readonly remoteId: string;
  readonly fields: Fields;
  readonly archived: boolean;
  readonly editedAt: number | null;
}

/** One version of a row. The world keeps them all. */
export interface RowVersion extends StoredRow {
  /** Its place among all writes in the world. */
  readonly order: number;
  readonly writer: 'user' | 'sync';
}

/** One entity's tables. A rollback replaces all of them. */
export interface Tables {
  rows: Map<string, StoredRow>;
  states: Map<string, SyncState>;
  intents: Map<string, Intent>;
  temporaryIds: Map<string, string>;
  outbox: Map<string, bigint>;
  /** By `row field`: linked page ids that have no row yet. */
  pending: Map<string, ReadonlySet<string>>;
  /** The `row field page` of reported pending links. */
  reported: Set<string>;
  refresh: Set<string>;
  seen: Set<string>;
  source: SourceState;
  /** What passed the archive brake, by row: when, and whether it has an approval. */
  archives: Map<string, { readonly at: number; readonly approved: boolean }>;
  /** The open approvals: their records and reason. */
  approvals: Map<ArchiveDirection, { readonly records: ReadonlySet<string>; readonly reason: string }>;
}

export const emptyTables = (): Tables => ({
  rows: new Map(),
  states: new Map(),
  intents: new Map(),
  temporaryIds: new Map(),
  outbox: new Map(),
  pending: new Map(),
  reported: new Set(),
  refresh: new Set(),
  seen: new Set(),
  source: { watermark: null, unsettledUntil: null, sweptAt: null, token: null, scan: null },
  archives: new Map(),
  approvals: new Map(),
});

export const copyTables = (tables: Tables): Tables => ({
  rows: new Map(tables.rows),
  states: new Map(tables.states),
  intents: new Map(tables.intents),
  temporaryIds: new Map(tables.temporaryIds),
  outbox: new Map(tables.outbox),
  pending: new Map(tables.pending),
  reported: new Set(tables.reported),
  refresh: new Set(tables.refresh),
  seen: new Set(tables.seen),
  source: tables.source,
  archives: new Map(tables.archives),
  approvals: new Map(tables.approvals),
});
