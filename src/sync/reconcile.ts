import type { Content, RemoteSide, Side } from './ports.ts';
import type { Fields, Snapshot, Value } from './types.ts';

export interface Loss {
  readonly winner: Side;
  readonly reason: string;
}

/** How two changed versions of one record are brought together. */
export interface Rules {
  /** `row`: the newest edit wins whole; `field`: edits to different fields are both kept. */
  readonly conflicts: 'row' | 'field';
  readonly side: RemoteSide;
  /** The grain of the remote side's clock, in milliseconds. */
  readonly editGrainMs: number;
  /** Nothing is written there: its version always wins. */
  readonly readOnly?: boolean;
  /** The field that says «archived» along with the flag, so that a merge never parts the two. */
  readonly archivedField?: string;
}

/**
 * What is to be done about one record that both sides have.
 * `agreed` is what both shall hold afterwards.
 */
export type Decision =
  | { readonly kind: 'in_step'; readonly agreed: Content }
  | { readonly kind: 'write_sql'; readonly agreed: Content; readonly loss?: Loss }
  | { readonly kind: 'write_remote'; readonly agreed: Content; readonly loss?: Loss }
  | { readonly kind: 'write_both'; readonly agreed: Content; readonly loss?: Loss };

/** Equality of neutral values; lists are compared in order (codecs sort them). */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => item === b[at]);
  return (a ?? null) === (b ?? null);
}

/** Names of the fields in which the two differ. */
export const changedFields = (from: Fields, to: Fields): string[] =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((name) => !sameValue(from[name], to[name]));

export const sameContent = (a: Content, b: Content): boolean =>
  a.archived === b.archived && changedFields(a.fields, b.fields).length === 0;

const contentOf = (snapshot: Snapshot): Content => ({ fields: snapshot.fields, archived: snapshot.archived });

const SIDE_NAMES = { notion: 'Notion', google: 'Google' } as const;

/**
 * Rule 2: the most recent edit wins. Notion's time has the grain of a minute,
 * so an SQL edit within that same minute is a tie, and a tie goes to the remote side.
 */
export function newerSide(remote: Snapshot, sql: Snapshot, { side, editGrainMs }: Rules): Loss {
  if (!sql.editedAt) return { winner: side, reason: 'the row was never edited by hand' };
  if (!remote.editedAt) return { winner: 'sql', reason: 'only SQL has an edit time' };
  const name = SIDE_NAMES[side];
  const ahead = sql.editedAt.getTime() - remote.editedAt.getTime();
  if (ahead >= editGrainMs) return { winner: 'sql', reason: 'SQL was edited later' };
  if (ahead < 0) return { winner: side, reason: `${name} was edited later` };
  return { winner: side, reason: `both were edited at the same time, as far as ${name} tells: a tie goes to ${name}` };
}

/**
 * The three-way decision for one record: pure, so that nearly all of the sync's
 * meaning can be tested without a clock or a network.
 *
 * @param base null when both sides exist but never agreed on anything (an adopted page)
 */
export function reconcile(base: Content | null, remote: Snapshot, sql: Snapshot, rules: Rules): Decision {
  const theirs = contentOf(remote);
  const ours = contentOf(sql);
  if (sameContent(theirs, ours)) return { kind: 'in_step', agreed: theirs };
  if (rules.readOnly) return putBack(base, theirs, ours, rules);
  if (base && sameContent(base, ours)) return { kind: 'write_sql', agreed: theirs };
  if (base && sameContent(base, theirs)) return { kind: 'write_remote', agreed: ours };

  const loss = newerSide(remote, sql, rules);
  if (rules.conflicts === 'field' && base) return merge(base, theirs, ours, loss, rules.archivedField);
  return loss.winner === 'sql'
    ? { kind: 'write_remote', agreed: ours, loss }
    : { kind: 'write_sql', agreed: theirs, loss };
}

function putBack(base: Content | null, theirs: Content, ours: Content, { side }: Rules): Decision {
  if (base && sameContent(base, ours)) return { kind: 'write_sql', agreed: theirs };
  return { kind: 'write_sql', agreed: theirs, loss: { winner: side, reason: 'it is only read: the row was put back' } };
}

function merge(
  base: Content,
  theirs: Content,
  ours: Content,
  newer: Loss,
  archivedField: string | undefined,
): Decision {
  const winner = newer.winner === 'sql' ? ours : theirs;
  let clash = false;
  /** The side whose word on one thing counts. */
  const pick = (same: (a: Content, b: Content) => boolean): Content => {
    if (same(theirs, base)) return ours;
    if (same(ours, base) || same(theirs, ours)) return theirs;
    clash = true;
    return winner;
  };
  const sameField =
    (name: string) =>
    (a: Content, b: Content): boolean =>
      sameValue(a.fields[name], b.fields[name]);
  const archival = pick(
    (a, b) => a.archived === b.archived && (archivedField === undefined || sameField(archivedField)(a, b)),
  );
  const names = new Set([...Object.keys(theirs.fields), ...Object.keys(ours.fields)]);
  const agreed: Content = {
    fields: Object.fromEntries(
      [...names].map((name) => {
        const side = name === archivedField ? archival : pick(sameField(name));
        return [name, side.fields[name] ?? null];
      }),
    ),
    archived: archival.archived,
  };
  const loss = clash ? { loss: newer } : {};
  if (sameContent(agreed, theirs)) return { kind: 'write_sql', agreed, ...loss };
  if (sameContent(agreed, ours)) return { kind: 'write_remote', agreed, ...loss };
  return { kind: 'write_both', agreed, ...loss };
}
