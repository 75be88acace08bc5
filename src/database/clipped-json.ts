import { type Sql, sql } from './client.ts';

/**
 * A jsonb object whose long texts are cut by PostgreSQL, so that values of many megabytes are not read whole.
 * @param object an expression of the type jsonb; null stays null
 * @param max the number of characters that are kept of each text
 */
export const clippedJson = (object: Sql, max: number): Sql => clipped(object, max, sql`''`);

/** As `clippedJson`, but two texts that differ anywhere differ here too: a cut text ends with its hash. */
export const comparableJson = (object: Sql, max: number): Sql =>
  clipped(object, max, sql`', ' || left(md5(content), 8)`);

const clipped = (object: Sql, max: number, more: Sql): Sql => sql`(
  SELECT jsonb_object_agg(key, CASE
           WHEN jsonb_typeof(value) = 'string' AND length(content) > ${max}::int
           THEN to_jsonb(left(content, ${max}::int) || '… (' || length(content) || ' characters' || ${more} || ')')
           ELSE value END)
    FROM jsonb_each(${object})
    -- OFFSET 0: the text is taken out of the value once, and not for each use.
   CROSS JOIN LATERAL (SELECT value #>> '{}' AS content OFFSET 0) AS text)`;
