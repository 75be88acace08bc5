import { type Entity, emptyValue, syncedFields } from '../../src/entities/define.ts';
import { RetryableError } from '../../src/errors.ts';
import type {
  Conflict,
  Content,
  LocalEntity,
  LocalRecord,
  LocalTransaction,
  LocalWrite,
  PendingLink,
  Row,
  SyncState,
} from '../../src/sync/ports.ts';
import { isTemporaryId, toTemporaryId } from '../../src/sync/temporary-id.ts';
import type { Fields, Value } from '../../src/sync/types.ts';
import type { Attempt, Faults } from './faults.ts';
import { archivingRecords, countLive, heldIn, memoryBrake } from './memory-brake.ts';
import { copyTables, emptyTables, type RowVersion, type StoredRow, type Tables } from './memory-tables.ts';
import type { World } from './world.ts';

const toLinkKey = ({ recordId, field, remoteId }: PendingLink): string => `${recordId} ${field} ${remoteId}`;

/** PostgreSQL in memory, for the engine and its users: tables, triggers and transactions. */
export class MemorySql {
  readonly conflicts: (Conflict & { entity: string })[] = [];
  /** Every version of every row, by id. */
  readonly versions = new Map<string, RowVersion[]>();
  /** What the sync was about to send, by row. Whether it arrived, only the remote side knows. */
  readonly sent: {
    readonly rowId: string;
    readonly order: number;
    readonly at: number;
    readonly change: Partial<Content>;
    /** Whether the sync stored what came of it. */
    isHeard: boolean;
  }[] = [];
  /** Rows that a transaction of a user holds: the sync must not write them. */
  readonly locked = new Set<string>();
  /** Rows that somebody edited while the triggers were disabled. */
  readonly editedSilently = new Set<string>();
  /** Rows that somebody deleted. */
  readonly deleted = new Set<string>();
  /** Called for every change that the sync makes to an existing row. */
  onSyncWrite: (before: StoredRow, after: StoredRow) => void = () => undefined;
  /** Called when the sync changes what is agreed of a record. */
  onAgreed: (before: SyncState, after: SyncState) => void = () => undefined;
  /** Called when the sync has cleared a record's unsent edit. */
  onCleared: (entity: Entity, recordId: string) => void = () => undefined;
  /** Called when the sync archives a row that was live. */
  onArchive: (entity: string, rowId: string) => void = () => undefined;
  /** Called before the sync writes a row. Throws where a constraint of PostgreSQL would. */
  checkRow: (entity: Entity, row: StoredRow) => void = () => undefined;
  /** Number of rows written by the sync. */
  rowWrites = 0;
  /** The offset of this machine's clock, in milliseconds. */
  skewMs = 0;
  readonly #world: World;
  readonly #faults: Faults;
  readonly #tables = new Map<string, Tables>();
  #seq = 0n;

  constructor(world: World, faults: Faults, entities: readonly Entity[]) {
    this.#world = world;
    this.#faults = faults;
    for (const entity of entities) this.#tables.set(entity.name, emptyTables());
  }

  get now(): number {
    return this.#world.now + this.skewMs;
  }

  of(entity: string): Tables {
    const tables = this.#tables.get(entity);
    if (!tables) throw new Error(`no table ${entity}`);
    return tables;
  }

  /** A user's INSERT. @returns false if the page id is taken */
  insert(entity: Entity, row: { id: string; remoteId?: string; fields: Fields }): boolean {
    const tables = this.of(entity.name);
    const wanted = row.remoteId ?? toTemporaryId(row.id);
    const remoteId = tables.temporaryIds.get(wanted) ?? wanted;
    if ([...tables.rows.values()].some((other) => other.remoteId === remoteId)) return false;
    const stored = { id: row.id, remoteId, fields: row.fields, archived: false, editedAt: this.now };
    tables.rows.set(row.id, stored);
    this.#keep(stored, 'user');
    this.#enqueue(tables, row.id);
    return true;
  }

  /** A user's UPDATE, or a feature's for the user. The edit time is now unless it is set. */
  update(
    entity: Entity,
    id: string,
    {
      writer = 'user',
      ...change
    }: Partial<Pick<StoredRow, 'fields' | 'archived'>> & {
      editedAt?: number;
      writer?: RowVersion['writer'];
    },
  ): void {
    const tables = this.of(entity.name);
    const row = tables.rows.get(id);
    if (!row) return;
    const next = { ...row, editedAt: this.now, ...change, fields: { ...row.fields, ...change.fields } };
    tables.rows.set(id, next);
    this.#keep(next, writer);
    this.#enqueue(tables, id);
  }

  /** A user's UPDATE while the triggers are disabled: no edit time, and nothing in the outbox. */
  updateSilently(entity: Entity, id: string, fields: Fields): void {
    const { rows } = this.of(entity.name);
    const row = rows.get(id);
    if (!row) return;
    const next = { ...row, fields: { ...row.fields, ...fields } };
    this.editedSilently.add(id);
    rows.set(id, next);
    this.#keep(next, 'user');
  }

  /** A user's DELETE. */
  delete(entity: Entity, id: string): void {
    const tables = this.of(entity.name);
    if (!tables.rows.delete(id)) return;
    this.deleted.add(id);
    this.#enqueue(tables, id);
  }

  #keep(row: StoredRow, writer: RowVersion['writer']): void {
    const version = { ...row, writer, order: this.#world.nextOrder() };
    const versions = this.versions.get(row.id);
    if (versions) versions.push(version);
    else this.versions.set(row.id, [version]);
  }

  #enqueue(tables: Tables, id: string): void {
    this.#seq += 1n;
    tables.outbox.set(id, this.#seq);
  }

  /** A row as the engine reads it: links are page ids. */
  view(entity: Entity, row: StoredRow): Row {
    const tables = this.of(entity.name);
    const fields = Object.fromEntries(
      syncedFields(entity).map(([name, field]): [string, Value] => {
        const value = row.fields[name] ?? emptyValue(field);
        if (field.kind !== 'relation_one' && field.kind !== 'relation_many') return [name, value];
        const pages = [value ?? []].flat().map((id) => this.#pageOf(field.to, String(id)));
        const pending = [...(tables.pending.get(`${row.id} ${name}`) ?? [])];
        if (field.kind === 'relation_many') return [name, [...new Set([...pages, ...pending])].sort()];
        return [name, pages[0] ?? pending.sort()[0] ?? null];
      }),
    );
    return {
      remoteId: row.remoteId,
      fields,
      archived: row.archived,
      editedAt: row.editedAt === null ? null : new Date(row.editedAt),
    };
  }

  #pageOf(entity: string, id: string): string {
    const tables = this.of(entity);
    return tables.rows.get(id)?.remoteId ?? tables.states.get(id)?.remoteId ?? toTemporaryId(id);
  }

  #rowOf(entity: string, remoteId: string): string | null {
    const tables = this.of(entity);
    for (const row of tables.rows.values()) if (row.remoteId === remoteId) return row.id;
    for (const [id, state] of tables.states) if (state.remoteId === remoteId) return id;
    return null;
  }

  /** The engine's port, for one attempt. */
  port(entity: Entity, attempt: Attempt): LocalEntity {
    const around = <T>(label: string, work: () => T): Promise<T> =>
      this.#faults.around(
        attempt,
        `sql ${entity.name} ${label}`,
        { kind: label === 'transaction' ? 'read' : 'peek' },
        work,
      );
    const tables = (): Tables => this.of(entity.name);
    return {
      transaction: async (work) => {
        const outcome = await around('transaction', () => this.#atomically(entity, work));
        if (outcome.kind === 'rolled back') throw outcome.failure;
        return outcome.result;
      },
      readSource: () => around('source', () => tables().source),
      readStates: (remoteIds) =>
        around('states', () => [...tables().states.values()].filter((state) => remoteIds.includes(state.remoteId))),
      readLastEdit: () =>
        around('outbox', () => [...tables().outbox.values()].reduce((last, seq) => (seq > last ? seq : last), 0n)),
      // Not a step of its own: a failure here is like one of the read that follows.
      countEdits: async () => [...tables().outbox.keys()].filter((id) => tables().states.has(id)).length,
      readOutbox: (after, limit) =>
        around('outbox', () =>
          [...tables().outbox]
            .map(([recordId, seq]) => ({ recordId, seq }))
            .filter(({ seq }) => seq > after)
            .sort((a, b) => Number(a.seq - b.seq))
            .slice(0, limit),
        ),
      readUnseen: () =>
        around('unseen', () =>
          [...tables().states].flatMap(([recordId, { remoteId, trashed }]) =>
            trashed || tables().seen.has(remoteId) ? [] : [{ recordId, remoteId }],
          ),
        ),
      clearSeen: () => around('clear seen', () => tables().seen.clear()),
      countLive: () => around('count', () => countLive(tables())),
      readArchiving: () => around('archiving', () => archivingRecords(tables())),
      readApproval: (direction) =>
        around('approval', () => {
          const open = tables().approvals.get(direction);
          return open ? { records: open.records.size, reason: open.reason } : null;
        }),
      enqueueUnlinked: () =>
        around('enqueue unlinked', () => {
          for (const row of tables().rows.values()) {
            const unlinked = isTemporaryId(row.remoteId) && !tables().states.has(row.id);
            if (unlinked && !tables().outbox.has(row.id)) this.#enqueue(tables(), row.id);
          }
        }),
      readRefreshes: () => around('refreshes', () => [...tables().refresh]),
      clearRefresh: (remoteId) => around('clear refresh', () => void tables().refresh.delete(remoteId)),
      resolveLinks: () => around('resolve links', () => this.#resolveLinks(entity)),
      readUnreportedLinks: () =>
        around('unreported links', () => {
          const links = [...tables().pending].flatMap(([key, pages]) => {
            const [recordId = '', field = ''] = key.split(' ');
            return [...pages].map((remoteId) => ({ recordId, field, remoteId }));
          });
          const pending = new Set(links.map(toLinkKey));
          for (const link of tables().reported) if (!pending.has(link)) tables().reported.delete(link);
          return links.filter((link) => !tables().reported.has(toLinkKey(link)));
        }),
      markLinksReported: (links) =>
        around('mark links reported', () => {
          for (const link of links) tables().reported.add(toLinkKey(link));
        }),
    };
  }

  /** Runs a transaction in one instant. An error rolls it back; of other entities, a transaction changes the refreshes. */
  async #atomically<T>(
    entity: Entity,
    work: (tx: LocalTransaction) => Promise<T>,
  ): Promise<{ kind: 'committed'; result: T } | { kind: 'rolled back'; failure: unknown }> {
    const tables = copyTables(this.of(entity.name));
    const refreshes = [...this.#tables.values()].map((other) => ({ other, refresh: new Set(other.refresh) }));
    const conflicts = this.conflicts.length;
    const order = this.#world.nextOrder();
    try {
      return { kind: 'committed', result: await work(this.#transactionOn(entity)) };
    } catch (failure) {
      for (const { other, refresh } of refreshes) other.refresh = refresh;
      this.#tables.set(entity.name, tables);
      this.conflicts.length = conflicts;
      for (const versions of this.versions.values()) while ((versions.at(-1)?.order ?? 0) > order) versions.pop();
      return { kind: 'rolled back', failure };
    }
  }

  #transactionOn(entity: Entity): LocalTransaction {
    const tables = this.of(entity.name);
    const record = (recordId: string): LocalRecord => {
      const row = tables.rows.get(recordId);
      return {
        recordId,
        row: row ? this.view(entity, row) : null,
        state: tables.states.get(recordId) ?? null,
        intent: tables.intents.get(recordId) ?? null,
        editSeq: tables.outbox.get(recordId) ?? null,
        ...heldIn(tables, recordId),
        ...(this.locked.has(recordId) ? { lockedBy: 'a user' } : {}),
      };
    };
    return {
      ...memoryBrake(tables),
      findById: async (recordIds) => recordIds.map(record),
      findByRemote: async (pages) => {
        const ids = pages.flatMap(({ remoteId, syncKey }) => [
          ...[...tables.rows.values()].filter((row) => row.remoteId === remoteId).map((row) => row.id),
          ...[...tables.states].filter(([, state]) => state.remoteId === remoteId).map(([id]) => id),
          ...(syncKey !== null && (tables.rows.has(syncKey) || tables.states.has(syncKey)) ? [syncKey] : []),
        ]);
        return [...new Set(ids)].map(record);
      },
      write: async (writes) => {
        const arriving = new Map(writes.flatMap(({ recordId, row }) => (row ? [[row.remoteId, recordId]] : [])));
        for (const write of writes) this.#apply(entity, tables, write, arriving);
      },
      addConflicts: async (conflicts) => {
        this.conflicts.push(...conflicts.map((conflict) => ({ ...conflict, entity: entity.name })));
      },
      refresh: async (remoteIds) => {
        for (const remoteId of remoteIds) tables.refresh.add(remoteId);
      },
      refreshLinkers: async (pages) => {
        for (const { remoteId, backLinks } of pages) this.#refreshLinkers(entity, remoteId, backLinks);
      },
      saveSource: async (patch) => {
        tables.source = { ...tables.source, ...patch };
      },
      openIntents: async (intents, at) => {
        for (const { recordId, sent } of intents) {
          const attempt = (tables.intents.get(recordId)?.attempt ?? 0) + 1;
          tables.intents.set(recordId, { attempt, startedAt: at, closedAt: null, sent });
        }
      },
      markSeen: async (remoteIds) => {
        for (const remoteId of remoteIds) tables.seen.add(remoteId);
      },
    };
  }

  /** @param arriving rows of the same batch, by page: they may link to each other */
  #apply(entity: Entity, tables: Tables, write: LocalWrite, arriving: ReadonlyMap<string, string>): void {
    const { recordId } = write;
    if (this.locked.has(recordId) && (write.row || write.page)) throw new RetryableError('row_locked', recordId);
    if (write.replaces) {
      tables.states.delete(write.replaces);
      tables.outbox.delete(write.replaces);
    }
    if (write.row) {
      this.rowWrites += 1;
      this.#store(entity, tables, recordId, write.row, arriving);
    } else if (write.page) {
      const row = tables.rows.get(recordId);
      if (row) {
        if (isTemporaryId(row.remoteId)) tables.temporaryIds.set(row.remoteId, write.page.remoteId);
        const linked = { ...row, remoteId: write.page.remoteId };
        tables.rows.set(recordId, linked);
        this.#keep(linked, 'sync');
      }
    }
    if (write.state) this.#applyState(tables, recordId, write.state);
    if (write.sent !== undefined && tables.outbox.get(recordId) === write.sent) {
      tables.outbox.delete(recordId);
      this.onCleared(entity, recordId);
    }
    if (write.enqueue && !tables.outbox.has(recordId)) this.#enqueue(tables, recordId);
    const intent = tables.intents.get(recordId);
    if (write.intent === 'drop') tables.intents.delete(recordId);
    if (write.intent === 'close' && intent && !intent.closedAt) {
      tables.intents.set(recordId, { ...intent, closedAt: new Date(this.now) });
    }
  }

  #applyState(tables: Tables, recordId: string, state: SyncState): void {
    const { remoteId, sending, lateWrites } = state;
    const taken = [...tables.states].some(([id, other]) => id !== recordId && other.remoteId === remoteId);
    if (taken) throw new Error(`two records have the page ${remoteId}`);
    const before = tables.states.get(recordId);
    const sentAt = before?.sending?.sentAt.getTime();
    const isOpen = [sending, ...lateWrites].some((write) => write?.sentAt.getTime() === sentAt);
    for (const sent of this.sent) if (!isOpen && sent.rowId === recordId && sent.at === sentAt) sent.isHeard = true;
    if (sending) {
      const order = this.#world.nextOrder();
      this.sent.push({ rowId: recordId, order, at: sending.sentAt.getTime(), change: sending, isHeard: false });
    }
    tables.states.set(recordId, state);
    if (before) this.onAgreed(before, state);
    // An approval to archive a record holds once.
    if (state.archived && tables.archives.get(recordId)?.approved) tables.archives.delete(recordId);
  }

  #store(
    entity: Entity,
    tables: Tables,
    id: string,
    row: NonNullable<LocalWrite['row']>,
    arriving: ReadonlyMap<string, string>,
  ): void {
    for (const other of tables.rows.values()) {
      if (other.id !== id && other.remoteId === row.remoteId) throw new Error(`two rows have the page ${row.remoteId}`);
    }
    const fields = Object.fromEntries(
      Object.entries(row.fields).map(([name, value]) => {
        const field = entity.fields[name];
        if (field?.kind !== 'relation_one' && field?.kind !== 'relation_many') return [name, value];
        const pages = [value ?? []].flat().map(String);
        const inBatch = (remoteId: string): string | null =>
          field.to === entity.name ? (arriving.get(remoteId) ?? null) : null;
        const found = pages.map((remoteId) => ({ remoteId, id: this.#rowOf(field.to, remoteId) ?? inBatch(remoteId) }));
        const waiting = found.filter((link) => link.id === null && !isTemporaryId(link.remoteId));
        tables.pending.set(`${id} ${name}`, new Set(waiting.map(({ remoteId }) => remoteId)));
        const ids = found.flatMap((link) => (link.id === null ? [] : [link.id]));
        return [name, field.kind === 'relation_many' ? [...new Set(ids)].sort() : (ids[0] ?? null)];
      }),
    );
    const before = tables.rows.get(id);
    if (before && isTemporaryId(before.remoteId)) tables.temporaryIds.set(before.remoteId, row.remoteId);
    const editedAt = before?.editedAt ?? null;
    const after = { id, remoteId: row.remoteId, fields, archived: row.archived, editedAt };
    this.checkRow(entity, after);
    tables.rows.set(id, after);
    this.#keep(after, 'sync');
    if (before) this.onSyncWrite(before, after);
    if (before && !before.archived && after.archived) this.onArchive(entity.name, id);
  }

  #resolveLinks(entity: Entity): number {
    const tables = this.of(entity.name);
    let resolved = 0;
    for (const [key, pages] of tables.pending) {
      const [id, name] = key.split(' ');
      const row = id === undefined ? undefined : tables.rows.get(id);
      const field = name === undefined ? undefined : entity.fields[name];
      if (
        !row ||
        !name ||
        this.locked.has(row.id) ||
        (field?.kind !== 'relation_one' && field?.kind !== 'relation_many')
      )
        continue;
      if (field.kind === 'relation_one' && row.fields[name]) {
        tables.pending.delete(key);
        continue;
      }
      const arrived = [...pages].flatMap((remoteId) => {
        const other = this.#rowOf(field.to, remoteId);
        return other === null ? [] : [{ remoteId, other }];
      });
      if (arrived.length === 0) continue;
      resolved += arrived.length;
      tables.pending.set(key, new Set([...pages].filter((page) => !arrived.some(({ remoteId }) => remoteId === page))));
      const others = arrived.map(({ other }) => other);
      const now = [row.fields[name] ?? []].flat().map(String);
      const value =
        field.kind === 'relation_many' ? [...new Set([...now, ...others])].sort() : (now[0] ?? others[0] ?? null);
      const linked = { ...row, fields: { ...row.fields, [name]: value } };
      tables.rows.set(row.id, linked);
      this.#keep(linked, 'sync');
    }
    return resolved;
  }

  #refreshLinkers(
    entity: Entity,
    remoteId: string,
    backLinks: Readonly<Record<string, { remoteIds: readonly string[]; complete: boolean }>>,
  ): void {
    for (const [name, { remoteIds, complete }] of Object.entries(backLinks)) {
      const link = entity.fields[name];
      if (link?.kind !== 'back_link') continue;
      const others = this.of(link.of);
      const target = [...this.of(entity.name).rows.values()].find((row) => row.remoteId === remoteId)?.id;
      for (const other of others.rows.values()) {
        if (isTemporaryId(other.remoteId)) continue;
        const value = other.fields[link.through] ?? [];
        const isPending =
          others.pending.get(`${other.id} ${link.through}`)?.has(remoteId) && [value].flat().length === 0;
        const hasLink = isPending || (target !== undefined && [value].flat().includes(target));
        const isLinked = remoteIds.includes(other.remoteId);
        if ((isLinked && !hasLink) || (complete && hasLink && !isLinked)) others.refresh.add(other.remoteId);
      }
    }
  }
}
