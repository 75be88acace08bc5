import { bodyField, type Entity } from '../entities/define.ts';
import { rulesFor, toRemoteSnapshot, toRowSnapshot, withRestoreFollowed, withStatusOf } from './archival.ts';
import { editedFields, isBodyPending, type Versions, withBodiesAligned, withoutUnreadBody } from './bodies.ts';
import type { Content, LocalRecord, LocalWrite, RemoteRecord, Row, SyncContext } from './ports.ts';
import { changedFields, type Decision, isSameContent, isSameValue } from './reconcile.ts';
import type { Fields, Snapshot, Value } from './types.ts';
import { decideRecord } from './unagreed-fields.ts';
import { editedBeforeSent, type KnownBase, unansweredValues, withUnansweredWrites } from './unanswered.ts';

type RowWrite = NonNullable<LocalWrite['row']>;

/** `enqueue`: SQL has something to send; `clear`: its unsent edit is settled; `keep`: neither. */
type OutboxAction = 'enqueue' | 'clear' | 'keep';

/** What the versions of one record on both sides mean for SQL. */
export interface Comparison {
  readonly decision: Decision;
  readonly versions: Versions;
  /** What both sides are known to have agreed on before this comparison. */
  readonly known: Content | null;
  /** Whether a person's edit and an unanswered write of ours cannot be told apart. */
  readonly isDoubtful: boolean;
  /** What they agree on now. */
  readonly base: Content;
  /** The row to write; null if it is right as it is. */
  readonly row: RowWrite | null;
  /** Computed values to write; null if they are unchanged. */
  readonly computed: Fields | null;
  readonly outbox: OutboxAction;
}

/** Compares a row with its remote record, and decides what becomes of both. */
export function compareRecord(context: SyncContext, local: LocalRecord, row: Row, record: RemoteRecord): Comparison {
  const { entity, remote } = context;
  const canonical: Row = { ...row, fields: remote.toCanonical(row.fields) };
  const remoteVersion = toRemoteSnapshot(entity, record, local.state);
  const sqlVersion = editedBeforeSent(toRowSnapshot(entity, canonical, local.state), local.state);
  const { content: known, isDoubtful } = knownBase(context, local, record, remoteVersion);
  const versions = withBodiesAligned(
    entity,
    withRestoreFollowed(entity, record, local.state, { base: known, remote: remoteVersion, sql: sqlVersion }),
    bodiesSent(entity, local, record),
  );
  const decision = decideRecord(versions, rulesFor(context));
  const base = writesRemote(decision) ? versions.remote : decision.agreed;
  // Until its archival is sent, a row keeps its status: that is the one to restore.
  const isArchivalUnsent = row.archived && decision.agreed.archived && !base.archived;
  const wanted = isArchivalUnsent ? withStatusOf(entity, decision.agreed, canonical) : decision.agreed;
  const isRight = isRowRight({ decision, wanted, base, canonical, sqlVersion, versions });
  return {
    decision,
    versions,
    known,
    isDoubtful,
    base: withoutUnreadBody(entity, base, remoteVersion.fields),
    row: isRight ? null : toRowWrite(record, wanted, { raw: row.fields, canonical: canonical.fields }),
    computed: newComputed(local, row, record),
    outbox: outboxAction(local, record, {
      writesRemote: writesRemote(decision),
      isBodyPending: isBodyPending(entity, sqlVersion.fields, remoteVersion.fields),
    }),
  };
}

const writesRemote = ({ kind }: Decision): boolean => kind === 'write_remote' || kind === 'write_both';

/** Whether SQL needs no write, because its row already holds what was agreed. */
function isRowRight({
  decision,
  wanted,
  base,
  canonical,
  sqlVersion,
  versions,
}: Pick<Comparison, 'decision' | 'base' | 'versions'> & {
  wanted: Content;
  canonical: Row;
  sqlVersion: Snapshot;
}): boolean {
  if (isSameContent(wanted, canonical)) return true;
  // A row that stays archived gets the status for it. Otherwise it would look as if somebody had reopened it.
  const staysArchived = base.archived && decision.agreed.archived;
  // Once the record is agreed to be live, the row says so too, with its earlier status, which is not known later.
  const isReopened = !sqlVersion.archived && !base.archived && !isSameContent(canonical, sqlVersion);
  return decision.kind === 'write_remote' && !staysArchived && !isReopened && isSameContent(versions.sql, sqlVersion);
}

/** Computed values are nobody's edit, so they are taken whatever was decided, but never from a stale listing. */
function newComputed({ state }: LocalRecord, row: Row, record: RemoteRecord): Fields | null {
  const isStale = state !== null && record.editedAt < state.remoteEditedAt;
  if (record.computed === undefined || isStale) return null;
  return changedFields(row.computed ?? {}, record.computed).length > 0 ? record.computed : null;
}

function outboxAction(
  local: LocalRecord,
  record: RemoteRecord,
  pending: { readonly writesRemote: boolean; readonly isBodyPending: boolean },
): OutboxAction {
  if (hasWrongSyncKey(local, record)) return 'enqueue';
  if (pending.writesRemote) return local.editSeq === null ? 'enqueue' : 'keep';
  return local.editSeq === null || pending.isBodyPending ? 'keep' : 'clear';
}

/** Whether the remote record carries another row's key, as a page copied in Notion does. */
export const hasWrongSyncKey = ({ recordId }: LocalRecord, { syncKey }: RemoteRecord): boolean =>
  syncKey !== null && syncKey !== recordId;

/** The bodies of requests whose outcome is unknown. */
function bodiesSent(entity: Entity, { state, intent }: LocalRecord, record: RemoteRecord): readonly Value[] {
  const name = bodyField(entity);
  if (name === undefined) return [];
  if (state) {
    // The agreed body was written and not read since: the remote side may have rewritten it.
    const unread = state.bodyReadAt === null ? [state.base[name] ?? null] : [];
    return [...unansweredValues(state, name), ...unread];
  }
  return record.createdByUs && intent ? [intent.sent[name] ?? null] : [];
}

/** The last agreed content, including writes that arrived although their answer was lost. */
function knownBase(
  context: SyncContext,
  { state, intent }: LocalRecord,
  record: RemoteRecord,
  remote: Content,
): Omit<KnownBase, 'content'> & { readonly content: Content | null } {
  const { entity } = context;
  const { editGrainMs, archivedField } = rulesFor(context);
  if (state)
    return withUnansweredWrites(state, record, remote, { editGrainMs, archivedField, bodyName: bodyField(entity) });
  if (!record.createdByUs || !intent) return { content: null, isDoubtful: false };
  // Of an adopted page, everything that differs from what was sent is an edit, also by another program with our token.
  if (!record.editedByUs || record.editedAt > record.createdAt)
    return { content: { fields: intent.sent, archived: false }, isDoubtful: false };
  // Within the minute of its creation it may also hold what an earlier attempt sent, or a body as Notion rewrote it.
  const isDoubtful = editedFields(entity, intent.sent, record).length > 0;
  return { content: withBodySent(remote, intent.sent, bodyField(entity)), isDoubtful };
}

/** Notion rewrites a body, but leaves none out: where the page has none, somebody emptied it. */
function withBodySent(remote: Content, sent: Fields, bodyName: string | undefined): Content {
  const isEmptied = bodyName !== undefined && remote.fields[bodyName] === null && (sent[bodyName] ?? null) !== null;
  return isEmptied ? { ...remote, fields: { ...remote.fields, [bodyName]: sent[bodyName] ?? null } } : remote;
}

/** The row to write. A column whose value is equal keeps the exact text that SQL has. */
export function toRowWrite(
  { remoteId, editedAt, createdAt }: RemoteRecord,
  { fields, archived }: Content,
  current: { readonly raw: Fields; readonly canonical: Fields } | null,
): RowWrite {
  const written = Object.entries(fields).map(([name, value]) => [
    name,
    current && isSameValue(current.canonical[name], value) ? (current.raw[name] ?? null) : value,
  ]);
  return { remoteId, fields: Object.fromEntries(written), archived, remoteEditedAt: editedAt, createdAt };
}
