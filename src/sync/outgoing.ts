import { rowSnapshot } from './archival.ts';
import type { Row, SyncContext, SyncState } from './ports.ts';
import type { Fields } from './types.ts';

const isTemporary = (pageId: string): boolean => pageId.startsWith('sql:');

/** A row as it can be sent now. */
export interface Outgoing {
  readonly fields: Fields;
  readonly archived: boolean;
  /** False while a link waits for the other row's page. */
  readonly complete: boolean;
}

/** What Notion shall hold for this row. Links to rows without a page wait: the rest goes ahead. */
export function outgoing({ entity, remote }: SyncContext, row: Row, state: SyncState | null): Outgoing {
  const snapshot = rowSnapshot(entity, { ...row, fields: remote.canonical(row.fields) }, state);
  let complete = true;
  const fields = Object.fromEntries(
    Object.entries(snapshot.fields).map(([name, value]) => {
      const kind = entity.fields[name]?.kind;
      if (kind === 'relation_one' && typeof value === 'string' && isTemporary(value)) {
        complete = false;
        return [name, state?.base[name] ?? null];
      }
      if (kind === 'relation_many' && Array.isArray(value) && value.some(isTemporary)) {
        complete = false;
        return [name, value.filter((pageId) => !isTemporary(pageId))];
      }
      return [name, value];
    }),
  );
  return { fields, archived: snapshot.archived, complete };
}
