import { entities } from '../../definition/index.ts';
import { toMarkdown } from '../../notion/markdown.ts';
import { NotionApi } from '../../notion/notion-api.ts';
import { plainSpan } from '../../notion/rich-text.ts';
import { checkDuplicates } from '../../operations/doctor/check-duplicates.ts';
import { DoctorContext } from '../../operations/doctor/doctor-context.ts';
import { formatMinute, truncate } from '../../operations/history/format-value.ts';
import { readHealth } from '../../operations/status/entity-health.ts';
import { pluralize } from '../../operations/status/format-status.ts';
import { entityHealths } from '../../operations/status/verdict.ts';
import { directionName } from '../alerts/alert-message.ts';
import { findStale } from '../alerts/alerts.ts';
import type { Chore, ChoreContext } from '../chores/chore.ts';
import { type Problem, updateFixes } from './health-findings.ts';
import { countStuckRows, type FailedSync, readFailedSyncs } from './health-probes.ts';
import { planFixes } from './plan-fixes.ts';

/** Error codes of a sync whose schema in Notion has changed. */
const DRIFT = new Set(
  'property_missing property_retyped not_found not_shared database_trashed data_source_unclear'.split(' '),
);
const NOTION_TOKEN = new Set(['unauthorized', 'restricted']);
const GOOGLE_TOKEN = new Set(
  'google_signed_out google_unauthorized google_scope_missing google_sign_in google_client encryption_key encryption_key_missing encryption_damaged'.split(
    ' ',
  ),
);
const MAX_DESCRIPTION = 1_800;

/** Keeps a row of the entity with the role `system_fixes` for each lasting problem until it is gone. Sends no request to Notion or Google. */
export const healthChecks: Chore = async (context) => {
  const { config, database, claims, signal } = context;
  return claims.hold('health-checks', { signal }, async () => {
    const failed = await readFailedSyncs(database);
    const health = await readHealth(database, config.notion.requestsPerMinute, config.everyMs);
    const problems = [
      ...tokenProblems(failed),
      ...driftProblems(failed),
      ...staleProblems(health, failed, config.alerts.afterMinutes),
      ...(await stuckRowProblems(context)),
      ...(await duplicateProblems(context)),
    ];
    const { open, reopen, update, fixed } = await updateFixes(
      database,
      (known) => planFixes(problems, known, health.at),
      health.at,
    );
    return `${pluralize(problems.length, 'problem')}; fixes: ${open} new, ${reopen} reopened, ${update} updated, ${fixed} fixed`;
  });
};

/** @param lines what is wrong, and what to do */
const problem = (
  key: string,
  priority: Problem['priority'],
  component: string,
  title: string,
  lines: readonly string[],
): Problem => ({
  ...{ key, priority, component, title },
  description: toMarkdown([plainSpan(truncate(lines.join('\n'), MAX_DESCRIPTION))]),
});

function tokenProblems(failed: readonly FailedSync[]): Problem[] {
  return [
    ...sharedProblem(failed, NOTION_TOKEN, 'token:notion', 'Notion refuses the token'),
    ...sharedProblem(failed, GOOGLE_TOKEN, 'token:google', 'A Google account must be signed in again'),
  ];
}

/** One problem for all syncs that fail because of the same token. */
function sharedProblem(
  failed: readonly FailedSync[],
  codes: ReadonlySet<string>,
  key: string,
  title: string,
): Problem[] {
  const stopped = failed.filter(({ code }) => codes.has(code));
  const messages = [...new Set(stopped.map(({ message }) => message))].sort();
  if (stopped.length === 0) return [];
  return [problem(key, 'Critical', stopped.map(({ name }) => name).join(', '), title, messages)];
}

function driftProblems(failed: readonly FailedSync[]): Problem[] {
  const drifted = failed.filter(({ code }) => DRIFT.has(code));
  return [...new Set(drifted.map(({ entity }) => entity))].map((entity) => {
    const own = drifted.filter((sync) => sync.entity === entity);
    const messages = [...new Set(own.map(({ message }) => message))].sort();
    return problem(
      `drift:${entity}`,
      'High',
      own.map(({ name }) => name).join(', '),
      `The schema of ${entity} has changed in Notion`,
      [...messages, 'lockstep doctor shows how to fix it.'],
    );
  });
}

/** Leaves out entities whose problem is already reported with its cause. */
function staleProblems(
  health: Parameters<typeof entityHealths>[0],
  failed: readonly FailedSync[],
  afterMinutes: number,
): Problem[] {
  const explained = new Set(
    failed
      .filter(({ code }) => DRIFT.has(code) || NOTION_TOKEN.has(code) || GOOGLE_TOKEN.has(code))
      .map(({ entity }) => entity),
  );
  return entityHealths(health)
    .filter(({ entity }) => !explained.has(entity))
    .flatMap((entity) => findStale(entity, health.at, afterMinutes * 60_000))
    .map(({ entity, direction, freshAt, why }) =>
      problem(`stale:${entity}:${direction}`, 'High', entity, `${directionName({ entity, direction })} is stale`, [
        freshAt ? `Its last success was at ${formatMinute(freshAt)} (UTC).` : 'It has never succeeded.',
        why ?? 'It has not run recently: check that a worker is running.',
      ]),
    );
}

async function stuckRowProblems({ config, database }: ChoreContext): Promise<Problem[]> {
  const { afterMinutes } = config.alerts;
  const found = await Promise.all(
    entities().map(async (entity) => ({ entity, ...(await countStuckRows(database, entity, afterMinutes)) })),
  );
  return found.flatMap(({ entity: { name, table }, rows, unsent }) => {
    if (rows === 0) return [];
    const fix = unsent > 0 ? 'lockstep doctor --fix queues them.' : 'lockstep status shows the state of its sync.';
    return [
      problem(`stuck:${name}`, 'Medium', name, `Rows of ${table} get no page`, [
        `${pluralize(rows, 'row')} with a temporary id (sql:…) for more than ${afterMinutes} minutes; no cycle will send ${unsent} of them.`,
        fix,
      ]),
    ];
  });
}

async function duplicateProblems({ config, database, notion, budget }: ChoreContext): Promise<Problem[]> {
  const found = await checkDuplicates(new DoctorContext({ config, database, api: new NotionApi(notion, budget) }));
  return [...new Set(found.map(({ subject }) => subject))].map((subject) => {
    const own = found.filter((finding) => finding.subject === subject);
    const lines = own.flatMap(({ what, fix }) => [`${what}.`, fix]);
    return problem(`duplicates:${subject}`, 'Low', subject, `${subject} has duplicate records`, lines);
  });
}
