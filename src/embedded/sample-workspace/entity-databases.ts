import { createDatabases, type DatabaseDefinition, dataSourceIdOf, type Workspace } from 'notion-emulator';
import type { ComputedType, Entity, Field } from '../../entities/define.ts';

/**
 * Creates the databases that entities declare; an existing one is not changed.
 * @throws Error when a relation leads to an entity that has no database
 */
export const createEntityDatabases = (workspace: Workspace, entities: readonly Entity[]): void =>
  createDatabases(
    workspace,
    entities.map((entity) => databaseOf(entity, entities)),
  );

const databaseOf = (entity: Entity, entities: readonly Entity[]): DatabaseDefinition => ({
  id: entity.databaseId,
  title: entity.title,
  properties: Object.fromEntries(
    Object.values(entity.fields).flatMap((field) => {
      const config = propertyConfig(field, entity, entities);
      return config ? [[field.property, config]] : [];
    }),
  ),
});

/** A property that can be edited, in place of one that Notion computes. */
const STAND_INS: Readonly<Record<ComputedType, object>> = {
  text: { rich_text: {} },
  number: { number: {} },
  boolean: { checkbox: {} },
  timestamp: { date: {} },
  date: { date: {} },
};

/** The property of a field in a create request; null for back-links and a few other kinds. */
function propertyConfig(field: Field, entity: Entity, entities: readonly Entity[]): object | null {
  switch (field.kind) {
    case 'relation_one':
    case 'relation_many': {
      const target = entities.find(({ name }) => name === field.to);
      if (!target) throw new Error(`${entity.name} relates to ${field.to}: create both databases at once`);
      const direction =
        field.dual === undefined ? { single_property: {} } : { dual_property: { synced_property_name: field.dual } };
      return { relation: { data_source_id: dataSourceIdOf(target.databaseId), ...direction } };
    }
    case 'select':
    case 'multi_select':
      return { [field.kind]: { options: field.options.map((name) => ({ name })) } };
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
    case 'checkbox':
    case 'people':
    case 'files':
    case 'place':
    case 'verification':
      return { [field.kind]: {} };
    default:
      return null;
  }
}
