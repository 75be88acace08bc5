import { queryOnce } from '../../database/batches.ts';
import { quote } from '../../database/entity-sql.ts';
import { personalCalendar } from '../../entities/calendars.ts';
import type { Entity } from '../../entities/define.ts';
import { entities } from '../../entities/index.ts';
import { titleField } from '../history/conflicts.ts';
import type { Check, Finding } from './finding.ts';

/** What was made within so many minutes, and says the same in every field, was hardly meant twice. */
const MINUTES = 10;
const MOST_SHOWN = 5;

interface Double {
  readonly title: string;
  /** The one to stay first. */
  readonly ids: readonly string[];
}

const ofPages = (entity: Entity): string =>
  `SELECT min(t.${quote(titleField(entity))}) AS title, array_agg(s.record_id::text ORDER BY s.page_created_at) AS ids
     FROM sync_state s JOIN ${quote(entity.table)} t ON t.id = s.record_id
    WHERE s.entity = $1 AND NOT s.archived AND t.archived_at IS NULL AND t.${quote(titleField(entity))} <> ''
    GROUP BY s.base
   HAVING count(*) > 1 AND max(s.page_created_at) - min(s.page_created_at) < make_interval(mins => $2)
    ORDER BY 1 LIMIT ${MOST_SHOWN}`;

/** Of a task's event and another that says the same, the other is a script's, whenever it was made. Two tasks may well have one each. */
const OF_EVENTS = `SELECT min(e.summary) AS title, array_agg(e.id::text ORDER BY e.source_task_id IS NULL, s.page_created_at, e.id) AS ids
     FROM sync_state s JOIN active_calendar_events e ON e.id = s.record_id
    WHERE s.entity = $1 AND NOT s.archived AND e.summary <> ''
    GROUP BY s.base - 'source_task_id'
   HAVING count(*) > 1 AND count(e.source_task_id) <= 1
      AND (count(e.source_task_id) = 1 OR max(s.page_created_at) - min(s.page_created_at) < make_interval(mins => $2))
    ORDER BY 1 LIMIT ${MOST_SHOWN}`;

/** Whether records look as if a lost answer had made them twice, as scripts that create without a key do. */
export const duplicates: Check = async ({ database }) => {
  const doublesOf = (name: string, statement: string): Promise<Double[]> =>
    queryOnce<Double>(database, statement, [name, MINUTES]);
  const findings: Finding[] = [];
  for (const entity of entities) {
    const found = await doublesOf(entity.name, ofPages(entity));
    findings.push(...found.map((double) => twice(entity, double, `made within ${MINUTES} minutes`)));
  }
  const events = await doublesOf(personalCalendar.name, OF_EVENTS);
  return [...findings, ...events.map((double) => twice(personalCalendar, double, 'at the same time'))];
};

function twice({ name, table, remote }: Entity, { title, ids }: Double, how: string): Finding {
  const spare = ids.slice(1).map((id) => `'${id}'`);
  return {
    code: 'duplicates',
    severity: 'problem',
    subject: name,
    what: `«${title}» is there ${ids.length} times, the same in every field, ${how}`,
    why: 'each is edited and linked by itself; a script that got no answer may have made it again',
    mend: `UPDATE ${table} SET archived_at = now() WHERE id IN (${spare.join(', ')}); then the next cycle ${remote ? 'removes the events' : 'archives the pages'}`,
  };
}
