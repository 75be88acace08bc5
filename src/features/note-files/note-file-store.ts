import { type Database, sql } from '../../database/client.ts';
import { roleTable } from '../../database/role-table.ts';
import { perWorkspace } from '../../shared/workspace.ts';
import type { NoteText } from './render-note.ts';

/** A note of a project that is not archived. */
export interface ProjectNote extends NoteText {
  readonly id: string;
  readonly projectId: string;
  /** The file that was written for it, or null. */
  readonly written: WrittenFile | null;
}

/** The path is relative to the root, with `/` as the separator. */
export interface WrittenFile {
  /** The note's project at that time. */
  readonly projectId: string;
  readonly path: string;
  readonly sha256: string;
}

export interface NotesProject {
  readonly id: string;
  readonly name: string;
}

const tables = perWorkspace(() => ({
  notes: roleTable('notes'),
  projects: roleTable('projects'),
  tags: roleTable('tags'),
}));

/** Projects that have notes. @throws as `databaseError` */
export function readProjectsWithNotes(database: Database): Promise<NotesProject[]> {
  const { notes, projects } = tables();
  return database.query<NotesProject>(`SELECT p.id, coalesce(${projects.column('title', 'p')}, '') AS name FROM ${projects.all} p
      WHERE EXISTS (SELECT FROM ${notes.active} n WHERE ${notes.column('project_id', 'n')} = p.id) ORDER BY p.created_at, p.id`);
}

/** The oldest first. @param timeZone the time zone of its day; @throws as `databaseError` */
export function readNotesOfProject(database: Database, id: string, timeZone: string): Promise<ProjectNote[]> {
  const { notes, tags } = tables();
  const projectId = notes.column('project_id', 'n');
  const tagName = tags.column('title', 'g');
  return database.query<ProjectNote>(
    `SELECT n.id, ${projectId} AS "projectId", coalesce(${notes.column('title', 'n')}, '') AS title, ${notes.column('type', 'n')} AS type,
            (n.created_at AT TIME ZONE $2)::date::text AS day, ${notes.column('content', 'n')} AS content, ${notes.column('body', 'n')} AS body,
            coalesce((SELECT json_agg(${tagName} ORDER BY ${tagName}, g.id) FROM ${notes.links('tags')} l JOIN ${tags.all} g ON g.id = l.linked
                       WHERE l.record = n.id AND g.archived_at IS NULL), '[]') AS tags,
            CASE WHEN d.note_id IS NOT NULL THEN json_build_object('projectId', d.project_id, 'path', d.path, 'sha256', d.sha256) END AS written
       FROM ${notes.active} n LEFT JOIN distributed_notes d ON d.note_id = n.id
      WHERE ${projectId} = $1 ORDER BY n.created_at, n.id`,
    [id, timeZone],
  );
}

export const saveDistributedNote = async (
  database: Database,
  { noteId, projectId, path, sha256 }: WrittenFile & { readonly noteId: string },
): Promise<void> => {
  await database.execute(sql`
    INSERT INTO distributed_notes (note_id, project_id, path, sha256, written_at)
    VALUES (${noteId}::uuid, ${projectId}::uuid, ${path}, ${sha256}, ${new Date()})
    ON CONFLICT (note_id) DO UPDATE SET project_id = excluded.project_id, path = excluded.path, sha256 = excluded.sha256,
      written_at = excluded.written_at`);
};
