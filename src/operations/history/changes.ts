import { z } from 'zod';
import { type Database, type Sql, sql } from '../../database/client.ts';
import { clippedJson, comparableJson } from '../../database/clipped-json.ts';
import { allEntities } from '../../definition/named-entities.ts';
import type { Entity } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import { requireNamed } from '../../shared/require-named.ts';
import type { Change, Content, Side } from '../../sync/ports.ts';
import { readTitlesOfLinks, version } from './conflicts.ts';

/** A row of `sync_changes`: what one cycle wrote to one record, on one side. */
export interface StoredChange extends Change {
  /** Grows with time. */
  readonly id: bigint;
  readonly cycleId: string;
  readonly entity: string;
  readonly recordId: string;
  readonly at: Date;
}

/** An entity, or one of the two calendars. @throws FinalError when none has this name */
export const requireEntity = (name: string): Entity => requireNamed('entity', name, allEntities());

/**
 * The cycle, or the undo, whose id starts with `prefix`.
 * @throws FinalError when there is none, or more than one
 */
export async function findCycle(database: Database, prefix: string): Promise<string> {
  const [found, another] = await database.query<{ cycle_id: string }>(sql`
      SELECT cycle_id FROM (
        SELECT cycle_id FROM sync_run_history WHERE starts_with(cycle_id, ${prefix})
        UNION SELECT cycle_id FROM sync_changes WHERE starts_with(cycle_id, ${prefix})) c
      ORDER BY cycle_id = ${prefix} DESC LIMIT 2`);
  const where = 'lockstep history --json shows the ids';
  if (!found) throw new FinalError('cycle_unknown', `no cycle's id begins with "${prefix}": ${where}`);
  if (another && found.cycle_id !== prefix) {
    throw new FinalError('cycle_ambiguous', `more than one cycle's id begins with "${prefix}": ${where}`);
  }
  return found.cycle_id;
}

/** What a cycle wrote, oldest first. */
export const readChangesOfCycle = (database: Database, cycleId: string): Promise<readonly StoredChange[]> =>
  readChanges(database, sql`WHERE cycle_id = ${cycleId} ORDER BY id`);

/** All changes of one record, oldest first. */
export const readChangesOfRecord = (
  database: Database,
  entity: string,
  recordId: string,
): Promise<readonly StoredChange[]> =>
  readChanges(database, sql`WHERE entity = ${entity} AND record_id = ${recordId}::uuid ORDER BY id`);

/** The number of changes that are read, and of characters of each text. */
export interface ChangeLimits {
  readonly limit: number;
  readonly maxText: number;
}

/** The latest changes of one record, and the one that created it, oldest first, with the beginning of long texts. */
export const readLatestOfRecord = (
  database: Database,
  entity: string,
  recordId: string,
  { limit, maxText }: ChangeLimits,
): Promise<readonly StoredChange[]> => {
  const ofRecord = sql`SELECT id FROM sync_changes WHERE entity = ${entity} AND record_id = ${recordId}::uuid`;
  return readChanges(
    database,
    sql`WHERE id IN ((${ofRecord} ORDER BY id DESC LIMIT ${limit})
               UNION (${ofRecord} AND before IS NULL ORDER BY id LIMIT 1)) ORDER BY id`,
    clippedColumns(maxText),
  );
};

/** One change of a record, whole. @throws FinalError when it has none with this id */
export async function readChange(
  database: Database,
  entity: string,
  recordId: string,
  id: bigint,
): Promise<StoredChange> {
  const [found] = await readChanges(
    database,
    sql`WHERE id = ${id} AND entity = ${entity} AND record_id::text = ${recordId.toLowerCase()}`,
  );
  if (found) return found;
  throw new FinalError('change_unknown', `the record has no change ${id}: it may have been deleted after its time`);
}

/** What a cycle wrote to the first records that it changed, oldest first, with the beginning of long texts. */
export const readFirstOfCycle = (
  database: Database,
  cycleId: string,
  { limit, maxText }: ChangeLimits,
): Promise<readonly StoredChange[]> =>
  readChanges(
    database,
    sql`WHERE cycle_id = ${cycleId} AND (entity, record_id) IN (
          SELECT entity, record_id
            FROM (SELECT * FROM sync_changes WHERE cycle_id = ${cycleId} ORDER BY id LIMIT ${limit * MAX_CHANGES_PER_RECORD}) c
           GROUP BY entity, record_id ORDER BY min(id) LIMIT ${limit})
        ORDER BY id LIMIT ${limit * MAX_CHANGES_PER_RECORD}`,
    clippedColumns(maxText),
  );

/** A cycle writes a record once on each side, and once more when it absorbs an edit in between. */
const MAX_CHANGES_PER_RECORD = 5;

/**
 * The latest changes since a time, newest first, with the beginning of long texts.
 * @param names only changes of these entities
 */
export const readLatestChanges = (
  database: Database,
  since: Date,
  names: readonly string[],
  { limit, maxText }: ChangeLimits,
): Promise<readonly StoredChange[]> =>
  readChanges(
    database,
    sql`WHERE at >= ${since} AND entity = ANY (${[...names]}::text[]) ORDER BY id DESC LIMIT ${limit}`,
    sql`id, cycle_id, entity, record_id, side, at, ${clippedJson(sql`before`, maxText)} AS before, ${clippedJson(sql`after`, maxText)} AS after`,
  );

const clippedColumns = (maxText: number): Sql =>
  sql`id, cycle_id, entity, record_id, side, at, ${comparableJson(sql`before`, maxText)} AS before, ${comparableJson(sql`after`, maxText)} AS after`;

/** What was written after the end of one cycle, until the end of another. */
export async function readChangesBetween(
  database: Database,
  after: string,
  until: string,
): Promise<readonly StoredChange[]> {
  const [from, to] = await Promise.all([after, until].map((cycleId) => readEndOfCycle(database, cycleId)));
  return readChanges(
    database,
    sql`WHERE at > coalesce(${from ?? null}::timestamptz, '-infinity') AND at <= coalesce(${to ?? null}::timestamptz, 'infinity') ORDER BY id`,
  );
}

async function readEndOfCycle(database: Database, cycleId: string): Promise<Date | null> {
  const [found] = await database.query<{ end: Date | null }>(
    sql`SELECT max(finished_at) AS end FROM sync_run_history WHERE cycle_id = ${cycleId}`,
  );
  return found?.end ?? null;
}

async function readChanges(
  database: Database,
  condition: Sql,
  columns: Sql = sql`*`,
): Promise<readonly StoredChange[]> {
  const found = await database.query(sql`SELECT ${columns} FROM sync_changes ${condition}`);
  return found.map((line) => storedChange.parse(line));
}

const storedChange = z
  .object({
    id: z.bigint(),
    cycle_id: z.string(),
    entity: z.string(),
    record_id: z.string(),
    side: z.enum(['notion', 'sql', 'google']),
    before: version,
    after: version,
    at: z.date(),
  })
  .transform(({ cycle_id, record_id, ...same }): StoredChange => ({ ...same, cycleId: cycle_id, recordId: record_id }));

/** The net effect of several changes of one record. */
export interface NetChange {
  readonly entity: string;
  readonly recordId: string;
  /** Where one of them created the record; null: it existed before. */
  readonly createdOn: Side | null;
  readonly before: Content | null;
  readonly after: Content | null;
  /** The last of them. */
  readonly lastId: bigint;
}

/** The titles of all rows that the changes link to, by page id. */
export const readTitlesOfChanges = (
  database: Database,
  changes: readonly Pick<NetChange, 'entity' | 'before' | 'after'>[],
): Promise<ReadonlyMap<string, string>> =>
  readTitlesOfLinks(
    database,
    [...new Set(changes.map(({ entity }) => entity))].map(requireEntity),
    changes.flatMap(({ before, after }) => [before, after]),
  );

/** One change, as the net effect of itself. */
export const toNetChange = ({ id, entity, recordId, side, before, after }: StoredChange): NetChange => ({
  ...{ entity, recordId, before, after, lastId: id },
  createdOn: before === null ? side : null,
});

/** The content before the first change and after the last one, record by record. */
export function toNetChanges(changes: readonly StoredChange[]): readonly NetChange[] {
  const byRecord = new Map<string, NetChange>();
  for (const change of changes) {
    const { id, entity, recordId, before, after } = change;
    const key = `${entity} ${recordId}`;
    const earlier = byRecord.get(key);
    byRecord.set(key, {
      entity,
      recordId,
      createdOn: earlier?.createdOn ?? toNetChange(change).createdOn,
      before: before && {
        fields: { ...before.fields, ...earlier?.before?.fields },
        archived: earlier?.before?.archived ?? before.archived,
      },
      after: after && { fields: { ...earlier?.after?.fields, ...after.fields }, archived: after.archived },
      lastId: id,
    });
  }
  return [...byRecord.values()];
}
