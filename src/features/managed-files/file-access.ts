import { randomUUID } from 'node:crypto';
import { chmod, link, lstat, mkdir, open, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { FinalError, RecordError } from '../../errors.ts';

/** More than a person writes by hand. */
const MAX_FILE_BYTES = 5_000_000;

const isFileError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'syscall' in error;

const isCode = (error: unknown, ...codes: readonly string[]): boolean =>
  isFileError(error) && codes.includes(error.code ?? '');

/**
 * Creates the folder that a variable names, if its parent exists. @returns its real path
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
    throw new FinalError('folder_missing', `${variable} "${root}" cannot be opened (${error.code}): ${WHAT_TO_DO}`);
  }
  throw new FinalError('folder_missing', `${variable} "${root}" is not a folder: ${WHAT_TO_DO}`);
}

const WHAT_TO_DO = 'create the folder, mount its drive, or set another';

/**
 * Creates a folder in `root` if it does not exist. @throws RecordError if it is a link to elsewhere, or not a folder
 */
export async function ensureFolder(root: string, name: string): Promise<string> {
  const path = join(root, name);
  return asRecordErrors(async () => {
    await mkdir(path).catch((error: unknown) => {
      if (!isCode(error, 'EEXIST')) throw error;
    });
    const real = await realpath(path);
    if (!real.startsWith(root + sep)) throw outsideError();
    if (!(await lstat(real)).isDirectory()) throw new RecordError('no_folder', 'a file has the name of its folder');
    return real;
  });
}

/** A file's bytes, or null if it does not exist. @throws RecordError if it is a link, a folder, or cannot be read */
export const readFileBytes = (path: string): Promise<Buffer | null> =>
  asRecordErrors(async () => {
    const found = await statOf(path);
    if (!found) return null;
    if (!found.isFile()) throw new RecordError('no_file', 'a folder or link has the name of its file');
    if (found.size > MAX_FILE_BYTES) throw new RecordError('large_file', 'its file is larger than 5 MB');
    return readFile(path);
  });

/** The same for a path below `root`. @throws RecordError also if one of its folders is a link to elsewhere */
export const readBelow = (root: string, path: string): Promise<Buffer | null> =>
  asRecordErrors(async () => {
    const file = join(root, path);
    const folder = await realpath(dirname(file)).catch(nullIfAbsent);
    if (folder === null) return null;
    if (folder !== root && !folder.startsWith(root + sep)) throw outsideError();
    return readFileBytes(file);
  });

/**
 * Writes a file atomically, keeping its mode and owner.
 * @param before the content that was read before; null if there was no file
 * @returns false if the file has changed meanwhile; it is then not written
 * @throws RecordError when it cannot be written
 */
export const replaceFile = (path: string, before: Buffer | null, after: Buffer): Promise<boolean> =>
  asRecordErrors(async () => {
    const temporary = join(dirname(path), `.${basename(path).slice(0, 40)}.${randomUUID()}.lockstep`);
    try {
      const found = await writeTemporary(temporary, path, after);
      if (before === null) return found === null && (await linkTo(temporary, path));
      if (!(await readFileBytes(path))?.equals(before)) return false;
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
    // Writes all bytes or throws; write-file-atomic 7 ignores a short write on a full disk.
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

/** Unlike a rename, a link never replaces another file. If the file system has no links, a check before the rename must do. */
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

/** @returns whether the file was moved: not if it does not exist, or if another file has the new name */
export const moveFile = (from: string, to: string): Promise<boolean> =>
  asRecordErrors(async () => {
    if (!(await statOf(from))?.isFile()) return false;
    // On a case-insensitive file system, the new name may be the same file.
    const existing = await statOf(to);
    const old = await statOf(from);
    if (existing && !(existing.ino === old?.ino && existing.dev === old.dev)) return false;
    await rename(from, to);
    return true;
  });

export const removeFile = (path: string): Promise<void> => asRecordErrors(() => rm(path, { force: true }));

/** The names of the folders in `root`. @throws RecordError */
export const listFolders = (root: string): Promise<readonly string[]> =>
  asRecordErrors(async () => {
    const entries = await readdir(root, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  });

const statOf = (path: string) => lstat(path).catch(nullIfAbsent);

function nullIfAbsent(error: unknown): null {
  if (isCode(error, 'ENOENT', 'ENOTDIR')) return null;
  throw error;
}

const outsideError = (): RecordError => new RecordError('outside', 'its folder is a link to elsewhere');

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'Lockstep has no write permission',
  EPERM: 'Lockstep has no write permission',
  EROFS: 'the disk is read-only',
};

/** The message leaves out the path, which contains the record's title. */
async function asRecordErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isFileError(error)) throw error;
    const code = error.code ?? 'no code';
    throw new RecordError('file_unwritten', `its file cannot be read or written: ${EXPLANATIONS[code] ?? code}`);
  }
}
