import { isActive } from '../../database/is-active.ts';
import { type Entity, joinsOf, remoteColumns } from '../../entities/define.ts';
import { TEMPORARY_ID_PREFIX } from '../../sync/temporary-id.ts';
import { type Column, columnsOf } from './columns.ts';
import {
  createIndex,
  createJoinTable,
  createTable,
  createView,
  indexedColumns,
  indexName,
  linkTriggers,
  REFUSE_EDIT,
  type Trigger,
  triggersOn,
} from './create-table.ts';

/** What a table of the database has. */
export interface FoundTable {
  /** The types of its columns, as `format_type` writes them. */
  readonly columns: ReadonlyMap<string, string>;
  /** The arguments of each trigger. */
  readonly triggers: ReadonlyMap<string, readonly string[]>;
  readonly indexes: ReadonlySet<string>;
  /** `id` alone is its primary key, or unique. */
  readonly hasUniqueId: boolean;
  /** The columns of `active_<table>`; null if there is none. */
  readonly viewColumns: ReadonlySet<string> | null;
}

export type FoundTables = ReadonlyMap<string, FoundTable>;

/** What a definition changes, in words for the owner. */
export interface Change {
  readonly kind: 'added' | 'renamed' | 'no longer synced';
  readonly what: string;
}

export interface TablePlan {
  /** What the entity needs and the database lacks, in order. */
  readonly statements: readonly string[];
  /** What cannot be done without a decision of the owner, one line each, with the SQL to run. */
  readonly refused: readonly string[];
  readonly changes: readonly Change[];
}

/** The types that may hold what the definition asks for: a table of the owner has its own. */
const SAME_AS: Readonly<Record<string, RegExp>> = {
  text: /^(?:text|citext|character varying.*)$/,
  'double precision': /^(?:double precision|real|numeric.*|smallint|integer|bigint)$/,
  time: /^time(?:\(\d\))? without time zone$/,
  timestamptz: /^timestamp(?:\(\d\))? with time zone$/,
};

/**
 * Plans what the tables of an entity need. Nothing is dropped, and no type is changed.
 * @param before the entity in the definition that the database was migrated to
 */
export function planTables(entity: Entity, found: FoundTables, before?: Entity): TablePlan {
  const table = found.get(entity.table);
  const { statements, refused, changes } = table ? planExisting(entity, table, before) : planNew(entity);
  const joins = joinsOf(entity);
  const ofJoins = joins.flatMap((join) => {
    const joined = found.get(join.joinTable);
    return [...(joined ? [] : createJoinTable(join)), ...neededTriggers(linkTriggers(entity.table, join), joined)];
  });
  const newJoins = joins.filter(({ joinTable }) => !found.has(joinTable));
  return {
    statements: [...statements, ...ofJoins],
    refused,
    changes: [...changes, ...newJoins.map(({ joinTable }) => added(`table ${joinTable}`))],
  };
}

const added = (what: string): Change => ({ kind: 'added', what });

/** Statements as a file. */
export const toScript = (statements: readonly string[]): string => `${statements.join(';\n\n')};\n`;

/** The SQL that creates what an entity needs, in a database that has nothing of it. */
export const migrationOf = (entity: Entity): string => toScript(planTables(entity, new Map()).statements);

const planNew = (entity: Entity): TablePlan => ({
  statements: [
    createTable(entity),
    ...indexedColumns(entity).map((column) => createIndex(entity.table, column)),
    ...triggersOn(entity).map(({ sql }) => sql),
    createView(entity),
  ],
  refused: [],
  changes: [added(`table ${entity.table}`)],
});

/** A table of an earlier definition, or one of the owner's, whose rows get pages. */
function planExisting(entity: Entity, found: FoundTable, before: Entity | undefined): TablePlan {
  const { table } = entity;
  const missing = columnsOf(entity).filter(({ name }) => !found.columns.has(name));
  const refused = columnsOf(entity).flatMap((column) => findRefusal(entity, column, found));
  if (found.columns.has('id') && !found.hasUniqueId)
    refused.push(`${table}.id is not unique: ALTER TABLE ${table} ALTER COLUMN id SET NOT NULL, ADD UNIQUE (id)`);
  if (missing.some(({ name }) => name === 'id'))
    return { statements: [], refused: [`${table} has no column id: ${addId(table)}`], changes: [] };
  return {
    statements: [
      ...missing.flatMap((column) => addColumn(entity, column)),
      ...indexedColumns(entity)
        .filter((column) => !found.indexes.has(indexName(table, column)))
        .map((column) => createIndex(table, column)),
      ...planTriggers(entity, found, before),
      ...planView(entity, found, missing.length > 0 || (before !== undefined && isActive(before) !== isActive(entity))),
    ],
    refused,
    changes: missing.map(({ name, sql }) =>
      added(`column ${name} (${sql.replace(/ (?:NOT NULL|DEFAULT|UNIQUE).*/, '')})`),
    ),
  };
}

/** A trigger that refuses edits goes with the last computed column. */
function planTriggers(entity: Entity, found: FoundTable, before: Entity | undefined): readonly string[] {
  const triggers = triggersOn(entity, ignoredColumns(entity, found, before));
  const isLeft = found.triggers.has(REFUSE_EDIT) && triggers.every(({ name }) => name !== REFUSE_EDIT);
  return [...(isLeft ? [`DROP TRIGGER ${REFUSE_EDIT} ON ${entity.table}`] : []), ...neededTriggers(triggers, found)];
}

/** The columns of fields that an earlier definition had: their edits are not recorded. Those of the owner's own columns are. */
function ignoredColumns(entity: Entity, found: FoundTable, before: Entity | undefined): readonly string[] {
  const synced = new Set(columnsOf(entity).map(({ name }) => name));
  const earlier = [
    ...(found.triggers.get('note_edit') ?? []),
    ...(before ? columnsOf(before) : []).map(({ name }) => name),
  ];
  return [...new Set(earlier)].filter((name) => found.columns.has(name) && !synced.has(name)).sort();
}

/** A view keeps the columns that its table had. One of the owner's with this name stays as it is. */
function planView(entity: Entity, { viewColumns, columns }: FoundTable, isOther: boolean): readonly string[] {
  if (!viewColumns) return [createView(entity)];
  const isOurs = columns.has(remoteColumns(entity).id);
  return isOurs && isOther ? [createView(entity).replace('CREATE VIEW', 'CREATE OR REPLACE VIEW')] : [];
}

/** The rows of a table that is adopted have no pages yet: temporary ids say so. */
function addColumn(entity: Entity, { name, sql }: Column): readonly string[] {
  const { table } = entity;
  if (name !== remoteColumns(entity).id) return [`ALTER TABLE ${table} ADD COLUMN ${name} ${sql}`];
  return [
    `ALTER TABLE ${table} ADD COLUMN ${name} text`,
    `UPDATE ${table} SET ${name} = '${TEMPORARY_ID_PREFIX}' || id`,
    `ALTER TABLE ${table} ALTER COLUMN ${name} SET NOT NULL, ADD UNIQUE (${name})`,
  ];
}

/** What the owner is to run works whatever key the table has. */
const addId = (table: string): string =>
  `ALTER TABLE ${table} ADD COLUMN id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid()`;

function findRefusal({ table }: Entity, { name, sql }: Column, found: FoundTable): readonly string[] {
  const [wanted = sql] = /^(?:double precision|\w+(?:\[\])?)/.exec(sql) ?? [];
  const type = found.columns.get(name);
  const isSame = type === undefined || type === wanted || SAME_AS[wanted]?.test(type);
  if (isSame) return [];
  const why = `${table}.${name} is ${type}, and the definition needs ${wanted}`;
  if (name === 'id') return [`${why}: ALTER TABLE ${table} RENAME COLUMN id TO ${table}_id; ${addId(table)}`];
  // PostgreSQL changes no column of a view. Without it, it is created again.
  const dropView = found.viewColumns?.has(name) ? `DROP VIEW IF EXISTS active_${table}; ` : '';
  return [`${why}: ${dropView}ALTER TABLE ${table} ${changeType(name, type, { wanted, sql })}`];
}

/** A default that belongs to the earlier type is not cast, and flags and lists are never null. */
function changeType(name: string, type: string, { wanted, sql }: { wanted: string; sql: string }): string {
  const [, fallback] = /DEFAULT (.+)$/.exec(sql) ?? [];
  const isRequired = type === 'boolean' || type.endsWith('[]');
  return [
    ...(isRequired || wanted !== 'text' ? ['DROP DEFAULT'] : []),
    ...(isRequired && !sql.includes('NOT NULL') ? ['DROP NOT NULL'] : []),
    `TYPE ${wanted} USING ${castTo(name, type, wanted)}`,
    ...(fallback === undefined ? [] : [`SET DEFAULT ${fallback}`]),
  ]
    .map((change) => `ALTER COLUMN ${name} ${change}`)
    .join(', ');
}

function castTo(name: string, type: string, wanted: string): string {
  if (wanted.endsWith('[]')) return `array_remove(ARRAY[nullif(${name}::text, '')], NULL)`;
  return type.endsWith('[]') ? `array_to_string(${name}, ', ')` : `${name}::${wanted}`;
}

/** Creates the triggers that are missing, and those that have other arguments again. */
const neededTriggers = (triggers: readonly Trigger[], found: FoundTable | undefined): readonly string[] =>
  triggers.flatMap(({ name, table, args, sql }) => {
    const foundArgs = found?.triggers.get(name);
    if (foundArgs === undefined) return [sql];
    const isSame = foundArgs.length === args.length && foundArgs.every((arg, index) => arg === args[index]);
    return isSame ? [] : [`DROP TRIGGER ${name} ON ${table}`, sql];
  });
