import { databaseIdVariable } from '../../config.ts';
import type { Entity } from '../../entities/define.ts';
import { entities } from '../../entities/index.ts';
import type { LockstepError } from '../../errors.ts';
import type { Check, Finding, FindingCode } from './finding.ts';

/** Whether each entity's database is there, shared, out of the trash, and clear. */
export const dataSources: Check = async (context) => {
  const readings = await Promise.all(
    entities.map(async (entity) => ({ entity, error: (await context.read(entity)).error })),
  );
  return readings.flatMap(({ entity, error }) => (error ? [unreachable(entity, error)] : []));
};

const unreachable = (entity: Entity, error: LockstepError): Finding => ({
  ...meaningOf(entity, error.code),
  severity: 'problem',
  subject: entity.name,
  what: error.message,
  why: `nothing of ${entity.name} is synced until then`,
});

function meaningOf(entity: Entity, code: string): { code: FindingCode; mend: string } {
  const variable = databaseIdVariable(entity.name);
  switch (code) {
    case 'not_found':
      return {
        code,
        mend: `share the database with the integration in Notion (••• → Connections), or put its id into ${variable} and start the workers again`,
      };
    case 'database_trashed':
      return {
        code,
        mend: `restore the database in Notion, or put another's id into ${variable} and start the workers again`,
      };
    case 'data_source_unclear':
      return { code, mend: `put the right data source's id into ${variable}, and start the workers again` };
    default:
      return { code: 'notion_refuses', mend: `as the message says; or put another database's id into ${variable}` };
  }
}
