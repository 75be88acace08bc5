import { entities } from '../../entities/index.ts';
import { NotionApi } from '../../notion/api.ts';
import { toMarkdown } from '../../notion/markdown.ts';
import { plainSpan } from '../../notion/rich-text.ts';
import { DoctorContext } from '../../operations/doctor/context.ts';
import { duplicates } from '../../operations/doctor/duplicates.ts';
import { clipped, minuteOf } from '../../operations/history/format-value.ts';
import { readHealth } from '../../operations/status/entity-health.ts';
import { counted } from '../../operations/status/format-status.ts';
import { entityHealths } from '../../operations/status/verdict.ts';
import { nameOf } from '../alerts/alert-message.ts';
import { staleIn } from '../alerts/alerts.ts';
import type { Chore, ChoreContext } from '../chores/chore.ts';
import { type Problem, settleFindings } from './health-findings.ts';
import { type FailedSync, failedSyncs, stuckRows } from './health-probes.ts';
import { planFixes } from './plan-fixes.ts';

/** What a sync fails with when the schema in Notion is not what it was. */
const DRIFT = new Set(
  'property_missing property_retyped not_found not_shared database_trashed data_source_unclear'.split(' '),
);
const NOTION_TOKEN = new Set(['unauthorized', 'restricted']);
const GOOGLE_TOKEN = new Set(
  'google_signed_out google_unauthorized google_scope_missing google_sign_in google_client encryption_key encryption_key_missing encryption_damaged'.split(
    ' ',
  ),
);
const LONGEST = 1_800;

/** Whatever is wrong for long has a row of `system_fixes`, for as long as it is. Asks Notion and Google nothing. */
export const healthChecks: Chore = async (context) => {
  const { config, database, claims, signal } = context;
  return claims.hold('health-checks', signal, async () => {
    const failed = await failedSyncs(database);
    const health = await readHealth(database, config.notion.requestsPerMinute);
    const problems = [
      ...ofTokens(failed),
      ...ofDrift(failed),
      ...ofStaleness(health, failed, config.alerts.afterMinutes),
      ...(await ofStuckRows(context)),
      ...(await ofDuplicates(context)),
    ];
    const { open, reopen, tell, fixed } = await settleFindings(
      database,
      (known) => planFixes(problems, known, health.at),
      health.at,
    );
    return `${counted(problems.length, 'problem')}; fixes: ${open} new, ${reopen} reopened, ${tell} updated, ${fixed} fixed`;
  });
};

/** @param lines what is wrong, and what to do next */
const problem = (
  key: string,
  priority: Problem['priority'],
  component: string,
  title: string,
  lines: readonly string[],
): Problem => ({
  ...{ key, priority, component, title },
  description: toMarkdown([plainSpan(clipped(lines.join('\n'), LONGEST))]),
});

function ofTokens(failed: readonly FailedSync[]): Problem[] {
  return [
    ...oneOf(failed, NOTION_TOKEN, 'token:notion', 'Notion refuses the token'),
    ...oneOf(failed, GOOGLE_TOKEN, 'token:google', 'A Google account is to be signed in again'),
  ];
}

/** The syncs that a token stops fail of one and the same thing. */
function oneOf(failed: readonly FailedSync[], codes: ReadonlySet<string>, key: string, title: string): Problem[] {
  const stopped = failed.filter(({ code }) => codes.has(code));
  const messages = [...new Set(stopped.map(({ message }) => message))].sort();
  if (stopped.length === 0) return [];
  return [problem(key, 'Critical', stopped.map(({ name }) => name).join(', '), title, messages)];
}

function ofDrift(failed: readonly FailedSync[]): Problem[] {
  const drifted = failed.filter(({ code }) => DRIFT.has(code));
  return [...new Set(drifted.map(({ entity }) => entity))].map((entity) => {
    const own = drifted.filter((sync) => sync.entity === entity);
    const messages = [...new Set(own.map(({ message }) => message))].sort();
    return problem(
      `drift:${entity}`,
      'High',
      own.map(({ name }) => name).join(', '),
      `${entity} has drifted in Notion`,
      [...messages, 'lockstep doctor says what mends it.'],
    );
  });
}

/** What has a reason of its own is told of by that. */
function ofStaleness(
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
    .flatMap((entity) => staleIn(entity, health.at, afterMinutes * 60_000))
    .map(({ entity, direction, freshAt, why }) =>
      problem(`stale:${entity}:${direction}`, 'High', entity, `${nameOf({ entity, direction })} is stale`, [
        freshAt ? `It last went well at ${minuteOf(freshAt)} (UTC).` : 'It has never gone well.',
        why ?? 'It has not run lately; is a worker running?',
      ]),
    );
}

async function ofStuckRows({ config, database }: ChoreContext): Promise<Problem[]> {
  const { afterMinutes } = config.alerts;
  const found = await Promise.all(
    entities.map(async (entity) => ({ entity, ...(await stuckRows(database, entity, afterMinutes)) })),
  );
  return found.flatMap(({ entity: { name, table }, rows, unsent }) => {
    if (rows === 0) return [];
    const mend = unsent > 0 ? 'lockstep doctor --fix has them sent.' : 'lockstep status says how its sync goes.';
    return [
      problem(`stuck:${name}`, 'Medium', name, `Rows of ${table} get no page`, [
        `${counted(rows, 'row')} with a temporary id (sql:…) for more than ${afterMinutes} minutes; of these, ${unsent} that no cycle sends.`,
        mend,
      ]),
    ];
  });
}

async function ofDuplicates({ config, database, notion, budget }: ChoreContext): Promise<Problem[]> {
  const found = await duplicates(new DoctorContext({ config, database, api: new NotionApi(notion, budget) }));
  return [...new Set(found.map(({ subject }) => subject))].map((subject) => {
    const own = found.filter((finding) => finding.subject === subject);
    const lines = own.flatMap(({ what, mend }) => [`${what}.`, mend]);
    return problem(`duplicates:${subject}`, 'Low', subject, `${subject} has records twice`, lines);
  });
}
