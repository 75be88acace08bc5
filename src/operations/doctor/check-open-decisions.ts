import { type Database, sql } from '../../database/client.ts';
import { commonName } from '../../definition/named-entities.ts';
import { REFUSAL_REASON } from '../../sync/refused-edits.ts';
import { describeArchives } from '../history/approvals.ts';
import { describeBacklog, hasBacklog } from '../status/attention.ts';
import { type Health, readHealth } from '../status/entity-health.ts';
import { type EntityHealth, entityHealths } from '../status/verdict.ts';
import { type Check, type Finding, NOTHING_TO_DO } from './finding.ts';

/** Finds what waits for a person, and more edits than one interval of the schedule can send. */
export const checkOpenDecisions: Check = async ({ config, database }) => {
  const health = await readHealth(database, config.notion.requestsPerMinute, config.everyMs);
  const ofEntities = entityHealths(health).flatMap((entity) => [
    ...approvalFindings(entity),
    ...backlogFindings(entity, health),
  ]);
  return [...(await conflictFindings(database)), ...ofEntities];
};

/** Those of edits that were refused for good have their own finding. */
async function conflictFindings(database: Database): Promise<Finding[]> {
  const found = await database.query<{ entity: string; conflicts: number }>(sql`
    SELECT entity, count(*)::int AS conflicts FROM sync_conflicts
     WHERE resolved_at IS NULL AND NOT starts_with(reason, ${REFUSAL_REASON}) GROUP BY entity ORDER BY entity`);
  return found.map(({ entity, conflicts }) => ({
    ...{ code: 'conflicts_open', severity: 'problem', subject: commonName(entity) },
    what: `${conflicts} ${conflicts === 1 ? 'conflict is' : 'conflicts are'} open`,
    why: 'both sides had changed the same field: one version won, and nobody has looked at the other',
    fix: 'see lockstep conflicts, then lockstep conflicts restore ID, or lockstep conflicts keep ID',
  }));
}

const approvalFindings = ({ entity, approvals }: EntityHealth): Finding[] =>
  approvals.map(({ direction, recordIds }) => ({
    ...{ code: 'approval_waiting', severity: 'problem', subject: entity },
    what: `${recordIds.length} ${describeArchives(direction)} wait for an approval`,
    why: 'they are more than a cycle archives without one; other records are synced',
    fix: `lockstep approvals accept ${entity}, or lockstep approvals refuse ${entity}`,
  }));

const backlogFindings = ({ entity, pending }: EntityHealth, health: Health): Finding[] =>
  hasBacklog(pending, health)
    ? [
        {
          ...{ code: 'backlog', severity: 'info', subject: entity },
          what: `a backlog of ${describeBacklog(pending, health.budget.perMinute)} at Notion's request limit`,
          why: 'new edits are sent first',
          fix: NOTHING_TO_DO,
        },
      ]
    : [];
