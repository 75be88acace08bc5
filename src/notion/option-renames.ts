import type { Entity } from '../entities/define.ts';
import type { DataSource } from './data-source.ts';
import type { KnownProperty } from './schema.ts';

/** Options of one field that have a different name than before. */
export interface OptionRenames {
  readonly field: string;
  /** New names by old names. Two options may have swapped their names. */
  readonly names: Readonly<Record<string, string>>;
}

/** The options that were renamed in Notion between two reads of a schema: the same id with another name. */
export function optionRenames(before: DataSource | null, after: DataSource): OptionRenames[] {
  if (before?.id !== after.id) return [];
  return Object.entries(after.properties).flatMap(([field, property]) => {
    const last = sameProperty(before, field, property)?.options ?? {};
    const names = Object.entries(property.options ?? {}).flatMap(([id, name]) => {
      const old = last[id];
      return old === undefined || old === name ? [] : [[old, name]];
    });
    return names.length > 0 ? [{ field, names: Object.fromEntries(names) }] : [];
  });
}

/** The data source with the option names that SQL still has: for a preview, which renames nothing. */
export function withFormerOptionNames(before: DataSource | null, after: DataSource): DataSource {
  const properties = Object.entries(after.properties).map(([field, property]) => {
    const last = sameProperty(before, field, property)?.options;
    if (!last || !property.options) return [field, property];
    const options = Object.entries(property.options).map(([id, name]) => [id, last[id] ?? name]);
    return [field, { ...property, options: Object.fromEntries(options) }];
  });
  return { ...after, properties: Object.fromEntries(properties) };
}

const sameProperty = (before: DataSource | null, field: string, { id }: KnownProperty): KnownProperty | undefined =>
  before?.properties[field]?.id === id ? before.properties[field] : undefined;

/** The current name of an option of the entity file; undefined when it was not renamed or is unknown. */
export function currentOptionName(property: KnownProperty | undefined, option: string): string | undefined {
  const now = property?.options?.[property.declared?.[option] ?? ''];
  return now === option ? undefined : now;
}

/**
 * The entity with the current name of its `archivedStatus` in Notion. With the old name, every
 * row archived by it would look reopened.
 */
export function withCurrentStatusName(entity: Entity, { properties }: DataSource): Entity {
  const { archivedStatus } = entity;
  const name = archivedStatus === undefined ? undefined : currentOptionName(properties.status, archivedStatus);
  return name === undefined ? entity : { ...entity, archivedStatus: name };
}
