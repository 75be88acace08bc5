import { losesOrder, mergeLists } from './merge-lists.ts';
import type { Content, RemoteSide, Side } from './ports.ts';
import type { Fields, Snapshot, Value } from './types.ts';

/** Who won a conflict, and why. */
export interface Resolution {
  readonly winner: Side;
  readonly reason: string;
}

/** How two changed versions of one record are combined. */
export interface Rules {
  /** `row`: the newest edit wins whole; `field`: edits to different fields are both kept. */
  readonly conflicts: 'row' | 'field';
  readonly side: RemoteSide;
  /** The resolution of the remote side's clock, in milliseconds. */
  readonly editGrainMs: number;
  /** The remote side cannot be written: its version always wins. */
  readonly readOnly?: boolean;
  /** PostgreSQL refuses the remote version: a conflict goes to SQL. */
  readonly sqlStands?: boolean;
  /** The field that marks a record as archived, as the flag does. A merge takes both from the same side. */
  readonly archivedField?: string;
  /** Fields that make one value. A merge takes all of them from the same side. */
  readonly oneValue?: readonly string[];
  /** Fields that are lists in an order. A merge keeps what either side added or removed. */
  readonly listFields?: readonly string[];
  /** Fields that are sorted lists of links, which have no order of their own. They are merged as lists are. */
  readonly linkFields?: readonly string[];
}

/** What to do with one record that both sides hold. `agreed` is the content of both sides afterwards. */
export type Decision =
  | { readonly kind: 'in_sync'; readonly agreed: Content }
  | { readonly kind: 'write_sql'; readonly agreed: Content; readonly resolution?: Resolution }
  | { readonly kind: 'write_remote'; readonly agreed: Content; readonly resolution?: Resolution }
  | { readonly kind: 'write_both'; readonly agreed: Content; readonly resolution?: Resolution };

/** Compares neutral values. Lists are compared in order; codecs sort those that have none. */
export function isSameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => item === b[at]);
  return (a ?? null) === (b ?? null);
}

/** Names of the fields that differ. */
export const changedFields = (from: Fields, to: Fields): string[] =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((name) => !isSameValue(from[name], to[name]));

export const isSameContent = (a: Content, b: Content): boolean =>
  a.archived === b.archived && changedFields(a.fields, b.fields).length === 0;

const toContent = (snapshot: Snapshot): Content => ({ fields: snapshot.fields, archived: snapshot.archived });

const SIDE_NAMES = { notion: 'Notion', google: 'Google' } as const;

/**
 * Rule 2: the most recent edit wins. Notion's edit times are whole minutes, so
 * an SQL edit within the same minute is a tie. Ties go to the remote side.
 */
export function newerSide(remote: Snapshot, sql: Snapshot, { side, editGrainMs, sqlStands }: Rules): Resolution {
  if (sqlStands) return { winner: 'sql', reason: `PostgreSQL refused the version of ${SIDE_NAMES[side]}` };
  if (!sql.editedAt) return { winner: side, reason: 'the row was never edited in SQL' };
  if (!remote.editedAt) return { winner: 'sql', reason: 'only SQL has an edit time' };
  const name = SIDE_NAMES[side];
  const ahead = sql.editedAt.getTime() - remote.editedAt.getTime();
  if (ahead >= editGrainMs) return { winner: 'sql', reason: 'SQL was edited later' };
  if (ahead < 0) return { winner: side, reason: `${name} was edited later` };
  return {
    winner: side,
    reason: `both were edited at the same time by ${name}'s clock: a tie goes to ${name}`,
  };
}

/**
 * The three-way decision for one record. A pure function: tests need no clock
 * and no network.
 *
 * @param base null when both sides exist but never agreed on anything (an adopted page)
 */
export function reconcile(base: Content | null, remote: Snapshot, sql: Snapshot, rules: Rules): Decision {
  const remoteContent = toContent(remote);
  const sqlContent = toContent(sql);
  if (isSameContent(remoteContent, sqlContent)) return { kind: 'in_sync', agreed: remoteContent };
  if (rules.readOnly) return restoreRemote(base, remoteContent, sqlContent, rules);
  if (base && isSameContent(base, sqlContent)) return { kind: 'write_sql', agreed: remoteContent };
  if (base && isSameContent(base, remoteContent)) return { kind: 'write_remote', agreed: sqlContent };

  const resolution = newerSide(remote, sql, rules);
  if (rules.conflicts === 'field' && base) return merge(base, remoteContent, sqlContent, resolution, rules);
  return resolution.winner === 'sql'
    ? { kind: 'write_remote', agreed: sqlContent, resolution }
    : { kind: 'write_sql', agreed: remoteContent, resolution };
}

/**
 * Both versions as a conflict keeps them. Fields that were merged are no part of
 * the conflict, so that restoring the losing version takes no other edit back.
 */
export function conflictingVersions(
  { base, remote, sql }: { readonly base: Content | null; readonly remote: Snapshot; readonly sql: Snapshot },
  agreed: Content,
  winner: Side,
  rules: Rules,
): { readonly remote: Content; readonly sql: Content } {
  const { conflicts, archivedField, oneValue = [] } = rules;
  const versions = { remote: toContent(remote), sql: toContent(sql) };
  if (conflicts === 'row' || !base) return versions;
  const [won, lost] = winner === 'sql' ? [versions.sql, versions.remote] : [versions.remote, versions.sql];
  const edited = new Set(changedFields(base.fields, lost.fields));
  if (oneValue.some((name) => edited.has(name))) for (const name of oneValue) edited.add(name);
  const isArchivalEdited =
    lost.archived !== base.archived || (archivedField !== undefined && edited.has(archivedField));
  if (isArchivalEdited && archivedField !== undefined) edited.add(archivedField);
  const lostValue = (name: string): Value | undefined => {
    const lists = listsIn(name, { base, winner: won, loser: lost }, rules);
    if (!lists) return lost.fields[name];
    return isOrderLost(name, lists, rules) ? mergeLists(lists[0], lists[2], lists[1]) : agreed.fields[name];
  };
  const kept: Content = {
    fields: Object.fromEntries(
      Object.entries(agreed.fields).map(([name, value]) => [
        name,
        edited.has(name) ? (lostValue(name) ?? null) : value,
      ]),
    ),
    archived: isArchivalEdited ? lost.archived : agreed.archived,
  };
  return winner === 'sql' ? { remote: kept, sql: agreed } : { remote: agreed, sql: kept };
}

function restoreRemote(base: Content | null, remoteContent: Content, sqlContent: Content, { side }: Rules): Decision {
  if (base && isSameContent(base, sqlContent)) return { kind: 'write_sql', agreed: remoteContent };
  return {
    kind: 'write_sql',
    agreed: remoteContent,
    resolution: { winner: side, reason: 'the remote side is read-only: the row was restored' },
  };
}

function merge(base: Content, remoteContent: Content, sqlContent: Content, newer: Resolution, rules: Rules): Decision {
  const { archivedField, oneValue = [] } = rules;
  const winner = newer.winner === 'sql' ? sqlContent : remoteContent;
  const loser = winner === sqlContent ? remoteContent : sqlContent;
  let isConflict = false;
  /** The side that decides one field. */
  const chooseSide = (isSame: (a: Content, b: Content) => boolean): Content => {
    if (isSame(remoteContent, base)) return sqlContent;
    if (isSame(sqlContent, base) || isSame(remoteContent, sqlContent)) return remoteContent;
    isConflict = true;
    return winner;
  };
  const sameField =
    (name: string) =>
    (a: Content, b: Content): boolean =>
      (oneValue.includes(name) ? oneValue : [name]).every((part) => isSameValue(a.fields[part], b.fields[part]));
  const archival = chooseSide(
    (a, b) => a.archived === b.archived && (archivedField === undefined || sameField(archivedField)(a, b)),
  );
  /** What both sides made of a list that both changed. */
  const mergedList = (name: string): Value | null => {
    const isSame = sameField(name);
    const isChangedBy = (side: Content): boolean => !isSame(side, base);
    const isContested = [remoteContent, sqlContent].every(isChangedBy) && !isSame(remoteContent, sqlContent);
    const lists = isContested ? listsIn(name, { base, winner, loser }, rules) : null;
    if (!lists) return null;
    if (isOrderLost(name, lists, rules)) isConflict = true;
    return rules.linkFields?.includes(name) ? mergeLists(...lists).sort() : mergeLists(...lists);
  };
  const names = new Set([...Object.keys(remoteContent.fields), ...Object.keys(sqlContent.fields)]);
  const agreed: Content = {
    fields: Object.fromEntries(
      [...names].map((name) => {
        const list = mergedList(name);
        if (list) return [name, list];
        const side = name === archivedField ? archival : chooseSide(sameField(name));
        return [name, side.fields[name] ?? null];
      }),
    ),
    archived: archival.archived,
  };
  const resolution = isConflict ? { resolution: newer } : {};
  if (isSameContent(agreed, remoteContent)) return { kind: 'write_sql', agreed, ...resolution };
  if (isSameContent(agreed, sqlContent)) return { kind: 'write_remote', agreed, ...resolution };
  return { kind: 'write_both', agreed, ...resolution };
}

type Lists = [base: readonly string[], winner: readonly string[], loser: readonly string[]];

/** The versions of a list; null if the field is none. */
function listsIn(
  name: string,
  { base, winner, loser }: Readonly<Record<'base' | 'winner' | 'loser', Content>>,
  { listFields = [], linkFields = [] }: Rules,
): Lists | null {
  if (!listFields.includes(name) && !linkFields.includes(name)) return null;
  const [was, won, lost] = [base, winner, loser].map(({ fields }) => fields[name] ?? []);
  return isList(was) && isList(won) && isList(lost) ? [was, won, lost] : null;
}

/** Links have no order that a merge could lose. */
const isOrderLost = (name: string, lists: Lists, { listFields = [] }: Rules): boolean =>
  listFields.includes(name) && losesOrder(...lists);

/** `Array.isArray` does not recognize a readonly array. */
const isList = (value: Value | undefined): value is readonly string[] => Array.isArray(value);
