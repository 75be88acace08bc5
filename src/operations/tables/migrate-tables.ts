import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, sql, transaction } from '../../database/client.ts';
import { BUILT_IN } from '../../definition/index.ts';
import type { Entity } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import { applyFile, applyFiles, filesIn, nextFile, writeFile } from './migration-files.ts';
import { type EntityPlan, planAdditions, planDefinition, readEarlierEntities } from './plan-definition.ts';
import { toScript } from './plan-tables.ts';

export interface OwnTables {
  /** The owner's entities and the built-in ones that are synced. */
  readonly entities: readonly Entity[];
  /** The owner's folder for migrations; each file is applied once to each database. */
  readonly folder: string;
  readonly hash: string;
}

/** A file of the owner's `migrations/`. */
export interface MigrationFile {
  readonly file: string;
  readonly sql: string;
}

export interface MigratedTables {
  /** The names of the files that were applied, in order. */
  readonly applied: readonly string[];
  /** The file that was written for what the definition needs now; null when nothing was missing. */
  readonly written: MigrationFile | null;
}

/**
 * Brings the tables of the owner's entities to what the definition needs: applies the files of `migrations/` that this
 * database lacks, plans what is missing then, writes it as the next file, and applies it. Safe to repeat, and to run
 * concurrently. Each file is applied completely or not at all.
 * @throws FinalError `definition_refused` when a table needs a change that may lose data, with the SQL to run by hand
 * @throws FinalError `migration_changed` when a file was changed after it was applied
 */
export async function migrateTables(database: Database, own: OwnTables): Promise<MigratedTables> {
  const { entities, folder, hash } = own;
  const files: string[] = [];
  try {
    return await transaction(database, { as: 'sync', lockTimeout: '10s' }, async (tx) => {
      const { applied, entities: plans, next } = await planNext(tx, own);
      const refused = plans.flatMap((plan) => plan.refused);
      if (refused.length > 0) throw new FinalError('definition_refused', `nothing was changed: ${refused.join('; ')}`);
      if (next) {
        writeFile(folder, next.file, next.sql);
        files.push(join(folder, next.file));
        await applyFile(tx, next.file, next.sql);
      }
      await saveDefinition(tx, hash, entities);
      return { applied: [...applied, ...(next ? [next.file] : [])], written: next };
    });
  } catch (error) {
    // What was not applied is planned again, perhaps for another definition.
    for (const file of files) rmSync(file);
    throw error;
  }
}

export interface TablesPreview {
  /** The files of `migrations/` that would be applied first. */
  readonly pending: readonly string[];
  /** What each entity gets, those that are no longer synced last. */
  readonly entities: readonly EntityPlan[];
  /** The file that would be written and applied; null when nothing is missing, or something is refused. */
  readonly next: MigrationFile | null;
}

/**
 * What `migrateTables` would do. Writes nothing: the files that this database lacks are rolled back.
 * @throws FinalError `migration_changed`
 */
export const previewTables = (database: Database, own: OwnTables): Promise<TablesPreview> =>
  transaction(database, { as: 'rollback' }, async (tx) => {
    const { applied, ...plan } = await planNext(tx, own);
    return { pending: applied, ...plan };
  });

/** As `previewTables`, for a database that lacks migrations of Lockstep's own, and so remembers no earlier definition. */
export async function previewFirstTables(database: Database, { entities, folder }: OwnTables): Promise<TablesPreview> {
  const pending = filesIn(folder);
  // What these files create is not known before they are applied.
  if (pending.length > 0) return { pending, entities: [], next: null };
  return { pending, ...fileFor(folder, await planAdditions(database, entities)) };
}

async function planNext(tx: Database, { entities, folder }: OwnTables) {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('lockstep definition'))`);
  const applied = await applyFiles(tx, folder);
  return { applied, ...fileFor(folder, await planDefinition(tx, entities, await readEarlierEntities(tx))) };
}

/** The file for what is needed. Nothing is done while anything is refused. */
function fileFor(folder: string, plans: readonly EntityPlan[]) {
  const needed = plans.filter(({ statements }) => statements.length > 0);
  const names = needed.map(({ entity }) => entity);
  const next: MigrationFile | null =
    needed.length === 0 || plans.some(({ refused }) => refused.length > 0)
      ? null
      : { file: nextFile(folder, names), sql: toScript(needed.flatMap(({ statements }) => statements)) };
  return { entities: plans, next };
}

/** Another definition may have other fields for the same pages: each database is read again, from its start. */
async function saveDefinition(tx: Database, hash: string, entities: readonly Entity[]): Promise<void> {
  const [before] = await tx.query<{ hash: string }>(sql`SELECT hash FROM sync_definition`);
  await tx.execute(sql`
    INSERT INTO sync_definition (hash, entities) VALUES (${hash}, ${JSON.stringify(entities)}::jsonb)
    ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, entities = excluded.entities,
      migrated_at = CASE WHEN sync_definition.hash = excluded.hash THEN sync_definition.migrated_at ELSE now() END
      WHERE (sync_definition.hash, sync_definition.entities) IS DISTINCT FROM (excluded.hash, excluded.entities)`);
  if ((before?.hash ?? BUILT_IN) === hash) return;
  await tx.execute(sql`UPDATE sync_sources SET doubted = true, watermark = NULL, swept_at = NULL, scan = NULL`);
}
