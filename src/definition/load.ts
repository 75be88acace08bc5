import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Entity } from '../entities/define.ts';
import { entities as builtIn } from '../entities/index.ts';
import { ConfigurationError, LockstepError } from '../errors.ts';
import { requireOwn } from '../shared/require-own.ts';
import { parseDefinition } from './schema.ts';

const FILES = ['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'].map((extension) => `lockstep.config.${extension}`);

export interface LoadedDefinition {
  readonly entities: readonly Entity[];
  /** Null for the built-in entities, which need no file. */
  readonly path: string | null;
}

/**
 * Reads the definition file of a folder; without one, the built-in entities are synced.
 * @throws ConfigurationError when there are two files, or when the file is wrong, with its name and what to change
 * @throws FinalError `foreign_file` when it belongs to another user: it may be a program
 */
export async function loadDefinition(folder: string): Promise<LoadedDefinition> {
  const [file, another] = FILES.filter((name) => existsSync(join(folder, name)));
  if (file === undefined) return { entities: builtIn, path: null };
  if (another !== undefined)
    throw new ConfigurationError(`there are two definitions, ${file} and ${another}: delete one`);
  const path = join(folder, file);
  requireOwn(path);
  return { entities: parseDefinition(await readContent(path), file, builtIn), path };
}

/**
 * What a definition file contains. The parsers are loaded only where there is a file: every command starts here.
 * @throws ConfigurationError when it cannot be read
 */
export async function readContent(path: string): Promise<unknown> {
  try {
    switch (extname(path)) {
      case '.json':
        return JSON.parse(readFileSync(path, 'utf8'));
      case '.yaml':
      case '.yml': {
        const { parse } = await import('yaml');
        return parse(readFileSync(path, 'utf8'));
      }
      default: {
        const { createJiti } = await import('jiti');
        // An owner's folder may have no node_modules: `lockstep` is this program.
        return await createJiti(import.meta.url, {
          moduleCache: false, // an edited file is read again
          alias: { lockstep: new URL('define-config', import.meta.url).pathname },
        }).import(path, { default: true });
      }
    }
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw new ConfigurationError(`${path} cannot be read: ${String(error).split('\n', 1)[0]}`);
  }
}
