import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Entity } from '../entities/define.ts';
import { areInSync, differingFields, type Reason, reasonOf, type Sides, sidesOf } from '../sync/check-consistency.ts';
import type { Content, LocalRecord } from '../sync/ports.ts';
import type { Fields } from '../sync/types.ts';
import { type Database, sql, transaction } from './client.ts';
import { entitySql } from './entity-sql.ts';
import { recordFromJson, type StoredRecord } from './row-codec.ts';

/** So many of the records that differ are named. */
const MAX_NAMED = 20;
/** Records that are read at once. */
const BATCH_SIZE = 500;

const difference = z.object({
  /** The row's id. */
  record: z.string(),
  /** What differs; empty where one side does not have it at all. */
  fields: z.array(z.string()),
  why: z.string(),
});

const consistencyCheck = z.object({
  at: z.string(),
  records: z.number(),
  /** Of the whole table, as each side has it; the other side's as it was last read or written. Alike, they are equal. */
  hashes: z.object({ sql: z.string(), remote: z.string() }),
  /** How many differ, and the first of them. */
  differing: z.number(),
  named: z.array(difference),
});

/** Whether both sides of a table hold the same. */
export type ConsistencyCheck = z.output<typeof consistencyCheck>;

/** Of a JSON column. Null: there is none, or none that is understood. */
export const parseConsistencyCheck = (json: unknown): ConsistencyCheck | null =>
  consistencyCheck.safeParse(json).data ?? null;

const REASON_TEXTS: Readonly<Record<Reason, string>> = {
  row_deleted: 'its row was deleted in SQL; it comes back',
  page_waits: 'it has no page yet',
  answer_lost: 'a write got no answer; the next cycle looks',
  edit_waits: 'it was edited in SQL, and waits to be sent',
  link_waits: 'it links to a page that has no row',
  unexplained: 'nobody knows why: lockstep doctor may, and lockstep sync --sweep reads all pages anew',
};

export interface CheckOptions {
  /** What shares a table: one entity, or the two calendars. */
  readonly entities: readonly Entity[];
  /** A row's fields as the other side would say them back. */
  readonly canonical: (entity: Entity) => (fields: Fields) => Fields;
  /** What the last syncs said of single records, by their ids. */
  readonly issues: ReadonlyMap<string, string>;
}

/** Compares all of a table with what was last agreed. @throws as `databaseError` */
export async function checkConsistency(database: Database, options: CheckOptions): Promise<ConsistencyCheck> {
  const hashes = { sql: createHash('sha256'), remote: createHash('sha256') };
  let records = 0;
  const differing: z.output<typeof difference>[] = [];
  for (const entity of options.entities) {
    const compared = await compare(database, entity, options);
    records += compared.records;
    for (const side of ['sql', 'remote'] as const) hashes[side].update(compared.alike);
    for (const { record, sides, waits } of compared.looked) {
      const isAlike = areInSync(sides);
      for (const side of ['sql', 'remote'] as const) {
        hashes[side].update(serialize(sides.recordId, isAlike ? sides.remote : sides[side]));
      }
      if (isAlike) continue;
      const why = options.issues.get(sides.recordId) ?? REASON_TEXTS[reasonOf(record, waits)];
      differing.push({ record: sides.recordId, fields: [...differingFields(sides)], why });
    }
  }
  return {
    at: new Date().toISOString(),
    records,
    hashes: { sql: hashes.sql.digest('hex'), remote: hashes.remote.digest('hex') },
    differing: differing.length,
    named: differing.slice(0, MAX_NAMED),
  };
}

interface ComparedRecord {
  readonly record: LocalRecord;
  readonly sides: Sides;
  /** A link of it waits for a row. */
  readonly waits: boolean;
}

/** PostgreSQL tells most records alike by itself; the others are looked at as the engine would. */
async function compare(
  database: Database,
  entity: Entity,
  { canonical }: CheckOptions,
): Promise<{ readonly records: number; readonly alike: string; readonly looked: readonly ComparedRecord[] }> {
  const sql = entitySql(entity);
  const toRemote = canonical(entity);
  return transaction(database, { as: 'readonly' }, async (batch) => {
    const [found] = await batch.query<{ records: number; alike: string; differing: string[] }>(sql.compareSides);
    if (!found) return { records: 0, alike: '', looked: [] };
    const looked: ComparedRecord[] = [];
    for (let at = 0; at < found.differing.length; at += BATCH_SIZE) {
      const ids = found.differing.slice(at, at + BATCH_SIZE);
      const waiting = await batch.query<{ record_id: string }>(WAITING, [entity.name, ids]);
      const waits = new Set(waiting.map(({ record_id }) => record_id));
      const stored = await batch.query<StoredRecord>(sql.read, [ids]);
      for (const one of stored) {
        const record = recordFromJson(entity, one);
        looked.push({ record, sides: sidesOf(entity, record, toRemote), waits: waits.has(record.recordId) });
      }
    }
    return { ...found, looked };
  });
}

const WAITING = 'SELECT DISTINCT record_id FROM pending_links WHERE entity = $1 AND record_id = ANY ($2::uuid[])';

/** The same content gives the same text. */
const serialize = (recordId: string, content: Content | null): string =>
  JSON.stringify([
    recordId,
    content && [content.archived, Object.entries(content.fields).sort(([a], [b]) => (a < b ? -1 : 1))],
  ]);

/** @param name as history has it @throws as `databaseError` */
export async function readIssuesOfCycle(
  database: Database,
  cycleId: string,
  name: string,
): Promise<ReadonlyMap<string, string>> {
  const found = await database.query<{ record: string; message: string }>(
    `SELECT e ->> 'record' AS record, e ->> 'message' AS message
       FROM sync_run_history h CROSS JOIN LATERAL jsonb_array_elements(h.errors) AS e
      WHERE h.cycle_id = $1 AND h.entity = $2 AND e ->> 'record' IS NOT NULL`,
    [cycleId, name],
  );
  return new Map(found.map(({ record, message }) => [record, message]));
}

/** Writes it beside the last run of the cycle. @param name as history has it */
export const saveConsistencyCheck = (
  database: Database,
  cycleId: string,
  name: string,
  said: ConsistencyCheck,
): Promise<unknown> =>
  database.query(
    `UPDATE sync_run_history SET certificate = $3
      WHERE id = (SELECT max(id) FROM sync_run_history WHERE cycle_id = $1 AND entity = $2)`,
    [cycleId, name, JSON.stringify(said)],
  );

/** The latest certificate of each, by the names that history has. @throws as `databaseError` */
export async function readLatestConsistencyChecks(
  database: Database,
  names: readonly string[],
): Promise<ReadonlyMap<string, ConsistencyCheck>> {
  const found = await database.query<{ name: string; certificate: unknown }>(sql`
      SELECT n.name, c.certificate FROM unnest(${[...names]}::text[]) AS n(name)
       CROSS JOIN LATERAL (
         SELECT h.certificate FROM sync_run_history h
          WHERE h.entity = n.name AND h.certificate IS NOT NULL ORDER BY h.id DESC LIMIT 1) c`);
  return new Map(
    found.flatMap(({ name, certificate: json }) => {
      const parsed = parseConsistencyCheck(json);
      return parsed ? [[name, parsed] as const] : [];
    }),
  );
}
