import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readContent } from '../../../definition/load.ts';
import { type EntityDefinition, parseDefinition } from '../../../definition/schema.ts';
import { entities as builtIn } from '../../../entities/index.ts';
import { FinalError } from '../../../errors.ts';
import { type Content, type DefinitionEdit, toContent, withEdit } from './definition-edit.ts';
import { editScript } from './edit-script.ts';
import { editYaml } from './edit-yaml.ts';
import { entityLines, fieldLine, scriptOf } from './write-script.ts';

const NEW_FILE = 'lockstep.config.ts';

/** A definition file as it is, and as it is to be. */
export interface EditedFile {
  readonly path: string;
  /** Null for a new file. */
  readonly before: string | null;
  readonly after: string;
}

/**
 * Applies an edit to the definition of a folder, without writing it.
 * @param path the file; null if there is none, so that all built-in entities are listed in a new one
 * @throws ConfigurationError if the edited definition is wrong
 * @throws FinalError `cannot_edit` for a program that Lockstep cannot edit safely: `stepsOf` says what to write there
 */
export async function editDefinition(folder: string, path: string | null, edit: DefinitionEdit): Promise<EditedFile> {
  if (path === null) {
    const listed = withEdit({ entities: builtIn.map(({ name }) => name) }, edit);
    return createDefinition(folder, toDefinitions(listed));
  }
  const before = readFileSync(path, 'utf8');
  const expected = withEdit(toContent(await readContent(path)), edit);
  parseDefinition(expected, basename(path), builtIn);
  const after = edited(path, before, expected, edit);
  if (after === undefined || !(await contains(path, after, expected))) {
    throw new FinalError(
      'cannot_edit',
      `${basename(path)} is a program that Lockstep cannot edit safely, so nothing was written: make these changes yourself, then run lockstep migrate`,
    );
  }
  return { path, before, after };
}

/** A new definition of a folder, not written yet. @throws ConfigurationError if it is wrong */
export function createDefinition(folder: string, entities: readonly (string | EntityDefinition)[]): EditedFile {
  parseDefinition({ entities }, NEW_FILE, builtIn);
  return { path: join(folder, NEW_FILE), before: null, after: scriptOf(entities) };
}

/** Writes it, completely or not at all. @throws FinalError `changed_meanwhile` if somebody has changed the file */
export function writeDefinition({ path, before, after }: EditedFile): void {
  const found = existsSync(path) ? readFileSync(path, 'utf8') : null;
  if (found !== before) {
    throw new FinalError('changed_meanwhile', `${basename(path)} has changed meanwhile: run the command again`);
  }
  const temporary = `${path}.new`;
  writeFileSync(temporary, after);
  renameSync(temporary, path);
}

/** Entities that are listed by name only; nothing else is in a new file before an edit. */
const toDefinitions = ({ entities }: Content): readonly (string | EntityDefinition)[] =>
  // What is not a name comes from the edit itself.
  entities as readonly (string | EntityDefinition)[];

function edited(path: string, before: string, expected: Content, edit: DefinitionEdit): string | undefined {
  switch (extname(path)) {
    case '.json': {
      const indent = /^[ \t]+(?=")/m.exec(before)?.[0] ?? '  ';
      return `${JSON.stringify(expected, null, indent)}\n`;
    }
    case '.yaml':
    case '.yml':
      return editYaml(before, edit);
    default:
      return editScript(before, edit);
  }
}

/** Whether a text is a file with this content. A program is run to see. */
async function contains(path: string, text: string, expected: Content): Promise<boolean> {
  const extension = extname(path);
  const trial = join(dirname(path), `.lockstep.config.${randomUUID()}${extension}`);
  writeFileSync(trial, text, { flag: 'wx', mode: 0o600 });
  try {
    const plain = (content: unknown): unknown => JSON.parse(JSON.stringify(content));
    return isDeepStrictEqual(plain(await readContent(trial)), plain(expected));
  } catch {
    return false;
  } finally {
    rmSync(trial);
  }
}

/** What to write into a file that Lockstep cannot edit. */
export const stepsOf = ({ add, addFields, remove, removeFields }: DefinitionEdit): readonly string[] => [
  ...add.flatMap((entity) => ['Add to "entities":', ...entityLines(entity).map((line) => `  ${line}`)]),
  ...addFields.map(({ entity, name, field }) => `Add to the fields of ${entity}: ${fieldLine(name, field)}`),
  ...remove.map((name) => `Remove ${name} from "entities".`),
  ...removeFields.map(({ entity, name }) => `Remove ${name} from the fields of ${entity}.`),
];
