import { type Database, sql } from '../../database/client.ts';
import type { FoundTable } from './plan-tables.ts';

interface Row {
  readonly name: string;
  readonly columns: Readonly<Record<string, string>>;
  /** The arguments by the trigger's name; each ends with an escaped zero byte. */
  readonly triggers: Readonly<Record<string, string>>;
  readonly indexes: readonly string[];
  readonly hasUniqueId: boolean;
  readonly viewColumns: readonly string[] | null;
}

/** The tables with these names in the schema that Lockstep works in. @throws as `databaseError` */
export async function readTables(database: Database, names: readonly string[]): Promise<Map<string, FoundTable>> {
  const rows = await database.query<Row>(sql`
    SELECT c.relname AS name,
           (SELECT jsonb_object_agg(a.attname, format_type(a.atttypid, a.atttypmod)) FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
           (SELECT coalesce(jsonb_object_agg(t.tgname, encode(t.tgargs, 'escape')), '{}')
              FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal) AS triggers,
           ARRAY(SELECT i.relname::text FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid) AS indexes,
           EXISTS (SELECT FROM pg_index x JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'id'
                   WHERE x.indrelid = c.oid AND x.indisunique AND x.indkey::text = a.attnum::text AND x.indpred IS NULL) AS "hasUniqueId",
           CASE WHEN to_regclass(quote_ident('active_' || c.relname)) IS NOT NULL THEN ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = to_regclass(quote_ident('active_' || c.relname)) AND a.attnum > 0 AND NOT a.attisdropped) END AS "viewColumns"
    FROM pg_class c
    WHERE c.relname = ANY (${names}::text[]) AND c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace`);
  return new Map(
    rows.map(({ name, columns, triggers, indexes, hasUniqueId, viewColumns }) => [
      name,
      {
        ...{ columns: new Map(Object.entries(columns)), triggers: new Map(Object.entries(triggers).map(readArgs)) },
        ...{ indexes: new Set(indexes), hasUniqueId, viewColumns: viewColumns && new Set(viewColumns) },
      },
    ]),
  );
}

const readArgs = ([name, args]: [string, string]): [string, readonly string[]] => [
  name,
  args.split('\\000').slice(0, -1),
];

/** The fields that Lockstep remembers of each entity, from the properties that it found for them. @throws as `databaseError` */
export async function readKnownFields(database: Database): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = await database.query<{ entity: string; fields: readonly string[] }>(
    sql`SELECT entity, ARRAY(SELECT jsonb_object_keys(properties)) AS fields FROM sync_sources`,
  );
  return new Map(rows.map(({ entity, fields }) => [entity, new Set(fields)]));
}
