import { DoctorContext, type DoctorParts } from '../../doctor/context.ts';
import { dataSources } from '../../doctor/data-sources.ts';
import type { Finding } from '../../doctor/finding.ts';
import { options } from '../../doctor/options.ts';
import { properties } from '../../doctor/properties.ts';
import { relations } from '../../doctor/relations.ts';
import { syncKey } from '../../doctor/sync-key.ts';

/** What a database must have before its first sync. */
const CHECKS = [dataSources, properties, syncKey, relations, options];

export interface Completed {
  /** What was done, one line each. */
  readonly added: readonly string[];
  /** What keeps an entity from being synced. */
  readonly problems: readonly Finding[];
}

/**
 * Adds the properties, relations and options that the databases lack, as `lockstep doctor --fix` does.
 * What is there by now is not added again.
 * @throws LockstepError
 */
export async function complete(parts: DoctorParts): Promise<Completed> {
  const added: string[] = [];
  const problems: Finding[] = [];
  for (const finding of await look(parts)) {
    if (finding.fix) added.push(`${finding.subject}: ${await finding.fix()}`);
    // An option is no obstacle: a row brings it along.
    else if (finding.severity === 'problem' && !finding.code.startsWith('option_')) problems.push(finding);
  }
  return { added, problems };
}

async function look(parts: DoctorParts): Promise<Finding[]> {
  const context = new DoctorContext(parts);
  const found: Finding[] = [];
  for (const check of CHECKS) found.push(...(await check(context)));
  return found;
}
