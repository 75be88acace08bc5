import type { Database } from '../../database/client.ts';
import { checkDefinition } from '../../database/definition-hash.ts';
import type { FeatureOff } from '../../definition/features.ts';
import { FinalError } from '../../errors.ts';
import { type Check, type Finding, info } from './finding.ts';

/** Finds a database that was migrated for another definition, and features that are off without their entities. */
export const checkDefinitionUsed: Check = async ({ database, featuresOff }) => [
  ...(await otherDefinition(database)),
  ...featuresOff.map(off),
];

async function otherDefinition(database: Database): Promise<Finding[]> {
  try {
    await checkDefinition(database);
    return [];
  } catch (error) {
    // Without its tables, the database has the finding migrations_pending.
    if (error instanceof FinalError && error.code === 'schema_missing') return [];
    if (!(error instanceof FinalError && error.code === 'other_definition')) throw error;
    return [
      {
        ...({ code: 'other_definition', severity: 'problem', subject: 'postgresql' } as const),
        what: 'the database was migrated for another definition than that of this folder',
        why: 'nothing is synced by processes of this folder',
        fix: 'run lockstep migrate in the folder whose lockstep.config file counts, and start every process there',
      },
    ];
  }
}

const off = ({ feature, missing }: FeatureOff): Finding =>
  info({
    code: 'features_off',
    subject: 'definition',
    what: `${feature} is off; the definition turns it on with ${missing.join(' and ')}`,
  });
