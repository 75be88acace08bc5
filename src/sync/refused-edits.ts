import type { RecordError } from '../errors.ts';
import type { Conflict, RemoteSide } from './ports.ts';
import type { Fields, Snapshot } from './types.ts';
import type { Refused } from './update-port.ts';

/**
 * An edit that the remote side will never take does not wait: the row gets the agreed value back, and the edit is kept
 * as a conflict. It is reported once.
 */
const CODES: ReadonlySet<string> = new Set(['body_unsayable', 'body_refused']);

export const isRefusedForGood = ({ code }: RecordError): boolean => CODES.has(code);

/** The fields that are refused for good, with their agreed values. A body that was never read has none, and waits. */
export function valuesToRestore(refused: Refused, base: Fields): Fields {
  const names = Object.entries(refused).flatMap(([name, error]) =>
    isRefusedForGood(error) && name in base ? [name] : [],
  );
  return Object.fromEntries(names.map((name) => [name, base[name] ?? null]));
}

/** What the reason of such a conflict begins with. */
export const REFUSAL_REASON = 'the edit was refused';

/** The conflict that keeps an edit which the remote side refuses. @param sql the row as it was sent */
export const refusalConflict = (
  side: RemoteSide,
  ids: { readonly recordId: string; readonly remoteId: string },
  { refused, restored }: { readonly refused: Refused; readonly restored: Fields },
  { agreed, sql }: { readonly agreed: Pick<Snapshot, 'fields' | 'archived'>; readonly sql: Conflict['sql'] },
): Conflict => ({
  ...ids,
  winner: side,
  reason: `${REFUSAL_REASON}: ${Object.keys(restored)
    .map((name) => refused[name]?.message ?? '')
    .join('; ')}`,
  base: agreed,
  remote: { fields: { ...sql.fields, ...restored }, archived: sql.archived },
  sql,
});
