import { literal } from '../../database/entity-sql.ts';
import { isActive } from '../../database/is-active.ts';
import { computedFields, type Entity, relationFields, type ToManyField } from '../../entities/define.ts';
import { columnsOf } from './columns.ts';

export const createTable = (entity: Entity): string => {
  const columns = columnsOf(entity).map(({ name, sql }) => `  ${name} ${sql}`);
  return `CREATE TABLE ${entity.table} (\n${columns.join(',\n')}\n)`;
};

/** The columns that the sync or its users search by. */
export const indexedColumns = (entity: Entity): readonly string[] => [
  ...['notion_last_edited_at', 'sql_local_last_edited_at'],
  ...relationFields(entity).flatMap(([name, { kind }]) => (kind === 'relation_one' ? [name] : [])),
];

export const createIndex = (table: string, column: string): string =>
  `CREATE INDEX ${indexName(table, column)} ON ${table} (${column})`;

export const createJoinTable = ({ joinTable, joinColumns: [own, other] }: ToManyField): readonly string[] => [
  `CREATE TABLE ${joinTable} (\n  ${own} uuid NOT NULL,\n  ${other} uuid NOT NULL,\n  PRIMARY KEY (${own}, ${other})\n)`,
  createIndex(joinTable, other),
];

export interface Trigger {
  readonly name: string;
  readonly table: string;
  /** The arguments of its function. */
  readonly args: readonly string[];
  readonly sql: string;
}

const trigger = (name: string, when: string, table: string, each: string, call: string, args: readonly string[]) => ({
  ...{ name, table, args },
  sql: `CREATE TRIGGER ${name} ${when} ON ${table} FOR EACH ${each} EXECUTE FUNCTION ${call}(${args.map(literal).join(', ')})`,
});

/** The trigger that refuses edits of computed columns. */
export const REFUSE_EDIT = 'refuse_edit';

/** @param ignored columns whose edits are not recorded */
export const triggersOn = (entity: Entity, ignored: readonly string[] = []): readonly Trigger[] => [
  ...editTriggers(entity.table, ignored),
  ...refuseTrigger(entity),
];

/** Those of the table of events. */
export const eventTriggers = (table: string): readonly Trigger[] => editTriggers(table, [], 'event');

const editTriggers = (
  table: string,
  ignored: readonly string[],
  kind: 'edit' | 'event' = 'edit',
): readonly Trigger[] => [
  trigger('stamp_edit', 'BEFORE INSERT OR UPDATE', table, 'ROW', `lockstep_stamp_${kind}`, ignored),
  trigger('note_edit', 'AFTER INSERT OR UPDATE OR DELETE', table, 'ROW', `lockstep_note_${kind}`, ignored),
  trigger('note_truncate', 'BEFORE TRUNCATE', table, 'STATEMENT', `lockstep_note_${kind}`, []),
];

function refuseTrigger(entity: Entity): readonly Trigger[] {
  const columns = computedFields(entity).map(([name]) => name);
  if (columns.length === 0) return [];
  return [trigger(REFUSE_EDIT, 'BEFORE UPDATE', entity.table, 'ROW', 'lockstep_refuse_edit', columns)];
}

export function linkTriggers(table: string, { joinTable, joinColumns: [own] }: ToManyField): readonly Trigger[] {
  const args = [table, own];
  return [
    trigger('note_link', 'AFTER INSERT OR UPDATE OR DELETE', joinTable, 'ROW', 'lockstep_note_link', args),
    trigger('note_truncate', 'BEFORE TRUNCATE', joinTable, 'STATEMENT', 'lockstep_note_link', args),
  ];
}

/** The records that are neither archived nor closed. */
export const createView = (entity: Entity): string =>
  `CREATE VIEW active_${entity.table} AS SELECT * FROM ${entity.table} WHERE ${isActive(entity)}`;

const MAX_NAME_LENGTH = 63;
const INDEX = '_idx';

/** The same name as Prisma's: if it is too long, the part before the suffix is truncated. */
export const indexName = (table: string, column: string): string =>
  `${`${table}_${column}`.slice(0, MAX_NAME_LENGTH - INDEX.length)}${INDEX}`;
