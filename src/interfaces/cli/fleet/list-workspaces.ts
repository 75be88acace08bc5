import { readdirSync, realpathSync } from 'node:fs';
import { basename, delimiter, join, resolve } from 'node:path';

/** A folder of `lockstep worker`. */
export interface ListedWorkspace {
  /** The name of the folder, or its path where two have the same name. */
  readonly name: string;
  readonly folder: string;
}

/** What makes a folder a workspace. */
const isWorkspaceFile = (name: string): boolean => name === '.env' || /^lockstep\.config\.\w+$/.test(name);

/** The folders of a list such as `/srv/marta:/srv/teams`. */
export const foldersIn = (list: string | undefined): readonly string[] =>
  (list ?? '').split(delimiter).filter((folder) => folder !== '');

/**
 * The workspaces that folders stand for, in their order and each once: a workspace for itself, any other folder for the
 * workspaces in it. One that stands for none is listed, so that its start says why.
 */
export function listWorkspaces(folders: readonly string[]): readonly ListedWorkspace[] {
  const found = [...new Set(folders.flatMap((folder) => workspacesAt(resolve(folder))).map(realPath))];
  const names = found.map((folder) => basename(folder));
  return found.map((folder) => {
    const name = basename(folder);
    return { folder, name: names.filter((other) => other === name).length > 1 ? folder : name };
  });
}

function workspacesAt(folder: string): readonly string[] {
  if (workspaceFiles(folder).length > 0) return [folder];
  const inside = entriesOf(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((inner) => workspaceFiles(inner).length > 0);
  return inside.length > 0 ? inside : [folder];
}

/** The names of the files that configure a workspace; none where the folder is none, or cannot be read. */
export const workspaceFiles = (folder: string): readonly string[] => entriesOf(folder).filter(isWorkspaceFile).sort();

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
