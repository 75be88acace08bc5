import { quote } from '../../database/entity-sql.ts';
import { entities } from '../../definition/index.ts';
import { personalCalendar } from '../../entities/calendars.ts';
import { type Entity, titleField } from '../../entities/define.ts';
import type { Check, Finding } from './finding.ts';

/** Two records with equal fields that were created within this time are probably one record that was created twice. */
const MINUTES = 10;
const MAX_SHOWN = 5;

interface Duplicate {
  readonly title: string;
  /** First the record to keep. */
  readonly ids: readonly string[];
}

const pagesSql = (entity: Entity): string =>
  `SELECT min(t.${quote(titleField(entity))}) AS title, array_agg(s.record_id::text ORDER BY s.page_created_at) AS ids
     FROM sync_state s JOIN ${quote(entity.table)} t ON t.id = s.record_id
    WHERE s.entity = $1 AND NOT s.archived AND t.archived_at IS NULL AND t.${quote(titleField(entity))} <> ''
    GROUP BY s.base
   HAVING count(*) > 1 AND max(s.page_created_at) - min(s.page_created_at) < make_interval(mins => $2)
    ORDER BY 1 LIMIT ${MAX_SHOWN}`;

/** If an event equals a task's event, a script made it, at whatever time. The equal events of two tasks are no duplicates. */
const EVENTS_SQL = `SELECT min(e.summary) AS title, array_agg(e.id::text ORDER BY e.source_task_id IS NULL, s.page_created_at, e.id) AS ids
     FROM sync_state s JOIN active_calendar_events e ON e.id = s.record_id
    WHERE s.entity = $1 AND NOT s.archived AND e.summary <> ''
    GROUP BY s.base - 'source_task_id'
   HAVING count(*) > 1 AND count(e.source_task_id) <= 1
      AND (count(e.source_task_id) = 1 OR max(s.page_created_at) - min(s.page_created_at) < make_interval(mins => $2))
    ORDER BY 1 LIMIT ${MAX_SHOWN}`;

/** Finds records that were probably created twice: a script that creates without a key repeats a request whose response was lost. */
export const checkDuplicates: Check = async ({ database }) => {
  const readDuplicates = (name: string, statement: string): Promise<Duplicate[]> =>
    database.query<Duplicate>(statement, [name, MINUTES]);
  const findings: Finding[] = [];
  for (const entity of entities()) {
    const found = await readDuplicates(entity.name, pagesSql(entity));
    findings.push(
      ...found.map((duplicate) => duplicateFinding(entity, duplicate, `created within ${MINUTES} minutes`)),
    );
  }
  const events = await readDuplicates(personalCalendar.name, EVENTS_SQL);
  return [...findings, ...events.map((duplicate) => duplicateFinding(personalCalendar, duplicate, 'at the same time'))];
};

function duplicateFinding({ name, table, remote }: Entity, { title, ids }: Duplicate, how: string): Finding {
  const spare = ids.slice(1).map((id) => `'${id}'`);
  return {
    code: 'duplicates',
    severity: 'problem',
    subject: name,
    what: `"${title}" exists ${ids.length} times with the same value in every field, ${how}`,
    why: 'each copy is edited and linked separately; a script that got no response may have created it again',
    fix: `UPDATE ${table} SET archived_at = now() WHERE id IN (${spare.join(', ')}); then the next cycle ${remote ? 'removes the events' : 'archives the pages'}`,
  };
}
