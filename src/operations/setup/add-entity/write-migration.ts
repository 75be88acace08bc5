import { literal } from '../../../database/entity-sql.ts';
import { type Entity, relationFields } from '../../../entities/define.ts';
import { indexName } from './column-names.ts';
import { columnsOf } from './columns.ts';

/** The SQL that creates an entity's tables, triggers and view, as the earlier migrations do. */
export function migrationOf(entity: Entity): string {
  const { table } = entity;
  const relations = relationFields(entity);
  const toOne = relations.flatMap(([name, { kind }]) => (kind === 'relation_one' ? [name] : []));
  const joins = relations.flatMap(([, field]) => (field.kind === 'relation_many' ? [field] : []));
  const groups = [
    [
      `CREATE TABLE ${table} (\n${columnsOf(entity)
        .map(({ name, sql }) => `  ${name} ${sql}`)
        .join(',\n')}\n)`,
      ...['notion_last_edited_at', 'sql_local_last_edited_at', ...toOne].map((column) => index(table, column)),
    ],
    ...joins.map(({ joinTable, joinColumns: [own, other] }) => [
      `CREATE TABLE ${joinTable} (\n  ${own} uuid NOT NULL,\n  ${other} uuid NOT NULL,\n  PRIMARY KEY (${own}, ${other})\n)`,
      index(joinTable, other),
    ]),
    [
      `CREATE TRIGGER stamp_edit BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION lockstep_stamp_edit()`,
      `CREATE TRIGGER note_edit AFTER INSERT OR UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION lockstep_note_edit()`,
      `CREATE TRIGGER note_truncate BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION lockstep_note_edit()`,
      ...joins.flatMap(({ joinTable, joinColumns: [own] }) => [
        `CREATE TRIGGER note_link AFTER INSERT OR UPDATE OR DELETE ON ${joinTable} FOR EACH ROW EXECUTE FUNCTION lockstep_note_link('${table}', '${own}')`,
        `CREATE TRIGGER note_truncate BEFORE TRUNCATE ON ${joinTable} FOR EACH STATEMENT EXECUTE FUNCTION lockstep_note_link('${table}', '${own}')`,
      ]),
    ],
    [`CREATE VIEW active_${table} AS SELECT * FROM ${table} WHERE ${isActive(entity)}`],
  ];
  return groups.map((statements) => statements.map((statement) => `${statement};\n`).join('')).join('\n');
}

const index = (table: string, column: string): string =>
  `CREATE INDEX ${indexName(table, column)} ON ${table} (${column})`;

function isActive({ archivedStatus, closedStatuses = [] }: Entity): string {
  const left = [...(archivedStatus === undefined ? [] : [archivedStatus]), ...closedStatuses];
  const [only, another] = left.map(literal);
  if (only === undefined) return 'archived_at IS NULL';
  if (another === undefined) return `archived_at IS NULL AND status IS DISTINCT FROM ${only}`;
  return `archived_at IS NULL AND coalesce(status, '') NOT IN (${left.map(literal).join(', ')})`;
}
