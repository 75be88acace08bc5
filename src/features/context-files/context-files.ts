import { join } from 'node:path';
import { RecordError } from '../../errors.ts';
import { counted } from '../../operations/status/format-status.ts';
import type { Chore, ChoreContext } from '../chores/chore.ts';
import { Troubles } from '../chores/troubles.ts';
import { folderIn, moveFile, openRoot, readRegular, replaceFile } from './files.ts';
import { assignNames, fileNameOf, slugOf } from './names.ts';
import { areaDossiers, projectDossiers, type StoredDossier } from './project-summaries.ts';
import { recordFiles, saveRecordFile } from './record-files.ts';
import { renderDossier } from './render.ts';
import { withSection } from './section.ts';

type Kind = 'project' | 'area';

const FOLDERS = { project: 'projects', area: 'areas' } as const;
const WISHES = { project: slugOf, area: fileNameOf } as const;
const BY_LOCKSTEP = '<!-- Lockstep writes what stands between these marks, and nothing else in this file. -->';

/** A file for each project and each area, whose managed section says how they are. */
export const contextFiles: Chore = async (context) => {
  const { config, database, claims, signal } = context;
  if (config.contextRoot === undefined) return 'nothing is written: LOCKSTEP_CONTEXT_ROOT is not set';
  const root = await openRoot('LOCKSTEP_CONTEXT_ROOT', config.contextRoot);
  return claims.hold('context-files', signal, async () => {
    const troubles = new Troubles();
    const projects = await projectDossiers(database, config.timeZone);
    const areas = await areaDossiers(database, config.timeZone);
    const written =
      (await writeAll(context, { root, kind: 'project', dossiers: projects, troubles })) +
      (await writeAll(context, { root, kind: 'area', dossiers: areas, troubles }));
    return troubles.told(`${counted(written, 'file')} written, of ${projects.length + areas.length}`);
  });
};

interface Work {
  readonly root: string;
  readonly kind: Kind;
  readonly dossiers: readonly StoredDossier[];
  readonly troubles: Troubles;
}

/** @returns how many files were written */
async function writeAll({ database, progress }: ChoreContext, work: Work): Promise<number> {
  const { root, kind, dossiers, troubles } = work;
  if (dossiers.length === 0) return 0;
  const folder = await troubles.during(FOLDERS[kind], () => folderIn(root, FOLDERS[kind]));
  if (folder === undefined) return 0;
  const known = await recordFiles(database, kind);
  const wishes = dossiers.map(({ id, name }) => ({ id, wanted: WISHES[kind](name) }));
  const names = assignNames(wishes, known);
  let written = 0;
  for (const dossier of dossiers) {
    const { id } = dossier;
    const before = known.get(id);
    const wanted = names.get(id) ?? id;
    await troubles.during(`${kind} ${id}`, async () => {
      const name = await settledName(folder, before, wanted);
      if (name !== before) await saveRecordFile(database, { kind, recordId: id, name });
      if (await writeOne(join(folder, `${name}.md`), dossier)) written += 1;
      if (name !== wanted) throw new RecordError('name_taken', `another file lies at its new name ${HOW_TO_MOVE}`);
    });
    progress();
  }
  return written;
}

const HOW_TO_MOVE = '(move that one away, and this one takes it)';

/** A renamed record takes its file along, a person's own text included; where that is not safe, it keeps its name. */
async function settledName(folder: string, before: string | undefined, wanted: string): Promise<string> {
  if (before === undefined || before === wanted) return wanted;
  const [from, to] = [join(folder, `${before}.md`), join(folder, `${wanted}.md`)];
  if ((await moveFile(from, to)) || (await readRegular(from)) === null) return wanted;
  return before;
}

async function writeOne(path: string, dossier: StoredDossier): Promise<boolean> {
  const before = await readRegular(path);
  const managed = withSection(before, `${BY_LOCKSTEP}\n\n${renderDossier(dossier)}\n`);
  if (managed.kind === 'same') return false;
  if (managed.kind === 'damaged') throw new RecordError('marks_damaged', `its file is left alone: ${managed.why}`);
  // Who edits it at this moment goes first; the next run comes soon.
  return replaceFile(path, before, managed.bytes);
}
