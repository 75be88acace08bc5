import type { Database } from '../../database/client.ts';
import { literal, quote } from '../../database/entity-sql.ts';
import { type Entity, remoteColumns } from '../../entities/define.ts';
import { parseNotionId } from '../../shared/notion-id.ts';
import { nearest } from './similar.ts';
import { type Titled, titledColumns, titlesStatement } from './titles.ts';

/** The rows of an entity whose titles are searched: the newest, by their last edit in Notion. */
const MAX_SEARCHED = 100_000;
/** Of these, the rows whose titles contain the text. */
const MAX_CONTAINING = 200;
/** The rows whose titles may resemble the text. */
const MAX_SIMILAR = 10_000;

type Reading = Pick<Database, 'query'>;

/**
 * The records whose titles resemble a text, best first, and the records with this id, page or event. Archived records
 * are found by their ids only.
 */
export async function searchRecords(
  reading: Reading,
  entities: readonly Entity[],
  text: string,
  limit: number,
): Promise<readonly Titled[]> {
  const { byId, byTitle } = await readCandidates(reading, entities, text);
  const exact = new Set(byId.map(({ id }) => id));
  const similar = nearest(text.trim(), byTitle, limit).filter(({ id }) => !exact.has(id));
  return [...byId, ...similar].slice(0, limit);
}

/** What a text may mean. */
export interface Candidates {
  /** The records with this id, page or event. */
  readonly byId: readonly Titled[];
  /** Records whose titles contain the text, and the newest ones. */
  readonly byTitle: readonly Titled[];
}

/** A bounded number of titles, however many rows there are. */
export async function readCandidates(reading: Reading, entities: readonly Entity[], text: string): Promise<Candidates> {
  const wanted = text.trim();
  if (wanted === '') return { byId: [], byTitle: [] };
  const read = (statementOf: (entity: Entity) => string, ...values: readonly string[]): Promise<Titled[]> =>
    reading.query<Titled>(entities.map((entity) => `(${statementOf(entity)})`).join(' UNION ALL '), values);
  const byId = await read(byIdStatement, parseNotionId(wanted) ?? wanted.toLowerCase());
  const containing = await read(containingStatement, wanted);
  const newest = await read((entity) => newestStatement(entity, MAX_SIMILAR));
  const byKey = new Map([...newest, ...containing].map((record) => [`${record.entity} ${record.id}`, record]));
  return { byId, byTitle: [...byKey.values()] };
}

const UUID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

/** $1 an id. */
function byIdStatement(entity: Entity): string {
  const { table, only } = entity;
  const ours = only ? ` AND ${quote(only.column)} = ${literal(only.value)}` : '';
  return `SELECT ${titledColumns(entity)} FROM ${quote(table)}
           WHERE (id = CASE WHEN $1::text ~ '${UUID}' THEN $1::text::uuid END OR ${quote(remoteColumns(entity).id)} = $1::text)${ours} LIMIT 1`;
}

/** $1 a text. */
const containingStatement = (entity: Entity): string =>
  `SELECT * FROM (${newestStatement(entity, MAX_SEARCHED)}) t WHERE position(lower($1) IN lower(title)) > 0
    ORDER BY lower(title) = lower($1) DESC LIMIT ${MAX_CONTAINING}`;

/** Those that the remote side does not have yet come first. */
const newestStatement = (entity: Entity, limit: number): string =>
  titlesStatement(entity, ` ORDER BY ${quote(remoteColumns(entity).editedAt)} DESC LIMIT ${limit}`);
