import { requireSyncedEntity } from '../../cycle/sync-names.ts';
import type { Database } from '../../database/client.ts';
import { FinalError, LockstepError } from '../../errors.ts';
import {
  acceptApproval,
  findApprovals,
  listApprovals,
  readApprovalTitles,
  refuseApproval,
} from '../../operations/history/approvals.ts';
import {
  findConflict,
  listConflicts,
  readLinkTitles,
  resolveConflict,
  type StoredConflict,
} from '../../operations/history/conflicts.ts';
import {
  isComparable,
  planRestore,
  type RestorePlan,
  restoreConflict,
} from '../../operations/history/restore-conflict.ts';
import { readHealth } from '../../operations/status/entity-health.ts';
import { readPastCycles, readPastRuns } from '../../operations/status/past-runs.ts';
import { readFailedRecords, readPendingRows } from '../../operations/status/pending-records.ts';
import { entityHealths } from '../../operations/status/verdict.ts';
import { parseDuration } from '../../shared/duration.ts';
import type { HttpReply, HttpRequest } from '../../shared/http-service.ts';
import { requireNamed } from '../../shared/require-named.ts';
import type { Html } from './html.ts';
import { approvalsPage } from './pages/approvals.ts';
import { conflictPage, conflictsPage } from './pages/conflicts.ts';
import { entityPage } from './pages/entity.ts';
import { historyPage } from './pages/history.ts';
import { overviewPage } from './pages/overview.ts';
import { page, redirect } from './reply.ts';
import type { Temporal, TemporalState } from './temporal.ts';
import { conflictPath, type View } from './view.ts';

/** Where the pages get their data. */
export interface Sources {
  readonly database: Database;
  readonly temporal: Temporal;
  /** How many requests Notion allows in any 60 seconds. */
  readonly perMinute: number;
  readonly everyMs?: number;
}

export interface Visit {
  readonly request: HttpRequest;
  /** What the group in the route's path matched. */
  readonly part: string;
  readonly query: URLSearchParams;
  /** The fields of a POST. */
  readonly form: URLSearchParams;
  readonly view: View;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly handle: (visit: Visit) => Promise<HttpReply>;
}

const CYCLES_SHOWN = 48;
const RUNS_SHOWN = 100;
const RECORDS_SHOWN = 100;
const CONFLICTS_SHOWN = 200;
const APPROVALS_SHOWN = 50;
const TITLES_SHOWN = 20;
/** Longer texts are cut in SQL. */
const MAX_TITLE_LENGTH = 200;
const MAX_VALUE_LENGTH = 5_000;
const MAX_COMPARED_BYTES = 2_000_000;

export function routes(sources: Sources): readonly Route[] {
  const get = (path: RegExp, show: (visit: Visit, sources: Sources) => Promise<Html>): Route => ({
    method: 'GET',
    path,
    handle: async (visit) => page(await show(visit, sources)),
  });
  const post = (path: RegExp, act: (visit: Visit, sources: Sources) => Promise<string>): Route => ({
    method: 'POST',
    path,
    handle: async (visit) => redirect(await act(visit, sources)),
  });
  return [
    get(/^\/$/, showOverview),
    get(/^\/entities\/([^/]+)$/, showEntity),
    get(/^\/conflicts$/, showConflicts),
    get(/^\/conflicts\/([^/]+)$/, showConflict),
    post(/^\/conflicts\/([^/]+)\/restore$/, restore),
    post(/^\/conflicts\/([^/]+)\/settle$/, settle),
    get(/^\/approvals$/, showApprovals),
    post(/^\/approvals\/([^/]+)\/accept$/, acceptOne),
    post(/^\/approvals\/([^/]+)\/refuse$/, refuseOne),
    get(/^\/history$/, showHistory),
    post(/^\/sync$/, runNow),
    post(/^\/pause$/, pause),
    post(/^\/resume$/, resume),
  ];
}

async function showOverview(
  { query, view }: Visit,
  { database, temporal, perMinute, everyMs }: Sources,
): Promise<Html> {
  const [state, health, cycles] = await Promise.all([
    readTemporal(temporal),
    readHealth(database, perMinute, everyMs),
    readPastCycles(database, CYCLES_SHOWN),
  ]);
  return overviewPage({ health, cycles, temporal: state, started: startedId(query.get('started')) }, view);
}

async function showEntity({ part, view }: Visit, { database, perMinute, everyMs }: Sources): Promise<Html> {
  const healths = entityHealths(await readHealth(database, perMinute, everyMs));
  const { health } = requireNamed(
    'entity',
    part,
    healths.map((health) => ({ name: health.entity, health })),
  );
  const syncNames = health.syncs.map(({ name }) => name);
  const [runs, waiting, failed] = await Promise.all([
    readPastRuns(database, { limit: RUNS_SHOWN, entity: part }),
    readPendingRows(database, part, RECORDS_SHOWN),
    readFailedRecords(database, part, syncNames),
  ]);
  return entityPage({ health, runs, waiting, failed }, view);
}

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

async function showApprovals({ query, view }: Visit, { database }: Sources): Promise<Html> {
  const all = query.has('all');
  const approvals = (await listApprovals(database, { all })).slice(0, APPROVALS_SHOWN);
  const shown = approvals.map(async (approval) => {
    const first = { ...approval, recordIds: approval.recordIds.slice(0, TITLES_SHOWN) };
    const titles = await readApprovalTitles(database, first);
    return { approval, titles: [...titles.values()].map((title) => title.slice(0, MAX_TITLE_LENGTH)).sort() };
  });
  return approvalsPage({ approvals: await Promise.all(shown), all }, view);
}

async function acceptOne({ part }: Visit, { database }: Sources): Promise<string> {
  for (const approval of await findApprovals(database, part)) await acceptApproval(database, approval);
  return '/approvals';
}

async function refuseOne({ part }: Visit, { database }: Sources): Promise<string> {
  for (const approval of await findApprovals(database, part)) await refuseApproval(database, approval);
  return '/approvals';
}

async function showHistory({ query, view }: Visit, { database }: Sources): Promise<Html> {
  const before = query.get('before') ?? '';
  const runs = await readPastRuns(database, {
    limit: RUNS_SHOWN,
    before: /^\d{1,18}$/.test(before) ? BigInt(before) : undefined,
  });
  const last = runs.length === RUNS_SHOWN ? runs.at(-1) : undefined;
  return historyPage({ runs, older: last ? `/history?before=${last.id}` : null }, view);
}

async function runNow({ form }: Visit, { temporal }: Sources): Promise<string> {
  const entity = form.get('entity') ?? undefined;
  if (entity !== undefined) requireSyncedEntity(entity);
  return `/?started=${encodeURIComponent(await temporal.runNow(entity))}`;
}

/** A form without a time pauses until somebody resumes. */
async function pause({ form }: Visit, { temporal }: Sources): Promise<string> {
  const time = form.get('for') ?? '';
  const forMs = parseDuration(time);
  if (time !== '' && forMs === null) throw new FinalError('bad_request', 'for must be a time such as 30m, 8h or 2d');
  await temporal.pause(forMs ?? undefined);
  return '/';
}

async function resume(_: Visit, { temporal }: Sources): Promise<string> {
  await temporal.resume();
  return '/';
}

/** @returns why it is not known when Temporal does not answer: the rest of the page is worth showing */
async function readTemporal(temporal: Temporal): Promise<TemporalState | string> {
  try {
    return await temporal.look();
  } catch (error) {
    if (error instanceof LockstepError) return error.message;
    throw error;
  }
}

/** The page shows no other text than a workflow id of Lockstep. */
const startedId = (text: string | null): string | null => (text && /^lockstep-sync-[\w:.-]+$/.test(text) ? text : null);
