import { entities } from '../definition/index.ts';
import type { Entity, RelationField } from '../entities/define.ts';
import { TEMPORARY_ID_PREFIX } from '../sync/temporary-id.ts';
import { literal, quote } from './entity-sql.ts';

/**
 * Statements that queue pages to be read again: the pages that link to a page by its own account but not by their rows,
 * or the other way round. Editing one end of a two-way relation may not mark the page at the other end as edited.
 * @returns one for each back-link; $1 jsonb [{page_id, linkers, complete}]
 */
export function refreshLinkers(entity: Entity): readonly { readonly field: string; readonly sql: string }[] {
  return Object.entries(entity.fields).flatMap(([field, link]) => {
    if (link.kind !== 'back_link') return [];
    const other = entities().find((candidate) => candidate.name === link.of);
    const relation = other?.fields[link.through];
    if (!other || (relation?.kind !== 'relation_one' && relation?.kind !== 'relation_many')) return [];
    return [{ field, sql: statement(entity, other, link.through, relation) }];
  });
}

/** Each part starts from the given pages, so that it reads their linkers by an index, however many rows there are. */
const statement = (entity: Entity, other: Entity, through: string, relation: RelationField): string => `
  WITH given AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(page_id text, linkers jsonb, complete boolean)),
    named AS (SELECT page_id, jsonb_array_elements_text(linkers) AS linker FROM given),
    pointing AS (
      SELECT g.page_id, o.notion_page_id AS linker
        FROM given g JOIN ${quote(entity.table)} t ON t.notion_page_id = g.page_id JOIN ${linkersOf(other, through, relation)}
      UNION ${pendingLinkers(other, through, relation)})
  INSERT INTO sync_refresh (entity, page_id)
  SELECT ${literal(other.name)}, o.notion_page_id
    FROM (SELECT * FROM named EXCEPT SELECT * FROM pointing
          UNION SELECT p.* FROM pointing p JOIN given g USING (page_id) WHERE g.complete AND NOT g.linkers ? p.linker) x
    JOIN ${quote(other.table)} o ON o.notion_page_id = x.linker
   WHERE NOT starts_with(o.notion_page_id, '${TEMPORARY_ID_PREFIX}')
  ON CONFLICT DO NOTHING`;

/** The rows `o` that link to the row `t`. */
function linkersOf(other: Entity, through: string, relation: RelationField): string {
  const table = quote(other.table);
  if (relation.kind === 'relation_one') return `${table} o ON o.${quote(through)} = t.id`;
  const [own, linked] = relation.joinColumns.map(quote);
  return `${quote(relation.joinTable)} j ON j.${linked} = t.id JOIN ${table} o ON o.id = j.${own}`;
}

/** A link that waits for a page's row, which has just arrived: the next step sets it, unless another was set meanwhile. */
const pendingLinkers = (other: Entity, through: string, { kind }: RelationField): string => `
      SELECT g.page_id, o.notion_page_id
        FROM given g JOIN pending_links p USING (page_id) JOIN ${quote(other.table)} o ON o.id = p.record_id
       WHERE p.entity = ${literal(other.name)} AND p.field = ${literal(through)}${kind === 'relation_one' ? ` AND o.${quote(through)} IS NULL` : ''}`;
