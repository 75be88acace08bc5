import { invalid } from './api-error.ts';
import { choice, type JsonObject, object, text } from './expect.ts';
import { findProperty } from './find-property.ts';
import { acceptExpression } from './formulas.ts';
import type { DataSource, Property, PropertyConfig, RollupConfig } from './model.ts';
import { ROLLUP_FUNCTIONS } from './rollups.ts';

type ConfigOf<T extends PropertyConfig['type']> = Extract<PropertyConfig, { type: T }>;

/**
 * Reads the config of a formula.
 * @param isTyped whether it is made in Notion's own app. Notion does not filter by a formula that the API made or
 * changed: https://github.com/ultimate-notion/ultimate-notion/issues/297
 */
export function acceptFormula(given: unknown, path: string, source: DataSource, isTyped: boolean): ConfigOf<'formula'> {
  const { expression } = object(given, path, ['expression']);
  return { type: 'formula', expression: acceptExpression(expression ?? '', `${path}.expression`, source), isTyped };
}

/**
 * Reads the config of a rollup, which names its relation and the related property by id or name.
 * @see https://developers.notion.com/reference/property-object#rollup
 * @throws NotionError 400 for an unknown property, and for a rollup of a rollup
 */
export function acceptRollup(
  given: unknown,
  path: string,
  source: DataSource,
  sourceOf: (id: string) => DataSource | undefined,
): RollupConfig {
  const [relationKeys, targetKeys] = [keysOf('relation_property'), keysOf('rollup_property')];
  const body = object(given, path, ['function', ...relationKeys, ...targetKeys]);
  const name = choice(body.function, `${path}.function`, ROLLUP_FUNCTIONS);
  const relation = acceptProperty(body, path, relationKeys, source);
  if (relation.config.type !== 'relation') throw invalid(`${relation.name} is expected to be relation.`);
  const related = sourceOf(relation.config.dataSourceId);
  if (!related) throw invalid(`Could not find the data source that ${relation.name} leads to.`);
  const target = acceptProperty(body, path, targetKeys, related);
  if (target.config.type === 'rollup') throw invalid(`Cannot roll up ${target.name}, because it is a rollup.`);
  return { type: 'rollup', relation: relation.id, target: target.id, function: name };
}

const keysOf = (what: string): readonly [string, string] => [`${what}_id`, `${what}_name`];

function acceptProperty(
  body: JsonObject,
  path: string,
  [id, name]: readonly [string, string],
  source: DataSource,
): Property {
  const key = body[id] === undefined ? text(body[name], `${path}.${name}`) : text(body[id], `${path}.${id}`);
  const property = findProperty(source, key);
  if (!property) throw invalid(`Could not find property with name or id: ${key}`);
  return property;
}

/**
 * Reads the config of a unique_id. Without a prefix it keeps the one that it has.
 * @param sources all data sources; Notion counts those in the trash, too
 */
export function acceptUniqueId(
  given: unknown,
  path: string,
  before: Property | null,
  source: DataSource,
  sources: Iterable<DataSource>,
): ConfigOf<'unique_id'> {
  const body = object(given, path, ['prefix']);
  const isOther = ({ id, config }: Property): boolean => config.type === 'unique_id' && id !== before?.id;
  if (source.properties.some(isOther)) throw invalid('A data source has at most one unique_id property.');
  const kept = before?.config.type === 'unique_id' ? before.config.prefix : null;
  if (body.prefix === undefined) return { type: 'unique_id', prefix: kept };
  const prefix = body.prefix === null ? null : text(body.prefix, `${path}.prefix`, { min: 1 });
  if (prefix === null) return { type: 'unique_id', prefix };
  if (!/^[\p{L}\p{N}]+$/u.test(prefix)) throw invalid(`Invalid unique_id prefix: ${prefix}`);
  for (const { id, properties } of sources) {
    const taken = properties.some(({ config }) => config.type === 'unique_id' && config.prefix === prefix);
    if (taken && id !== source.id) throw invalid(`The unique_id prefix ${prefix} is already in use.`);
  }
  return { type: 'unique_id', prefix };
}
