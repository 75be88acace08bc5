import type { Database } from '../../database/client.ts';
import { clippedText } from '../../database/clipped-text.ts';
import { literal, quote } from '../../database/entity-sql.ts';
import { nameOf } from '../../definition/named-entities.ts';
import { type Entity, remoteColumns } from '../../entities/define.ts';
import { parseNotionId } from '../../shared/notion-id.ts';
import { nearest } from './similar.ts';
import { type Titled, titleExpression, titlesStatement } from './titles.ts';

/** Of each entity: rows whose title contains the text, and the newest rows, whose titles may resemble it. */
const MAX_CONTAINING = 200;
const MAX_SIMILAR = 10_000;

/**
 * The records whose titles resemble a text, best first, and the records with this id, page or event. Archived records
 * are found by their ids only. Unlike `titlesOf`, it reads a bounded number of titles.
 */
export async function searchRecords(
  database: Pick<Database, 'query'>,
  entities: readonly Entity[],
  text: string,
  limit: number,
): Promise<readonly Titled[]> {
  const wanted = text.trim();
  if (wanted === '') return [];
  const read = (statementOf: (entity: Entity) => string, value: string): Promise<Titled[]> =>
    database.query<Titled>(entities.map((entity) => `(${statementOf(entity)})`).join(' UNION ALL '), [value]);
  const [byId, containing, newest] = await Promise.all([
    read(byIdStatement, parseNotionId(wanted) ?? wanted.toLowerCase()),
    read(containingStatement, wanted),
    database.query<Titled>(entities.map((entity) => `(${newestStatement(entity)})`).join(' UNION ALL ')),
  ]);
  const byKey = new Map([...newest, ...containing].map((record) => [`${record.entity} ${record.id}`, record]));
  const exact = new Set(byId.map(({ id }) => id));
  const similar = nearest(wanted, [...byKey.values()], limit).filter(({ id }) => !exact.has(id));
  return [...byId, ...similar].slice(0, limit);
}

const UUID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

/** $1 an id. */
function byIdStatement(entity: Entity): string {
  const { table, only } = entity;
  const ours = only ? ` AND ${quote(only.column)} = ${literal(only.value)}` : '';
  return `SELECT ${literal(nameOf(entity))} AS entity, id, ${clippedText(titleExpression(entity))} AS title, NULL AS status
            FROM ${quote(table)} WHERE (id = CASE WHEN $1::text ~ '${UUID}' THEN $1::text::uuid END OR ${quote(remoteColumns(entity).id)} = $1::text)${ours} LIMIT 1`;
}

/** $1 a text. */
const containingStatement = (entity: Entity): string =>
  titlesStatement(
    entity,
    ` AND position(lower($1) IN lower(left(${titleExpression(entity)}, 2000))) > 0 ORDER BY id LIMIT ${MAX_CONTAINING}`,
  );

const newestStatement = (entity: Entity): string =>
  titlesStatement(entity, ` ORDER BY sql_local_last_edited_at DESC NULLS LAST LIMIT ${MAX_SIMILAR}`);
