import type { LocalRecord } from './ports.ts';

/** The local records of a batch, by remote id and by row id. Kept current while the batch is planned. */
export class KnownRecords {
  readonly #byRemoteId = new Map<string, LocalRecord>();
  readonly #byId = new Map<string, LocalRecord>();

  constructor(records: readonly LocalRecord[]) {
    for (const record of records) this.put(record);
  }

  put(record: LocalRecord): void {
    this.#byId.set(record.recordId, record);
    const remoteId = record.state?.remoteId ?? record.row?.remoteId;
    if (remoteId === undefined) return;
    const other = this.#byRemoteId.get(remoteId);
    const isShared = other !== undefined && other.recordId !== record.recordId;
    this.#byRemoteId.set(remoteId, isShared ? successorOf(other, record) : record);
  }

  withRemoteId(remoteId: string): LocalRecord | undefined {
    return this.#byRemoteId.get(remoteId);
  }

  withKey(syncKey: string | null): LocalRecord | undefined {
    return syncKey === null ? undefined : this.#byId.get(syncKey);
  }
}

/** A row that was deleted and inserted again with the same page, under another id, takes over the agreed state. */
function successorOf(a: LocalRecord, b: LocalRecord): LocalRecord {
  const [row, state] = a.row ? [a, b] : [b, a];
  return state.row ? row : { ...row, state: state.state, replaces: state.recordId };
}
