import { type Database, sql } from '../../database/client.ts';
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

/** Projects that have notes. @throws as `databaseError` */
export const readProjectsWithNotes = (database: Database): Promise<NotesProject[]> =>
  database.query<NotesProject>(`SELECT p.id, p.name FROM projects p
      WHERE EXISTS (SELECT FROM active_notes n WHERE n.project_id = p.id) ORDER BY p.created_at, p.id`);

/** The oldest first. @param timeZone the time zone of its day; @throws as `databaseError` */
export const readNotesOfProject = (database: Database, projectId: string, timeZone: string): Promise<ProjectNote[]> =>
  database.query<ProjectNote>(
    `SELECT n.id, n.project_id AS "projectId", n.title, n.type, (n.created_at AT TIME ZONE $2)::date::text AS day, n.content, n.body,
            coalesce((SELECT json_agg(g.name ORDER BY g.name, g.id) FROM note_tags l JOIN tags g ON g.id = l.tag_id
                       WHERE l.note_id = n.id AND g.archived_at IS NULL), '[]') AS tags,
            CASE WHEN d.note_id IS NOT NULL THEN json_build_object('projectId', d.project_id, 'path', d.path, 'sha256', d.sha256) END AS written
       FROM active_notes n LEFT JOIN distributed_notes d ON d.note_id = n.id
      WHERE n.project_id = $1 ORDER BY n.created_at, n.id`,
    [projectId, timeZone],
  );

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
