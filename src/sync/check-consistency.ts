import type { Entity } from '../entities/define.ts';
import { toRowSnapshot } from './archival.ts';
import type { Content, LocalRecord } from './ports.ts';
import { changedFields, isSameContent } from './reconcile.ts';
import type { Fields } from './types.ts';

/** One record as each side holds it; null if a side does not hold it. */
export interface Sides {
  readonly recordId: string;
  /** As the remote side was last read or written. */
  readonly remote: Content | null;
  readonly sql: Content | null;
}

/** @param toCanonical as `RemoteEntity.toCanonical` */
export function sidesOf(entity: Entity, record: LocalRecord, toCanonical: (fields: Fields) => Fields): Sides {
  const { recordId, row, state } = record;
  const snapshot = row && toRowSnapshot(entity, { ...row, fields: toCanonical(row.fields) }, state);
  return {
    recordId,
    remote: state && { fields: state.base, archived: state.archived },
    sql: snapshot && { fields: snapshot.fields, archived: snapshot.archived },
  };
}

/** A record that is archived on one side and was never on the other counts as in sync. */
export function areInSync({ remote, sql }: Sides): boolean {
  if (remote && sql) return isSameContent(remote, sql);
  return (remote ?? sql)?.archived ?? true;
}

/** The fields in which the two sides differ. */
export function differingFields({ remote, sql }: Sides): readonly string[] {
  if (!remote || !sql) return [];
  const fields = changedFields(remote.fields, sql.fields);
  return remote.archived === sql.archived ? fields : [...fields, 'archived'];
}

/** Why a record differs. The next cycle resolves every reason but `unexplained`. */
export type Reason = 'row_deleted' | 'page_waits' | 'answer_lost' | 'edit_waits' | 'link_waits' | 'unexplained';

export function reasonOf({ row, state, editSeq }: LocalRecord, isLinkWaiting: boolean): Reason {
  if (!row) return 'row_deleted';
  if (!state) return 'page_waits';
  if (state.sending) return 'answer_lost';
  if (editSeq !== null) return 'edit_waits';
  return isLinkWaiting ? 'link_waits' : 'unexplained';
}
