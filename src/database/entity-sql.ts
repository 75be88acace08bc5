import { allEntities } from '../definition/named-entities.ts';
import {
  type ComputedField,
  computedFields,
  type DateField,
  type Entity,
  isListField,
  type Named,
  type RelationField,
  relationFields,
  remoteColumns,
  type SyncedField,
  syncedFields,
  type TimestampField,
} from '../entities/define.ts';
import { TEMPORARY_ID_PREFIX } from '../sync/temporary-id.ts';

/** Column and table names come only from the entity files; they are quoted nevertheless. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const SQL_TYPES = {
  title: 'text',
  rich_text: 'text',
  select: 'text',
  number: 'double precision',
  date: 'date',
  timestamp: 'timestamptz',
  url: 'text',
  email: 'text',
  phone_number: 'text',
  body: 'text',
  place: 'text',
  verification: 'text',
  checkbox: 'boolean',
  multi_select: 'text[]',
  people: 'text[]',
  files: 'text[]',
  flag: 'boolean',
} as const;

const COMPUTED_TYPES = {
  text: 'text',
  number: 'double precision',
  boolean: 'boolean',
  timestamp: 'timestamptz',
  date: 'date',
} as const;

/** The type of the column that holds a field. */
export function sqlType(field: Exclude<SyncedField, RelationField> | ComputedField): string {
  if (field.kind === 'computed') return COMPUTED_TYPES[field.as];
  return field.kind === 'plain' ? field.sqlType : SQL_TYPES[field.kind];
}

/** The column that links a row to its page or event. */
const pageColumn = (entity: Entity): string => quote(remoteColumns(entity).id);
const editedColumn = (entity: Entity): string => quote(remoteColumns(entity).editedAt);

/** A condition on `t`: the row belongs to this entity, with which it was synced, or by its column if it was not yet. */
function isOurs({ name, table, only }: Entity): string {
  if (!only) return 'true';
  const others = allEntities().filter((other) => other.table === table && other.name !== name);
  const wasSynced = (names: readonly string[]) =>
    `EXISTS (SELECT FROM sync_state c WHERE c.entity IN (${names.map(literal).join(', ')}) AND c.record_id = t.id)`;
  const isNamed = `t.${quote(only.column)} = ${literal(only.value)}`;
  return `(${wasSynced([name])} OR ${isNamed} AND NOT ${wasSynced(others.map((other) => other.name))})`;
}

/** The statements of one entity, each for a whole batch. */
export interface EntitySql {
  /** $1 uuid[]: everything known about these records; rows as JSON, with links as page ids. */
  readonly read: string;
  /** $1 text[] page ids, $2 uuid[] keys: the ids of the records they belong to. */
  readonly find: string;
  /** $1 jsonb: rows to insert or update. */
  readonly upsert: string;
  /** $1 jsonb [{id, pages}], one statement for each to-many field. */
  readonly links: readonly { readonly field: string; readonly sql: string }[];
  /** $1 jsonb [{id, page}], one statement for each to-one field; run after `upsert`, since its rows may link to one another. */
  readonly link: readonly { readonly field: string; readonly sql: string }[];
  /** $1 jsonb [{id, page_id, edited_at}] */
  readonly setPage: string;
  /**
   * $1 jsonb [{id, page_id}]: takes these page ids from other rows that were given them by hand, but were synced with
   * other pages. Each gets its own page id back when it is written.
   */
  readonly releasePages: string;
  /** $1 jsonb [{id, …}]: sets the computed fields; null when the entity has none. */
  readonly compute: string | null;
  /** Resolves pending links whose page has a row now, one statement for each relation. Rows that are locked wait. */
  readonly resolveLinks: readonly string[];
  /** $1 jsonb [{record_id, started_at, sent}]: also stores temporary ids that writers chose themselves. */
  readonly openIntents: string;
  /** How many records are live: their row is not archived, or an archived row was not sent yet. */
  readonly countLive: string;
  /** The records with an unsent edit that archived their row. */
  readonly readArchiving: string;
  readonly enqueueUnlinked: string;
  /**
   * One row `{records, equalHash, differing}`: the number of records, a hash of those whose row is identical to the
   * last agreed content, and the ids of the others, which may still be equal to the engine.
   */
  readonly compareSides: string;
  /** The ids of all records: rows, and deleted rows that have a page. */
  readonly recordIds: string;
}

export function entitySql(entity: Entity): EntitySql {
  const table = quote(entity.table);
  const name = literal(entity.name);
  const page = pageColumn(entity);
  const agreedLive = `SELECT FROM sync_state s WHERE s.entity = ${name} AND s.record_id = t.id AND NOT s.archived`;
  return {
    read: readStatement(entity),
    find: `SELECT record_id FROM sync_state WHERE entity = ${name} AND page_id = ANY ($1::text[])
      UNION SELECT t.id FROM ${table} t WHERE t.${page} = ANY ($1::text[]) AND ${isOurs(entity)}
      UNION SELECT t.id FROM ${table} t WHERE t.id = ANY ($2::uuid[]) AND ${isOurs(entity)}
      UNION SELECT record_id FROM sync_state WHERE entity = ${name} AND record_id = ANY ($2::uuid[])`,
    upsert: upsertStatement(entity),
    links: relationFields(entity).flatMap(([field, relation]) =>
      relation.kind === 'relation_many' ? [{ field, sql: linksStatement(entity, field, relation) }] : [],
    ),
    link: relationFields(entity).flatMap(([field, relation]) =>
      relation.kind === 'relation_one' ? [{ field, sql: linkStatement(entity, field, relation.to) }] : [],
    ),
    setPage: setPageStatement(entity),
    releasePages: `UPDATE ${table} t SET ${page} = '${TEMPORARY_ID_PREFIX}' || t.id
      FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, page_id text)
      WHERE t.${page} = x.page_id AND t.id <> x.id
        AND EXISTS (SELECT 1 FROM sync_state s WHERE s.entity = ${name} AND s.record_id = t.id AND s.page_id <> x.page_id)`,
    compute: computeStatement(entity),
    resolveLinks: relationFields(entity).map(([field, relation]) => resolveLinksStatement(entity, field, relation)),
    openIntents: `INSERT INTO creation_intents AS i (entity, record_id, started_at, sent, temporary_id)
      SELECT ${name}, x.record_id, x.started_at, x.sent, nullif(t.${page}, '${TEMPORARY_ID_PREFIX}' || x.record_id)
      FROM jsonb_to_recordset($1::jsonb) AS x(record_id uuid, started_at timestamptz, sent jsonb) LEFT JOIN ${table} t ON t.id = x.record_id
      ON CONFLICT (entity, record_id) DO UPDATE SET attempt = i.attempt + 1, started_at = excluded.started_at, closed_at = NULL,
        sent = excluded.sent, page_id = NULL, temporary_id = coalesce(excluded.temporary_id, i.temporary_id)`,
    countLive: `SELECT count(*)::int AS live FROM ${table} t
      WHERE ${isOurs(entity)} AND (t.archived_at IS NULL OR EXISTS (${agreedLive}))`,
    readArchiving: `SELECT o.record_id FROM sync_outbox o JOIN ${table} t ON t.id = o.record_id
      WHERE o.entity = ${name} AND ${isOurs(entity)} AND t.archived_at IS NOT NULL AND EXISTS (${agreedLive})`,
    enqueueUnlinked: `INSERT INTO sync_outbox (entity, record_id)
      SELECT ${name}, t.id FROM ${table} t
      WHERE (t.${page} IS NULL OR t.${page} LIKE '${TEMPORARY_ID_PREFIX}%') AND ${isOurs(entity)} AND NOT EXISTS (SELECT 1 FROM sync_state s WHERE s.entity = ${name} AND s.record_id = t.id)
        AND NOT EXISTS (SELECT 1 FROM sync_outbox o WHERE o.entity = ${name} AND o.record_id = t.id)
      ON CONFLICT DO NOTHING`,
    compareSides: compareSidesStatement(entity),
    recordIds: `SELECT t.id FROM ${table} t WHERE ${isOurs(entity)}
      UNION SELECT record_id FROM sync_state WHERE entity = ${name}`,
  };
}

/** A linked row's page id: from the row, else from `sync_state` (the row was deleted), else a temporary id. */
const pageOf = (target: string, idColumn: string): string =>
  `coalesce(r.notion_page_id, (SELECT s.page_id FROM sync_state s WHERE s.entity = ${literal(target)} AND s.record_id = ${idColumn}), '${TEMPORARY_ID_PREFIX}' || ${idColumn})`;

const pendingPages = (entity: Entity, field: string): string =>
  `SELECT p.page_id FROM pending_links p WHERE p.entity = ${literal(entity.name)} AND p.record_id = t.id AND p.field = ${literal(field)}`;

/** The links of the row `t` as page ids, by field: one, or a sorted list. */
function linkExpressions(entity: Entity): Named<string> {
  return relationFields(entity).map(([field, relation]) => {
    const target = quote(relation.to);
    if (relation.kind === 'relation_one') {
      const column = `t.${quote(field)}`;
      return [
        field,
        `to_jsonb(coalesce(
        (SELECT ${pageOf(relation.to, 'k.id')} FROM (SELECT ${column} AS id) k LEFT JOIN ${target} r ON r.id = k.id WHERE k.id IS NOT NULL),
        (${pendingPages(entity, field)} ORDER BY p.page_id LIMIT 1)))`,
      ];
    }
    const [own, other] = relation.joinColumns.map(quote);
    return [
      field,
      `(SELECT coalesce(jsonb_agg(l.page_id ORDER BY l.page_id), '[]') FROM (
        SELECT ${pageOf(relation.to, `j.${other}`)} AS page_id FROM ${quote(relation.joinTable)} j LEFT JOIN ${target} r ON r.id = j.${other} WHERE j.${own} = t.id
        UNION ${pendingPages(entity, field)}) l)`,
    ];
  });
}

function readStatement(entity: Entity): string {
  const links = linkExpressions(entity).map(([field, expression]) => `${literal(field)}, ${expression}`);
  const name = literal(entity.name);
  return `SELECT w.id AS record_id,
      CASE WHEN t.id IS NOT NULL THEN to_jsonb(t) END AS row,
      CASE WHEN t.id IS NOT NULL THEN jsonb_build_object(${links.join(', ')}) END AS links,
      to_jsonb(s) AS state, to_jsonb(i) AS intent, o.seq AS edit_seq,
      (SELECT array_agg(a.direction ORDER BY a.direction) FROM sync_approvals a JOIN sync_approval_records h ON h.approval_id = a.id
        WHERE a.entity = ${name} AND a.closed_at IS NULL AND h.record_id = w.id) AS held
    FROM unnest($1::uuid[]) AS w(id)
    LEFT JOIN ${quote(entity.table)} t ON t.id = w.id AND ${isOurs(entity)}
    LEFT JOIN sync_state s ON s.entity = ${name} AND s.record_id = w.id
    LEFT JOIN creation_intents i ON i.entity = ${name} AND i.record_id = w.id
    LEFT JOIN sync_outbox o ON o.entity = ${name} AND o.record_id = w.id`;
}

const ISO_INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** The row's field in JSON, in the format of `sync_state.base`; empty values are null. */
function fieldExpression(name: string, field: Exclude<SyncedField, RelationField>): string {
  const column = `t.${quote(name)}`;
  if (field.kind === 'timestamp' || field.kind === 'date') return dateExpression(name, field);
  if (field.kind === 'checkbox') return `to_jsonb(coalesce(${column}, false))`;
  return sqlType(field) === 'text' ? `to_jsonb(nullif(${column}, ''))` : `to_jsonb(${column})`;
}

function dateExpression(name: string, field: DateField | TimestampField): string {
  const format = (column: string): string =>
    field.kind === 'timestamp'
      ? `to_char(t.${quote(column)} AT TIME ZONE 'UTC', ${ISO_INSTANT})`
      : `to_char(t.${quote(column)}, 'YYYY-MM-DD')`;
  const time = field.kind === 'date' && field.timeColumn !== undefined ? ` || ${timeOfDay(field.timeColumn)}` : '';
  if (field.endColumn !== undefined) {
    const end = `coalesce('/' || ${format(field.endColumn)}, '')`;
    return `to_jsonb(nullif(coalesce(${format(name)}${time}, '') || ${end}, ''))`;
  }
  return field.kind === 'date' && time === '' ? `to_jsonb(t.${quote(name)})` : `to_jsonb(${format(name)}${time})`;
}

const timeOfDay = (column: string): string => `coalesce(to_char(t.${quote(column)}, '"T"HH24:MI:SS'), '')`;

function compareSidesStatement(entity: Entity): string {
  const links = new Map(linkExpressions(entity));
  const columns = syncedFields(entity).map(([name, field]) => {
    const isLink = field.kind === 'relation_one' || field.kind === 'relation_many';
    const row = isLink ? (links.get(name) ?? 'NULL') : fieldExpression(name, field);
    const base = `s.base -> ${literal(name)}`;
    const isList = field.kind === 'relation_many' || isListField(field);
    return isList ? [`nullif(${row}, '[]')`, `nullif(${base}, '[]')`] : [row, base];
  });
  return `WITH sides AS (
      SELECT coalesce(t.id, s.record_id) AS id,
        CASE WHEN t.id IS NOT NULL THEN jsonb_build_array(t.archived_at IS NOT NULL, ${columns.map(([row]) => row).join(', ')}) END AS sql,
        CASE WHEN s.record_id IS NOT NULL THEN jsonb_build_array(s.archived, ${columns.map(([, base]) => base).join(', ')}) END AS remote
      FROM (SELECT * FROM ${quote(entity.table)} t WHERE ${isOurs(entity)}) t
      FULL JOIN (SELECT * FROM sync_state WHERE entity = ${literal(entity.name)}) s ON s.record_id = t.id)
    SELECT count(*)::int AS records,
      coalesce(md5(string_agg(md5(id || remote::text), '' ORDER BY id) FILTER (WHERE sql = remote)), '') AS "equalHash",
      coalesce(array_agg(id ORDER BY id) FILTER (WHERE (sql = remote) IS NOT TRUE), '{}') AS differing
    FROM sides`;
}

/** The row that a page id belongs to, also while the row is deleted and about to be restored. */
const rowOf = (target: string, page: string): string =>
  `coalesce((SELECT r.id FROM ${quote(target)} r WHERE r.notion_page_id = ${page}), (SELECT s.record_id FROM sync_state s WHERE s.entity = ${literal(target)} AND s.page_id = ${page}))`;

function setPageStatement(entity: Entity): string {
  const { table, only } = entity;
  const values: [column: string, value: string][] = [
    [pageColumn(entity), 'x.page_id'],
    [editedColumn(entity), 'x.edited_at'],
    ...(only ? [[quote(only.column), literal(only.value)] as [string, string]] : []),
  ];
  const columns = values.map(([column]) => `t.${column}`).join(', ');
  return `UPDATE ${quote(table)} t SET ${values.map(([column, value]) => `${column} = ${value}`).join(', ')}
    FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, page_id text, edited_at timestamptz)
    WHERE t.id = x.id AND (${columns}) IS DISTINCT FROM (${values.map(([, value]) => value).join(', ')})`;
}

function upsertStatement(entity: Entity): string {
  const columns: { name: string; type: string; value: string }[] = syncedFields(entity).flatMap(([name, field]) => {
    if (field.kind === 'relation_one' || field.kind === 'relation_many') return [];
    const x = `x.${quote(name)}`;
    const column = { name, type: sqlType(field), value: x };
    if (field.kind === 'title') return [{ ...column, value: `coalesce(${x}, '')` }];
    if (field.kind === 'flag' || field.kind === 'checkbox') return [{ ...column, value: `coalesce(${x}, false)` }];
    if (isListField(field)) return [{ ...column, value: `coalesce(${x}, '{}')` }];
    if (field.kind === 'date' || field.kind === 'timestamp') {
      const more = (more: string | undefined, type: string) =>
        more === undefined ? [] : [{ name: more, type, value: `x.${quote(more)}` }];
      const time = field.kind === 'date' ? field.timeColumn : undefined;
      return [column, ...more(time, 'time'), ...more(field.endColumn, column.type)];
    }
    return [column];
  });
  const names = columns.map((column) => quote(column.name));
  const [page, edited] = [pageColumn(entity), editedColumn(entity)];
  const { only: kind } = entity;
  const target = quote(entity.table);
  const [onlyName, onlyValue] = kind ? [`, ${quote(kind.column)}`, `, ${literal(kind.value)}`] : ['', ''];
  // No ON CONFLICT: it checks an owner's NOT NULL columns, and runs INSERT triggers, for rows that exist.
  return `WITH excluded (id, ${page}, ${edited}, created_at, archived_at, ${names.join(', ')}${onlyName}) AS (
      SELECT x.id, x.page_id, x.edited_at, x.created_at, CASE WHEN x.archived THEN now() END, ${columns.map((column) => column.value).join(', ')}${onlyValue}
      FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, page_id text, edited_at timestamptz, created_at timestamptz, archived boolean,
        ${columns.map((column) => `${quote(column.name)} ${typeInJson(column.type)}`).join(', ')})),
    updated AS (
      UPDATE ${target} t SET ${page} = excluded.${page}, ${edited} = excluded.${edited},
        archived_at = CASE WHEN excluded.archived_at IS NOT NULL THEN coalesce(t.archived_at, excluded.archived_at) END,
        ${columns.map(assignment).join(', ')}${kind ? `, ${quote(kind.column)} = excluded.${quote(kind.column)}` : ''}
      FROM excluded WHERE t.id = excluded.id)
    INSERT INTO ${target} (id, ${page}, ${edited}, created_at, archived_at, ${names.join(', ')}${onlyName})
    SELECT * FROM excluded WHERE NOT EXISTS (SELECT FROM ${target} t WHERE t.id = excluded.id)`;
}

/** A cast from `double precision` to `numeric` drops digits; JSON has them all. */
const typeInJson = (type: string): string => (type === 'double precision' ? 'numeric' : type);

/** How the engine reads what PostgreSQL stores more exactly: times, an owner's `numeric`, NULL for an empty value. */
const AS_READ: Readonly<Record<string, (column: string) => string>> = {
  time: (column) => `date_trunc('second', ${column})::time`,
  timestamptz: (column) => `date_trunc('milliseconds', ${column})::timestamptz`,
  'double precision': (column) => `${column}::double precision`,
  boolean: (column) => `coalesce(${column}, false)`,
  'text[]': (column) => `coalesce(${column}, '{}')`,
};

/** A column that holds the same for the engine is left as it is. */
function assignment({ name, type }: { readonly name: string; readonly type: string }): string {
  const [column, asRead] = [quote(name), AS_READ[type]];
  if (!asRead) return `${column} = excluded.${column}`;
  const isSame = `${asRead(`t.${column}`)} = ${asRead(`excluded.${column}`)}`;
  return `${column} = CASE WHEN ${isSame} THEN t.${column} ELSE excluded.${column} END`;
}

function linksStatement(
  entity: Entity,
  field: string,
  { joinTable, joinColumns, to }: Extract<RelationField, { kind: 'relation_many' }>,
): string {
  const [own, other] = joinColumns.map(quote);
  const join = quote(joinTable);
  const [name, property] = [literal(entity.name), literal(field)];
  return `WITH x AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, pages jsonb)),
    wanted AS (SELECT x.id, p.page_id, ${rowOf(to, 'p.page_id')} AS other FROM x CROSS JOIN LATERAL jsonb_array_elements_text(x.pages) AS p(page_id)),
    gone AS (DELETE FROM ${join} j USING x WHERE j.${own} = x.id AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.id = j.${own} AND w.other = j.${other})),
    arrived AS (DELETE FROM pending_links p USING x WHERE p.entity = ${name} AND p.record_id = x.id AND p.field = ${property}
      AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.id = p.record_id AND w.page_id = p.page_id AND w.other IS NULL)),
    waiting AS (INSERT INTO pending_links (entity, record_id, field, page_id)
      SELECT ${name}, id, ${property}, page_id FROM wanted WHERE other IS NULL AND page_id NOT LIKE '${TEMPORARY_ID_PREFIX}%' ON CONFLICT DO NOTHING)
    INSERT INTO ${join} (${own}, ${other}) SELECT DISTINCT id, other FROM wanted WHERE other IS NOT NULL ON CONFLICT DO NOTHING`;
}

function linkStatement(entity: Entity, field: string, to: string): string {
  const [name, property, column] = [literal(entity.name), literal(field), quote(field)];
  return `WITH x AS (SELECT x.id, x.page, ${rowOf(to, 'x.page')} AS other FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, page text)),
    arrived AS (DELETE FROM pending_links p USING x WHERE p.entity = ${name} AND p.record_id = x.id AND p.field = ${property}
      AND (x.other IS NOT NULL OR x.page IS DISTINCT FROM p.page_id)),
    waiting AS (INSERT INTO pending_links (entity, record_id, field, page_id)
      SELECT ${name}, id, ${property}, page FROM x WHERE page IS NOT NULL AND other IS NULL AND page NOT LIKE '${TEMPORARY_ID_PREFIX}%' ON CONFLICT DO NOTHING)
    UPDATE ${quote(entity.table)} t SET ${column} = x.other FROM x WHERE t.id = x.id AND t.${column} IS DISTINCT FROM x.other`;
}

function computeStatement(entity: Entity): string | null {
  const columns = computedFields(entity).map(([name, field]) => ({
    name: quote(name),
    type: sqlType(field),
  }));
  if (columns.length === 0) return null;
  return `UPDATE ${quote(entity.table)} t SET ${columns.map(({ name }) => `${name} = x.${name}`).join(', ')}
    FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, ${columns.map(({ name, type }) => `${name} ${type}`).join(', ')}) WHERE t.id = x.id`;
}

function resolveLinksStatement(entity: Entity, field: string, relation: RelationField): string {
  const waiting = `p.entity = ${literal(entity.name)} AND p.field = ${literal(field)}`;
  if (relation.kind === 'relation_one') {
    const [table, column] = [quote(entity.table), `t.${quote(field)}`];
    // When another link has been set meanwhile, the pending one is obsolete.
    return `WITH own AS (SELECT t.* FROM ${table} t WHERE EXISTS (SELECT FROM pending_links p WHERE ${waiting} AND p.record_id = t.id) FOR UPDATE SKIP LOCKED),
      replaced AS (DELETE FROM pending_links p USING own t WHERE ${waiting} AND t.id = p.record_id AND ${column} IS NOT NULL),
      ready AS (DELETE FROM pending_links p USING own t, ${quote(relation.to)} r
        WHERE ${waiting} AND t.id = p.record_id AND ${column} IS NULL AND r.notion_page_id = p.page_id RETURNING p.record_id, r.id AS other)
      UPDATE ${table} t SET ${quote(field)} = ready.other FROM ready WHERE t.id = ready.record_id`;
  }
  const [own, other] = relation.joinColumns.map(quote);
  return `WITH ready AS (DELETE FROM pending_links p USING ${quote(relation.to)} r
      WHERE ${waiting} AND r.notion_page_id = p.page_id RETURNING p.record_id, r.id AS other)
    INSERT INTO ${quote(relation.joinTable)} (${own}, ${other}) SELECT record_id, other FROM ready ON CONFLICT DO NOTHING`;
}
