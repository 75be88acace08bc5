import { toRowSnapshot } from './archival.ts';
import type { Content, Row, SyncContext, SyncState } from './ports.ts';
import { isSameContent, isSameValue } from './reconcile.ts';
import { isTemporaryId } from './temporary-id.ts';
import type { Fields } from './types.ts';

/** A row as it can be sent now. */
export interface Outgoing {
  readonly fields: Fields;
  readonly archived: boolean;
  /** False while a link waits for the other row's page. */
  readonly complete: boolean;
}

/** What the remote side should hold for a row. Links to rows without a page wait; the rest is sent. */
export function toOutgoing({ entity, remote }: SyncContext, row: Row, state: SyncState | null): Outgoing {
  const snapshot = toRowSnapshot(entity, { ...row, fields: remote.toCanonical(row.fields) }, state);
  let complete = true;
  const fields = Object.fromEntries(
    Object.entries(snapshot.fields).map(([name, value]) => {
      const kind = entity.fields[name]?.kind;
      if (kind === 'relation_one' && typeof value === 'string' && isTemporaryId(value)) {
        complete = false;
        return [name, state?.base[name] ?? null];
      }
      if (kind === 'relation_many' && Array.isArray(value) && value.some(isTemporaryId)) {
        complete = false;
        return [name, value.filter((remoteId) => !isTemporaryId(remoteId))];
      }
      return [name, value];
    }),
  );
  return { fields, archived: snapshot.archived, complete };
}

interface Sent {
  readonly fields: Fields;
  readonly archived: boolean;
  /** The fields that the remote side returned after the write, as it rewrote them. */
  readonly returned: Fields;
  /** Nobody has edited the row since it was sent. */
  readonly isUnchanged: boolean;
}

/** What a row should hold after it was sent; null if it already does. */
export function rowAfterSend(
  { entity, remote }: SyncContext,
  row: { readonly sent: Row; readonly now: Row },
  { fields, archived, returned, isUnchanged }: Sent,
): Content | null {
  const { sent, now } = row;
  // A later edit of another field does not matter here.
  const rewritten = Object.entries(returned).filter(
    ([name, value]) =>
      isSameValue(now.fields[name], sent.fields[name]) &&
      !isSameValue(remote.toCanonical({ [name]: now.fields[name] ?? null })[name], value),
  );
  // The same holds for an edit that leaves the flag and the status alone: they are what was sent.
  const isSameArchival =
    entity.archivedStatus !== undefined &&
    now.archived === sent.archived &&
    isSameValue(now.fields.status, sent.fields.status);
  const takesArchival = isUnchanged || isSameArchival;
  const status = takesArchival && 'status' in fields ? { status: fields.status ?? null } : {};
  const next: Content = {
    fields: { ...now.fields, ...status, ...Object.fromEntries(rewritten) },
    archived: takesArchival ? archived : now.archived,
  };
  return isSameContent(next, now) ? null : next;
}
