import { createHash } from 'node:crypto';
import { z } from 'zod';
import { nameOf } from '../definition/named-entities.ts';
import type { Entity } from '../entities/define.ts';
import { areInSync, differingFields, type Reason, reasonOf, type Sides, sidesOf } from '../sync/check-consistency.ts';
import type { Content, LocalRecord } from '../sync/ports.ts';
import type { Fields } from '../sync/types.ts';
import { type Database, sql, transaction } from './client.ts';
import { entitySql } from './entity-sql.ts';
import { recordFromJson, type StoredRecord } from './row-codec.ts';

/** How many of the differing records are named. */
const MAX_NAMED = 20;
/** How many records are read at once. */
const BATCH_SIZE = 500;

const difference = z.object({
  /** The row's id. */
  record: z.string(),
  /** The fields that differ; empty when one side lacks the record. */
  fields: z.array(z.string()),
  why: z.string(),
});

const consistencyCheck = z.object({
  at: z.string(),
  /** When the other side was last read completely; null: not yet, or by a version that did not store it. */
  readAt: z.string().nullable().optional(),
  records: z.number(),
  /** Of the whole table, on each side; the remote side as it was last read or written. Equal when both are in sync. */
  hashes: z.object({ sql: z.string(), remote: z.string() }),
  /** How many records differ; `named` lists the first of them. */
  differing: z.number(),
  named: z.array(difference),
});

/** Whether both sides of a table are in sync, as stored in the column `certificate`. */
export type ConsistencyCheck = z.output<typeof consistencyCheck>;

/** Parses a JSON column; null when there is no check, or none in this format. */
export const parseConsistencyCheck = (json: unknown): ConsistencyCheck | null =>
  consistencyCheck.safeParse(json).data ?? null;

/** Each reason, in words. */
export const REASON_TEXTS: Readonly<Record<Reason, string>> = {
  row_deleted: 'its row was deleted in SQL; it comes back',
  page_waits: 'it has no page yet',
  answer_lost: 'a write got no response; the next cycle checks it',
  edit_waits: 'it was edited in SQL, and the edit is pending',
  link_waits: 'it links to a page that has no row',
  unexplained: 'the cause is unknown: run lockstep doctor, or lockstep sync --sweep to read all pages again',
};

export interface CheckOptions {
  /** The entities of one table: one, or the two calendars. */
  readonly entities: readonly Entity[];
  /** A row's fields as the remote side would return them. */
  readonly canonical: (entity: Entity) => (fields: Fields) => Fields;
  /** Messages of the last syncs about single records, by record id. */
  readonly issues: ReadonlyMap<string, string>;
}

/** Compares every row of a table with the last agreed content; it reads nothing from the other side. @throws as `databaseError` */
export async function checkConsistency(database: Database, options: CheckOptions): Promise<ConsistencyCheck> {
  const hashes = { sql: createHash('sha256'), remote: createHash('sha256') };
  let records = 0;
  const differing: z.output<typeof difference>[] = [];
  for (const entity of options.entities) {
    const compared = await compare(database, entity, options);
    records += compared.records;
    for (const side of ['sql', 'remote'] as const) hashes[side].update(compared.equalHash);
    for (const { record, sides, hasPendingLink } of compared.others) {
      const isInSync = areInSync(sides);
      for (const side of ['sql', 'remote'] as const) {
        hashes[side].update(serialize(sides.recordId, isInSync ? sides.remote : sides[side]));
      }
      if (isInSync) continue;
      const why = options.issues.get(sides.recordId) ?? REASON_TEXTS[reasonOf(record, hasPendingLink)];
      differing.push({ record: sides.recordId, fields: [...differingFields(sides)], why });
    }
  }
  return {
    at: new Date().toISOString(),
    readAt: (await readLastRead(database, options.entities))?.toISOString() ?? null,
    records,
    hashes: { sql: hashes.sql.digest('hex'), remote: hashes.remote.digest('hex') },
    differing: differing.length,
    named: differing.slice(0, MAX_NAMED),
  };
}

/**
 * When every record of the other side was last read: in Notion by the last full sweep, since a listing of edits leaves out
 * pages that were trashed, moved or unshared; in Google by the last listing of changes, which leaves out nothing.
 */
async function readLastRead(database: Database, entities: readonly Entity[]): Promise<Date | null> {
  const names = entities.map(({ name }) => name);
  const [found] = await database.query<{ readAt: Date | null }>(sql`
    SELECT CASE WHEN count(*) = count(read_at) THEN min(read_at) END AS "readAt" FROM (
      SELECT CASE WHEN s.sync_token IS NULL THEN s.swept_at ELSE (
        SELECT max(h.started_at) FROM sync_run_history h
         WHERE h.entity = ${entities.map(nameOf).at(0) ?? ''} AND h.direction = 'inbound' AND h.status IN ('ok', 'partial')
      ) END AS read_at FROM sync_sources s WHERE s.entity = ANY (${names}::text[])) AS sources`);
  return found?.readAt ?? null;
}

interface ComparedRecord {
  readonly record: LocalRecord;
  readonly sides: Sides;
  readonly hasPendingLink: boolean;
}

interface Comparison {
  readonly records: number;
  /** A hash of the records that are equal in PostgreSQL's own comparison. */
  readonly equalHash: string;
  readonly others: readonly ComparedRecord[];
}

/** PostgreSQL finds most records to be equal; the others are compared as the engine compares them. */
async function compare(database: Database, entity: Entity, { canonical }: CheckOptions): Promise<Comparison> {
  const statements = entitySql(entity);
  const toRemote = canonical(entity);
  return transaction(database, { as: 'readonly' }, async (tx) => {
    const [found] = await tx.query<{ records: number; equalHash: string; differing: string[] }>(
      statements.compareSides,
    );
    if (!found) return { records: 0, equalHash: '', others: [] };
    const others: ComparedRecord[] = [];
    for (let at = 0; at < found.differing.length; at += BATCH_SIZE) {
      const ids = found.differing.slice(at, at + BATCH_SIZE);
      const pending = await tx.query<{ record_id: string }>(
        sql`SELECT DISTINCT record_id FROM pending_links WHERE entity = ${entity.name} AND record_id = ANY (${ids}::uuid[])`,
      );
      const withPendingLink = new Set(pending.map(({ record_id }) => record_id));
      const stored = await tx.query<StoredRecord>(statements.read, [ids]);
      for (const one of stored) {
        const record = recordFromJson(entity, one);
        others.push({
          record,
          sides: sidesOf(entity, record, toRemote),
          hasPendingLink: withPendingLink.has(record.recordId),
        });
      }
    }
    return { records: found.records, equalHash: found.equalHash, others };
  });
}

/** Equal content gives equal text. */
const serialize = (recordId: string, content: Content | null): string =>
  JSON.stringify([
    recordId,
    content && [content.archived, Object.entries(content.fields).sort(([a], [b]) => (a < b ? -1 : 1))],
  ]);

/** The ids of all records of an entity that SQL knows. @throws as `databaseError` */
export const readRecordIds = async (database: Database, entity: Entity): Promise<readonly string[]> =>
  (await database.query<{ id: string }>(entitySql(entity).recordIds)).map(({ id }) => id);

/** The messages about single records in one cycle, by record id. @param name as in `sync_run_history` @throws as `databaseError` */
export async function readIssuesOfCycle(
  database: Database,
  cycleId: string,
  name: string,
): Promise<ReadonlyMap<string, string>> {
  const found = await database.query<{ record: string; message: string }>(sql`
    SELECT e ->> 'record' AS record, e ->> 'message' AS message
      FROM sync_run_history h CROSS JOIN LATERAL jsonb_array_elements(h.errors) AS e
     WHERE h.cycle_id = ${cycleId} AND h.entity = ${name} AND e ->> 'record' IS NOT NULL`);
  return new Map(found.map(({ record, message }) => [record, message]));
}

/** Saves the check with the last run of the cycle. @param name as in `sync_run_history` */
export const saveConsistencyCheck = (
  database: Database,
  cycleId: string,
  name: string,
  check: ConsistencyCheck,
): Promise<unknown> =>
  database.execute(sql`
    UPDATE sync_run_history SET certificate = ${JSON.stringify(check)}::jsonb
     WHERE id = (SELECT max(id) FROM sync_run_history WHERE cycle_id = ${cycleId} AND entity = ${name})`);

/** The latest check of each table. @param names as in `sync_run_history` @throws as `databaseError` */
export async function readLatestConsistencyChecks(
  database: Database,
  names: readonly string[],
): Promise<ReadonlyMap<string, ConsistencyCheck>> {
  const found = await database.query<{ name: string; certificate: unknown }>(sql`
    SELECT n.name, c.certificate FROM unnest(${names}::text[]) AS n(name)
     CROSS JOIN LATERAL (
       SELECT h.certificate FROM sync_run_history h
        WHERE h.entity = n.name AND h.certificate IS NOT NULL ORDER BY h.id DESC LIMIT 1) c`);
  return new Map(
    found.flatMap(({ name, certificate }) => {
      const check = parseConsistencyCheck(certificate);
      return check ? [[name, check] as const] : [];
    }),
  );
}
