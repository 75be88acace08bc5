import { queryOnce, syncTransaction } from '../../database/batches.ts';
import type { Database } from '../../database/client.ts';
import { entitySql, quote } from '../../database/entity-sql.ts';
import type { Entity } from '../../entities/define.ts';
import { entities } from '../../entities/index.ts';
import { type Check, FIX, type Finding } from './finding.ts';

/** Whether rows wait for a page that nobody will make, as those that were inserted while a trigger was off. */
export const stuckRows: Check = async ({ database }) => {
  const findings = await Promise.all(entities.map((entity) => ofEntity(database, entity)));
  return findings.flat();
};

async function ofEntity(database: Database, entity: Entity): Promise<Finding[]> {
  const [counted] = await queryOnce<{ rows: number }>(
    database,
    `SELECT count(*)::int AS rows FROM ${quote(entity.table)} t
      WHERE (t.notion_page_id IS NULL OR t.notion_page_id LIKE 'sql:%')
        AND NOT EXISTS (SELECT 1 FROM sync_state s WHERE s.entity = $1 AND s.record_id = t.id)
        AND NOT EXISTS (SELECT 1 FROM sync_outbox o WHERE o.entity = $1 AND o.record_id = t.id)`,
    [entity.name],
  );
  const rows = counted?.rows ?? 0;
  if (rows === 0) return [];
  return [
    {
      code: 'rows_stuck',
      severity: 'problem',
      subject: entity.name,
      what: `${rows} ${rows === 1 ? 'row has' : 'rows have'} a temporary id, and nothing to send`,
      why: 'no cycle makes a page for them; the hourly sweep would find them',
      mend: FIX,
      fix: async () => {
        await syncTransaction(database, (batch) => batch.execute(entitySql(entity).enqueueUnlinked));
        return 'they are sent with the next cycle';
      },
    },
  ];
}
