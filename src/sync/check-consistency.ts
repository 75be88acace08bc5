import type { Entity } from '../entities/define.ts';
import { toRowSnapshot } from './archival.ts';
import type { Content, LocalRecord } from './ports.ts';
import { changedFields, isSameContent } from './reconcile.ts';
import type { Fields } from './types.ts';

/** One record, as each side holds it; null: it does not. */
export interface Sides {
  readonly recordId: string;
  /** As the other side was last read or written. */
  readonly remote: Content | null;
  readonly sql: Content | null;
}

/** @param canonical a row's fields as the other side would say them back */
export function sidesOf(entity: Entity, record: LocalRecord, canonical: (fields: Fields) => Fields): Sides {
  const { recordId, row, state } = record;
  const said = row && toRowSnapshot(entity, { ...row, fields: canonical(row.fields) }, state);
  return {
    recordId,
    remote: state && { fields: state.base, archived: state.archived },
    sql: said && { fields: said.fields, archived: said.archived },
  };
}

/** Archived on one side and never there on the other is the same thing to us. */
export function areInSync({ remote, sql }: Sides): boolean {
  if (remote && sql) return isSameContent(remote, sql);
  return (remote ?? sql)?.archived ?? true;
}

/** In which fields the two sides differ. */
export function differingFields({ remote, sql }: Sides): readonly string[] {
  if (!remote || !sql) return [];
  const fields = changedFields(remote.fields, sql.fields);
  return remote.archived === sql.archived ? fields : [...fields, 'archived'];
}

/** Why a record differs, as far as the sync itself knows; the next cycle deals with all but the last. */
export type Reason = 'row_deleted' | 'page_waits' | 'answer_lost' | 'edit_waits' | 'link_waits' | 'unexplained';

export function reasonOf({ row, state, editSeq }: LocalRecord, isLinkWaiting: boolean): Reason {
  if (!row) return 'row_deleted';
  if (!state) return 'page_waits';
  if (state.sending) return 'answer_lost';
  if (editSeq !== null) return 'edit_waits';
  return isLinkWaiting ? 'link_waits' : 'unexplained';
}
