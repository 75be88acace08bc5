import type { Entity } from '../entities/define.ts';
import type { LocalEntity, LocalRecord, LocalTransaction, LocalWrite, SourceState, SyncState } from './ports.ts';
import { isTemporaryId, TEMPORARY_ID_PREFIX } from './temporary-id.ts';
import type { Fields } from './types.ts';

/** Edits that would be marked as unsent are numbered after all that there are. */
const FIRST_PRETENDED_SEQ = 2n ** 62n;

/**
 * SQL in a dry run: read as it is, while what would be written is only remembered,
 * in memory, so that no row is locked and nobody waits for the dry run's end.
 * @param stored only its reading half is used
 */
export function dryLocal(entity: Entity, stored: LocalEntity): LocalEntity {
  const written = new WrittenRecords();
  const seen = new Set<string>();
  const refreshed = new Set<string>();
  let progress: Partial<SourceState> = {};

  const asItWouldBe = (stored: LocalRecord): LocalRecord => {
    const record = written.get(stored.recordId) ?? stored;
    return record.row ? { ...record, row: { ...record.row, fields: linked(record.row.fields) } } : record;
  };

  const linked = (fields: Fields): Fields =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => {
        const field = entity.fields[name];
        if (field?.kind !== 'relation_one' && field?.kind !== 'relation_many') return [name, value];
        const pageNow = field.to === entity.name ? written.pageNow : pageToCome;
        if (typeof value === 'string') return [name, pageNow(value)];
        return [name, Array.isArray(value) ? value.map(pageNow) : value];
      }),
    );

  const pretend = (tx: LocalTransaction): LocalTransaction => {
    const records: LocalTransaction['records'] = async (ids) => (await tx.records(ids)).map(asItWouldBe);
    return {
      records,

      findByRemote: async (pages) => {
        const found = [...(await tx.findByRemote(pages)).map(asItWouldBe), ...written.findByRemote(pages)];
        const pageIds = new Set(pages.map(({ remoteId: pageId }) => pageId));
        const keys = new Set(pages.map(({ syncKey }) => syncKey));
        const belongs = ({ recordId, row, state }: LocalRecord): boolean =>
          [row, state].some((side) => side && (pageIds.has(side.remoteId) || keys.has(recordId)));
        return [...new Map(found.filter(belongs).map((record) => [record.recordId, record])).values()];
      },

      write: async (writes) => {
        const before = await records(writes.map(({ recordId }) => recordId));
        written.take(before, writes);
      },

      saveSource: async (patch) => {
        progress = { ...progress, ...patch };
      },

      markSeen: async (pageIds) => {
        for (const pageId of pageIds) seen.add(pageId);
      },

      addConflicts: nothing,
      refresh: nothing,
      refreshLinkers: nothing,
      openIntents: nothing,
    };
  };

  return {
    transaction: (work) => stored.transaction((tx) => work(pretend(tx))),

    source: async () => ({ ...(await stored.source()), ...progress }),

    states: async (pageIds) => {
      const pretended = written.states(pageIds);
      const known = new Set(pretended.map(({ remoteId: pageId }) => pageId));
      return [...pretended, ...(await stored.states(pageIds)).filter(({ remoteId: pageId }) => !known.has(pageId))];
    },

    outbox: async (after, limit) => {
      for (let from = after; ; ) {
        const edits = await stored.outbox(from, limit);
        const last = edits.at(-1);
        if (!last) return written.enqueued(after).slice(0, limit);
        const unsent = edits.filter(({ recordId, seq }) => (written.get(recordId) ?? { editSeq: seq }).editSeq === seq);
        if (unsent.length > 0) return unsent;
        from = last.seq;
      }
    },

    unseen: async () => (await stored.unseen()).filter(({ remoteId: pageId }) => !seen.has(pageId)),
    clearSeen: async () => seen.clear(),
    countLive: async () => (await stored.countLive()) + written.addedLive,
    refreshes: async () => (await stored.refreshes()).filter((pageId) => !refreshed.has(pageId)),

    clearRefresh: async (pageId) => {
      refreshed.add(pageId);
    },

    enqueueUnlinked: nothing,
    resolveLinks: async () => 0,
    unreportedLinks: () => stored.unreportedLinks(),
    markLinksReported: nothing,
  };
}

const nothing = async (): Promise<void> => undefined;

/** A row of another entity that has no page yet gets it first, in the same cycle: a link to it need not wait. */
const pageToCome = (pageId: string): string => 
  isTemporaryId(pageId) ? `dry:${pageId.slice(TEMPORARY_ID_PREFIX.length)}` : pageId;

/** The records that would have been written, as they would be. */
class WrittenRecords {
  /** How many more rows would be live. */
  addedLive = 0;
  readonly #byId = new Map<string, LocalRecord>();
  readonly #idOfPage = new Map<string, string>();
  #nextSeq = FIRST_PRETENDED_SEQ;

  get(recordId: string): LocalRecord | undefined {
    return this.#byId.get(recordId);
  }

  /** The page that a row has instead of this one, which may be a temporary id. */
  readonly pageNow = (pageId: string): string =>
    this.#byId.get(this.#idOfPage.get(pageId) ?? '')?.row?.remoteId ?? pageId;

  findByRemote(pages: readonly { remoteId: string; syncKey: string | null }[]): readonly LocalRecord[] {
    return pages.flatMap(({ remoteId, syncKey }) =>
      [this.#idOfPage.get(remoteId), syncKey].flatMap((id) => this.#byId.get(id ?? '') ?? []),
    );
  }

  states(pageIds: readonly string[]): readonly SyncState[] {
    return pageIds.flatMap((pageId) => this.#byId.get(this.#idOfPage.get(pageId) ?? '')?.state ?? []);
  }

  enqueued(after: bigint): readonly { recordId: string; seq: bigint }[] {
    return [...this.#byId.values()]
      .flatMap(({ recordId, editSeq: seq }) =>
        seq !== null && seq >= FIRST_PRETENDED_SEQ && seq > after ? [{ recordId, seq }] : [],
      )
      .sort((a, b) => (a.seq < b.seq ? -1 : 1));
  }

  take(before: readonly LocalRecord[], writes: readonly LocalWrite[]): void {
    const known = new Map(before.map((record) => [record.recordId, record]));
    for (const { replaces } of writes) if (replaces !== undefined) this.#byId.set(replaces, absent(replaces));
    for (const write of writes) {
      const { recordId } = write;
      const old = this.#byId.get(recordId) ?? known.get(recordId) ?? absent(recordId);
      const record = this.#written(old, write);
      this.addedLive += live(record) - live(old);
      this.#byId.set(recordId, record);
      for (const side of [old.row, record.row, record.state]) if (side) this.#idOfPage.set(side.remoteId, recordId);
    }
  }

  #written(record: LocalRecord, write: LocalWrite): LocalRecord {
    const { recordId, row, page, state, sent, enqueue, intent } = write;
    const rest = sent !== undefined && sent === record.editSeq ? null : record.editSeq;
    const computed = write.computed ?? record.row?.computed;
    const written = row
      ? { remoteId: row.remoteId, fields: row.fields, archived: row.archived, editedAt: record.row?.editedAt ?? null }
      : record.row && { ...record.row, remoteId: page?.remoteId ?? record.row.remoteId };
    return {
      recordId,
      row: written && (computed ? { ...written, computed } : written),
      state: state ?? record.state,
      intent: intent === 'drop' ? null : record.intent,
      editSeq: rest === null && enqueue ? this.#takeSeq() : rest,
    };
  }

  #takeSeq(): bigint {
    this.#nextSeq += 1n;
    return this.#nextSeq;
  }
}

const absent = (recordId: string): LocalRecord => ({ recordId, row: null, state: null, intent: null, editSeq: null });

const live = ({ row }: LocalRecord): number => (row && !row.archived ? 1 : 0);
