import type { Entity } from '../entities/define.ts';
import type { ArchiveDirection, BrakeState, BrakeStore } from './brake-port.ts';
import type { LocalEntity, LocalRecord, LocalTransaction, LocalWrite, SourceState, SyncState } from './ports.ts';
import { isTemporaryId, TEMPORARY_ID_PREFIX } from './temporary-id.ts';
import type { Fields } from './types.ts';

/** Higher than any number in the outbox. */
const FIRST_DRY_SEQ = 2n ** 62n;

/** @param before the record before the write, if it exists */
export type OnWrite = (write: LocalWrite, before: LocalRecord | undefined) => void;

/**
 * The SQL side of a dry run. It reads the stored records and keeps writes in memory, so it locks no row.
 * @param stored only its reads are used
 */
export const dryLocal = (entity: Entity, stored: LocalEntity, onWrite: OnWrite = () => undefined): LocalEntity =>
  new DryLocal(entity, stored, onWrite);

class DryLocal implements LocalEntity {
  readonly #entity: Entity;
  readonly #stored: LocalEntity;
  readonly #onWrite: OnWrite;
  readonly #written = new WrittenRecords();
  readonly #seen = new Set<string>();
  readonly #refreshed = new Set<string>();
  readonly #brake = new DryBrake();
  #source: Partial<SourceState> = {};

  constructor(entity: Entity, stored: LocalEntity, onWrite: OnWrite) {
    this.#entity = entity;
    this.#stored = stored;
    this.#onWrite = onWrite;
  }

  transaction<T>(work: (tx: LocalTransaction) => Promise<T>): Promise<T> {
    return this.#stored.transaction((tx) => work(this.#dryTransaction(tx)));
  }

  async readSource(): Promise<SourceState> {
    return { ...(await this.#stored.readSource()), ...this.#source };
  }

  async readStates(remoteIds: readonly string[]): Promise<readonly SyncState[]> {
    const written = this.#written.states(remoteIds);
    const known = new Set(written.map(({ remoteId }) => remoteId));
    return [...written, ...(await this.#stored.readStates(remoteIds)).filter(({ remoteId }) => !known.has(remoteId))];
  }

  async readLastEdit(): Promise<bigint> {
    return this.#written.enqueued(0n).at(-1)?.seq ?? this.#stored.readLastEdit();
  }

  countEdits(): Promise<number> {
    return this.#stored.countEdits();
  }

  async readOutbox(after: bigint, limit: number): Promise<readonly { recordId: string; seq: bigint }[]> {
    for (let from = after; ; ) {
      const edits = await this.#stored.readOutbox(from, limit);
      const last = edits.at(-1);
      if (!last) return this.#written.enqueued(after).slice(0, limit);
      const unsent = edits.filter(({ recordId, seq }) => {
        const written = this.#written.get(recordId);
        return !written || written.editSeq === seq;
      });
      if (unsent.length > 0) return unsent;
      from = last.seq;
    }
  }

  async readUnseen(): Promise<readonly { recordId: string; remoteId: string }[]> {
    return (await this.#stored.readUnseen()).filter(({ remoteId }) => !this.#seen.has(remoteId));
  }

  async clearSeen(): Promise<void> {
    this.#seen.clear();
  }

  async countLive(): Promise<number> {
    return (await this.#stored.countLive()) + this.#written.addedLive;
  }

  readArchiving(): Promise<readonly string[]> {
    return this.#stored.readArchiving();
  }

  async readApproval(direction: ArchiveDirection): ReturnType<LocalEntity['readApproval']> {
    return this.#brake.approval(direction, await this.#stored.readApproval(direction));
  }

  async readRefreshes(): Promise<readonly string[]> {
    return (await this.#stored.readRefreshes()).filter((remoteId) => !this.#refreshed.has(remoteId));
  }

  async clearRefresh(remoteId: string): Promise<void> {
    this.#refreshed.add(remoteId);
  }

  async enqueueUnlinked(): Promise<void> {}

  async resolveLinks(): Promise<number> {
    return 0;
  }

  readUnreportedLinks(): ReturnType<LocalEntity['readUnreportedLinks']> {
    return this.#stored.readUnreportedLinks();
  }

  async markLinksReported(): Promise<void> {}

  #dryTransaction(tx: LocalTransaction): LocalTransaction {
    const findById: LocalTransaction['findById'] = async (ids) =>
      (await tx.findById(ids)).map((record) => this.#current(record));
    return {
      ...this.#brake.on(tx),
      findById,
      findByRemote: async (remotes) => {
        const stored = await tx.findByRemote(remotes);
        const found = [...stored.map((record) => this.#current(record)), ...this.#written.findByRemote(remotes)];
        const belonging = found.filter((record) => belongsToAny(record, remotes));
        return [...new Map(belonging.map((record) => [record.recordId, record])).values()];
      },
      write: async (writes) => this.#write(await findById(writes.map(({ recordId }) => recordId)), writes),
      saveSource: async (patch) => {
        this.#source = { ...this.#source, ...patch };
      },
      markSeen: async (remoteIds) => {
        for (const remoteId of remoteIds) this.#seen.add(remoteId);
      },
      addConflicts: ignore,
      refresh: ignore,
      refreshLinkers: ignore,
      openIntents: ignore,
    };
  }

  #write(before: readonly LocalRecord[], writes: readonly LocalWrite[]): void {
    const recordById = new Map(before.map((record) => [record.recordId, record]));
    for (const write of writes) this.#onWrite(write, recordById.get(write.recordId));
    this.#written.add(recordById, writes);
  }

  /** The record with what was written to it in memory. */
  #current(stored: LocalRecord): LocalRecord {
    const record = this.#written.get(stored.recordId) ?? stored;
    return record.row
      ? { ...record, row: { ...record.row, fields: this.#withCurrentLinks(record.row.fields) } }
      : record;
  }

  #withCurrentLinks(fields: Fields): Fields {
    return Object.fromEntries(
      Object.entries(fields).map(([name, value]) => {
        const field = this.#entity.fields[name];
        if (field?.kind !== 'relation_one' && field?.kind !== 'relation_many') return [name, value];
        const currentId = field.to === this.#entity.name ? this.#written.currentRemoteId : toDryRemoteId;
        if (typeof value === 'string') return [name, currentId(value)];
        return [name, Array.isArray(value) ? value.map(currentId) : value];
      }),
    );
  }
}

const ignore = async (): Promise<void> => undefined;

/** What the brake would decide. An approval that a dry run closes counts as none. */
class DryBrake {
  readonly #passed: BrakeState['passed'][number][] = [];
  readonly #held: BrakeState['held'][number][] = [];
  readonly #reasons = new Map<ArchiveDirection, string>();
  readonly #closed = new Set<ArchiveDirection>();

  on(tx: BrakeStore): BrakeStore {
    return {
      readBrake: async (since) => {
        const { live, passed, held } = await tx.readBrake(since);
        const [closed, open] = [held.filter(this.#isClosed), held.filter((record) => !this.#isClosed(record))];
        return {
          live,
          passed: [...passed, ...closed.map(({ recordId }) => ({ recordId, approved: true })), ...this.#passed],
          held: [...open, ...this.#held],
        };
      },
      passArchives: async (recordIds, _, approved) => {
        this.#passed.push(...recordIds.map((recordId) => ({ recordId, approved })));
      },
      holdArchives: async (direction, recordIds, reason) => {
        this.#held.push(...recordIds.map((recordId) => ({ recordId, direction })));
        this.#reasons.set(direction, reason);
      },
      releaseArchives: ignore,
      closeApproval: async (direction) => {
        this.#closed.add(direction);
      },
    };
  }

  approval(
    direction: ArchiveDirection,
    stored: Awaited<ReturnType<LocalEntity['readApproval']>>,
  ): Awaited<ReturnType<LocalEntity['readApproval']>> {
    const held = this.#held.filter((record) => record.direction === direction).length;
    const open = this.#closed.has(direction) ? null : stored;
    if (held === 0) return open;
    return { records: held + (open?.records ?? 0), reason: open?.reason ?? this.#reasons.get(direction) ?? '' };
  }

  readonly #isClosed = ({ direction }: BrakeState['held'][number]): boolean => this.#closed.has(direction);
}

/** In the same cycle, a row of another entity without a page gets its page first, so a link to it does not wait. */
const toDryRemoteId = (remoteId: string): string =>
  isTemporaryId(remoteId) ? `dry:${remoteId.slice(TEMPORARY_ID_PREFIX.length)}` : remoteId;

type RemoteKeys = readonly { readonly remoteId: string; readonly syncKey: string | null }[];

const belongsToAny = ({ recordId, row, state }: LocalRecord, remotes: RemoteKeys): boolean =>
  [row, state].some((side) =>
    remotes.some(({ remoteId, syncKey }) => side && (side.remoteId === remoteId || syncKey === recordId)),
  );

/** The records that a dry run wrote, as they would be after it. */
class WrittenRecords {
  /** How many live rows the dry run would add. */
  addedLive = 0;
  readonly #recordById = new Map<string, LocalRecord>();
  readonly #recordIdByRemoteId = new Map<string, string>();
  #lastSeq = FIRST_DRY_SEQ;

  get(recordId: string): LocalRecord | undefined {
    return this.#recordById.get(recordId);
  }

  /** @param remoteId may be a temporary id that the row has no longer */
  readonly currentRemoteId = (remoteId: string): string => this.#ofRemote(remoteId)?.row?.remoteId ?? remoteId;

  findByRemote(remotes: RemoteKeys): readonly LocalRecord[] {
    return remotes.flatMap(({ remoteId, syncKey }) => {
      const byKey = syncKey === null ? undefined : this.#recordById.get(syncKey);
      return [this.#ofRemote(remoteId), byKey].flatMap((record) => record ?? []);
    });
  }

  states(remoteIds: readonly string[]): readonly SyncState[] {
    return remoteIds.flatMap((remoteId) => this.#ofRemote(remoteId)?.state ?? []);
  }

  enqueued(after: bigint): readonly { recordId: string; seq: bigint }[] {
    return [...this.#recordById.values()]
      .flatMap(({ recordId, editSeq: seq }) =>
        seq !== null && seq >= FIRST_DRY_SEQ && seq > after ? [{ recordId, seq }] : [],
      )
      .sort((a, b) => (a.seq < b.seq ? -1 : 1));
  }

  add(before: ReadonlyMap<string, LocalRecord>, writes: readonly LocalWrite[]): void {
    for (const { replaces } of writes) {
      if (replaces !== undefined) this.#recordById.set(replaces, emptyRecord(replaces));
    }
    for (const write of writes) {
      const { recordId } = write;
      const old = this.#recordById.get(recordId) ?? before.get(recordId) ?? emptyRecord(recordId);
      const record = this.#afterWrite(old, write);
      this.addedLive += countLive(record) - countLive(old);
      this.#recordById.set(recordId, record);
      for (const side of [old.row, record.row, record.state]) {
        if (side) this.#recordIdByRemoteId.set(side.remoteId, recordId);
      }
    }
  }

  #ofRemote(remoteId: string): LocalRecord | undefined {
    const recordId = this.#recordIdByRemoteId.get(remoteId);
    return recordId === undefined ? undefined : this.#recordById.get(recordId);
  }

  #afterWrite(record: LocalRecord, write: LocalWrite): LocalRecord {
    const { recordId, row, page, state, sent, enqueue, intent } = write;
    const editSeq = sent !== undefined && sent === record.editSeq ? null : record.editSeq;
    const computed = write.computed ?? record.row?.computed;
    const written = row
      ? { remoteId: row.remoteId, fields: row.fields, archived: row.archived, editedAt: record.row?.editedAt ?? null }
      : record.row && { ...record.row, remoteId: page?.remoteId ?? record.row.remoteId };
    return {
      recordId,
      row: written && (computed ? { ...written, computed } : written),
      state: state ?? record.state,
      intent: intent === 'drop' ? null : record.intent,
      editSeq: editSeq === null && enqueue ? this.#nextSeq() : editSeq,
    };
  }

  #nextSeq(): bigint {
    this.#lastSeq += 1n;
    return this.#lastSeq;
  }
}

const emptyRecord = (recordId: string): LocalRecord => ({
  recordId,
  row: null,
  state: null,
  intent: null,
  editSeq: null,
});

const countLive = ({ row }: LocalRecord): number => (row && !row.archived ? 1 : 0);
