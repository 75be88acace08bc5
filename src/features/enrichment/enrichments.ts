import { asDatabaseErrors, type Database, type Transaction, transaction, yieldToUsers } from '../../database/client.ts';
import { literal, quote } from '../../database/entity-sql.ts';

export type ColumnValue = string | number | null;
export type Columns = Readonly<Record<string, ColumnValue>>;

/** Which columns of an entity are filled in from elsewhere, and by which one of them that is asked. */
export interface Enriched {
  readonly entity: 'media' | 'games' | 'people';
  /** A title, or an address. */
  readonly asks: string;
  /** What else tells candidates apart: a person who gives it is answered anew. */
  readonly hints: readonly string[];
  readonly fills: readonly string[];
  /**
   * `id`: asked about while it has no id but ours, and again after a month where nobody, or several, came into
   * question. `anything`: while anything is empty that we never filled in, every day.
   */
  readonly until: { readonly kind: 'id'; readonly column: string } | { readonly kind: 'anything' };
}

/** A row to ask about. */
export interface DueRow {
  readonly id: string;
  readonly asked: string;
  readonly hints: string;
  /** Its columns as they are, empty texts as null. */
  readonly row: Columns;
  /** What we filled in before. */
  readonly filled: Columns;
}

/** What is known now. */
export interface Answer {
  readonly outcome: 'matched' | 'ambiguous' | 'none';
  readonly providerId: string | null;
  /** By column; null: there it has none. */
  readonly values: Columns;
  /** What somebody is to be told. */
  readonly message: string | null;
}

/** Rows to ask about, those never asked about first. @throws as `asDatabaseErrors` */
export const dueRows = (database: Database, enriched: Enriched, limit: number): Promise<readonly DueRow[]> =>
  asDatabaseErrors(async () => {
    const found = await database.$queryRawUnsafe<(Omit<DueRow, 'row'> & { row: Columns })[]>(dueSql(enriched), limit);
    return found.map(({ row, ...rest }) => ({ ...rest, row: withoutBlanks(row) }));
  });

/**
 * Keeps an answer, and fills in what is empty. As a user's edit, so that it goes to Notion; but as an old one, so
 * that it loses against whatever a person did there meanwhile.
 * @returns whether the row was written
 * @throws as `asDatabaseErrors`
 */
export const saveAnswer = (
  database: Database,
  enriched: Enriched,
  due: DueRow,
  answer: Answer,
  cycleId: string,
): Promise<boolean> =>
  transaction(database, async (tx) => {
    await yieldToUsers(tx);
    const [locked] = await tx.$queryRawUnsafe<{ row: Columns }[]>(
      `SELECT to_jsonb(r) AS row FROM ${quote(enriched.entity)} r WHERE id = $1::uuid AND archived_at IS NULL FOR UPDATE`,
      due.id,
    );
    // Asked anew by the next cycle, as it is then.
    if (!locked || locked.row[enriched.asks] !== due.asked) return false;
    const values = answer.outcome === 'matched' ? answer.values : {};
    const { changes, filled } = fillable(withoutBlanks(locked.row), due.filled, values);
    await fill(tx, enriched, due.id, changes);
    await remember(tx, enriched, due, { ...answer, filled }, cycleId);
    return Object.keys(changes).length > 0;
  });

/** What somebody is to be told, of what was asked in this cycle. @throws as `asDatabaseErrors` */
export const messagesOf = (
  database: Database,
  { entity }: Enriched,
  cycleId: string,
): Promise<readonly { readonly recordId: string; readonly outcome: string; readonly message: string }[]> =>
  asDatabaseErrors(
    () => database.$queryRaw`
      SELECT record_id AS "recordId", outcome, message FROM enrichments
      WHERE entity = ${entity} AND cycle_id = ${cycleId} AND message IS NOT NULL ORDER BY at`,
  );

/**
 * Fills only what is empty; what was filled in before, only as long as it is as we left it. What a person cleared
 * stays empty.
 */
export function fillable(row: Columns, filled: Columns, values: Columns): { changes: Columns; filled: Columns } {
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

/** An edit time that no edit of a person's is older than; the trigger takes it for a user's edit, since it differs. */
const OLD_EDIT = `coalesce(r.sql_local_last_edited_at - interval '1 microsecond', r.notion_last_edited_at, r.created_at)`;

async function fill(tx: Transaction, { entity }: Enriched, id: string, changes: Columns): Promise<void> {
  const columns = Object.keys(changes).map(quote);
  if (columns.length === 0) return;
  const table = quote(entity);
  await tx.$executeRawUnsafe(
    `UPDATE ${table} r SET ${columns.map((column) => `${column} = n.${column}`).join(', ')}, sql_local_last_edited_at = ${OLD_EDIT}
     FROM jsonb_populate_record(NULL::${table}, $2::jsonb) n WHERE r.id = $1::uuid`,
    id,
    JSON.stringify(changes),
  );
}

/** The same answer to the same question is not told again. */
async function remember(
  tx: Transaction,
  { entity }: Enriched,
  { id, asked, hints }: DueRow,
  { outcome, providerId, filled, message }: Answer & { readonly filled: Columns },
  cycleId: string,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO enrichments AS e (entity, record_id, asked, hints, outcome, provider_id, filled, message, cycle_id, at)
    VALUES (${entity}, ${id}::uuid, ${asked}, ${hints}, ${outcome}, ${providerId}, ${JSON.stringify(filled)}::jsonb, ${message}, ${cycleId}, now())
    ON CONFLICT (entity, record_id) DO UPDATE SET asked = excluded.asked, hints = excluded.hints,
      outcome = excluded.outcome, provider_id = excluded.provider_id, filled = excluded.filled, message = excluded.message,
      at = excluded.at,
      cycle_id = CASE WHEN (e.asked, e.hints, e.message) IS NOT DISTINCT FROM (excluded.asked, excluded.hints, excluded.message)
                      THEN e.cycle_id ELSE excluded.cycle_id END`;
}

function dueSql({ entity, asks, hints, until }: Enriched): string {
  const asked = `r.${quote(asks)}`;
  const said = `concat_ws(' · ', ${['NULL', ...hints.map((column) => `r.${quote(column)}`)].join(', ')})`;
  return `
    SELECT r.id, ${asked} AS asked, ${said} AS hints, to_jsonb(r) AS row,
           CASE WHEN ${LOST} THEN '{}' ELSE coalesce(e.filled, '{}') END AS filled
      FROM ${quote(entity)} r
      LEFT JOIN enrichments e ON e.entity = ${literal(entity)} AND e.record_id = r.id
     WHERE r.archived_at IS NULL AND btrim(${asked}) <> '' AND (${isDue(until, asked, said)})
     ORDER BY e.at NULLS FIRST, r.created_at, r.id LIMIT $1`;
}

function isDue(until: Enriched['until'], asked: string, said: string): string {
  const isNew = `e.record_id IS NULL OR e.asked <> ${asked}`;
  if (until.kind === 'id') {
    const id = `r.${quote(until.column)}`;
    const isOpen = `${id} IS NULL OR to_jsonb(${id}) = e.filled -> ${literal(until.column)}`;
    const again = `e.outcome <> 'matched' AND (e.hints <> ${said} OR e.at < now() - interval '30 days')`;
    return `(${isOpen}) AND (${isNew} OR ${again} OR ${LOST})`;
  }
  const isOpen = (column: string): string =>
    `btrim(coalesce(r.${column}, '')) = '' AND NOT coalesce(e.filled ? ${literal(column)}, false)`;
  return `e.asked <> ${asked} OR ${LOST} OR (${isOpen('name')} OR ${isOpen('phone')}) AND (${isNew} OR e.at < now() - interval '1 day')`;
}

/** What we filled in lost against what a person did at the same time: that person did not clear it. */
const LOST = `EXISTS (
  SELECT 1 FROM sync_conflicts c WHERE c.entity = e.entity AND c.record_id = e.record_id AND c.detected_at > e.at
     AND c.winner <> 'sql' AND e.filled <> '{}' AND c.sql_version @> e.filled)`;

const withoutBlanks = (row: Columns): Columns =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      typeof value === 'string' && value.trim() === '' ? null : value,
    ]),
  );
