import { type Database, sql } from '../../database/client.ts';
import { clippedText } from '../../database/clipped-text.ts';
import { quote } from '../../database/entity-sql.ts';
import { entitiesNamed } from '../../definition/named-entities.ts';
import { type Entity, titleField } from '../../entities/define.ts';

const MAX_MESSAGE_LENGTH = 5_000;

/** A row with an edit that was not sent yet. */
export interface PendingRow {
  readonly recordId: string;
  /** Null when the row was deleted. */
  readonly title: string | null;
  /** It has no page yet. */
  readonly isNew: boolean;
  /** When the creation of its page began; null when none is under way. */
  readonly creationSince: Date | null;
}

/** A record that the last run of a sync could not sync. */
export interface FailedRecord {
  readonly syncName: string;
  readonly finishedAt: Date;
  readonly code: string;
  readonly message: string;
  /** The row's id, or the path of a PARA folder. */
  readonly record: string;
  readonly title: string | null;
}

/** The rows of the outbox, oldest edit first. @param name as in `sync_run_history` @throws as `databaseError` */
export async function readPendingRows(database: Database, name: string, limit: number): Promise<readonly PendingRow[]> {
  const found = await Promise.all(
    entitiesNamed(name).map((entity) => database.query<PendingRow>(pendingStatement(entity), [entity.name, limit])),
  );
  return found.flat().slice(0, limit);
}

const pendingStatement = (entity: Entity): string => `
  SELECT o.record_id AS "recordId", ${clippedText(`t.${quote(titleField(entity))}`)} AS title, s.record_id IS NULL AS "isNew",
         i.started_at AS "creationSince"
    FROM sync_outbox o
    LEFT JOIN ${quote(entity.table)} t ON t.id = o.record_id
    LEFT JOIN sync_state s ON s.entity = o.entity AND s.record_id = o.record_id
    LEFT JOIN creation_intents i ON i.entity = o.entity AND i.record_id = o.record_id AND i.closed_at IS NULL
   WHERE o.entity = $1 ORDER BY o.seq LIMIT $2`;

/** Records that the last run of each of these syncs could not sync. @param name as in `sync_run_history` @throws as `databaseError` */
export async function readFailedRecords(
  database: Database,
  name: string,
  syncNames: readonly string[],
): Promise<readonly FailedRecord[]> {
  const failed = await database.query<Omit<FailedRecord, 'title'>>(sql`
      SELECT n.name AS "syncName", l.finished_at AS "finishedAt",
             e ->> 'code' AS code, left(e ->> 'message', ${MAX_MESSAGE_LENGTH}::int) AS message, e ->> 'record' AS record
        FROM unnest(${[...syncNames]}::text[]) AS n(name)
       CROSS JOIN LATERAL (
         SELECT h.finished_at, h.errors FROM sync_run_history h
          WHERE h.sync_name = n.name ORDER BY h.finished_at DESC LIMIT 1) l
       CROSS JOIN LATERAL jsonb_array_elements(l.errors) AS e
       WHERE e ->> 'record' IS NOT NULL`);
  const titles = await readTitles(
    database,
    name,
    failed.map(({ record }) => record),
  );
  return failed.map((record) => ({ ...record, title: titles.get(record.record) ?? null }));
}

async function readTitles(database: Database, name: string, records: readonly string[]): Promise<Map<string, string>> {
  const [entity] = entitiesNamed(name);
  if (!entity || records.length === 0) return new Map();
  // Compared as text, since the path of a folder is not a UUID.
  const found = await database.query<{ id: string; title: string | null }>(
    `SELECT t.id, ${clippedText(`t.${quote(titleField(entity))}`)} AS title FROM ${quote(entity.table)} t
        WHERE t.id IN (SELECT r::uuid FROM unnest($1::text[]) AS r WHERE r ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')`,
    [[...records]],
  );
  return new Map(found.flatMap(({ id, title }) => (title === null ? [] : [[id, title]])));
}
