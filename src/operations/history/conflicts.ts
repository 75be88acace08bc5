import { z } from 'zod';
import { type Database, type Sql, sql } from '../../database/client.ts';
import { clippedJson } from '../../database/clipped-json.ts';
import { clippedText } from '../../database/clipped-text.ts';
import { quote } from '../../database/entity-sql.ts';
import { entities } from '../../definition/index.ts';
import { entitiesNamed } from '../../definition/named-entities.ts';
import { type Entity, relationFields, titleField } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import type { Content } from '../../sync/ports.ts';
import { TEMPORARY_ID_PREFIX } from '../../sync/temporary-id.ts';
import type { Value } from '../../sync/types.ts';

/** A row of `sync_conflicts`. */
export interface StoredConflict {
  readonly id: string;
  readonly entity: string;
  readonly recordId: string;
  readonly pageId: string | null;
  readonly cycleId: string;
  readonly detectedAt: Date;
  readonly resolvedAt: Date | null;
  readonly winner: 'notion' | 'sql' | 'google';
  readonly reason: string;
  /** The last agreed content; null when there was none. */
  readonly base: Content | null;
  /** Notion's version, or Google's. */
  readonly remote: Content | null;
  readonly sql: Content | null;
}

export interface ListOptions {
  /** Includes resolved conflicts. */
  readonly all?: boolean;
  readonly limit?: number;
  /** Only those of this record; the entity as `nameOf` names it. */
  readonly of?: { readonly entity: string; readonly recordId: string } | undefined;
  /** The number of characters that are read of each text; by default, all. */
  readonly maxText?: number;
}

/** A version that is not clipped can be restored. */
const columns = (maxText: number | undefined): Sql =>
  maxText === undefined
    ? sql`*`
    : sql`id, entity, record_id, notion_page_id, cycle_id, detected_at, resolved_at, winner, reason,
          ${clippedJson(sql`base_version`, maxText)} AS base_version,
          ${clippedJson(sql`notion_version`, maxText)} AS notion_version,
          ${clippedJson(sql`sql_version`, maxText)} AS sql_version`;

/** Conflicts, newest first; open ones only, unless `all` is set. */
export async function listConflicts(
  database: Database,
  { all = false, limit, maxText, of }: ListOptions = {},
): Promise<readonly StoredConflict[]> {
  const ofRecord = of ? sql`entity = ${of.entity} AND record_id = ${of.recordId}::uuid` : sql`true`;
  const found = await database.query(sql`
    SELECT ${columns(maxText)} FROM sync_conflicts WHERE (${all} OR resolved_at IS NULL) AND ${ofRecord}
     ORDER BY detected_at DESC, id LIMIT ${limit ?? null}::int`);
  return found.map(fromRow);
}

/**
 * The conflict whose id starts with `prefix`.
 * @throws FinalError when there is none, or more than one
 */
export async function findConflict(
  database: Database,
  prefix: string,
  { maxText }: Pick<ListOptions, 'maxText'> = {},
): Promise<StoredConflict> {
  const [found, another] = await database.query(sql`
      SELECT ${columns(maxText)} FROM sync_conflicts WHERE starts_with(id::text, ${prefix.toLowerCase()}) LIMIT 2`);
  if (!found) {
    throw new FinalError('conflict_unknown', `no conflict's id begins with "${prefix}": see lockstep conflicts list`);
  }
  if (another) {
    const where = 'lockstep conflicts list --all --json shows the full ids';
    throw new FinalError('conflict_ambiguous', `more than one conflict's id begins with "${prefix}": ${where}`);
  }
  return fromRow(found);
}

/**
 * Marks a conflict as resolved and keeps the row's current version.
 * @returns false when it was resolved already
 */
export async function resolveConflict(database: Database, { id }: StoredConflict): Promise<boolean> {
  const resolved = await database.execute(
    sql`UPDATE sync_conflicts SET resolved_at = ${new Date()} WHERE id = ${id}::uuid AND resolved_at IS NULL`,
  );
  return resolved > 0;
}

/** The entities that a conflict can belong to: one, or the two calendars, which share a table. */
export const entitiesOf = ({ entity }: StoredConflict): readonly Entity[] => entitiesNamed(entity);

/** The titles of the rows that a conflict's versions link to, by page id. */
export const readLinkTitles = (database: Database, conflict: StoredConflict): Promise<ReadonlyMap<string, string>> =>
  readTitlesOfLinks(database, entitiesOf(conflict), [conflict.base, conflict.remote, conflict.sql]);

/** The titles of linked rows, by page id. */
export async function readTitlesOfLinks(
  database: Database,
  linking: readonly Entity[],
  versions: readonly (Content | null)[],
): Promise<ReadonlyMap<string, string>> {
  const titles = new Map<string, string>();
  for (const [field, { to }] of linking.flatMap((entity) => [...relationFields(entity)])) {
    const target = entities().find((entity) => entity.name === to);
    const pageIds = versions.flatMap((version) => pageIdsIn(version?.fields[field]));
    if (!target || pageIds.length === 0) continue;
    const found = await database.query<{ page_id: string; title: string }>(
      `SELECT x.id AS page_id, ${clippedText(`r.${quote(titleField(target))}`)} AS title
           FROM unnest($1::text[]) AS x(id) JOIN ${quote(target.table)} r ON x.id IN (r.notion_page_id, '${TEMPORARY_ID_PREFIX}' || r.id)`,
      [pageIds],
    );
    for (const { page_id, title } of found) titles.set(page_id, title);
  }
  return titles;
}

/** The record's title, preferably in the winning version. */
export function titleOf(conflict: StoredConflict): string {
  const { winner, sql, remote } = conflict;
  const versions = winner === 'sql' ? [sql, remote] : [remote, sql];
  const fields = entitiesOf(conflict).slice(0, 1).map(titleField);
  const titles = versions.flatMap((version) => fields.map((field) => version?.fields[field]));
  return titles.find((title) => typeof title === 'string' && title !== '')?.toString() ?? '(untitled)';
}

/** The page ids in a relation's value. */
export function pageIdsIn(value: Value | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value : [];
}

/** A record's content as jsonb: its fields and `archived`. */
export const version = z
  .object({ archived: z.boolean() })
  .catchall(z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]))
  .transform(({ archived, ...fields }): Content => ({ fields, archived }))
  .nullable();

const storedConflict = z
  .object({
    id: z.string(),
    entity: z.string(),
    record_id: z.string(),
    notion_page_id: z.string().nullable(),
    cycle_id: z.string(),
    detected_at: z.date(),
    resolved_at: z.date().nullable(),
    winner: z.enum(['notion', 'sql', 'google']),
    reason: z.string(),
    base_version: version,
    notion_version: version,
    sql_version: version,
  })
  .transform(
    ({
      record_id,
      notion_page_id,
      cycle_id,
      detected_at,
      resolved_at,
      base_version,
      notion_version,
      sql_version,
      ...same
    }): StoredConflict => ({
      ...same,
      recordId: record_id,
      pageId: notion_page_id,
      cycleId: cycle_id,
      detectedAt: detected_at,
      resolvedAt: resolved_at,
      base: base_version,
      remote: notion_version,
      sql: sql_version,
    }),
  );

const fromRow = (row: unknown): StoredConflict => storedConflict.parse(row);
