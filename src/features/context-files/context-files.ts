import { join } from 'node:path';
import { RecordError } from '../../errors.ts';
import { pluralize } from '../../operations/status/format-status.ts';
import type { Chore, ChoreContext } from '../chores/chore.ts';
import { RecordFailures } from '../chores/record-failures.ts';
import { ensureFolder, moveFile, openRoot, readFileBytes, replaceFile } from '../managed-files/file-access.ts';
import { assignNames, nameToFileName, nameToSlug } from '../managed-files/file-names.ts';
import { readRecordFiles, saveRecordFile } from '../managed-files/record-file-store.ts';
import { replaceSection } from './managed-section.ts';
import { readAreaSummaries, readProjectSummaries, type StoredSummary } from './project-summaries.ts';
import { renderSummary } from './render-summary.ts';

type Kind = 'project' | 'area';

const FOLDERS = { project: 'projects', area: 'areas' } as const;
const NAME_OF = { project: nameToSlug, area: nameToFileName } as const;
const NOTICE = '<!-- Lockstep maintains the text between these marks and nothing else in this file. -->';

/** Writes a file for each project and area, with a summary in a managed section. */
export const contextFiles: Chore = async (context) => {
  const { config, database, claims, signal } = context;
  if (config.contextRoot === undefined) return 'no files are written: LOCKSTEP_CONTEXT_ROOT is not set';
  const root = await openRoot('LOCKSTEP_CONTEXT_ROOT', config.contextRoot);
  return claims.hold('context-files', { signal }, async () => {
    const failures = new RecordFailures();
    const projects = await readProjectSummaries(database, config.timeZone);
    const areas = await readAreaSummaries(database, config.timeZone);
    const written =
      (await writeAll(context, { root, kind: 'project', summaries: projects, failures })) +
      (await writeAll(context, { root, kind: 'area', summaries: areas, failures }));
    return failures.summarize(`${pluralize(written, 'file')} written, of ${projects.length + areas.length}`);
  });
};

interface Work {
  readonly root: string;
  readonly kind: Kind;
  readonly summaries: readonly StoredSummary[];
  readonly failures: RecordFailures;
}

/** @returns how many files were written */
async function writeAll({ database, progress }: ChoreContext, work: Work): Promise<number> {
  const { root, kind, summaries, failures } = work;
  if (summaries.length === 0) return 0;
  const folder = await failures.attempt(FOLDERS[kind], () => ensureFolder(root, FOLDERS[kind]));
  if (folder === undefined) return 0;
  const known = await readRecordFiles(database, kind);
  const wanted = summaries.map(({ id, name }) => ({ id, wanted: NAME_OF[kind](name) }));
  const names = assignNames(wanted, known);
  let written = 0;
  for (const summary of summaries) {
    const { id } = summary;
    const before = known.get(id);
    const wanted = names.get(id) ?? id;
    await failures.attempt(`${kind} ${id}`, async () => {
      const name = await moveToName(folder, before, wanted);
      if (name !== before) await saveRecordFile(database, { kind, recordId: id, name });
      if (await writeOne(join(folder, `${name}.md`), summary)) written += 1;
      if (name !== wanted) throw new RecordError('name_taken', `another file has its new name ${HOW_TO_MOVE}`);
    });
    progress();
  }
  return written;
}

const HOW_TO_MOVE = '(move that file elsewhere, and this one is renamed)';

/** Renames the file of a renamed record, including a person's own text. If that is not safe, the file keeps its name. */
async function moveToName(folder: string, before: string | undefined, wanted: string): Promise<string> {
  if (before === undefined || before === wanted) return wanted;
  const [from, to] = [join(folder, `${before}.md`), join(folder, `${wanted}.md`)];
  if ((await moveFile(from, to)) || (await readFileBytes(from)) === null) return wanted;
  return before;
}

async function writeOne(path: string, summary: StoredSummary): Promise<boolean> {
  const before = await readFileBytes(path);
  const managed = replaceSection(before, `${NOTICE}\n\n${renderSummary(summary)}\n`);
  if (managed.kind === 'same') return false;
  if (managed.kind === 'damaged') throw new RecordError('marks_damaged', `its file was not changed: ${managed.why}`);
  // If a person has just edited the file, the next run writes it.
  return replaceFile(path, before, managed.bytes);
}
