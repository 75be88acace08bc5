import { literal } from '../../database/entity-sql.ts';
import type { Entity, Field, ToManyField } from '../../entities/define.ts';
import { indexedColumns, indexName } from './create-table.ts';
import type { Change, FoundTable, FoundTables } from './plan-tables.ts';

export interface RenamePlan {
  readonly statements: readonly string[];
  readonly refused: readonly string[];
  readonly changes: readonly Change[];
  /** The tables as they are after the statements. */
  readonly tables: FoundTables;
}

/** What the database knows by name, besides its tables. */
export interface Remembered {
  /** The entity in the definition that the database was migrated to. */
  readonly before: Entity | undefined;
  /** The fields that Lockstep remembers of each entity. */
  readonly fields: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * Plans the renames of an entity: its table, its columns, its join tables, and all that Lockstep remembers by their names.
 * A rename whose old name is not there was done before.
 */
export function planRenames(entity: Entity, tables: FoundTables, remembered: Remembered): RenamePlan {
  const plan = new Renames(entity, tables, remembered);
  plan.renameEntity();
  for (const [name, field] of Object.entries(entity.fields)) plan.renameField(name, field);
  return plan;
}

class Renames implements RenamePlan {
  readonly statements: string[] = [];
  readonly refused: string[] = [];
  readonly changes: Change[] = [];
  readonly tables: Map<string, FoundTable>;
  readonly #entity: Entity;
  readonly #before: Entity | undefined;
  readonly #fields: ReadonlySet<string>;
  readonly #isRemembered: boolean;

  constructor(entity: Entity, tables: FoundTables, { before, fields }: Remembered) {
    this.tables = new Map(tables);
    this.#entity = entity;
    this.#before = before;
    const old = fields.get(entity.renamedFrom ?? entity.name);
    this.#isRemembered = old !== undefined;
    this.#fields = old ?? fields.get(entity.name) ?? new Set();
  }

  renameEntity(): void {
    const { name, table, renamedFrom: old } = this.#entity;
    if (old === undefined) return;
    const found = this.tables.get(old);
    if (found && this.tables.has(table)) {
      this.refused.push(
        `the tables ${old} and ${table} both exist, and ${name} is renamed from ${old}: rename or drop one of them, or remove renamedFrom`,
      );
      return;
    }
    if (found && !found.triggers.has('note_edit')) {
      this.refused.push(`${old} is not a table of an entity: ALTER TABLE ${old} RENAME TO ${table}`);
      return;
    }
    if (found) this.#renameTable(old, table, this.#indexedColumns());
    // A table that was renamed by hand leaves its entity's old name.
    if (found || this.#isRemembered) {
      this.statements.push(`SELECT lockstep_rename_entity(${literal(old)}, ${literal(name)})`);
    }
  }

  /** Under their old and their new names. */
  #indexedColumns(): readonly string[] {
    const now = indexedColumns(this.#entity);
    const old = now.flatMap((column) => this.#entity.fields[column]?.renamedFrom ?? []);
    return [...new Set([...now, ...old, ...(this.#before ? indexedColumns(this.#before) : [])])];
  }

  renameField(name: string, field: Field): void {
    const old = field.renamedFrom;
    const before = this.#before?.fields[name] ?? this.#before?.fields[old ?? ''];
    let isRenamed = false;
    if (old !== undefined) isRenamed = this.#renameColumn(this.#entity.table, old, name, { isAsked: true });
    for (const [from, to] of companionColumns(before, field)) this.#renameColumn(this.#entity.table, from, to);
    if (before?.kind === 'relation_many' && field.kind === 'relation_many') this.#renameJoin(before, field);
    if (old === undefined || !(isRenamed || this.#fields.has(old))) return;
    this.changes.push({ kind: 'renamed', what: `${old} to ${name}` });
    this.statements.push(`SELECT lockstep_rename_field(${[this.#entity.name, old, name].map(literal).join(', ')})`);
  }

  #renameJoin(before: ToManyField, { joinTable, joinColumns }: ToManyField): void {
    if (before.joinTable !== joinTable && this.tables.has(before.joinTable)) {
      if (this.tables.has(joinTable)) {
        this.refused.push(
          `the tables ${before.joinTable} and ${joinTable} both exist: rename or drop one of them, so that no link is lost`,
        );
        return;
      }
      this.#renameTable(before.joinTable, joinTable, [before.joinColumns[1]]);
    }
    for (const [index, to] of joinColumns.entries()) {
      const from = before.joinColumns[index];
      if (from !== undefined && from !== to) this.#renameColumn(joinTable, from, to);
    }
  }

  /** @param indexed the columns that have indexes of Lockstep's */
  #renameTable(old: string, table: string, indexed: readonly string[]): void {
    const found = this.tables.get(old);
    if (!found) return;
    this.statements.push(`ALTER TABLE ${old} RENAME TO ${table}`);
    const own = new Map([
      ...['pkey', 'notion_page_id_key'].map((suffix) => [`${old}_${suffix}`, `${table}_${suffix}`] as const),
      ...indexed.map((column) => [indexName(old, column), indexName(table, column)] as const),
    ]);
    const indexes = new Set<string>();
    for (const index of found.indexes) {
      const renamed = own.get(index);
      if (renamed !== undefined) this.statements.push(`ALTER INDEX ${index} RENAME TO ${renamed}`);
      indexes.add(renamed ?? index);
    }
    if (found.viewColumns?.has('notion_page_id'))
      this.statements.push(`ALTER VIEW active_${old} RENAME TO active_${table}`);
    this.changes.push({ kind: 'renamed', what: `table ${old} to ${table}` });
    this.tables.delete(old);
    this.tables.set(table, { ...found, indexes });
  }

  /** @returns whether the column is renamed now */
  #renameColumn(table: string, old: string, name: string, { isAsked = false } = {}): boolean {
    const found = this.tables.get(table);
    const type = found?.columns.get(old);
    if (!found) return false;
    if (type === undefined) {
      // Renamed by hand: a view has column names of its own.
      const isStale = found.viewColumns?.has(old) && found.columns.has(name) && !found.viewColumns.has(name);
      if (isStale) this.statements.push(renameInView(table, old, name));
      return false;
    }
    if (found.columns.has(name)) {
      if (isAsked) {
        this.refused.push(
          `${table} has the columns ${old} and ${name}, and ${name} is renamed from ${old}: rename or drop one of them, or remove renamedFrom`,
        );
      }
      return false;
    }
    this.statements.push(`ALTER TABLE ${table} RENAME COLUMN ${old} TO ${name}`);
    const index = indexName(table, old);
    if (found.indexes.has(index)) this.statements.push(`ALTER INDEX ${index} RENAME TO ${indexName(table, name)}`);
    if (found.viewColumns?.has(old)) this.statements.push(renameInView(table, old, name));
    const renamed = (one: string, from: string, to: string): string => (one === from ? to : one);
    this.tables.set(table, {
      ...found,
      columns: new Map([...found.columns].map(([column, ofType]) => [renamed(column, old, name), ofType])),
      indexes: new Set([...found.indexes].map((one) => renamed(one, index, indexName(table, name)))),
      viewColumns: found.viewColumns && new Set([...found.viewColumns].map((one) => renamed(one, old, name))),
    });
    return true;
  }
}

const renameInView = (table: string, old: string, name: string): string =>
  `ALTER VIEW active_${table} RENAME COLUMN ${old} TO ${name}`;

/** The columns of a date besides its own, where both definitions have one: from, to. */
function companionColumns(before: Field | undefined, field: Field): readonly (readonly [string, string])[] {
  const pairs = [
    [timeColumn(before), timeColumn(field)],
    [endColumn(before), endColumn(field)],
  ] as const;
  return pairs.flatMap(([from, to]) => (from !== undefined && to !== undefined && from !== to ? [[from, to]] : []));
}

const timeColumn = (field: Field | undefined) => (field?.kind === 'date' ? field.timeColumn : undefined);
const endColumn = (field: Field | undefined) =>
  field?.kind === 'date' || field?.kind === 'timestamp' ? field.endColumn : undefined;
