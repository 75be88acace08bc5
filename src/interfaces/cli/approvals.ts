import type { Database } from '../../database/client.ts';
import {
  type Approval,
  acceptApproval,
  describeArchives,
  findApprovals,
  listApprovals,
  readApprovalTitles,
  refuseApproval,
} from '../../operations/history/approvals.ts';
import { formatMinute } from '../../operations/history/format-value.ts';
import { pluralize } from '../../operations/status/format-status.ts';
import { table } from './table.ts';
import { withDatabase } from './with-database.ts';

export interface ListOptions {
  /** Includes closed approvals. */
  readonly all?: boolean;
  readonly json?: boolean;
}

const SHORT_ID = 8;
const MAX_NAMED = 5;

/** Prints what the archive brake stopped, newest first. */
export function listCommand({ all = false, json = false }: ListOptions): Promise<number> {
  return withDatabase(async (database) => {
    const approvals = await listApprovals(database, { all });
    if (json) return console.log(JSON.stringify(approvals.map(toJson), null, 2));
    if (approvals.length === 0) return console.log(all ? 'No approvals.' : 'Nothing waits for an approval.');
    const rows = await Promise.all(approvals.map((approval) => listRow(database, approval)));
    console.log(table(['ID', 'SINCE', 'ENTITY', 'ARCHIVES', 'RECORDS', 'REASON', ''], rows));
  });
}

/** The next cycle archives the records. */
export function acceptCommand(name: string): Promise<number> {
  return withDatabase(async (database) => {
    for (const approval of await findApprovals(database, name)) {
      await acceptApproval(database, approval);
      console.log(`Accepted: the next cycle archives ${describe(approval)}.`);
    }
  });
}

/** Restores the records on the side where they were archived. */
export function refuseCommand(name: string): Promise<number> {
  return withDatabase(async (database) => {
    for (const approval of await findApprovals(database, name)) {
      await refuseApproval(database, approval);
      const restored = approval.direction === 'inbound' ? 'the next cycle restores' : 'restored in SQL:';
      console.log(`Refused: ${restored} ${describe(approval)}.`);
    }
  });
}

const describe = ({ entity, direction, recordIds }: Approval): string =>
  `${pluralize(recordIds.length, direction === 'inbound' ? 'page' : 'row')} of ${entity}`;

async function listRow(database: Database, approval: Approval): Promise<string[]> {
  const { id, createdAt, entity, direction, recordIds, reason, outcome, closedAt } = approval;
  const titles = [...(await readApprovalTitles(database, approval)).values()].sort();
  const more = recordIds.length - MAX_NAMED;
  const named = [...titles.slice(0, MAX_NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
  return [
    id.slice(0, SHORT_ID),
    formatMinute(createdAt),
    entity,
    describeArchives(direction),
    named === '' ? String(recordIds.length) : `${recordIds.length}: ${named}`,
    reason,
    outcome && closedAt ? `${outcome} ${formatMinute(closedAt)}` : '',
  ];
}

const toJson = ({ id, entity, direction, reason, createdAt, closedAt, outcome, recordIds }: Approval): object => ({
  ...{ id, entity, direction, reason, created_at: createdAt, closed_at: closedAt, outcome, records: recordIds },
});
