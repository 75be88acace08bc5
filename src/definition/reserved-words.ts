const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Keywords that need quotes as a column or table name in PostgreSQL: `pg_get_keywords()`, catcodes R and T. */
export const SQL_WORDS = words(`
  all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column
  concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from
  full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime
  localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning
  right select session_user similar some symmetric system_user table tablesample then to trailing true union unique user
  using variadic verbose when where window with`);

/** System columns of every table in PostgreSQL. */
export const SYSTEM_COLUMNS = words('tableoid xmin cmin xmax cmax ctid');

/** Columns that every table has besides those of its fields. */
export const COMMON_COLUMNS: ReadonlySet<string> = new Set([
  ...['id', 'notion_page_id', 'notion_last_edited_at', 'sql_local_last_edited_at'],
  ...['created_at', 'updated_at', 'archived_at'],
]);

/** Every object of JavaScript has a `constructor`, so no entity and no field can. */
export const isReservedWord = (name: string): boolean =>
  SQL_WORDS.has(name) || SYSTEM_COLUMNS.has(name) || name === 'constructor';

/** Names of tables with these prefixes are Lockstep's own. */
const RESERVED_PREFIX = /^(active|calendar|lockstep|sync|pg)_/;

/** Lockstep's own tables without such a prefix, and what the syncs of the PARA folders are called. */
const RESERVED_TABLES = words(`
  analysed_notes creation_intents distributed_notes enrichments gmail_labels health_findings note_ideas oauth_tokens
  para_folders pending_links push_channels record_files request_budget task_events tool_deliveries tool_serials
  areas resources`);

/** Whether a table, and with it an entity, cannot have this name. */
export const isReservedTable = (name: string): boolean => RESERVED_PREFIX.test(name) || RESERVED_TABLES.has(name);

/** PostgreSQL truncates longer names; the names of indexes and triggers are derived from these. */
export const MAX_NAME_LENGTH = 40;

export const SNAKE_CASE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
