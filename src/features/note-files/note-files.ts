import { join } from 'node:path';
import { RecordError } from '../../errors.ts';
import { counted } from '../../operations/status/format-status.ts';
import type { Chore, ChoreContext } from '../chores/chore.ts';
import { Troubles } from '../chores/troubles.ts';
import { folderIn, foldersIn, openRoot, readIn, removeFile, replaceFile } from '../context-files/files.ts';
import { assignNames, fileNameOf, folded, slugOf } from '../context-files/names.ts';
import { recordFiles, saveRecordFile } from '../context-files/record-files.ts';
import { renderNote, sha256 } from './note.ts';
import {
  type NotesProject,
  notesOfProject,
  type ProjectNote,
  projectsWithNotes,
  saveDistributedNote,
} from './note-file-store.ts';

const MOST_NAMES = 100;

/** Each note of a project becomes a file in the project's folder: once, and again only when the note has changed. */
export const notesDistribute: Chore = async (context) => {
  const { config, database, claims, signal } = context;
  if (config.notesRoot === undefined) return 'nothing is written: LOCKSTEP_NOTES_ROOT is not set';
  const root = await openRoot('LOCKSTEP_NOTES_ROOT', config.notesRoot);
  return claims.hold('notes-distribute', signal, async () => {
    const troubles = new Troubles();
    const projects = await projectsWithNotes(database);
    const folders = await folderNames(context, root, projects);
    let [written, notes] = [0, 0];
    for (const { id } of projects) {
      const folder = folders.get(id) ?? id;
      for (const note of await notesOfProject(database, id, config.timeZone)) {
        notes += 1;
        if (await troubles.during(`note ${note.id}`, () => distribute(context, root, folder, note))) written += 1;
        context.progress();
      }
    }
    return troubles.told(`${counted(written, 'file')} written, of ${counted(notes, 'note')}`);
  });
};

/** A project's folder is the one it had before; else the one that is called like it; else a new one. */
async function folderNames(
  { database }: ChoreContext,
  root: string,
  projects: readonly NotesProject[],
): Promise<ReadonlyMap<string, string>> {
  const present = await foldersIn(root);
  const known = await recordFiles(database, 'notes');
  const kept = new Map(projects.flatMap(({ id }) => keptFolder(id, known, present)));
  const taken = new Map([...known].filter(([id, name]) => kept.has(id) || present.includes(name)));
  const others = projects.filter(({ id }) => !kept.has(id));
  const wishes = others.map(({ id, name }) => ({ id, wanted: presentName(name, present) ?? slugOf(name) }));
  const assigned = assignNames(wishes, taken);
  for (const [id, name] of assigned) await saveRecordFile(database, { kind: 'notes', recordId: id, name });
  return new Map([...kept, ...assigned]);
}

const keptFolder = (id: string, known: ReadonlyMap<string, string>, present: readonly string[]): [string, string][] => {
  const name = known.get(id);
  return name !== undefined && present.includes(name) ? [[id, name]] : [];
};

/** A folder that a person has made is called like the project, or like its slug. */
function presentName(project: string, present: readonly string[]): string | undefined {
  const wanted = [fileNameOf(project), slugOf(project)].filter((name) => name !== '').map(folded);
  return present.find((name) => wanted.includes(folded(name)));
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
  const stays = written?.projectId === note.projectId;
  // Nor is one written again that somebody has moved away or deleted.
  if (written?.sha256 === hash && stays) return false;

  const before = stays ? await readIn(root, written.path) : null;
  // One that says something else than we wrote is its editor's.
  const isOurs = before !== null && (sha256(before) === written?.sha256 || before.equals(bytes));
  const path = written && isOurs ? written.path : await freePath(root, folder, note, bytes);
  const there = await readIn(root, path);
  const isWritten = !there?.equals(bytes);
  if (isWritten && !(await replaceFile(join(root, path), there, bytes))) return false;
  await saveDistributedNote(database, { noteId: note.id, projectId: note.projectId, path, sha256: hash });
  if (written && !stays) await removeOurs(root, written);
  return isWritten;
}

/** The first of `day-title.md`, `day-title (2).md` … that is free, or says what it shall say, as after a crash. */
async function freePath(root: string, folder: string, note: ProjectNote, bytes: Buffer): Promise<string> {
  await folderIn(root, folder);
  const name = [note.day, slugOf(note.title)].filter((part) => part !== '').join('-');
  for (let n = 1; n <= MOST_NAMES; n += 1) {
    const path = `${folder}/${name}${n === 1 ? '' : ` (${n})`}.md`;
    const there = await readIn(root, path);
    if (there === null || there.equals(bytes)) return path;
  }
  throw new RecordError('name_taken', `${MOST_NAMES} files have its name: move some of them away`);
}

/** A note that went to another project takes its file along, unless somebody has edited that. */
async function removeOurs(root: string, { path, sha256: hash }: { path: string; sha256: string }): Promise<void> {
  const there = await readIn(root, path);
  if (there && sha256(there) === hash) await removeFile(join(root, path));
}
