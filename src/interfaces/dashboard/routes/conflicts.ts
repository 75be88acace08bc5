import type { Database } from '../../../database/client.ts';
import { FinalError, LockstepError } from '../../../errors.ts';
import {
  type ConflictChoice,
  type ConflictSide,
  decideConflict,
  type FieldDecision,
  readChoice,
} from '../../../operations/history/choose-versions.ts';
import { remoteSideOf } from '../../../operations/history/compare-versions.ts';
import { isComparable } from '../../../operations/history/conflict-row.ts';
import {
  findConflict,
  listConflicts,
  readLinkTitles,
  resolveConflict,
  type StoredConflict,
} from '../../../operations/history/conflicts.ts';
import type { Html } from '../html.ts';
import { conflictPage } from '../pages/conflict.ts';
import { conflictsPage } from '../pages/conflicts.ts';
import { type KeptConflicts, MAX_REASONS, OTHER_REASON, REASONS } from '../pages/kept-conflicts.ts';
import { conflictPath } from '../view.ts';
import {
  get,
  MAX_COMPARED_BYTES,
  MAX_TITLE_LENGTH,
  MAX_VALUE_LENGTH,
  orReason,
  post,
  type RoutesOf,
  type Sources,
  type Visit,
} from './route.ts';

const CONFLICTS_SHOWN = 200;

/** Conflicts, and what can be done about one or several. */
export const conflictRoutes: RoutesOf = (sources) => {
  const messages: Messages = new Map();
  return [
    get(/^\/conflicts$/, (visit) => showConflicts(visit, sources, messages)),
    post(/^\/conflicts\/keep$/, (visit) => keepSide(visit, sources, messages)),
    get(/^\/conflicts\/([^/]+)$/, (visit) => showConflict(visit, sources)),
    post(/^\/conflicts\/([^/]+)\/resolve$/, (visit) => resolve(visit, sources)),
    post(/^\/conflicts\/([^/]+)\/settle$/, (visit) => settle(visit, sources)),
  ];
};

/** The errors of the last `keepSide` that are not in `REASONS`, by the conflict's id. An address could be forged. */
type Messages = Map<string, string>;

async function showConflicts({ query, view }: Visit, { database }: Sources, messages: Messages): Promise<Html> {
  const all = query.has('all');
  const conflicts = await listConflicts(database, { all, limit: CONFLICTS_SHOWN, maxText: MAX_TITLE_LENGTH });
  const kept = await keptIn(query, database, messages);
  return conflictsPage({ conflicts, all, limit: CONFLICTS_SHOWN, kept }, view);
}

async function showConflict({ part, query, view }: Visit, { database }: Sources): Promise<Html> {
  const conflict = await findConflict(database, part, { maxText: MAX_VALUE_LENGTH });
  const titles = await readLinkTitles(database, conflict);
  const choice = conflict.resolvedAt
    ? null
    : await orReason(async () => readChoice(database, await findWhole(database, conflict.id)));
  const done = query.get('done');
  const isDone = conflict.resolvedAt !== null && (done === 'changed' || done === 'kept');
  return conflictPage({ conflict, titles, choice, done: isDone ? done : null }, view);
}

/** The conflict with its whole versions. @throws FinalError when they are too large for a page */
async function findWhole(database: Database, prefix: string): Promise<StoredConflict> {
  const clipped = await findConflict(database, prefix, { maxText: MAX_TITLE_LENGTH });
  if (await isComparable(database, clipped, MAX_COMPARED_BYTES)) return findConflict(database, clipped.id);
  throw new FinalError(
    'versions_too_large',
    `The versions are too large for this page: use lockstep conflicts restore ${clipped.id}.`,
  );
}

async function resolve({ part, form }: Visit, { database }: Sources): Promise<string> {
  const conflict = await findWhole(database, part);
  const digest = form.get('seen') ?? '';
  const whole = form.get('keep');
  const isWhole = whole === 'sql' || whole === 'remote';
  if (isWhole) requireNothingTyped(form);
  const keep = isWhole ? whole : decisionsIn(form, await readChoice(database, conflict));
  const changed = await decideConflict(database, conflict, { keep, digest });
  return `${conflictPath(conflict.id)}?done=${changed.length > 0 ? 'changed' : 'kept'}`;
}

/** @throws FinalError when another value was typed, which keeping one version would discard */
function requireNothingTyped(form: URLSearchParams): void {
  for (const [key, value] of form) {
    if (!key.startsWith('typed.') || value === '') continue;
    throw new FinalError(
      'bad_request',
      `Another value was entered for ${key.slice('typed.'.length)}: nothing was changed. Clear it to keep one version, or choose it and resolve with these values.`,
    );
  }
}

/** @throws FinalError when another value was typed for a field, but not chosen */
function decisionsIn(form: URLSearchParams, { fields }: ConflictChoice): ReadonlyMap<string, FieldDecision> {
  return new Map(
    fields.map(({ name }): [string, FieldDecision] => {
      const choice = form.get(`use.${name}`);
      const typed = form.get(`typed.${name}`) ?? '';
      if (choice === 'typed') return [name, { typed }];
      if (typed !== '') {
        throw new FinalError(
          'bad_request',
          `Another value was entered for ${name}, but not chosen: nothing was changed.`,
        );
      }
      return [name, choice === 'sql' || choice === 'remote' ? choice : 'current'];
    }),
  );
}

async function settle({ part }: Visit, { database }: Sources): Promise<string> {
  const conflict = await findConflict(database, part);
  await resolveConflict(database, conflict);
  return `${conflictPath(conflict.id)}?done=kept`;
}

/** Keeps one side of each chosen conflict. One that cannot be resolved does not stop the others. */
async function keepSide({ form }: Visit, { database }: Sources, messages: Messages): Promise<string> {
  const side = form.get('keep');
  const chosen = [...new Set(form.getAll('conflict'))].slice(0, CONFLICTS_SHOWN);
  if (side !== 'sql' && side !== 'notion' && side !== 'google') {
    throw new FinalError('bad_request', 'keep must be sql, notion or google');
  }
  if (chosen.length === 0) throw new FinalError('bad_request', 'Choose at least one conflict.');
  messages.clear();
  const left: string[] = [];
  for (const id of chosen) {
    const error = await errorOf(() => keepSideOf(database, id, side));
    if (error === null) continue;
    const isKnown = Object.hasOwn(REASONS, error.code);
    if (!isKnown) messages.set(id, error.message);
    left.push(`${isKnown ? error.code : OTHER_REASON}.${id}`);
  }
  const result = new URLSearchParams({ kept: String(chosen.length - left.length), left: String(left.length) });
  for (const one of left.slice(0, MAX_REASONS)) result.append('why', one);
  return `/conflicts?${result}`;
}

async function errorOf(work: () => Promise<unknown>): Promise<LockstepError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof LockstepError) return error;
    throw error;
  }
}

async function keepSideOf(database: Database, id: string, side: 'sql' | 'notion' | 'google'): Promise<void> {
  const conflict = await findWhole(database, id);
  if (side !== 'sql' && side !== remoteSideOf(conflict)) {
    throw new FinalError('other_side', `conflict ${id} is not with ${side}`);
  }
  const keep: ConflictSide = side === 'sql' ? 'sql' : 'remote';
  await decideConflict(database, conflict, { keep });
}

/** The result of `keepSide`. The page shows no other text than known reasons, messages of errors and titles. */
async function keptIn(query: URLSearchParams, database: Database, messages: Messages): Promise<KeptConflicts | null> {
  const [kept, left] = [query.get('kept') ?? '', query.get('left') ?? ''];
  if (!/^\d{1,3}$/.test(kept) || !/^\d{1,3}$/.test(left)) return null;
  const reasons = query.getAll('why').slice(0, MAX_REASONS);
  const named = reasons.map(async (text) => {
    const [code = '', id = ''] = text.split('.');
    const reason = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
    if (reason === undefined) return [];
    const conflict = await findConflict(database, id, { maxText: MAX_TITLE_LENGTH }).catch(ignoreUnknown);
    if (conflict === null) return [];
    return [{ reason: code === OTHER_REASON ? (messages.get(id) ?? reason) : reason, conflict }];
  });
  return { kept: Number(kept), left: Number(left), reasons: (await Promise.all(named)).flat() };
}

function ignoreUnknown(error: unknown): null {
  if (error instanceof FinalError) return null;
  throw error;
}
