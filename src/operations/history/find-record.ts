import type { Database } from '../../database/client.ts';
import { clippedText } from '../../database/clipped-text.ts';
import { literal, quote } from '../../database/entity-sql.ts';
import { type Entity, remoteColumns, titleField } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import { parseNotionId } from '../../shared/notion-id.ts';

/** The beginning of an id that is shorter may be a word. */
const MIN_PREFIX = 4;
const MAX_LISTED = 5;

/**
 * The row that a text names: its id, the id of its page or event, a link to its page, its title, or the beginning of one
 * of these ids.
 * @throws FinalError when there is none, or more than one
 */
export async function findRecord(database: Database, entity: Entity, text: string): Promise<string> {
  const found = await database.query<{ id: string; title: string; rank: number }>(statement(entity), [
    parseNotionId(text) ?? text.trim(),
    text.trim(),
  ]);
  const [first] = found;
  if (!first) {
    throw new FinalError(
      'row_unknown',
      `${entity.name} has no row with the id, page or title "${text}": see lockstep find`,
    );
  }
  const same = found.filter(({ rank }) => rank === first.rank);
  if (same.length === 1) return first.id;
  const listed = same.slice(0, MAX_LISTED).map(({ id, title }) => `${id} "${title}"`);
  const more = same.length > MAX_LISTED ? ' and others' : '';
  throw new FinalError('row_ambiguous', `"${text}" can be ${listed.join(', ')}${more} of ${entity.name}: use an id`);
}

/** $1 an id, $2 the text. The best matches come first. */
function statement(entity: Entity): string {
  const page = quote(remoteColumns(entity).id);
  const title = `coalesce(${quote(titleField(entity))}, '')`;
  const { only } = entity;
  return `SELECT id::text, ${clippedText(title)} AS title, rank FROM (
      SELECT t.*, CASE
        WHEN id::text = lower($1) OR ${page} = $1 THEN 1
        WHEN lower(${title}) = lower($2) THEN 2
        WHEN length($2) >= ${MIN_PREFIX} AND (starts_with(id::text, lower($2)) OR starts_with(${page}, lower($2))) THEN 3
      END AS rank FROM ${quote(entity.table)} t${only ? ` WHERE ${quote(only.column)} = ${literal(only.value)}` : ''}
    ) found WHERE rank IS NOT NULL ORDER BY rank, archived_at IS NOT NULL, id LIMIT ${MAX_LISTED + 1}`;
}
