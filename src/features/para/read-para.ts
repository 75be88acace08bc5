import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { normalName, type ParaFolder, type ParaIssue, type ParaReading, type ParaType } from './para-folder.ts';

interface Found {
  readonly folders: ParaFolder[];
  readonly issues: ParaIssue[];
}

const MARKER = '.lockstep';
/** Excludes the colon, so that a marker cannot look like an inode identity. */
const MARKER_ID = /^[\w.-]{1,100}$/;

/**
 * Reads the folders of a PARA root: `Areas/<Area>`, `Resources/<Resource>` and
 * `Areas/<Area>/Resources/<Resource>`. `2 Areas` and `3. resources` are also
 * recognized. Hidden folders, files and symbolic links are ignored.
 * If any part cannot be read, the root counts as missing: a partly read tree
 * would look like one with deleted folders.
 */
export async function readPara(root: string): Promise<ParaReading> {
  const found: Found = { folders: [], issues: [] };
  try {
    await readRoot(root, found);
  } catch (error) {
    if (!isFileError(error)) throw error;
    return { kind: 'missing', message: unreadable(root, error) };
  }
  return { kind: 'read', ...found };
}

async function readRoot(root: string, found: Found): Promise<void> {
  const entries = await subfolders(root, found);
  const areas = entries.filter(({ name }) => sectionOf(name) === 'Area');
  const resources = entries.filter(({ name }) => sectionOf(name) === 'Resource');
  if (entries.length > 0 && areas.length + resources.length === 0) {
    const message = `LOCKSTEP_PARA_ROOT "${root}" contains neither a folder Areas nor a folder Resources: create one, or set another root.`;
    found.issues.push({ kind: 'layout', path: root, message });
  }
  for (const { path } of areas) {
    for (const entry of await subfolders(path, found)) {
      const area = await addFolder(entry, 'Area', null, found);
      for (const inside of await subfolders(entry.path, found)) {
        if (sectionOf(inside.name) === 'Resource') await readResources(inside.path, area.identity, found);
      }
    }
  }
  for (const { path } of resources) await readResources(path, null, found);
}

async function readResources(path: string, parentIdentity: string | null, found: Found): Promise<void> {
  for (const entry of await subfolders(path, found)) await addFolder(entry, 'Resource', parentIdentity, found);
}

interface Entry {
  readonly name: string;
  readonly path: string;
}

async function subfolders(path: string, { issues }: Found): Promise<Entry[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => ({ name: entry.name.normalize('NFC').trim(), path: join(path, entry.name) }))
    .filter((entry) => {
      const isReadable = entry.name !== '' && !entry.name.includes('\uFFFD');
      const message = `The folder "${entry.path}" has a blank name or a name that is not UTF-8, so it gets no tag: rename it.`;
      if (!isReadable) issues.push({ kind: 'name', path: entry.path, message });
      return isReadable;
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function sectionOf(name: string): ParaType | undefined {
  const [, section] = normalName(name).match(/^(?:\d+[\s._-]*)?(areas|resources)$/) ?? [];
  if (section === undefined) return undefined;
  return section === 'areas' ? 'Area' : 'Resource';
}

/** Adds a folder. @returns it, or an earlier one that counts as the same */
async function addFolder(
  { name, path }: Entry,
  type: ParaType,
  parentIdentity: string | null,
  found: Found,
): Promise<ParaFolder> {
  const identities = new Map(found.folders.map((folder) => [folder.identity, folder]));
  const identity = await identityOf(path, identities, found.issues);
  const same =
    identities.get(identity) ??
    found.folders.find(
      (other) =>
        other.type === type && other.parentIdentity === parentIdentity && normalName(other.name) === normalName(name),
    );
  if (same) {
    const message = `The folders "${same.path}" and "${path}" are one tag, because their names differ only in case or in the encoding of accents: rename or merge one.`;
    found.issues.push({ kind: 'duplicate', path, message });
    return same;
  }
  const folder: ParaFolder = { identity, name, type, parentIdentity, path };
  found.folders.push(folder);
  return folder;
}

async function identityOf(path: string, taken: ReadonlyMap<string, ParaFolder>, issues: ParaIssue[]): Promise<string> {
  const { dev, ino, birthtimeNs } = await lstat(path, { bigint: true });
  // A file system reuses inode numbers; the birth time, which a rename keeps, distinguishes them.
  const inode = `inode:${dev}:${ino}:${birthtimeNs}`;
  const id = await readMarker(path);
  if (id === undefined) return inode;
  const file = join(path, MARKER);
  if (!MARKER_ID.test(id)) {
    const message = `"${file}" contains no valid id (at most 100 letters, digits, ".", "_" and "-"): correct or delete it.`;
    issues.push({ kind: 'marker', path, message });
    return inode;
  }
  const other = taken.get(id);
  if (!other) return id;
  const message = `"${file}" contains the id of "${other.path}", probably because the folder was copied: delete the file in the copy.`;
  issues.push({ kind: 'marker', path, message });
  return inode;
}

/** The first line of the marker file, if there is one. */
async function readMarker(path: string): Promise<string | undefined> {
  const file = join(path, MARKER);
  try {
    if (!(await lstat(file)).isFile()) return undefined;
    const [line = ''] = (await readFile(file, 'utf8')).split('\n', 1);
    return line.trim();
  } catch (error) {
    if (isFileError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const isFileError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'syscall' in error;

function unreadable(root: string, { code, path = root }: NodeJS.ErrnoException): string {
  const variable = `LOCKSTEP_PARA_ROOT "${root}"`;
  if (code !== 'ENOENT') {
    return `${variable} cannot be read (${code} at "${path}"): it must be a folder that Lockstep's user can read completely.`;
  }
  return path === root
    ? `${variable} does not exist: create the folder, mount its drive, or set another.`
    : `${variable} changed while it was read ("${path}" disappeared): the next cycle reads it again.`;
}
