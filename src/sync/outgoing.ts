import type { Entity } from '../entities/define.ts';
import { isSpelledAlike } from '../entities/option-names.ts';
import { isEmail } from '../entities/person.ts';
import { toRowSnapshot } from './archival.ts';
import { remoteBody } from './bodies.ts';
import { pick } from './fields.ts';
import type { Content, RemoteRecord, Row, SyncContext, SyncState } from './ports.ts';
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

/** What the remote side made of the written values: a body as it rewrote it, an option as it spells it, ids for e-mails. */
export function returnedValues(
  entity: Entity,
  page: RemoteRecord | null,
  { written, archived }: { readonly written: Fields; readonly archived: boolean },
): Fields {
  if (!page) return {};
  const respelled = Object.entries(written).filter(([name, value]) => {
    if (entity.fields[name]?.kind === 'people') return Array.isArray(value) && value.some(isEmail);
    // An archived record has the archived status as the entity spells it.
    if (entity.fields[name]?.kind !== 'select' || (archived && name === 'status')) return false;
    const option = page.fields[name];
    return typeof value === 'string' && typeof option === 'string' && isSpelledAlike(option, value);
  });
  return {
    ...Object.fromEntries(respelled.map(([name]) => [name, page.fields[name] ?? null])),
    ...pick(remoteBody(entity, page), Object.keys(written)),
  };
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
