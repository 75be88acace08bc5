import type { ComputedType, Entity, Field } from '../../entities/define.ts';
import { addDatabase } from './databases.ts';
import { uuidFrom } from './ids.ts';
import { runsOf } from './rich-text.ts';
import { SchemaChange } from './schema.ts';
import type { Store } from './store.ts';

/** The id of the data source in an entity's database. */
export const dataSourceIdOf = (databaseId: string): string => uuidFrom(`data source of ${databaseId}`);

/**
 * Makes the databases of entities as their files declare them; one that is
 * there already stays as it is. Relations come last: they may lead in circles.
 * @throws Error when a relation leads to an entity that has no database
 */
export function addEntityDatabases(store: Store, entities: readonly Entity[], by: string, parentPageId: string): void {
  const fresh = entities.filter((entity) => !store.databases.has(entity.databaseId));
  for (const { databaseId, title, fields } of fresh) {
    addDatabase(
      store,
      {
        id: databaseId,
        dataSourceId: dataSourceIdOf(databaseId),
        parentPageId,
        title: runsOf(title),
        description: [],
        inline: false,
        icon: null,
        cover: null,
        properties: Object.fromEntries(
          Object.values(fields).flatMap((field) => {
            const config = ownConfig(field);
            return config ? [[field.property, config]] : [];
          }),
        ),
      },
      by,
    );
  }
  for (const entity of fresh) addRelations(store, entity, entities);
}

function addRelations(store: Store, entity: Entity, entities: readonly Entity[]): void {
  const change = new SchemaChange(store);
  for (const field of Object.values(entity.fields)) {
    if (field.kind !== 'relation_one' && field.kind !== 'relation_many') continue;
    const target = entities.find(({ name }) => name === field.to);
    if (!target) throw new Error(`${entity.name} relates to ${field.to}: make both databases at once`);
    const relation = {
      data_source_id: dataSourceIdOf(target.databaseId),
      ...(field.dual === undefined ? { single_property: {} } : { dual_property: { synced_property_name: field.dual } }),
    };
    change.obey(dataSourceIdOf(entity.databaseId), { [field.property]: { relation } }, entity.name);
  }
  store.commit(...change.puts());
}

/** Where Notion computes a value, a person of this workspace says it. */
const STAND_INS: Readonly<Record<ComputedType, object>> = {
  text: { rich_text: {} },
  number: { number: {} },
  boolean: { checkbox: {} },
  timestamp: { date: {} },
  date: { date: {} },
};

/** What a field's property looks like in a create request; relations and back-links come later, and some fields have none. */
function ownConfig(field: Field): object | null {
  switch (field.kind) {
    case 'select':
      return { select: { options: field.options.map((name) => ({ name })) } };
    case 'timestamp':
      return { date: {} };
    case 'computed':
      return STAND_INS[field.as];
    case 'title':
    case 'rich_text':
    case 'number':
    case 'date':
    case 'url':
    case 'email':
    case 'phone_number':
      return { [field.kind]: {} };
    default:
      return null;
  }
}
