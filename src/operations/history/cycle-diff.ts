import { type Database, sql } from '../../database/client.ts';
import { clippedText } from '../../database/clipped-text.ts';
import { quote } from '../../database/entity-sql.ts';
import { FinalError } from '../../errors.ts';
import { titleExpression } from '../search/titles.ts';
import {
  type ChangeLimits,
  type NetChange,
  readFirstOfCycle,
  readTitlesOfChanges,
  requireEntity,
  toNetChanges,
} from './changes.ts';

/** How much a cycle or an undo wrote, as far as it was counted. */
export interface CycleSize {
  readonly records: number;
  readonly bytes: number;
  /** Whether it wrote more than that. */
  readonly hasMore: boolean;
}

/** The changes of a cycle that are counted: a first backfill may have written a million. */
const MAX_COUNTED = 2_500;

/** What a cycle wrote, record by record. */
export interface CycleDiff {
  readonly size: CycleSize;
  /** The first of them. */
  readonly records: readonly NetChange[];
  /** Titles of the changed rows, by record id. */
  readonly recordTitles: ReadonlyMap<string, string>;
  /** Titles of linked rows, by page id. */
  readonly titles: ReadonlyMap<string, string>;
}

/** @throws FinalError when no cycle or undo has exactly this id */
export async function requireCycle(database: Database, cycleId: string): Promise<void> {
  const [found] = await database.query(sql`
    SELECT FROM sync_run_history WHERE cycle_id = ${cycleId}
    UNION ALL SELECT FROM sync_changes WHERE cycle_id = ${cycleId} LIMIT 1`);
  if (!found)
    throw new FinalError('cycle_unknown', `there is no cycle ${cycleId}: it may have been deleted after its time`);
}

export async function measureCycle(database: Database, cycleId: string): Promise<CycleSize> {
  const [size] = await database.query<CycleSize>(sql`
    SELECT count(DISTINCT (entity, record_id))::int AS records,
           coalesce(sum(octet_length(before::text) + octet_length(after::text)), 0)::float8 AS bytes,
           count(*) > ${MAX_COUNTED}::int AS "hasMore"
      FROM (SELECT * FROM sync_changes WHERE cycle_id = ${cycleId} ORDER BY id LIMIT ${MAX_COUNTED + 1}) c`);
  return size ?? { records: 0, bytes: 0, hasMore: false };
}

/** What a cycle or an undo wrote to its first records, with the beginning of long texts. */
export async function readCycleDiff(database: Database, cycleId: string, limits: ChangeLimits): Promise<CycleDiff> {
  const [size, changes] = await Promise.all([
    measureCycle(database, cycleId),
    readFirstOfCycle(database, cycleId, limits),
  ]);
  const records = toNetChanges(changes);
  const [recordTitles, titles] = await Promise.all([
    readTitlesOfRecords(database, records),
    readTitlesOfChanges(database, records),
  ]);
  return { size, records, recordTitles, titles };
}

/** The titles of rows that exist, by record id. */
export async function readTitlesOfRecords(
  database: Database,
  records: readonly { readonly entity: string; readonly recordId: string }[],
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    [...new Set(records.map(({ entity }) => entity))].map((name) => {
      const entity = requireEntity(name);
      const named = records.filter((record) => record.entity === name);
      return database.query<{ id: string; title: string }>(
        `SELECT id, ${clippedText(titleExpression(entity))} AS title FROM ${quote(entity.table)} WHERE id = ANY ($1::uuid[])`,
        [named.map(({ recordId }) => recordId)],
      );
    }),
  );
  return new Map(found.flat().map(({ id, title }) => [id, title]));
}
