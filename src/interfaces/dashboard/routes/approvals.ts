import {
  acceptApproval,
  findApprovals,
  listApprovals,
  readApprovalTitles,
  refuseApproval,
} from '../../../operations/history/approvals.ts';
import type { Html } from '../html.ts';
import { approvalsPage } from '../pages/approvals.ts';
import { get, MAX_TITLE_LENGTH, post, type RoutesOf, type Sources, type Visit } from './route.ts';

const APPROVALS_SHOWN = 50;
const TITLES_SHOWN = 20;

/** Archives that wait for an approval. */
export const approvalRoutes: RoutesOf = (sources) => [
  get(/^\/approvals$/, (visit) => showApprovals(visit, sources)),
  post(/^\/approvals\/([^/]+)\/accept$/, (visit) => acceptOne(visit, sources)),
  post(/^\/approvals\/([^/]+)\/refuse$/, (visit) => refuseOne(visit, sources)),
];

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
