import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, sql } from '../../database/client.ts';
import { FinalError } from '../../errors.ts';
import { requireOwn } from '../../shared/require-own.ts';

/** The files of a folder, in the order in which they are applied. */
export const filesIn = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /^\d+_.*\.sql$/.test(name))
        .sort()
    : [];

/** Line ends may differ: Git converts them on some machines. */
const checksum = (statements: string): string =>
  createHash('sha256').update(statements.replaceAll('\r\n', '\n')).digest('hex');

/**
 * Applies the files of a folder that a database lacks, in order.
 * @returns their names
 * @throws FinalError `migration_changed` when a file was changed after it was applied
 */
export async function applyFiles(tx: Database, folder: string): Promise<readonly string[]> {
  const rows = await tx.query<{ name: string; sha256: string | null }>(
    sql`SELECT name, sha256 FROM sync_definition_migrations`,
  );
  const before = new Map(rows.map(({ name, sha256 }) => [name, sha256]));
  const missing: string[] = [];
  for (const name of filesIn(folder)) {
    requireOwn(join(folder, name));
    const statements = readFileSync(join(folder, name), 'utf8');
    const applied = before.get(name);
    if (applied === undefined) {
      await applyFile(tx, name, statements);
      missing.push(name);
    } else if (applied !== null && applied !== checksum(statements)) {
      throw new FinalError(
        'migration_changed',
        `nothing was changed: migrations/${name} is not the file that was applied to this database: restore it, and write the change into a new file`,
      );
    }
  }
  return missing;
}

/** Applies the statements of a file, and records that it was applied. */
export async function applyFile(tx: Database, name: string, statements: string): Promise<void> {
  await tx.execute(statements);
  await tx.execute(
    sql`INSERT INTO sync_definition_migrations (name, sha256) VALUES (${name}, ${checksum(statements)})`,
  );
}

/** The name of the next file. @param entities what it is for */
export function nextFile(folder: string, entities: readonly string[]): string {
  const numbers = filesIn(folder).map((name) => Number.parseInt(name, 10));
  const number = String(Math.max(0, ...numbers) + 1).padStart(4, '0');
  return `${number}_${entities.join('_').slice(0, 60)}.sql`;
}

/** Writes a new file. @throws FinalError `cannot_write` where this user must not */
export function writeFile(folder: string, file: string, statements: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file), statements, { flag: 'wx' });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') throw cause;
    throw new FinalError(
      'cannot_write',
      `nothing was changed: ${join(folder, file)} cannot be written (${code}): let the user that runs lockstep migrate write there`,
      { cause },
    );
  }
}
