import { isConnectionRefused } from '../../database/connection-refused.ts';
import { LockstepError, RetryableError } from '../../errors.ts';
import { checkAllDayEvents } from './check-all-day-events.ts';
import { checkCapabilities } from './check-capabilities.ts';
import { checkClocks } from './check-clocks.ts';
import { checkCutRelations } from './check-cut-relations.ts';
import { checkDataSources } from './check-data-sources.ts';
import { checkDefinitionUsed } from './check-definition.ts';
import { checkDeletedPages } from './check-deleted-pages.ts';
import { checkDuplicates } from './check-duplicates.ts';
import { checkGoogle } from './check-google.ts';
import { checkMigrations } from './check-migrations.ts';
import { checkOpenDecisions } from './check-open-decisions.ts';
import { checkOptions } from './check-options.ts';
import { checkOrphanedEvents } from './check-orphaned-events.ts';
import { checkPooling } from './check-pooling.ts';
import { checkPostgresql } from './check-postgresql.ts';
import { checkProperties } from './check-properties.ts';
import { checkRefusedEdits } from './check-refused-edits.ts';
import { checkRelations } from './check-relations.ts';
import { checkRowSecurity } from './check-row-security.ts';
import { checkSchemaObjects } from './check-schema-objects.ts';
import { checkStuckRows } from './check-stuck-rows.ts';
import { checkSyncKey } from './check-sync-key.ts';
import { checkTemporal } from './check-temporal.ts';
import { checkSessionTimeZone, checkTimeZone } from './check-time-zone.ts';
import { checkToken } from './check-token.ts';
import { checkTriggers } from './check-triggers.ts';
import { checkUnknownEvents } from './check-unknown-events.ts';
import { checkWebhooks } from './check-webhooks.ts';
import { DoctorContext, type DoctorParts } from './doctor-context.ts';
import { type Check, type Finding, type FindingCode, isProblem, NOTHING_TO_DO } from './finding.ts';
import { noAnswerFinding, type Service } from './no-answer-finding.ts';

/** In the order in which their findings are best fixed. */
const sqlChecks: readonly Check[] = [
  ...[checkTriggers, checkSchemaObjects, checkStuckRows, checkDuplicates, checkOpenDecisions],
  ...[checkAllDayEvents, checkOrphanedEvents, checkSessionTimeZone, checkRefusedEdits],
];
const notionChecks: readonly Check[] = [
  ...[checkClocks, checkDataSources, checkProperties],
  ...[checkSyncKey, checkRelations, checkOptions, checkCutRelations, checkDeletedPages],
];
const googleChecks: readonly Check[] = [checkGoogle, checkTimeZone, checkUnknownEvents];

export interface Report {
  readonly fixed: readonly AppliedFix[];
  readonly remaining: readonly Finding[];
}

/**
 * Runs all checks; with `fix`, applies the fixes and runs them again. A service that does not respond is a finding.
 * @param options.fix whether to write; without it, nothing is changed
 * @param options.onFix called before a finding is fixed
 */
export async function runDoctor(
  parts: DoctorParts,
  { fix = false, onFix = () => undefined }: { readonly fix?: boolean; readonly onFix?: OnFix } = {},
): Promise<Report> {
  const found = await runChecks(new DoctorContext(parts));
  const fixed = fix ? await applyFixes(found, onFix) : [];
  return { fixed, remaining: fixed.length > 0 ? await runChecks(new DoctorContext(parts)) : found };
}

async function runChecks(context: DoctorContext): Promise<Finding[]> {
  const session = await runInOrder(context, 'postgresql', [checkPooling]);
  const server = isUsable(session) ? await runInOrder(context, 'postgresql', [checkPostgresql, checkRowSecurity]) : [];
  const schema = isUsable([...session, ...server])
    ? await runInOrder(context, 'postgresql', [checkMigrations, checkDefinitionUsed])
    : [];
  const isReadable = isUsable([...session, ...server, ...schema]);
  return [
    ...session,
    ...server,
    ...schema,
    ...(isReadable ? await runInOrder(context, 'postgresql', sqlChecks) : []),
    ...(await checkTemporal(context)),
    // These checks need the sync state, the tokens and the request budget, which are stored in PostgreSQL.
    ...(isReadable ? await checkNotion(context) : []),
    ...(isReadable ? await runInOrder(context, 'google', googleChecks) : []),
    ...(await checkWebhooks(context, { isReadable })),
  ];
}

/** With one of these findings, nothing in PostgreSQL can be checked. */
const UNUSABLE: ReadonlySet<FindingCode> = new Set([
  ...(['database_unavailable', 'postgresql_too_old', 'rights_missing', 'migrations_pending'] as const),
  ...(['transaction_pooling', 'row_security', 'other_definition'] as const),
]);
const isUsable = (findings: readonly Finding[]): boolean => !findings.some(({ code }) => UNUSABLE.has(code));

async function checkNotion(context: DoctorContext): Promise<Finding[]> {
  const accepted = await runInOrder(context, 'notion', [checkToken]);
  // Without a valid token every other check of Notion would fail the same way.
  if (accepted.some(isProblem)) return accepted;
  const allowed = await runInOrder(context, 'notion', [checkCapabilities]);
  if (allowed.some(({ subject }) => subject === 'notion/read')) return [...accepted, ...allowed];
  return [...accepted, ...allowed, ...(await runInOrder(context, 'notion', notionChecks))];
}

/** Stops at the first check that got no response: the next ones would fail the same way. */
async function runInOrder(context: DoctorContext, service: Service, checks: readonly Check[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    try {
      findings.push(...(await check(context)));
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      if (!(error instanceof RetryableError) && !isConnectionRefused(error)) throw error;
      return [...findings, noAnswerFinding(service, error)];
    }
  }
  return findings;
}

type OnFix = (finding: Finding) => void;

export interface AppliedFix {
  readonly finding: Finding;
  /** What was done, or why it failed. */
  readonly outcome: string;
  readonly ok: boolean;
}

/** Applies the fixes that only add something. Nothing is deleted, renamed or retyped. */
async function applyFixes(findings: readonly Finding[], onFix: OnFix): Promise<AppliedFix[]> {
  const fixed: AppliedFix[] = [];
  for (const finding of findings) {
    if (!finding.applyFix) continue;
    onFix(finding);
    fixed.push(await applyFix(finding));
  }
  return fixed;
}

/** Applies one fix, which is that of the finding unless another one is given. */
export async function applyFix(finding: Finding, fix = finding.applyFix): Promise<AppliedFix> {
  try {
    return { finding, outcome: (await fix?.()) ?? NOTHING_TO_DO, ok: true };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return { finding, outcome: error.message, ok: false };
  }
}
