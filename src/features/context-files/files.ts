import { randomUUID } from 'node:crypto';
import { chmod, link, lstat, mkdir, open, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { FinalError, RecordError } from '../../errors.ts';

/** More than anybody writes by hand. */
const LARGEST = 5_000_000;

const isFileError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'syscall' in error;

const isCode = (error: unknown, ...codes: readonly string[]): boolean =>
  isFileError(error) && codes.includes(error.code ?? '');

/**
 * Makes the folder that a variable names, if its parent is there. @returns its real path
 * @throws FinalError `folder_missing`
 */
export async function openRoot(variable: string, root: string): Promise<string> {
  try {
    await mkdir(root).catch((error: unknown) => {
      if (!isCode(error, 'EEXIST', 'EISDIR')) throw error;
    });
    const real = await realpath(root);
    if ((await lstat(real)).isDirectory()) return real;
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw new FinalError('folder_missing', `${variable} «${root}» cannot be opened (${error.code}): ${WHAT_TO_DO}`);
  }
  throw new FinalError('folder_missing', `${variable} «${root}» is no folder: ${WHAT_TO_DO}`);
}

const WHAT_TO_DO = 'make the folder, mount its drive, or name another';

/**
 * A folder in `root`, made if need be. @throws RecordError where it is a link to somewhere else, or no folder
 */
export async function folderIn(root: string, name: string): Promise<string> {
  const path = join(root, name);
  return asRecordErrors(async () => {
    await mkdir(path).catch((error: unknown) => {
      if (!isCode(error, 'EEXIST')) throw error;
    });
    const real = await realpath(path);
    if (!real.startsWith(root + sep)) throw elsewhere();
    if (!(await lstat(real)).isDirectory())
      throw new RecordError('no_folder', 'a file lies where its folder should be');
    return real;
  });
}

/** A file's bytes; null: there is none. @throws RecordError where it is a link, a folder, or cannot be read */
export const readRegular = (path: string): Promise<Buffer | null> =>
  asRecordErrors(async () => {
    const found = await statOf(path);
    if (!found) return null;
    if (!found.isFile()) throw new RecordError('no_file', 'a folder or link lies where its file should be');
    if (found.size > LARGEST) throw new RecordError('large_file', 'its file is larger than 5 MB');
    return readFile(path);
  });

/** The same below `root`. @throws RecordError where one of its folders is a link to somewhere else, too */
export const readIn = (root: string, path: string): Promise<Buffer | null> =>
  asRecordErrors(async () => {
    const file = join(root, path);
    const folder = await realpath(dirname(file)).catch(nullIfAbsent);
    if (folder === null) return null;
    if (folder !== root && !folder.startsWith(root + sep)) throw elsewhere();
    return readRegular(file);
  });

/**
 * Puts a file in the place of another, whole or not at all; mode and owner stay.
 * @param before what was read there; null: nothing was
 * @returns false when somebody has changed it meanwhile: then it is left alone
 * @throws RecordError when it cannot be written
 */
export const replaceFile = (path: string, before: Buffer | null, after: Buffer): Promise<boolean> =>
  asRecordErrors(async () => {
    const temporary = join(dirname(path), `.${basename(path).slice(0, 40)}.${randomUUID()}.lockstep`);
    try {
      const found = await writeTemporary(temporary, path, after);
      if (before === null) return found === null && (await linkTo(temporary, path));
      if (!(await readRegular(path))?.equals(before)) return false;
      await rename(temporary, path);
      return true;
    } finally {
      await rm(temporary, { force: true });
    }
  });

async function writeTemporary(temporary: string, path: string, bytes: Buffer): Promise<object | null> {
  const found = await statOf(path);
  const file = await open(temporary, 'wx');
  try {
    // To the last byte, or with an error: write-file-atomic 7 takes a short write on a full disk for a whole one.
    await file.writeFile(bytes);
    if (found) {
      await file.chown(found.uid, found.gid).catch((error: unknown) => {
        if (!isCode(error, 'EPERM', 'EINVAL', 'ENOSYS')) throw error;
      });
      await chmod(temporary, found.mode & 0o7777);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return found;
}

/** Unlike a rename, it never takes another file's place; where a file system has no links, a look must do. */
async function linkTo(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    if (!isCode(error, 'EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK')) throw error;
    if (await statOf(path)) return false;
    await rename(temporary, path);
    return true;
  }
}

/** @returns whether it was moved: not where there is nothing to move, or something in its new place */
export const moveFile = (from: string, to: string): Promise<boolean> =>
  asRecordErrors(async () => {
    if (!(await statOf(from))?.isFile()) return false;
    // On a file system that does not tell cases apart, the new name may be the old file.
    const there = await statOf(to);
    const old = await statOf(from);
    if (there && !(there.ino === old?.ino && there.dev === old.dev)) return false;
    await rename(from, to);
    return true;
  });

export const removeFile = (path: string): Promise<void> => asRecordErrors(() => rm(path, { force: true }));

/** The names of the folders within. @throws RecordError */
export const foldersIn = (root: string): Promise<readonly string[]> =>
  asRecordErrors(async () => {
    const entries = await readdir(root, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  });

const statOf = (path: string) => lstat(path).catch(nullIfAbsent);

function nullIfAbsent(error: unknown): null {
  if (isCode(error, 'ENOENT', 'ENOTDIR')) return null;
  throw error;
}

const elsewhere = (): RecordError => new RecordError('outside', 'its folder is a link to somewhere else');

const SAYINGS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'Lockstep may not write there',
  EPERM: 'Lockstep may not write there',
  EROFS: 'the disk is read-only',
};

/** Without the path, which says what a record is called. */
async function asRecordErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isFileError(error)) throw error;
    const code = error.code ?? 'no code';
    throw new RecordError('file_unwritten', `its file cannot be read or written: ${SAYINGS[code] ?? code}`);
  }
}
