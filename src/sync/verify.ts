import { bodyField, titleField } from '../entities/define.ts';
import { toRemoteSnapshot } from './archival.ts';
import { areInSync, differingFields, type Reason, reasonOf, type Sides, sidesOf } from './check-consistency.ts';
import { omit } from './fields.ts';
import { withHiddenLinks } from './hidden-links.ts';
import { inParallel } from './in-parallel.ts';
import { KnownRecords } from './known-records.ts';
import type { Content, LocalRecord, RemoteEntity, RemoteRecord, SyncContext } from './ports.ts';
import { changedFields, isSameContent } from './reconcile.ts';
import type { Value } from './types.ts';

/** A record that is not the same on both sides, as both were just read. */
export interface Difference {
  /** The row's id; null if there is no row. */
  readonly recordId: string | null;
  /** Null if there is no page or event. */
  readonly remoteId: string | null;
  readonly title: string;
  readonly sides: Omit<Sides, 'recordId'>;
  /** The fields that differ; empty when one side lacks the record. */
  readonly fields: readonly DifferingField[];
  readonly why: Reason | 'row_missing' | 'remote_edited' | 'remote_missing';
}

export interface DifferingField {
  readonly name: string;
  readonly sql: Value;
  readonly remote: Value;
}

export interface Verification {
  readonly records: number;
  readonly differences: readonly Difference[];
}

const BATCH_SIZE = 100;

/**
 * Reads every record on both sides and compares them. Writes nothing.
 * @param recordIds the ids of all records that SQL knows
 */
export async function verifyRecords(context: SyncContext, recordIds: readonly string[]): Promise<Verification> {
  const verifier = new Verifier(context);
  for await (const records of listAll(context.remote)) {
    context.progress();
    await verifier.compareListed(records);
  }
  await verifier.compareUnlisted(recordIds);
  return { records: verifier.compared.size, differences: verifier.differences };
}

async function* listAll({ listing }: RemoteEntity): AsyncGenerator<readonly RemoteRecord[]> {
  if (listing.kind === 'token') {
    for (let page: string | null = null, first = true; first || page !== null; first = false) {
      const batch = await listing.all(page);
      yield batch.records;
      page = batch.nextPage;
    }
    return;
  }
  for (
    let position: Parameters<typeof listing.scan>[0] = null, first = true;
    first || position !== null;
    first = false
  ) {
    const batch = await listing.scan(position);
    yield batch.records;
    position = batch.next;
  }
}

class Verifier {
  /** Row ids, and the ids of remote records without a row. */
  readonly compared = new Set<string>();
  readonly differences: Difference[] = [];
  readonly #context: SyncContext;

  constructor(context: SyncContext) {
    this.#context = context;
  }

  /** A listing may be outdated: what differs is read again by itself. */
  async compareListed(listed: readonly RemoteRecord[]): Promise<void> {
    const { remote, policy, progress } = this.#context;
    const complete = [...(await withHiddenLinks(this.#context, listed))];
    if (remote.supports.bodies) {
      await inParallel([...complete.keys()], policy.concurrency, async (at) => {
        const record = complete[at];
        if (record) complete[at] = await remote.readBody(record);
        progress();
      });
    }
    const known = new KnownRecords(await this.#context.local.transaction((tx) => tx.findByRemote(complete)));
    for (const record of complete) {
      const local = known.withRemoteId(record.remoteId) ?? null;
      const isDifferent = this.#difference(local, record) !== null;
      const [current = null] = isDifferent ? await this.#read(record.remoteId) : [record];
      this.#add(local, current);
      progress();
    }
  }

  async compareUnlisted(recordIds: readonly string[]): Promise<void> {
    const { local, progress } = this.#context;
    const rest = recordIds.filter((recordId) => !this.compared.has(recordId));
    for (let at = 0; at < rest.length; at += BATCH_SIZE) {
      for (const record of await local.transaction((tx) => tx.findById(rest.slice(at, at + BATCH_SIZE)))) {
        if (!record.row && !record.state) continue;
        const [current = null] = record.state ? await this.#read(record.state.remoteId) : [];
        this.#add(record, current);
        progress();
      }
    }
  }

  async #read(remoteId: string): Promise<readonly RemoteRecord[]> {
    const record = await this.#context.remote.read(remoteId);
    return record ? withHiddenLinks(this.#context, [record]) : [];
  }

  #add(local: LocalRecord | null, record: RemoteRecord | null): void {
    const id = local?.recordId ?? record?.remoteId;
    if (id === undefined || this.compared.has(id)) return;
    this.compared.add(id);
    const difference = this.#difference(local, record);
    if (difference) this.differences.push(difference);
  }

  #difference(local: LocalRecord | null, record: RemoteRecord | null): Difference | null {
    const { entity, remote } = this.#context;
    const sql = local && sidesOf(entity, local, (fields) => remote.toCanonical(fields)).sql;
    const sides = { remote: record && toRemoteSnapshot(entity, record, local?.state ?? null), sql };
    const comparable = { recordId: local?.recordId ?? '', ...this.#withoutUnreadBody(sides, record) };
    const computed = changedFields(local?.row?.computed ?? {}, (local?.row && record?.computed) ?? {});
    if (areInSync(comparable) && computed.length === 0) return null;
    const fields = differingFields(comparable).map((name) => ({
      name,
      sql: valueIn(comparable.sql, name),
      remote: valueIn(comparable.remote, name),
    }));
    const title = (sql ?? comparable.remote)?.fields[titleField(entity)];
    return {
      recordId: local?.row ? local.recordId : null,
      remoteId: record?.remoteId ?? null,
      title: typeof title === 'string' ? title : '',
      sides,
      fields: [
        ...fields,
        ...computed.map((name) => ({
          name,
          sql: local?.row?.computed?.[name] ?? null,
          remote: record?.computed?.[name] ?? null,
        })),
      ],
      why: whyDifferent(local, comparable.remote),
    };
  }

  /** A body that cannot be read is reported by the sync, and not compared. */
  #withoutUnreadBody({ remote, sql }: Omit<Sides, 'recordId'>, record: RemoteRecord | null): Omit<Sides, 'recordId'> {
    const name = bodyField(this.#context.entity);
    if (name === undefined || !record || record.bodyReadAt !== null) return { remote, sql };
    const without = (content: Content | null): Content | null =>
      content && { ...content, fields: omit(content.fields, [name]) };
    return { remote: without(remote), sql: without(sql) };
  }
}

const valueIn = (content: Content | null, name: string): Value =>
  name === 'archived' ? (content?.archived ?? null) : (content?.fields[name] ?? null);

/** @param remote what the other side holds; null: nothing is found there */
function whyDifferent(local: LocalRecord | null, remote: Content | null): Difference['why'] {
  if (!local) return 'row_missing';
  const why = reasonOf(local, false);
  if (why !== 'unexplained') return why;
  if (!remote) return 'remote_missing';
  const { state } = local;
  const isAsAgreed = state === null || isSameContent({ fields: state.base, archived: state.archived }, remote);
  return isAsAgreed ? why : 'remote_edited';
}
