import { type Database, sql, transaction, YIELD_TO_USERS } from '../../database/client.ts';
import { literal, quote } from '../../database/entity-sql.ts';
import type { Entity } from '../../entities/define.ts';

export type ColumnValue = string | number | null;
export type Columns = Readonly<Record<string, ColumnValue>>;

/** Which columns of an entity are filled in from a source, and which column is looked up. */
export interface Enriched {
  readonly entity: Entity;
  /** The column that is looked up: a title or an e-mail address. */
  readonly lookupColumn: string;
  /** Columns that distinguish candidates: when a person changes them, the row is looked up again. */
  readonly distinguishingColumns: readonly string[];
  /**
   * `id`: looked up while no person has set the id; after no match or several, again after a month.
   * `anything`: looked up every day while one of the columns is empty that was never filled in.
   */
  readonly until:
    | { readonly kind: 'id'; readonly column: string }
    | { readonly kind: 'anything'; readonly columns: readonly string[] };
}

/** A row to look up. */
export interface DueRow {
  readonly id: string;
  readonly asked: string;
  readonly hints: string;
  /** Its columns; empty texts are null. */
  readonly row: Columns;
  /** What was filled in before. */
  readonly filled: Columns;
}

/** The result of a lookup. */
export interface Answer {
  readonly outcome: 'matched' | 'ambiguous' | 'none';
  readonly providerId: string | null;
  /** By column; null if the source has no value. */
  readonly values: Columns;
  /** Reported in the run's errors. */
  readonly message: string | null;
}

/** Rows to look up, those never looked up first. @throws as `databaseError` */
export const dueRows = async (database: Database, enriched: Enriched, limit: number): Promise<readonly DueRow[]> => {
  const found = await database.query<Omit<DueRow, 'row'> & { row: Columns }>(dueSql(enriched), [limit]);
  return found.map(({ row, ...rest }) => ({ ...rest, row: withoutBlanks(row) }));
};

/**
 * Saves an answer, and fills in empty columns. The write is a user's edit, so that it is sent to Notion, but an old
 * one, so that it loses against any edit that a person made there meanwhile.
 * @returns whether the row was written
 * @throws as `databaseError`
 */
export const saveAnswer = (
  database: Database,
  enriched: Enriched,
  due: DueRow,
  answer: Answer,
  cycleId: string,
): Promise<boolean> =>
  transaction(database, { as: 'user', lockTimeout: YIELD_TO_USERS }, async (tx) => {
    const [locked] = await tx.query<{ row: Columns }>(
      `SELECT to_jsonb(r) AS row FROM ${quote(enriched.entity.table)} r WHERE id = $1::uuid AND archived_at IS NULL FOR UPDATE`,
      [due.id],
    );
    // The row has changed: the next cycle looks it up again.
    if (!locked || locked.row[enriched.lookupColumn] !== due.asked) return false;
    const values = answer.outcome === 'matched' ? answer.values : {};
    const { changes, filled } = planFill(withoutBlanks(locked.row), due.filled, values);
    await fill(tx, enriched, due.id, changes);
    await saveLookup(tx, enriched, due, { ...answer, filled }, cycleId);
    return Object.keys(changes).length > 0;
  });

/** The messages of this cycle's lookups. @throws as `databaseError` */
export const readMessages = (
  database: Database,
  { entity }: Enriched,
  cycleId: string,
): Promise<readonly { readonly recordId: string; readonly outcome: string; readonly message: string }[]> =>
  database.query(sql`
      SELECT record_id AS "recordId", outcome, message FROM enrichments
      WHERE entity = ${entity.name} AND cycle_id = ${cycleId} AND message IS NOT NULL ORDER BY at`);

/**
 * Fills only empty columns, and columns that still have the value that was filled in before. A column that a person
 * cleared stays empty.
 */
export function planFill(row: Columns, filled: Columns, values: Columns): { changes: Columns; filled: Columns } {
  const changes: Record<string, ColumnValue> = {};
  const kept: Record<string, ColumnValue> = { ...filled };
  for (const [column, value] of Object.entries(values)) {
    const now = row[column] ?? null;
    const isOurs = Object.hasOwn(filled, column) ? now !== null && now === filled[column] : now === null;
    if (!isOurs) continue;
    if (value === null) delete kept[column];
    else kept[column] = value;
    if (value !== now) changes[column] = value;
  }
  return { changes, filled: kept };
}

/** An edit time older than any edit of a person. The trigger takes the write for a user's edit, because the time changes. */
const OLD_EDIT = `coalesce(r.sql_local_last_edited_at - interval '1 microsecond', r.notion_last_edited_at, r.created_at)`;

async function fill(tx: Database, { entity }: Enriched, id: string, changes: Columns): Promise<void> {
  const columns = Object.keys(changes).map(quote);
  if (columns.length === 0) return;
  const table = quote(entity.table);
  await tx.execute(
    `UPDATE ${table} r SET ${columns.map((column) => `${column} = n.${column}`).join(', ')}, sql_local_last_edited_at = ${OLD_EDIT}
     FROM jsonb_populate_record(NULL::${table}, $2::jsonb) n WHERE r.id = $1::uuid`,
    [id, JSON.stringify(changes)],
  );
}

/** A repeated answer to the same question keeps its cycle id, so that it is not reported again. */
async function saveLookup(
  tx: Database,
  { entity }: Enriched,
  { id, asked, hints }: DueRow,
  { outcome, providerId, filled, message }: Answer & { readonly filled: Columns },
  cycleId: string,
): Promise<void> {
  await tx.execute(sql`
    INSERT INTO enrichments AS e (entity, record_id, asked, hints, outcome, provider_id, filled, message, cycle_id, at)
    VALUES (${entity.name}, ${id}::uuid, ${asked}, ${hints}, ${outcome}, ${providerId}, ${JSON.stringify(filled)}::jsonb, ${message}, ${cycleId}, now())
    ON CONFLICT (entity, record_id) DO UPDATE SET asked = excluded.asked, hints = excluded.hints,
      outcome = excluded.outcome, provider_id = excluded.provider_id, filled = excluded.filled, message = excluded.message,
      at = excluded.at,
      cycle_id = CASE WHEN (e.asked, e.hints, e.message) IS NOT DISTINCT FROM (excluded.asked, excluded.hints, excluded.message)
                      THEN e.cycle_id ELSE excluded.cycle_id END`);
}

function dueSql({ entity, lookupColumn, distinguishingColumns, until }: Enriched): string {
  const asked = `r.${quote(lookupColumn)}`;
  const hintsSql = `concat_ws(' · ', ${['NULL', ...distinguishingColumns.map((column) => `r.${quote(column)}`)].join(', ')})`;
  return `
    SELECT r.id, ${asked} AS asked, ${hintsSql} AS hints, to_jsonb(r) AS row,
           CASE WHEN ${LOST_CONFLICT} THEN '{}' ELSE coalesce(e.filled, '{}') END AS filled
      FROM ${quote(entity.table)} r
      LEFT JOIN enrichments e ON e.entity = ${literal(entity.name)} AND e.record_id = r.id
     WHERE r.archived_at IS NULL AND btrim(${asked}) <> '' AND (${isDue(until, asked, hintsSql)})
     ORDER BY e.at NULLS FIRST, r.created_at, r.id LIMIT $1`;
}

function isDue(until: Enriched['until'], asked: string, hintsSql: string): string {
  const isNew = `e.record_id IS NULL OR e.asked <> ${asked}`;
  if (until.kind === 'id') {
    const id = `r.${quote(until.column)}`;
    const isOpen = `${id} IS NULL OR to_jsonb(${id}) = e.filled -> ${literal(until.column)}`;
    const again = `e.outcome <> 'matched' AND (e.hints <> ${hintsSql} OR e.at < now() - interval '30 days')`;
    return `(${isOpen}) AND (${isNew} OR ${again} OR ${LOST_CONFLICT})`;
  }
  const isOpen = (column: string): string =>
    `btrim(coalesce(r.${quote(column)}, '')) = '' AND NOT coalesce(e.filled ? ${literal(column)}, false)`;
  return `e.asked <> ${asked} OR ${LOST_CONFLICT} OR (${until.columns.map(isOpen).join(' OR ')}) AND (${isNew} OR e.at < now() - interval '1 day')`;
}

/** Whether the filled-in values lost against an edit in Notion: then no person has cleared them. */
const LOST_CONFLICT = `EXISTS (
  SELECT 1 FROM sync_conflicts c WHERE c.entity = e.entity AND c.record_id = e.record_id AND c.detected_at > e.at
     AND c.winner <> 'sql' AND e.filled <> '{}' AND c.sql_version @> e.filled)`;

const withoutBlanks = (row: Columns): Columns =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      typeof value === 'string' && value.trim() === '' ? null : value,
    ]),
  );
