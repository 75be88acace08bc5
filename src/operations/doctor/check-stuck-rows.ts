import { type Database, transaction } from '../../database/client.ts';
import { entitySql, quote } from '../../database/entity-sql.ts';
import { entities } from '../../definition/index.ts';
import type { Entity } from '../../entities/define.ts';
import { TEMPORARY_ID_PREFIX } from '../../sync/temporary-id.ts';
import { type Check, FIX_COMMAND, type Finding } from './finding.ts';

/** Finds rows that get no page, such as those that were inserted while a trigger was disabled. */
export const checkStuckRows: Check = async ({ database }) => {
  const findings = await Promise.all(entities().map((entity) => findingsForEntity(database, entity)));
  return findings.flat();
};

async function findingsForEntity(database: Database, entity: Entity): Promise<Finding[]> {
  const [count] = await database.query<{ rows: number }>(
    `SELECT count(*)::int AS rows FROM ${quote(entity.table)} t
      WHERE (t.notion_page_id IS NULL OR t.notion_page_id LIKE '${TEMPORARY_ID_PREFIX}%')
        AND NOT EXISTS (SELECT 1 FROM sync_state s WHERE s.entity = $1 AND s.record_id = t.id)
        AND NOT EXISTS (SELECT 1 FROM sync_outbox o WHERE o.entity = $1 AND o.record_id = t.id)`,
    [entity.name],
  );
  const rows = count?.rows ?? 0;
  if (rows === 0) return [];
  return [
    {
      code: 'rows_stuck',
      severity: 'problem',
      subject: entity.name,
      what: `${rows} ${rows === 1 ? 'row has' : 'rows have'} a temporary id, but no edit to send`,
      why: 'no cycle creates a page for them until the hourly sweep finds them',
      fix: FIX_COMMAND,
      applyFix: async () => {
        await transaction(database, { as: 'sync' }, (batch) => batch.execute(entitySql(entity).enqueueUnlinked));
        return 'the next cycle sends them';
      },
    },
  ];
}
