import { LockstepError } from '../errors.ts';
import { clocks } from './clocks.ts';
import { DoctorContext, type DoctorParts } from './context.ts';
import { dataSources } from './data-sources.ts';
import { duplicates } from './duplicates.ts';
import type { Check, Finding } from './finding.ts';
import { migrations } from './migrations.ts';
import { options } from './options.ts';
import { properties } from './properties.ts';
import { relations } from './relations.ts';
import { stuckRows } from './stuck-rows.ts';
import { syncKey } from './sync-key.ts';
import { token } from './token.ts';
import { triggers } from './triggers.ts';

/** In the order in which their findings are best mended. */
const sqlChecks: readonly Check[] = [triggers, stuckRows, duplicates];
const notionChecks: readonly Check[] = [clocks, dataSources, properties, syncKey, relations, options];

export interface Report {
  readonly mended: readonly Mended[];
  readonly remaining: readonly Finding[];
}

/**
 * Looks at everything, mends what it may, and looks again.
 * @param fix without it, nothing is written
 * @throws RetryableError when something does not answer
 */
export async function examine(parts: DoctorParts, { fix = false } = {}): Promise<Report> {
  const found = await look(new DoctorContext(parts));
  const mended = fix ? await mend(found) : [];
  return { mended, remaining: mended.length > 0 ? await look(new DoctorContext(parts)) : found };
}

async function look(context: DoctorContext): Promise<Finding[]> {
  const findings = [...(await migrations(context))];
  // Without its tables nothing else can be looked at.
  if (findings.length > 0) return findings;
  for (const check of sqlChecks) findings.push(...(await check(context)));
  const accepted = await token(context);
  findings.push(...accepted);
  // Without a token every other look at Notion says the same.
  if (accepted.some(({ severity }) => severity === 'problem')) return findings;
  for (const check of notionChecks) findings.push(...(await check(context)));
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
