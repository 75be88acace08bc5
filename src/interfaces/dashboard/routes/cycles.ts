import type { Database } from '../../../database/client.ts';
import { FinalError } from '../../../errors.ts';
import {
  measureCycle,
  readCycleDiff,
  readTitlesOfRecords,
  requireCycle,
} from '../../../operations/history/cycle-diff.ts';
import { planUndo, undoCycle } from '../../../operations/history/undo-cycle.ts';
import { readCycle, readCycles } from '../../../operations/status/cycle-list.ts';
import { readPastRuns } from '../../../operations/status/past-runs.ts';
import type { Html } from '../html.ts';
import { cyclePage } from '../pages/cycle.ts';
import { cyclesPage } from '../pages/cycles.ts';
import { undoPage } from '../pages/undo.ts';
import { redirect } from '../reply.ts';
import { cyclePath } from '../view.ts';
import { get, idIn, MAX_COMPARED_BYTES, post, type Route, type RoutesOf, type Sources, type Visit } from './route.ts';

const CYCLES_SHOWN = 100;
const RUNS_SHOWN = 100;
const RECORDS_SHOWN = 200;
/** Of a text in the list of changes. */
const MAX_CHANGE_LENGTH = 300;
/** A larger undo takes longer than a visitor waits. */
const MAX_UNDONE_RECORDS = 500;

/** The cycles, what each one wrote, and its undo. */
export const cycleRoutes: RoutesOf = (sources) => [
  get(/^\/cycles$/, (visit) => showCycles(visit, sources)),
  get(/^\/cycles\/([^/]+)$/, (visit) => showCycle(visit, sources)),
  get(/^\/cycles\/([^/]+)\/undo$/, (visit) => showUndo(visit, sources)),
  post(/^\/cycles\/([^/]+)\/undo$/, (visit) => undo(visit, sources)),
  formerHistory,
];

/** The address of the cycles in earlier versions. */
const formerHistory: Route = {
  method: 'GET',
  path: /^\/history$/,
  handle: async ({ request }) => redirect(`/cycles${request.url.search}`),
};

async function showCycles({ query, view }: Visit, { database }: Sources): Promise<Html> {
  const { cycles, older } = await readCycles(database, { limit: CYCLES_SHOWN, before: idIn(query.get('before')) });
  return cyclesPage({ cycles, older: older === null ? null : `/cycles?before=${older}` }, view);
}

async function showCycle({ part, query, view }: Visit, { database }: Sources): Promise<Html> {
  await requireCycle(database, part);
  const undone = query.get('undone');
  const [cycle, runs, diff, undo] = await Promise.all([
    readCycle(database, part),
    readPastRuns(database, { limit: RUNS_SHOWN, cycleId: part }),
    readCycleDiff(database, part, { limit: RECORDS_SHOWN, maxText: MAX_CHANGE_LENGTH }),
    undone === null ? null : measureCycle(database, undone),
  ]);
  const notice =
    undone !== null && undo !== null && undo.records > 0 ? { undoId: undone, records: undo.records } : null;
  return cyclePage({ cycleId: part, cycle, runs, diff, undone: notice }, view);
}

async function showUndo({ part, view }: Visit, { database }: Sources): Promise<Html> {
  await requireCycle(database, part);
  const reason = await reasonAgainstUndo(database, part);
  if (reason !== null) return undoPage({ cycleId: part, plan: reason, titles: new Map() }, view);
  const plan = await planUndo(database, part);
  const titles = await readTitlesOfRecords(database, plan.records);
  return undoPage({ cycleId: part, plan, titles }, view);
}

/** Why a cycle cannot be undone in a page, or null. */
async function reasonAgainstUndo(database: Database, cycleId: string): Promise<string | null> {
  const { records, bytes, hasMore } = await measureCycle(database, cycleId);
  const isSmall = !hasMore && records <= MAX_UNDONE_RECORDS && bytes <= MAX_COMPARED_BYTES;
  return isSmall ? null : `The cycle wrote too much for this page: use lockstep undo ${cycleId}.`;
}

async function undo({ part }: Visit, { database }: Sources): Promise<string> {
  await requireCycle(database, part);
  const reason = await reasonAgainstUndo(database, part);
  if (reason !== null) throw new FinalError('too_large', reason);
  const { undoId, records } = await undoCycle(database, part);
  if (records.every(({ undone }) => undone.length === 0)) {
    throw new FinalError('nothing_undone', 'nothing was reverted: see the reasons in the preview');
  }
  return `${cyclePath(part)}?undone=${encodeURIComponent(undoId)}`;
}
