import { checkDataSources } from '../../doctor/check-data-sources.ts';
import { checkOptions } from '../../doctor/check-options.ts';
import { checkProperties } from '../../doctor/check-properties.ts';
import { checkRelations } from '../../doctor/check-relations.ts';
import { checkSyncKey } from '../../doctor/check-sync-key.ts';
import { DoctorContext, type DoctorParts } from '../../doctor/doctor-context.ts';
import type { Finding } from '../../doctor/finding.ts';

/** The checks of what a database needs before its first sync. */
const CHECKS = [checkDataSources, checkProperties, checkSyncKey, checkRelations, checkOptions];

export interface Completion {
  /** What was added, one line each. */
  readonly added: readonly string[];
  /** Problems that prevent a sync. */
  readonly problems: readonly Finding[];
}

/**
 * Adds the properties, relations and options that the databases lack, as `lockstep doctor --fix` does.
 * What exists already is not added again.
 * @throws LockstepError
 */
export async function completeDatabases(parts: DoctorParts): Promise<Completion> {
  const added: string[] = [];
  const problems: Finding[] = [];
  for (const finding of await runChecks(parts)) {
    if (finding.applyFix) added.push(`${finding.subject}: ${await finding.applyFix()}`);
    // A missing option does not prevent a sync: the first row with it creates it.
    else if (finding.severity === 'problem' && !finding.code.startsWith('option_')) problems.push(finding);
  }
  return { added, problems };
}

async function runChecks(parts: DoctorParts): Promise<Finding[]> {
  const context = new DoctorContext(parts);
  const found: Finding[] = [];
  for (const check of CHECKS) found.push(...(await check(context)));
  return found;
}
