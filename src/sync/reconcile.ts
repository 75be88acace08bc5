import type { Fields, Snapshot, Value } from './types.ts';

/** What both sides last agreed on. */
export interface Base {
  readonly fields: Fields;
  readonly archived: boolean;
}

export interface Loss {
  readonly winner: 'notion' | 'sql';
  readonly reason: string;
}

/**
 * What is to be done about one record that both sides have.
 * `agreed` is what both shall hold afterwards.
 */
export type Decision =
  | { readonly kind: 'in_step'; readonly agreed: Base }
  | { readonly kind: 'write_sql'; readonly agreed: Base; readonly loss?: Loss }
  | { readonly kind: 'write_notion'; readonly agreed: Base; readonly loss?: Loss }
  | { readonly kind: 'write_both'; readonly agreed: Base; readonly loss?: Loss };

const MINUTE_MS = 60_000;

/** Equality of neutral values; lists are compared in order (codecs sort them). */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => item === b[at]);
  return (a ?? null) === (b ?? null);
}

/** Names of the fields in which the two differ. */
export const changedFields = (from: Fields, to: Fields): string[] =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((name) => !sameValue(from[name], to[name]));

export const sameContent = (a: Base, b: Base): boolean =>
  a.archived === b.archived && changedFields(a.fields, b.fields).length === 0;

const content = (snapshot: Snapshot): Base => ({ fields: snapshot.fields, archived: snapshot.archived });

/**
 * Rule 2: the most recent edit wins. Notion's time has the grain of a minute,
 * so an SQL edit within that same minute is a tie, and a tie goes to Notion.
 */
export function newerSide(notion: Snapshot, sql: Snapshot): Loss {
  if (!notion.editedAt || !sql.editedAt) {
    return sql.editedAt
      ? { winner: 'sql', reason: 'only SQL has an edit time' }
      : { winner: 'notion', reason: 'the row was never edited by hand' };
  }
  const minute = notion.editedAt.getTime();
  const ahead = sql.editedAt.getTime() - minute;
  if (ahead >= MINUTE_MS) return { winner: 'sql', reason: 'SQL was edited later' };
  if (ahead >= 0) return { winner: 'notion', reason: 'both were edited within the same minute: a tie goes to Notion' };
  return { winner: 'notion', reason: 'Notion was edited later' };
}

/**
 * The three-way decision for one record: pure, so that nearly all of the sync's
 * meaning can be tested without a clock or a network.
 *
 * @param base null when both sides exist but never agreed on anything (an adopted page)
 */
export function reconcile(base: Base | null, notion: Snapshot, sql: Snapshot, policy: 'row' | 'field'): Decision {
  const theirs = content(notion);
  const ours = content(sql);
  if (sameContent(theirs, ours)) return { kind: 'in_step', agreed: theirs };
  if (base && sameContent(base, ours)) return { kind: 'write_sql', agreed: theirs };
  if (base && sameContent(base, theirs)) return { kind: 'write_notion', agreed: ours };

  const loss = newerSide(notion, sql);
  if (policy === 'field' && base) return merge(base, theirs, ours, loss);
  return loss.winner === 'notion'
    ? { kind: 'write_sql', agreed: theirs, loss }
    : { kind: 'write_notion', agreed: ours, loss };
}

function merge(base: Base, theirs: Base, ours: Base, newer: Loss): Decision {
  const winner = newer.winner === 'notion' ? theirs : ours;
  let clash = false;
  const pick = <T>(was: T, their: T, our: T, won: T, same: (a: T, b: T) => boolean): T => {
    if (same(their, was)) return our;
    if (same(our, was) || same(their, our)) return their;
    clash = true;
    return won;
  };
  const names = new Set([...Object.keys(theirs.fields), ...Object.keys(ours.fields)]);
  const agreed: Base = {
    fields: Object.fromEntries(
      [...names].map((name) => {
        const at = (side: Base): Value => side.fields[name] ?? null;
        return [name, pick(at(base), at(theirs), at(ours), at(winner), sameValue)];
      }),
    ),
    archived: pick(base.archived, theirs.archived, ours.archived, winner.archived, Object.is),
  };
  const loss = clash ? { loss: newer } : {};
  if (sameContent(agreed, theirs)) return { kind: 'write_sql', agreed, ...loss };
  if (sameContent(agreed, ours)) return { kind: 'write_notion', agreed, ...loss };
  return { kind: 'write_both', agreed, ...loss };
}
