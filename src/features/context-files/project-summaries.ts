import type { Database } from '../../database/client.ts';
import type { GoalLine, PersonLine, ProjectLine, ProjectSummary, RecentLine, TaskLine } from './render-summary.ts';

/** A project or area with its summary. */
export interface StoredSummary extends ProjectSummary {
  readonly id: string;
}

const MAX_RECENT = 10;

/** By due date, then by priority. */
const BY_URGENCY = `t.due_date NULLS LAST, t.due_time NULLS LAST,
  array_position(ARRAY['Critical', 'High', 'Medium', 'Low'], t.priority) NULLS LAST, t.title, t.id`;

const taskLine = `json_build_object('title', t.title, 'status', t.status, 'priority', t.priority, 'day', t.due_date::text, 'time', left(t.due_time::text, 5))`;

/** $1: the owner's time zone. Times are truncated to days, so that files change less often. */
const RECORDS = `SELECT r.*, (r.at AT TIME ZONE $1)::date::text AS day,
    CASE WHEN r.archived THEN 'archived' WHEN r.status = 'Done' THEN 'done'
         WHEN (r.created_at AT TIME ZONE $1)::date >= (r.at AT TIME ZONE $1)::date THEN 'added' ELSE 'edited' END AS what
  FROM (
    SELECT 'task' AS kind, id, title, status, project_id, created_at, archived_at IS NOT NULL AS archived,
           greatest(notion_last_edited_at, sql_local_last_edited_at, created_at) AS at FROM tasks
    UNION ALL
    SELECT 'note', id, title, NULL, project_id, created_at, archived_at IS NOT NULL,
           greatest(notion_last_edited_at, sql_local_last_edited_at, created_at) FROM notes) r`;

/** The newest records of each owner. @param owned a query for owner, kind and id of records */
const recentSql = (owned: string): string => `
  SELECT owner, json_agg(json_build_object('day', day, 'kind', kind, 'title', title, 'what', what) ORDER BY day DESC, kind DESC, title, id) AS lines
    FROM (SELECT o.owner, r.*, row_number() OVER (PARTITION BY o.owner ORDER BY r.at DESC, r.id) AS place
            FROM (${RECORDS}) r JOIN (${owned}) o ON o.kind = r.kind AND o.id = r.id) newest
   WHERE place <= ${MAX_RECENT} GROUP BY owner`;

/** Active projects, and those that have a file. */
const PROJECTS = `
  WITH recent AS (${recentSql(`SELECT project_id AS owner, 'task' AS kind, id FROM tasks WHERE project_id IS NOT NULL
                    UNION ALL SELECT project_id, 'note', id FROM notes WHERE project_id IS NOT NULL`)}),
  open AS (SELECT t.project_id AS owner, json_agg(${taskLine} ORDER BY ${BY_URGENCY}) AS lines FROM open_tasks t GROUP BY 1),
  aims AS (
    SELECT l.project_id AS owner, json_agg(json_build_object('name', g.name, 'status', g.status, 'progress', g.progress, 'day', g.target_date::text) ORDER BY g.name, g.id) AS lines
      FROM goal_projects l JOIN active_goals g ON g.id = l.goal_id GROUP BY 1),
  team AS (
    SELECT l.project_id AS owner, json_agg(json_build_object('name', p.name, 'relationship', p.relationship) ORDER BY p.name, p.id) AS lines
      FROM person_projects l JOIN active_people p ON p.id = l.person_id GROUP BY 1)
  SELECT p.id, p.name, CASE WHEN p.archived_at IS NULL THEN p.status ELSE 'Archived' END AS status, p.type, p.start_date::text AS start, p.target_date::text AS target,
         aims.lines AS goals, team.lines AS people, open.lines AS tasks, recent.lines AS recent
    FROM projects p LEFT JOIN recent ON recent.owner = p.id LEFT JOIN open ON open.owner = p.id
    LEFT JOIN aims ON aims.owner = p.id LEFT JOIN team ON team.owner = p.id
   WHERE (p.archived_at IS NULL AND p.status IS DISTINCT FROM 'Archived')
      OR EXISTS (SELECT FROM record_files f WHERE f.kind = 'project' AND f.record_id = p.id)
   ORDER BY p.created_at, p.id`;

/** The tasks of an area have its tag, or belong to a project with its tag. */
const TASKS_OF_AREA = `SELECT tag_id AS area, task_id FROM task_tags
  UNION SELECT l.tag_id, t.id FROM project_tags l JOIN tasks t ON t.project_id = l.project_id`;

const AREAS = `
  WITH belongs AS (${TASKS_OF_AREA}),
  recent AS (${recentSql(`SELECT area AS owner, 'task' AS kind, task_id AS id FROM belongs
                    UNION ALL (SELECT tag_id, 'note', note_id FROM note_tags
                         UNION SELECT l.tag_id, 'note', n.id FROM project_tags l JOIN notes n ON n.project_id = l.project_id)`)}),
  open AS (
    SELECT b.area AS owner, json_agg(${taskLine} ORDER BY ${BY_URGENCY}) AS lines
      FROM belongs b JOIN active_tasks t ON t.id = b.task_id GROUP BY 1),
  plans AS (
    SELECT l.tag_id AS owner, json_agg(json_build_object('name', p.name, 'status', p.status, 'day', p.target_date::text) ORDER BY p.name, p.id) AS lines
      FROM project_tags l JOIN active_projects p ON p.id = l.project_id GROUP BY 1),
  team AS (
    SELECT l.tag_id AS owner, json_agg(json_build_object('name', p.name, 'relationship', p.relationship) ORDER BY p.name, p.id) AS lines
      FROM person_tags l JOIN active_people p ON p.id = l.person_id GROUP BY 1)
  SELECT a.id, a.name, CASE WHEN a.archived_at IS NULL THEN 'Active' ELSE 'Archived' END AS status,
         plans.lines AS projects, team.lines AS people, open.lines AS tasks, recent.lines AS recent
    FROM tags a LEFT JOIN recent ON recent.owner = a.id LEFT JOIN open ON open.owner = a.id
    LEFT JOIN plans ON plans.owner = a.id LEFT JOIN team ON team.owner = a.id
   WHERE a.type = 'Area' AND (a.archived_at IS NULL
      OR EXISTS (SELECT FROM record_files f WHERE f.kind = 'area' AND f.record_id = a.id))
   ORDER BY a.created_at, a.id`;

interface SummaryRow {
  readonly id: string;
  readonly name: string;
  readonly status: string | null;
  readonly type?: string | null;
  readonly start?: string | null;
  readonly target?: string | null;
  readonly goals?: readonly GoalLine[] | null;
  readonly projects?: readonly ProjectLine[] | null;
  readonly people: readonly PersonLine[] | null;
  readonly tasks: readonly TaskLine[] | null;
  readonly recent: readonly RecentLine[] | null;
}

/** @param timeZone the time zone of days; @throws as `databaseError` */
export const readProjectSummaries = (database: Database, timeZone: string): Promise<readonly StoredSummary[]> =>
  readSummaries(database, PROJECTS, timeZone);

/** @param timeZone the time zone of days; @throws as `databaseError` */
export const readAreaSummaries = (database: Database, timeZone: string): Promise<readonly StoredSummary[]> =>
  readSummaries(database, AREAS, timeZone);

async function readSummaries(
  database: Database,
  statement: string,
  timeZone: string,
): Promise<readonly StoredSummary[]> {
  const found = await database.query<SummaryRow>(statement, [timeZone]);
  return found.map(({ id, name, status, type = null, start = null, target = null, ...lists }) => ({
    id,
    name,
    facts: [
      ['Status', status],
      ['Type', type],
      ['Start', start],
      ['Target', target],
    ],
    goals: lists.goals ?? [],
    projects: lists.projects ?? [],
    people: lists.people ?? [],
    tasks: lists.tasks ?? [],
    recent: lists.recent ?? [],
  }));
}
