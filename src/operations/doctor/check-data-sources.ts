import { databaseIdVariable } from '../../config.ts';
import { entities } from '../../definition/index.ts';
import type { Entity } from '../../entities/define.ts';
import type { LockstepError } from '../../errors.ts';
import type { Check, Finding, FindingCode } from './finding.ts';

/** Finds databases that are missing, not shared, in the trash, or ambiguous. */
export const checkDataSources: Check = async (context) => {
  const readings = await Promise.all(
    entities().map(async (entity) => ({ entity, error: (await context.read(entity)).error })),
  );
  return readings.flatMap(({ entity, error }) => (error ? [unreadableFinding(entity, error)] : []));
};

const unreadableFinding = (entity: Entity, error: LockstepError): Finding => ({
  ...codeAndFix(entity, error.code),
  severity: 'problem',
  subject: entity.name,
  what: error.message,
  why: `${entity.name} is not synced until this is fixed`,
});

function codeAndFix(entity: Entity, code: string): { code: FindingCode; fix: string } {
  const variable = databaseIdVariable(entity.name);
  switch (code) {
    case 'not_found':
      return {
        code,
        fix: `share the database with the integration in Notion (••• → Connections), or set ${variable} to its id and restart the workers`,
      };
    case 'database_trashed':
      return {
        code,
        fix: `restore the database in Notion, or set ${variable} to the id of another database and restart the workers`,
      };
    case 'data_source_unclear':
      return { code, fix: `set ${variable} to the id of the right data source, and restart the workers` };
    default:
      return { code: 'notion_refuses', fix: `follow the message, or set ${variable} to the id of another database` };
  }
}
