import type { Database } from '../../database/client.ts';
import { literal } from '../../database/entity-sql.ts';
import { columnOrNull, roleTable } from '../../database/role-table.ts';
import { dateIn, optionIn } from '../../definition/role-fields.ts';
import { perWorkspace } from '../../shared/workspace.ts';
import type { GoalLine, PersonLine, ProjectLine, ProjectSummary, RecentLine, TaskLine } from './render-summary.ts';

/** A project or area with its summary. */
export interface StoredSummary extends ProjectSummary {
  readonly id: string;
}

const MAX_RECENT = 10;

const readTables = () => ({
  tasks: roleTable('tasks'),
  notes: roleTable('notes'),
  projects: roleTable('projects'),
  tags: roleTable('tags'),
  goals: roleTable('goals'),
  people: roleTable('people'),
});

type Tables = ReturnType<typeof readTables>;

function taskParts(tasks: Tables['tasks']): { readonly line: string; readonly byUrgency: string } {
  const due = dateIn(tasks, 'due_date');
  const [day, time] = [columnOrNull(due?.day), columnOrNull(due?.time)];
  const priorities = ['Critical', 'High', 'Medium', 'Low'].flatMap((name) => optionIn(tasks, 'priority', name) ?? []);
  // The status of a new task is not worth a word.
  const { status } = tasks.entity.fields;
  const newStatus = status?.kind === 'select' && status.default !== undefined ? literal(status.default) : 'NULL';
  return {
    line: `json_build_object('title', coalesce(${tasks.column('title')}, ''), 'status', nullif(${tasks.column('status')}, ${newStatus}),
  'priority', ${tasks.column('priority')}, 'day', ${day}::text, 'time', left(${time}::text, 5))`,
    // By due date, then by priority.
    byUrgency: `${day} NULLS LAST, ${time} NULLS LAST,
  array_position(ARRAY[${priorities.map(literal).join(', ')}]::text[], ${tasks.column('priority')}) NULLS LAST, ${tasks.column('title')}, t.id`,
  };
}

const isDone = (tasks: Tables['tasks']): string =>
  `${tasks.column('status')} IN (${['NULL', ...(tasks.entity.closedStatuses ?? []).map(literal)].join(', ')})`;

/** Rows of one table. @param done whether a row `t` is done */
const recordsOf = (kind: string, { all, column }: Tables['tasks'] | Tables['notes'], done: string): string => `
  SELECT ${literal(kind)} AS kind, t.id, coalesce(${column('title')}, '') AS title, ${done} AS done, t.created_at,
         t.archived_at IS NOT NULL AS archived,
         greatest(t.notion_last_edited_at, t.sql_local_last_edited_at, t.created_at) AS at FROM ${all} t`;

/** $1: the owner's time zone. Times are truncated to days, so that files change less often. */
const recordsSql = ({ tasks, notes }: Tables): string => `SELECT r.*, (r.at AT TIME ZONE $1)::date::text AS day,
    CASE WHEN r.archived THEN 'archived' WHEN r.done THEN 'done'
         WHEN (r.created_at AT TIME ZONE $1)::date >= (r.at AT TIME ZONE $1)::date THEN 'added' ELSE 'edited' END AS what
  FROM (${recordsOf('task', tasks, isDone(tasks))} UNION ALL ${recordsOf('note', notes, 'false')}) r`;

/** The newest records of each owner. @param owned a query for owner, kind and id of records */
const recentSql = (tables: Tables, owned: string): string => `
  SELECT owner, json_agg(json_build_object('day', day, 'kind', kind, 'title', title, 'what', what) ORDER BY day DESC, kind DESC, title, id) AS lines
    FROM (SELECT o.owner, r.*, row_number() OVER (PARTITION BY o.owner ORDER BY r.at DESC, r.id) AS place
            FROM (${recordsSql(tables)}) r JOIN (${owned}) o ON o.kind = r.kind AND o.id = r.id) newest
   WHERE place <= ${MAX_RECENT} GROUP BY owner`;

/** The people of each owner. */
const teamSql = (people: Tables['people'], links: string): string => `
  SELECT l.linked AS owner, json_agg(json_build_object('name', coalesce(${people.column('title', 'p')}, ''), 'relationship', ${people.column('relationship', 'p')})
           ORDER BY ${people.column('title', 'p')}, p.id) AS lines
    FROM ${links} l JOIN ${people.active} p ON p.id = l.record GROUP BY 1`;

/** Active projects, and those that have a file. */
function projectsSql(tables: Tables): string {
  const { tasks, notes, projects, goals, people } = tables;
  const { line, byUrgency } = taskParts(tables.tasks);
  return `
  WITH recent AS (${recentSql(
    tables,
    `SELECT linked AS owner, 'task' AS kind, record AS id FROM ${tasks.links('project_id')} l
                    UNION ALL SELECT linked, 'note', record FROM ${notes.links('project_id')} l`,
  )}),
  open AS (
    SELECT l.linked AS owner, json_agg(${line} ORDER BY ${byUrgency}) AS lines
      FROM ${tasks.links('project_id')} l JOIN ${tasks.open} t ON t.id = l.record GROUP BY 1),
  aims AS (
    SELECT l.linked AS owner, json_agg(json_build_object('name', coalesce(${goals.column('title', 'g')}, ''), 'status', ${goals.column('status', 'g')},
             'progress', ${goals.column('progress', 'g')}, 'day', ${goals.column('target_date', 'g')}::text) ORDER BY ${goals.column('title', 'g')}, g.id) AS lines
      FROM ${goals.links('related_projects')} l JOIN ${goals.active} g ON g.id = l.record GROUP BY 1),
  team AS (${teamSql(people, people.links('projects'))})
  SELECT t.id, coalesce(${projects.column('title')}, '') AS name,
         CASE WHEN t.archived_at IS NULL THEN ${projects.column('status')} ELSE ${literal(projects.entity.archivedStatus ?? 'Archived')} END AS status,
         ${projects.column('type')} AS type, ${projects.column('start_date')}::text AS start, ${projects.column('target_date')}::text AS target,
         aims.lines AS goals, team.lines AS people, open.lines AS tasks, recent.lines AS recent
    FROM ${projects.all} t LEFT JOIN recent ON recent.owner = t.id LEFT JOIN open ON open.owner = t.id
    LEFT JOIN aims ON aims.owner = t.id LEFT JOIN team ON team.owner = t.id
   WHERE EXISTS (SELECT FROM ${projects.open} p WHERE p.id = t.id)
      OR EXISTS (SELECT FROM record_files f WHERE f.kind = 'project' AND f.record_id = t.id)
   ORDER BY t.created_at, t.id`;
}

/** Records of a kind that belong to an area: they have its tag, or belong to a project with its tag. */
const ofArea = (projects: Tables['projects'], { links }: Tables['tasks'] | Tables['notes']): string =>
  `SELECT linked AS area, record FROM ${links('tags')} l
  UNION SELECT l.linked, r.record FROM ${projects.links('tags')} l JOIN ${links('project_id')} r ON r.linked = l.record`;

/** Areas, and those that have a file. */
function areasSql(tables: Tables): string {
  const { tasks, notes, projects, tags, people } = tables;
  const { line, byUrgency } = taskParts(tables.tasks);
  const area = optionIn(tags, 'type', 'Area');
  return `
  WITH belongs AS (${ofArea(projects, tasks)}),
  recent AS (${recentSql(
    tables,
    `SELECT area AS owner, 'task' AS kind, record AS id FROM belongs
                    UNION ALL SELECT area, 'note', record FROM (${ofArea(projects, notes)}) n`,
  )}),
  open AS (
    SELECT b.area AS owner, json_agg(${line} ORDER BY ${byUrgency}) AS lines
      FROM belongs b JOIN ${tasks.active} t ON t.id = b.record GROUP BY 1),
  plans AS (
    SELECT l.linked AS owner, json_agg(json_build_object('name', coalesce(${projects.column('title', 'p')}, ''), 'status', ${projects.column('status', 'p')},
             'day', ${projects.column('target_date', 'p')}::text) ORDER BY ${projects.column('title', 'p')}, p.id) AS lines
      FROM ${projects.links('tags')} l JOIN ${projects.active} p ON p.id = l.record GROUP BY 1),
  team AS (${teamSql(people, people.links('tags'))})
  SELECT t.id, coalesce(${tags.column('title')}, '') AS name, CASE WHEN t.archived_at IS NULL THEN 'Active' ELSE 'Archived' END AS status,
         plans.lines AS projects, team.lines AS people, open.lines AS tasks, recent.lines AS recent
    FROM ${tags.all} t LEFT JOIN recent ON recent.owner = t.id LEFT JOIN open ON open.owner = t.id
    LEFT JOIN plans ON plans.owner = t.id LEFT JOIN team ON team.owner = t.id
   WHERE ${area === undefined ? 'false' : `${tags.column('type')} = ${literal(area)}`} AND (t.archived_at IS NULL
      OR EXISTS (SELECT FROM record_files f WHERE f.kind = 'area' AND f.record_id = t.id))
   ORDER BY t.created_at, t.id`;
}

const statements = perWorkspace(() => {
  const tables = readTables();
  return { projects: projectsSql(tables), areas: areasSql(tables) };
});

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
  readSummaries(database, statements().projects, timeZone);

/** @param timeZone the time zone of days; @throws as `databaseError` */
export const readAreaSummaries = (database: Database, timeZone: string): Promise<readonly StoredSummary[]> =>
  readSummaries(database, statements().areas, timeZone);

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
