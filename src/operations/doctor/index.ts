import { LockstepError, RetryableError } from '../../errors.ts';
import { allDayEvents } from './all-day-events.ts';
import { capabilities } from './capabilities.ts';
import { clocks } from './clocks.ts';
import { DoctorContext, type DoctorParts } from './context.ts';
import { cutRelations } from './cut-relations.ts';
import { dataSources } from './data-sources.ts';
import { duplicates } from './duplicates.ts';
import { type Check, type Finding, type FindingCode, isProblem } from './finding.ts';
import { google } from './google.ts';
import { migrations } from './migrations.ts';
import { options } from './options.ts';
import { orphanedEvents } from './orphaned-events.ts';
import { postgresql } from './postgresql.ts';
import { properties } from './properties.ts';
import { relations } from './relations.ts';
import { stuckRows } from './stuck-rows.ts';
import { syncKey } from './sync-key.ts';
import { temporal } from './temporal.ts';
import { sessionTimeZone, timeZone } from './time-zone.ts';
import { token } from './token.ts';
import { triggers } from './triggers.ts';
import { type Service, unanswered } from './unanswered.ts';
import { unknownEvents } from './unknown-events.ts';
import { webhooks } from './webhooks.ts';

/** In the order in which their findings are best mended. */
const sqlChecks: readonly Check[] = [triggers, stuckRows, duplicates, allDayEvents, orphanedEvents, sessionTimeZone];
const notionChecks: readonly Check[] = [
  ...[clocks, dataSources, properties, syncKey, relations, options],
  cutRelations,
];
const googleChecks: readonly Check[] = [google, timeZone, unknownEvents];

export interface Report {
  readonly mended: readonly Mended[];
  readonly remaining: readonly Finding[];
}

/**
 * Looks at everything, mends what it may, and looks again. What does not answer is a finding.
 * @param fix without it, nothing is written
 */
export async function examine(parts: DoctorParts, { fix = false } = {}): Promise<Report> {
  const found = await look(new DoctorContext(parts));
  const mended = fix ? await mend(found) : [];
  return { mended, remaining: mended.length > 0 ? await look(new DoctorContext(parts)) : found };
}

async function look(context: DoctorContext): Promise<Finding[]> {
  const server = await inTurn(context, 'postgresql', [postgresql]);
  const memory = isUsable(server) ? await inTurn(context, 'postgresql', [migrations]) : [];
  const isReadable = isUsable([...server, ...memory]);
  return [
    ...server,
    ...memory,
    ...(isReadable ? await inTurn(context, 'postgresql', sqlChecks) : []),
    ...(await temporal(context)),
    // What is known of pages, tokens and the budget of requests is kept in PostgreSQL.
    ...(isReadable ? await lookAtNotion(context) : []),
    ...(isReadable ? await inTurn(context, 'google', googleChecks) : []),
    ...(await webhooks(context, { isReadable })),
  ];
}

/** Without them nothing that is kept in PostgreSQL can be looked at. */
const UNUSABLE: ReadonlySet<FindingCode> = new Set([
  ...(['database_unavailable', 'postgresql_too_old', 'rights_missing', 'migrations_pending'] as const),
]);
const isUsable = (findings: readonly Finding[]): boolean => !findings.some(({ code }) => UNUSABLE.has(code));

async function lookAtNotion(context: DoctorContext): Promise<Finding[]> {
  const accepted = await inTurn(context, 'notion', [token]);
  // Without a token every other look at Notion says the same.
  if (accepted.some(isProblem)) return accepted;
  const allowed = await inTurn(context, 'notion', [capabilities]);
  if (allowed.some(({ subject }) => subject === 'notion/read')) return [...accepted, ...allowed];
  return [...accepted, ...allowed, ...(await inTurn(context, 'notion', notionChecks))];
}

/** Ends with the first check that somebody gave no answer to: the next would say the same. */
async function inTurn(context: DoctorContext, service: Service, checks: readonly Check[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    try {
      findings.push(...(await check(context)));
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      return [...findings, unanswered(service, error)];
    }
  }
  return findings;
}

export interface Mended {
  readonly finding: Finding;
  /** What was done, or why it could not be. */
  readonly outcome: string;
  readonly ok: boolean;
}

/** Mends what can be mended by adding something. Nothing is deleted, renamed or given another type. */
async function mend(findings: readonly Finding[]): Promise<Mended[]> {
  const mended: Mended[] = [];
  for (const finding of findings) {
    if (!finding.fix) continue;
    try {
      mended.push({ finding, outcome: await finding.fix(), ok: true });
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      mended.push({ finding, outcome: error.message, ok: false });
    }
  }
  return mended;
}
