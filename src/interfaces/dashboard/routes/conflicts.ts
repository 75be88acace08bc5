import type { Database } from '../../../database/client.ts';
import { FinalError } from '../../../errors.ts';
import {
  findConflict,
  listConflicts,
  readLinkTitles,
  resolveConflict,
  type StoredConflict,
} from '../../../operations/history/conflicts.ts';
import {
  isComparable,
  planRestore,
  type RestorePlan,
  restoreConflict,
} from '../../../operations/history/restore-conflict.ts';
import type { Html } from '../html.ts';
import { conflictPage, conflictsPage } from '../pages/conflicts.ts';
import { conflictPath } from '../view.ts';
import {
  get,
  MAX_COMPARED_BYTES,
  MAX_TITLE_LENGTH,
  MAX_VALUE_LENGTH,
  post,
  type RoutesOf,
  type Sources,
  type Visit,
} from './route.ts';

const CONFLICTS_SHOWN = 200;

/** Conflicts, and what can be done about one. */
export const conflictRoutes: RoutesOf = (sources) => [
  get(/^\/conflicts$/, (visit) => showConflicts(visit, sources)),
  get(/^\/conflicts\/([^/]+)$/, (visit) => showConflict(visit, sources)),
  post(/^\/conflicts\/([^/]+)\/restore$/, (visit) => restore(visit, sources)),
  post(/^\/conflicts\/([^/]+)\/settle$/, (visit) => settle(visit, sources)),
];

async function showConflicts({ query, view }: Visit, { database }: Sources): Promise<Html> {
  const all = query.has('all');
  const conflicts = await listConflicts(database, { all, limit: CONFLICTS_SHOWN, maxText: MAX_TITLE_LENGTH });
  return conflictsPage({ conflicts, all, limit: CONFLICTS_SHOWN }, view);
}

async function showConflict({ part, query, view }: Visit, { database }: Sources): Promise<Html> {
  const conflict = await findConflict(database, part, { maxText: MAX_VALUE_LENGTH });
  const titles = await readLinkTitles(database, conflict);
  const plan = conflict.resolvedAt ? null : await restorePlanOf(database, conflict);
  const done = query.get('done');
  return conflictPage(
    { conflict, titles, plan, done: conflict.resolvedAt && (done === 'restored' || done === 'settled') ? done : null },
    view,
  );
}

/** The plan, or why there is none. */
async function restorePlanOf(database: Database, conflict: StoredConflict): Promise<RestorePlan | string> {
  if (!(await isComparable(database, conflict, MAX_COMPARED_BYTES)))
    return `The versions are too large for this page: use lockstep conflicts restore ${conflict.id}.`;
  try {
    // The conflict of the page has clipped values.
    return await planRestore(database, await findConflict(database, conflict.id));
  } catch (error) {
    if (error instanceof FinalError) return error.message;
    throw error;
  }
}

async function restore({ part, form }: Visit, { database }: Sources): Promise<string> {
  const fields = form.getAll('field');
  if (fields.length === 0) throw new FinalError('bad_request', 'Choose at least one field to restore.');
  const conflict = await findConflict(database, part);
  await restoreConflict(database, conflict, { fields, digest: form.get('seen') ?? '' });
  return `${conflictPath(conflict.id)}?done=restored`;
}

async function settle({ part }: Visit, { database }: Sources): Promise<string> {
  const conflict = await findConflict(database, part);
  await resolveConflict(database, conflict);
  return `${conflictPath(conflict.id)}?done=settled`;
}
