import { omit, pick } from './fields.ts';
import type { Content, RemoteRecord, SyncState, UnansweredWrite } from './ports.ts';
import { changedFields, isSameValue } from './reconcile.ts';
import type { Fields, Snapshot } from './types.ts';

/**
 * A write that got no answer may have happened, may not have, or may still
 * happen: Notion executes a request that is under way after the worker that
 * sent it was killed. What such a write sent is therefore remembered, and
 * recognized in the page: then it is our own write, not somebody's edit.
 *
 * Content alone does not tell who wrote it, nor does the last editor: another
 * program may use the same integration's token. Both together do.
 */

/** For how long after it was sent a write may still happen. Longer than any proxy, retry or request limit. */
const MAX_LATENESS_MS = 15 * 60_000;
/** How far the two clocks may differ. The doctor reports more. */
const MAX_SKEW_MS = 2 * 60_000;

/** What both sides are known to have agreed on, with the unanswered writes that the remote record shows. */
export interface KnownBase {
  readonly content: Content;
  /** Whether a person's edit and an unanswered write cannot be told apart. Then the losing version is kept. */
  readonly isDoubtful: boolean;
}

/** The state while a write is under way, which changes what was agreed before. */
export function withSending(state: SyncState, next: Content, sentAt: Date): SyncState & { sending: UnansweredWrite } {
  const names = changedFields(state.base, next.fields);
  return {
    ...state,
    sending: {
      fields: Object.fromEntries(names.map((name) => [name, next.fields[name] ?? null])),
      ...(next.archived === state.archived ? {} : { archived: next.archived }),
      sentAt,
    },
    lateWrites: state.lateWrites.map((write) => (isShown(write, next) ? { ...write, isSentAgain: true } : write)),
  };
}

/** Adds the unanswered writes that the record shows to the last agreed content. */
export function withUnansweredWrites(
  state: SyncState,
  record: RemoteRecord,
  remote: Content,
  rules: Pick<Evidence, 'editGrainMs' | 'bodyName' | 'archivedField'>,
): KnownBase {
  let known: KnownBase = { content: { fields: state.base, archived: state.archived }, isDoubtful: false };
  const evidence = { state, record, remote, ...rules };
  if (state.sending) known = withLastWrite(known, state.sending, evidence);
  for (const write of state.lateWrites) known = withLateWrite(known, write, evidence);
  return known;
}

/** A record as it is now. */
interface Shown {
  readonly state: SyncState;
  readonly record: RemoteRecord;
  readonly remote: Content;
  readonly bodyName: string | undefined;
}

interface Evidence extends Shown {
  readonly editGrainMs: number;
  /** The field that marks a record as archived, where the trash does not. */
  readonly archivedField?: string | undefined;
}

/** The write that was under way when its attempt ended. */
function withLastWrite({ content }: KnownBase, write: UnansweredWrite, evidence: Evidence): KnownBase {
  const { state, record, remote } = evidence;
  const mayBeEditedSince = record.editedAt.getTime() + evidence.editGrainMs > write.sentAt.getTime();
  const rewritten = mayBeEditedSince ? rewrittenBody(content.fields, write, evidence) : null;
  const shown = shownParts(content, write, remote);
  const arrived = { ...shown, fields: { ...shown.fields, ...rewritten } };
  const isEditedByOthers = mayBeEditedSince && !record.editedByUs;
  if (!isEmptyPart(arrived)) {
    // One request writes all properties: those that the page has as before were set back.
    const parts = isEditedByOthers ? unchangedParts(content, write, remote) : arrived;
    return { content: withPart(content, parts), isDoubtful: isEditedByOthers || rewritten !== null };
  }
  const isEditedSince = mayBeEditedSince && record.editedAt > state.remoteEditedAt;
  const isExplained =
    record.editedByUs && (hasBody(write, evidence) || state.lateWrites.some((late) => isShown(late, remote)));
  // Nothing else explains that edit: the write arrived, and somebody set the old values back.
  if (isEditedSince && !isExplained && isSame(content, remote))
    return { content: withPart(content, write), isDoubtful: true };
  return { content, isDoubtful: isEditedSince || isEditedByOthers };
}

/** An earlier write that arrives only now, after newer ones. */
function withLateWrite(known: KnownBase, write: UnansweredWrite, evidence: Evidence): KnownBase {
  const { state, record, remote } = evidence;
  const rewritten = rewrittenBody(known.content.fields, write, evidence);
  if (rewritten && canArriveBy(write, record.editedAt))
    return { content: withPart(known.content, { fields: rewritten }), isDoubtful: true };
  const arrived = shownParts(known.content, write, remote);
  if (isEmptyPart(arrived) || !canArriveBy(write, record.editedAt)) return known;
  const content = withPart(known.content, { ...arrived, ...archivalShown(arrived, evidence) });
  // By us, but only a part of a request: another program with our token may have written the same value.
  const isWhole = requestsOf(write, evidence).every(
    (request) => isEmptyPart(shownParts(known.content, request, remote)) || isSame(content, remote, request),
  );
  if (record.editedByUs && !isWhole) return { ...known, isDoubtful: true };
  // An answered write of ours has the same edit time, so it proves nothing.
  if (record.editedByUs) return { content, isDoubtful: known.isDoubtful || record.editedAt <= state.remoteEditedAt };
  // A person edited the page last. Another difference shows what that edit was; otherwise it was this one.
  return { content: isSame(content, remote) ? known.content : content, isDoubtful: true };
}

/** A body has a request of its own, before the properties: it may have arrived alone. */
const hasBody = ({ fields }: Part, { bodyName }: Evidence): boolean => bodyName !== undefined && bodyName in fields;

/** An archived record whose status is overwritten by a late write is no longer archived, and nobody restored it. */
const archivalShown = ({ fields }: Part, { archivedField, record, remote }: Evidence): Pick<Part, 'archived'> =>
  archivedField !== undefined && archivedField in fields && !record.trashed ? { archived: remote.archived } : {};

/** The requests of a write: the body has its own. */
function requestsOf(write: Part, { bodyName }: Evidence): readonly Part[] {
  if (bodyName === undefined || !(bodyName in write.fields)) return [write];
  return [{ fields: pick(write.fields, [bodyName]) }, { ...write, fields: omit(write.fields, [bodyName]) }];
}

/** The body that the page shows in place of ours: Notion may have written our text in other words. */
function rewrittenBody(
  known: Fields,
  { fields }: UnansweredWrite,
  { state, record, remote, bodyName }: Shown,
): Fields | null {
  if (bodyName === undefined || !record.editedByUs || !record.bodyReadAt || !(bodyName in fields)) return null;
  const body = remote.fields[bodyName] ?? null;
  const isKnown = [known[bodyName], ...unansweredValues(state, bodyName)].some((value) => isSameValue(body, value));
  return body !== null && !isKnown ? { [bodyName]: body } : null;
}

/** The row's version. What was sent was edited before, whatever the clock says that stamped the row. */
export function editedBeforeSent(sql: Snapshot, state: SyncState | null): Snapshot {
  if (!state?.sending || !sql.editedAt || sql.editedAt <= state.sending.sentAt) return sql;
  const sent = withPart({ fields: state.base, archived: state.archived }, state.sending);
  return isSame(sent, sql) ? { ...sql, editedAt: state.sending.sentAt } : sql;
}

/**
 * The unanswered writes that may still happen, once a record was compared.
 * @param record as it is now
 */
export function pendingWrites(
  state: SyncState,
  { now, ...seen }: Omit<Shown, 'state'> & { readonly now: Date },
): readonly UnansweredWrite[] {
  const { base, sending, lateWrites } = state;
  const { record, remote } = seen;
  return (sending ? withLast(lateWrites, sending) : lateWrites).filter((write) => {
    const isOver = now.getTime() > write.sentAt.getTime() + 2 * MAX_LATENESS_MS;
    const rewritten = rewrittenBody(base, write, { ...seen, state });
    const happened = rewritten ? { ...write, fields: { ...write.fields, ...rewritten } } : write;
    return !isOver && !(record.editedByUs && isShown(happened, remote) && !write.isSentAgain);
  });
}

/** Writes that send the same are kept as one, the last. */
function withLast(writes: readonly UnansweredWrite[], last: UnansweredWrite): readonly UnansweredWrite[] {
  const others = writes.filter((write) => !isSameWrite(write, last));
  return [...others, others.length < writes.length ? { ...last, isSentAgain: true } : last];
}

type Part = Pick<UnansweredWrite, 'fields' | 'archived'>;

const isEmptyPart = ({ fields, archived }: Part): boolean => Object.keys(fields).length === 0 && archived === undefined;

const withPart = (content: Content, { fields, archived }: Part): Content => ({
  fields: { ...content.fields, ...fields },
  archived: archived ?? content.archived,
});

/** The parts of a write that the remote record shows, and that differ from what was agreed. */
function shownParts(base: Content, { fields, archived }: Part, remote: Content): Part {
  const shown = Object.entries(fields).filter(
    ([name, value]) =>
      name in remote.fields && isSameValue(remote.fields[name], value) && !isSameValue(base.fields[name], value),
  );
  const showsArchived = archived !== undefined && archived === remote.archived && archived !== base.archived;
  return { fields: Object.fromEntries(shown), ...(showsArchived ? { archived } : {}) };
}

/** The parts of a write that the remote record shows, or has as they were before. */
function unchangedParts(base: Content, { fields, archived }: Part, remote: Content): Part {
  const parts = Object.entries(fields).filter(
    ([name, value]) => isSameValue(remote.fields[name], value) || isSameValue(remote.fields[name], base.fields[name]),
  );
  return { fields: Object.fromEntries(parts), ...(archived === undefined ? {} : { archived }) };
}

const isShown = ({ fields, archived }: Part, remote: Content): boolean =>
  Object.entries(fields).every(([name, value]) => isSameValue(remote.fields[name], value)) &&
  (archived ?? remote.archived) === remote.archived;

/** @param within compares only the parts of this write; default: everything that the remote record shows */
function isSame(content: Content, remote: Content, within?: Part): boolean {
  const names = Object.keys(within?.fields ?? remote.fields);
  const isSameFlag = within && within.archived === undefined ? true : content.archived === remote.archived;
  return isSameFlag && names.every((name) => isSameValue(content.fields[name], remote.fields[name]));
}

/** A field that one of them clears and the other does not write makes a difference. */
const isSameWrite = (a: Part, b: Part): boolean =>
  a.archived === b.archived &&
  Object.keys({ ...a.fields, ...b.fields }).every(
    (name) => name in a.fields && name in b.fields && isSameValue(a.fields[name], b.fields[name]),
  );

const canArriveBy = ({ sentAt }: UnansweredWrite, editedAt: Date): boolean =>
  editedAt.getTime() >= sentAt.getTime() - MAX_SKEW_MS && editedAt.getTime() <= sentAt.getTime() + MAX_LATENESS_MS;

/** The values that unanswered writes sent for one field, the newest first. */
export const unansweredValues = ({ sending, lateWrites }: SyncState, name: string): readonly Fields[string][] =>
  [sending ? [sending] : [], [...lateWrites].reverse()]
    .flat()
    .flatMap(({ fields }) => (name in fields ? [fields[name] ?? null] : []));
