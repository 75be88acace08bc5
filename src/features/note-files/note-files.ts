import { join } from 'node:path';
import { RecordError } from '../../errors.ts';
import { pluralize } from '../../operations/status/format-status.ts';
import type { Chore, ChoreContext } from '../chores/chore.ts';
import { RecordFailures } from '../chores/record-failures.ts';
import {
  ensureFolder,
  listFolders,
  openRoot,
  readBelow,
  removeFile,
  replaceFile,
} from '../managed-files/file-access.ts';
import { assignNames, foldCase, nameToFileName, nameToSlug } from '../managed-files/file-names.ts';
import { readRecordFiles, saveRecordFile } from '../managed-files/record-file-store.ts';
import {
  type NotesProject,
  type ProjectNote,
  readNotesOfProject,
  readProjectsWithNotes,
  saveDistributedNote,
} from './note-file-store.ts';
import { renderNote, sha256 } from './render-note.ts';

const MAX_NAMES = 100;

/** Writes each note of a project to a file in the project's folder, when the note is new or has changed. */
export const notesDistribute: Chore = async (context) => {
  const { config, database, claims, signal } = context;
  if (config.notesRoot === undefined) return 'no files are written: LOCKSTEP_NOTES_ROOT is not set';
  const root = await openRoot('LOCKSTEP_NOTES_ROOT', config.notesRoot);
  return claims.hold('notes-distribute', { signal }, async () => {
    const failures = new RecordFailures();
    const projects = await readProjectsWithNotes(database);
    const folders = await assignFolders(context, root, projects);
    let [written, notes] = [0, 0];
    for (const { id } of projects) {
      const folder = folders.get(id) ?? id;
      for (const note of await readNotesOfProject(database, id, config.timeZone)) {
        notes += 1;
        if (await failures.attempt(`note ${note.id}`, () => distribute(context, root, folder, note))) written += 1;
        context.progress();
      }
    }
    return failures.summarize(`${pluralize(written, 'file')} written, of ${pluralize(notes, 'note')}`);
  });
};

/** A project's folder is the one that it had before, or else one with the project's name, or else a new one. */
async function assignFolders(
  { database }: ChoreContext,
  root: string,
  projects: readonly NotesProject[],
): Promise<ReadonlyMap<string, string>> {
  const present = await listFolders(root);
  const known = await readRecordFiles(database, 'notes');
  const kept = new Map(projects.flatMap(({ id }) => keptFolder(id, known, present)));
  const taken = new Map([...known].filter(([id, name]) => kept.has(id) || present.includes(name)));
  const others = projects.filter(({ id }) => !kept.has(id));
  const wanted = others.map(({ id, name }) => ({ id, wanted: findFolder(name, present) ?? nameToSlug(name) }));
  const assigned = assignNames(wanted, taken);
  for (const [id, name] of assigned) await saveRecordFile(database, { kind: 'notes', recordId: id, name });
  return new Map([...kept, ...assigned]);
}

const keptFolder = (id: string, known: ReadonlyMap<string, string>, present: readonly string[]): [string, string][] => {
  const name = known.get(id);
  return name !== undefined && present.includes(name) ? [[id, name]] : [];
};

/** A folder that a person has created with the name or slug of the project. */
function findFolder(project: string, present: readonly string[]): string | undefined {
  const wanted = [nameToFileName(project), nameToSlug(project)].filter((name) => name !== '').map(foldCase);
  return present.find((name) => wanted.includes(foldCase(name)));
}

/** @returns whether a file was written */
async function distribute(
  { database }: ChoreContext,
  root: string,
  folder: string,
  note: ProjectNote,
): Promise<boolean> {
  const bytes = Buffer.from(renderNote(note));
  const hash = sha256(bytes);
  const { written } = note;
  const isSameProject = written?.projectId === note.projectId;
  // This also means that a file that a person has moved or deleted is not written again.
  if (written?.sha256 === hash && isSameProject) return false;

  const before = isSameProject ? await readBelow(root, written.path) : null;
  // A file with other content was edited by a person and is not overwritten.
  const isOurs = before !== null && (sha256(before) === written?.sha256 || before.equals(bytes));
  const path = written && isOurs ? written.path : await findFreePath(root, folder, note, bytes);
  const existing = await readBelow(root, path);
  const isWritten = !existing?.equals(bytes);
  if (isWritten && !(await replaceFile(join(root, path), existing, bytes))) return false;
  await saveDistributedNote(database, { noteId: note.id, projectId: note.projectId, path, sha256: hash });
  if (written && !isSameProject) await removeUnedited(root, written);
  return isWritten;
}

/** The first of `day-title.md`, `day-title (2).md` … that is free, or that has the right content, as after a crash. */
async function findFreePath(root: string, folder: string, note: ProjectNote, bytes: Buffer): Promise<string> {
  await ensureFolder(root, folder);
  const name = [note.day, nameToSlug(note.title)].filter((part) => part !== '').join('-');
  for (let n = 1; n <= MAX_NAMES; n += 1) {
    const path = `${folder}/${name}${n === 1 ? '' : ` (${n})`}.md`;
    const existing = await readBelow(root, path);
    if (existing === null || existing.equals(bytes)) return path;
  }
  throw new RecordError('name_taken', `${MAX_NAMES} files have its name: move some of them elsewhere`);
}

/** Removes the old file of a note that was moved to another project, unless a person has edited it. */
async function removeUnedited(root: string, { path, sha256: hash }: { path: string; sha256: string }): Promise<void> {
  const existing = await readBelow(root, path);
  if (existing && sha256(existing) === hash) await removeFile(join(root, path));
}
