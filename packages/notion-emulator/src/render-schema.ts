import type { DataSource, Option, Property, RollupConfig } from './model.ts';
import type { PropertyConfigResponse } from './notion-types.ts';
import type { Store } from './store.ts';

/** @param source the data source with the property */
export function renderPropertyConfig(property: Property, source: DataSource, store: Store): PropertyConfigResponse {
  const { config, name, description } = property;
  const common = { id: encodeURIComponent(property.id), name, description };
  const options = 'options' in config ? config.options.map((option) => ({ ...option })) : [];
  switch (config.type) {
    case 'number':
      return { ...common, type: 'number', number: { format: config.format } };
    case 'select':
      return { ...common, type: 'select', select: { options } };
    case 'multi_select':
      return { ...common, type: 'multi_select', multi_select: { options } };
    case 'status':
      return { ...common, type: 'status', status: { options, groups: renderStatusGroups(options) } };
    case 'relation':
      return {
        ...common,
        type: 'relation',
        relation: renderRelationConfig(config.dataSourceId, config.counterpart, store),
      };
    case 'title':
      return { ...common, type: 'title', title: {} };
    case 'rich_text':
      return { ...common, type: 'rich_text', rich_text: {} };
    case 'checkbox':
      return { ...common, type: 'checkbox', checkbox: {} };
    case 'date':
      return { ...common, type: 'date', date: {} };
    case 'people':
      return { ...common, type: 'people', people: {} };
    case 'files':
      return { ...common, type: 'files', files: {} };
    case 'url':
      return { ...common, type: 'url', url: {} };
    case 'email':
      return { ...common, type: 'email', email: {} };
    case 'phone_number':
      return { ...common, type: 'phone_number', phone_number: {} };
    case 'created_time':
      return { ...common, type: 'created_time', created_time: {} };
    case 'created_by':
      return { ...common, type: 'created_by', created_by: {} };
    case 'last_edited_time':
      return { ...common, type: 'last_edited_time', last_edited_time: {} };
    case 'last_edited_by':
      return { ...common, type: 'last_edited_by', last_edited_by: {} };
    case 'button':
    case 'place':
    case 'verification':
      // Recorded, but not in the client's types.
      return { ...common, type: config.type, [config.type]: {} } as unknown as PropertyConfigResponse;
    case 'unique_id':
      return { ...common, type: 'unique_id', unique_id: { prefix: config.prefix } };
    case 'formula':
      return { ...common, type: 'formula', formula: { expression: config.expression } };
    case 'rollup':
      return { ...common, type: 'rollup', rollup: renderRollupConfig(config, source, store) };
  }
}

type RollupConfigResponse = Extract<PropertyConfigResponse, { type: 'rollup' }>['rollup'];

/** As recorded, the ids are not encoded here. A name is empty when its property is gone. */
function renderRollupConfig(config: RollupConfig, source: DataSource, store: Store): RollupConfigResponse {
  const relation = source.properties.find(({ id }) => id === config.relation);
  const related =
    relation?.config.type === 'relation' ? store.dataSources.get(relation.config.dataSourceId) : undefined;
  const target = related?.properties.find(({ id }) => id === config.target);
  return {
    relation_property_name: relation?.name ?? '',
    relation_property_id: config.relation,
    rollup_property_name: target?.name ?? '',
    rollup_property_id: config.target,
    function: config.function,
  };
}

type RelationConfigResponse = Extract<PropertyConfigResponse, { type: 'relation' }>['relation'];

function renderRelationConfig(dataSourceId: string, counterpart: string | null, store: Store): RelationConfigResponse {
  const target = store.dataSources.get(dataSourceId);
  const where = { database_id: target?.databaseId ?? '', data_source_id: dataSourceId };
  const other = target?.properties.find((property) => property.id === counterpart);
  if (!other) return { ...where, type: 'single_property', single_property: {} };
  const dual = { synced_property_id: encodeURIComponent(other.id), synced_property_name: other.name };
  return { ...where, type: 'dual_property', dual_property: dual };
}

/** All options are in the first group, because only Notion's own app can move them. */
const renderStatusGroups = (options: readonly Option[]) =>
  (['To-do', 'In progress', 'Complete'] as const).map((name, index) => ({
    id: `group-${index}`,
    name,
    color: (['gray', 'blue', 'green'] as const)[index] ?? ('gray' as const),
    option_ids: index === 0 ? options.map((option) => option.id) : [],
  }));
