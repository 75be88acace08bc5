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

/** What Notion shall hold for this row. Links to rows without a page wait: the rest goes ahead. */
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

interface Settled {
  /** What was sent. */
  readonly fields: Fields;
  readonly archived: boolean;
  /** Of that, what the other side said back in its own words. */
  readonly said: Fields;
  /** Nobody has edited the row meanwhile. */
  readonly untouched: boolean;
}

/** What a row shall hold once it was sent; null where it does. */
export function rowAfterSend(
  { remote }: SyncContext,
  row: { readonly sent: Row; readonly now: Row },
  { fields, archived, said, untouched }: Settled,
): Content | null {
  const { sent, now } = row;
  // An edit of something else meanwhile leaves a field as it was sent.
  const reworded = Object.entries(said).filter(
    ([name, value]) =>
      isSameValue(now.fields[name], sent.fields[name]) &&
      !isSameValue(remote.toCanonical({ [name]: now.fields[name] ?? null })[name], value),
  );
  const status = untouched && 'status' in fields ? { status: fields.status ?? null } : {};
  const next: Content = {
    fields: { ...now.fields, ...status, ...Object.fromEntries(reworded) },
    archived: untouched ? archived : now.archived,
  };
  return isSameContent(next, now) ? null : next;
}
