import type { Entity } from '../entities/define.ts';
import type { OptionRenames } from '../notion/option-renames.ts';
import type { Database } from './client.ts';
import { quote } from './entity-sql.ts';

/**
 * Renames options wherever SQL holds their names, after they were renamed in Notion: in rows, in the last agreed
 * content, in content being sent, and in open conflicts. Nobody edited anything, so run it in a `sync` transaction.
 */
export async function renameOptions(batch: Database, entity: Entity, renames: readonly OptionRenames[]): Promise<void> {
  for (const { field, names } of renames) {
    const by = JSON.stringify(names);
    const isList = entity.fields[field]?.kind === 'multi_select';
    await batch.execute(isList ? renameInArrays(entity, field) : renameInRows(entity, field), [by]);
    for (const { table, at, only } of KEPT_VALUES) {
      await batch.execute(renameWithin(table, at, { only, isList }), [by, entity.name, field]);
    }
    if (field === STATUS) {
      await batch.execute(
        `UPDATE sync_state SET status_before_archive = $1::jsonb ->> status_before_archive
          WHERE entity = $2 AND $1::jsonb ? status_before_archive`,
        [by, entity.name],
      );
    }
  }
}

const STATUS = 'status';

/** $1 jsonb: new names by old names. One look-up per row, so that two options can swap names. */
function renameInRows({ table }: Entity, field: string): string {
  const column = quote(field);
  return `UPDATE ${quote(table)} SET ${column} = $1::jsonb ->> ${column} WHERE $1::jsonb ? ${column}`;
}

/** $1 jsonb: new names by old names. The elements keep their order. */
function renameInArrays({ table }: Entity, field: string): string {
  const column = quote(field);
  return `UPDATE ${quote(table)} SET ${column} =
      ARRAY(SELECT coalesce($1::jsonb ->> o.name, o.name) FROM unnest(${column}) WITH ORDINALITY AS o(name, at) ORDER BY o.at)
    WHERE $1::jsonb ?| ${column}::text[]`;
}

interface KeptValues {
  readonly table: string;
  /** A jsonb column, and the path of the fields in it. */
  readonly at: readonly [column: string, ...path: string[]];
  readonly only?: string;
}

const KEPT_VALUES: readonly KeptValues[] = [
  { table: 'sync_state', at: ['base'] },
  { table: 'sync_state', at: ['sending', 'fields'] },
  { table: 'creation_intents', at: ['sent'] },
  ...['base_version', 'notion_version', 'sql_version'].map((version) => ({
    table: 'sync_conflicts',
    at: [version] as const,
    only: 'resolved_at IS NULL',
  })),
];

/** $1 jsonb: new names by old names, $2 the entity, $3 the field. */
function renameWithin(
  table: string,
  [column, ...path]: KeptValues['at'],
  { only = 'true', isList }: { readonly only: string | undefined; readonly isList: boolean },
): string {
  const place = `ARRAY[${[...path.map((step) => `'${step}'`), '$3'].join(', ')}]::text[]`;
  if (isList) {
    const list = `(${column} #> ${place})`;
    return `UPDATE ${table} SET ${column} = jsonb_set(${column}, ${place},
        (SELECT jsonb_agg(coalesce($1::jsonb -> o.name, to_jsonb(o.name)) ORDER BY o.at)
          FROM jsonb_array_elements_text(${list}) WITH ORDINALITY AS o(name, at)))
      WHERE entity = $2 AND ${only} AND jsonb_typeof(${list}) = 'array' AND jsonb_array_length(${list}) > 0`;
  }
  const value = `(${column} #>> ${place})`;
  return `UPDATE ${table} SET ${column} = jsonb_set(${column}, ${place}, $1::jsonb -> ${value})
    WHERE entity = $2 AND ${only} AND $1::jsonb ? ${value}`;
}
