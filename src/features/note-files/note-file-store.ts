import { queryOnce } from '../../database/batches.ts';
import { asDatabaseErrors, type Database } from '../../database/client.ts';
import type { NoteText } from './note.ts';

/** A live note of a project. */
export interface ProjectNote extends NoteText {
  readonly id: string;
  readonly projectId: string;
  /** What was written of it, and where: below the root, with `/` in between. */
  readonly written: Written | null;
}

export interface Written {
  /** Whose the note was then. */
  readonly projectId: string;
  readonly path: string;
  readonly sha256: string;
}

export interface NotesProject {
  readonly id: string;
  readonly name: string;
}

/** Projects that have notes to be written. @throws as `databaseError` */
export const projectsWithNotes = (database: Database): Promise<NotesProject[]> =>
  queryOnce<NotesProject>(
    database,
    `SELECT p.id, p.name FROM projects p
      WHERE EXISTS (SELECT FROM active_notes n WHERE n.project_id = p.id) ORDER BY p.created_at, p.id`,
    [],
  );

/** The oldest first. @param timeZone in which its day is meant; @throws as `databaseError` */
export const notesOfProject = (database: Database, projectId: string, timeZone: string): Promise<ProjectNote[]> =>
  queryOnce<ProjectNote>(
    database,
    `SELECT n.id, n.project_id AS "projectId", n.title, n.type, (n.created_at AT TIME ZONE $2)::date::text AS day, n.content, n.body,
            coalesce((SELECT json_agg(g.name ORDER BY g.name, g.id) FROM note_tags l JOIN tags g ON g.id = l.tag_id
                       WHERE l.note_id = n.id AND g.archived_at IS NULL), '[]') AS tags,
            CASE WHEN d.note_id IS NOT NULL THEN json_build_object('projectId', d.project_id, 'path', d.path, 'sha256', d.sha256) END AS written
       FROM active_notes n LEFT JOIN distributed_notes d ON d.note_id = n.id
      WHERE n.project_id = $1 ORDER BY n.created_at, n.id`,
    [projectId, timeZone],
  );

export const saveDistributedNote = (
  database: Database,
  { noteId, projectId, path, sha256 }: Written & { readonly noteId: string },
): Promise<void> =>
  asDatabaseErrors(async () => {
    const written = { project_id: projectId, path, sha256, written_at: new Date() };
    await database.distributedNote.upsert({
      where: { note_id: noteId },
      create: { note_id: noteId, ...written },
      update: written,
    });
  });
