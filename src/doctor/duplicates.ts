import { queryOnce } from '../database/batches.ts';
import { titleField } from '../database/conflicts.ts';
import { quote } from '../database/entity-sql.ts';
import { entities } from '../entities/index.ts';
import type { Check, Finding } from './finding.ts';

/** What was made within so many minutes, and says the same in every field, was hardly meant twice. */
const MINUTES = 10;
const MOST_SHOWN = 5;

/** Whether records look as if a lost answer had made them twice, as scripts that create without a key do. */
export const duplicates: Check = async ({ database }) => {
  const findings: Finding[] = [];
  for (const entity of entities) {
    const found = await queryOnce<{ title: string; ids: string[] }>(
      database,
      `SELECT min(t.${quote(titleField(entity))}) AS title, array_agg(s.record_id::text ORDER BY s.page_created_at) AS ids
         FROM sync_state s JOIN ${quote(entity.table)} t ON t.id = s.record_id
        WHERE s.entity = $1 AND NOT s.archived AND t.archived_at IS NULL AND t.${quote(titleField(entity))} <> ''
        GROUP BY s.base
       HAVING count(*) > 1 AND max(s.page_created_at) - min(s.page_created_at) < make_interval(mins => $2)
        ORDER BY 1 LIMIT ${MOST_SHOWN}`,
      [entity.name, MINUTES],
    );
    for (const { title, ids } of found) {
      const spare = ids.slice(1).map((id) => `'${id}'`);
      findings.push({
        code: 'duplicates',
        severity: 'problem',
        subject: entity.name,
        what: `«${title}» is there ${ids.length} times, the same in every field, made within ${MINUTES} minutes`,
        why: 'each is edited and linked by itself; a script that got no answer may have made it again',
        mend: `UPDATE ${entity.table} SET archived_at = now() WHERE id IN (${spare.join(', ')}); then the next cycle archives the pages`,
      });
    }
  }
  return findings;
};
