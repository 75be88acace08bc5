import { basename } from 'node:path';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { definition } from '../../definition/index.ts';
import { FinalError } from '../../errors.ts';
import type { DefinitionEdit } from '../../operations/setup/definition-file/definition-edit.ts';
import {
  type EditedFile,
  editDefinition,
  stepsOf,
  writeDefinition,
} from '../../operations/setup/definition-file/edit-definition.ts';
import type { Prompter } from '../../operations/setup/init/prompter.ts';

interface EditOptions {
  readonly ask: Prompter;
  readonly say: (line: string) => void;
  /** Prints the change as a patch, and writes nothing. */
  readonly dryRun?: boolean | undefined;
}

/**
 * Edits the definition of this folder, after a question.
 * @returns whether it was written
 * @throws FinalError, ConfigurationError
 */
export async function applyEdit(edit: DefinitionEdit, { ask, say, dryRun = false }: EditOptions): Promise<boolean> {
  const file = await editOrExplain(edit, say);
  if (dryRun) {
    say(patchOf(file));
    say('Nothing was written.');
    return false;
  }
  const name = basename(file.path);
  const message = file.before === null ? `Write ${name}?` : `Change ${name}?`;
  const agreed = await ask.confirm({ message, fallback: true, unansweredError: '' });
  if (!agreed) throw new FinalError('stopped', 'stopped: nothing was written');
  writeDefinition(file);
  say(`${file.before === null ? 'Wrote' : 'Changed'} ${name}.`);
  return true;
}

async function editOrExplain(edit: DefinitionEdit, say: (line: string) => void): Promise<EditedFile> {
  try {
    return await editDefinition(process.cwd(), definition().path, edit);
  } catch (error) {
    if (error instanceof FinalError && error.code === 'cannot_edit') for (const step of stepsOf(edit)) say(step);
    throw error;
  }
}

const patchOf = ({ path, before, after }: EditedFile): string => {
  const name = basename(path);
  return createTwoFilesPatch(before === null ? '/dev/null' : `a/${name}`, `b/${name}`, before ?? '', after, '', '', {
    context: 2,
    headerOptions: FILE_HEADERS_ONLY,
  });
};
