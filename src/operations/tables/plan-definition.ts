import { type Database, sql } from '../../database/client.ts';
import { type Entity, type Field, tablesOf } from '../../entities/define.ts';
import { isBuiltIn } from '../../entities/index.ts';
import { planRenames } from './plan-renames.ts';
import { type Change, type FoundTables, planTables, type TablePlan } from './plan-tables.ts';
import { readKnownFields, readTables } from './read-tables.ts';

/** What a definition does to one entity. */
export interface EntityPlan extends TablePlan {
  readonly entity: string;
}

/** The entities of the definition that the database was migrated to; none if it is not known. @throws as `databaseError` */
export async function readEarlierEntities(database: Database): Promise<readonly Entity[]> {
  const [found] = await database.query<{ entities: readonly Entity[] | null }>(
    sql`SELECT entities FROM sync_definition`,
  );
  return found?.entities ?? [];
}

/** Plans what the tables of the owner's entities need, one entity after another. @throws as `databaseError` */
export async function planDefinition(
  database: Database,
  entities: readonly Entity[],
  earlier: readonly Entity[],
): Promise<readonly EntityPlan[]> {
  const own = entities.filter(({ name }) => !isBuiltIn(name));
  const beforeOf = ({ name, renamedFrom }: Entity): Entity | undefined =>
    earlier.find((one) => one.name === name) ?? earlier.find((one) => one.name === renamedFrom);
  const known = [...own, ...own.flatMap((entity) => beforeOf(entity) ?? [])];
  const names = new Set(known.flatMap((entity) => [...tablesOf(entity), entity.renamedFrom ?? entity.table]));
  let tables: FoundTables = await readTables(database, [...names]);
  const fields = await readKnownFields(database);
  const plans: EntityPlan[] = [];
  for (const entity of own) {
    const before = beforeOf(entity);
    const renames = planRenames(entity, tables, { before, fields });
    tables = renames.tables;
    const additions = planTables(entity, tables, before);
    plans.push({
      entity: entity.name,
      statements: [...renames.statements, ...additions.statements],
      refused: [...renames.refused, ...additions.refused],
      changes: [...renames.changes, ...additions.changes, ...removedFields(entity, before)],
    });
  }
  return [...plans, ...removedEntities(entities, earlier)];
}

/** Plans what the tables of the owner's entities lack, where no earlier definition is remembered. @throws as `databaseError` */
export async function planAdditions(database: Database, entities: readonly Entity[]): Promise<readonly EntityPlan[]> {
  const own = entities.filter(({ name }) => !isBuiltIn(name));
  const tables = await readTables(database, own.flatMap(tablesOf));
  return own.map((entity) => ({ entity: entity.name, ...planTables(entity, tables) }));
}

const noLongerSynced = (what: string): Change => ({ kind: 'no longer synced', what });

function removedFields({ fields }: Entity, before: Entity | undefined): readonly Change[] {
  const kept = new Set(Object.entries(fields).flatMap(([name, { renamedFrom }]) => [name, renamedFrom ?? name]));
  return Object.entries(before?.fields ?? {}).flatMap(([name, field]) =>
    kept.has(name) ? [] : removedField(name, field),
  );
}

function removedField(name: string, field: Field): readonly Change[] {
  if (field.kind === 'back_link') return [];
  const rest = field.kind === 'relation_many' ? `table ${field.joinTable}` : 'column';
  return [noLongerSynced(`${name}; its ${rest} stays, and its edits are not recorded`)];
}

function removedEntities(entities: readonly Entity[], earlier: readonly Entity[]): readonly EntityPlan[] {
  const kept = new Set(entities.flatMap(({ name, renamedFrom }) => [name, renamedFrom ?? name]));
  const removed = earlier.filter(({ name }) => !kept.has(name));
  return removed.map(({ name, table }) => ({
    ...{ entity: name, statements: [], refused: [] },
    changes: [noLongerSynced(`${name}; the table ${table} stays`)],
  }));
}
