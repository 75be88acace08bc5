import type { Entity } from '../entities/define.ts';
import type { DataSource } from './data-source.ts';
import type { KnownProperty } from './schema.ts';

/** Options of one field that are called otherwise than before. */
export interface OptionRenames {
  readonly field: string;
  /** The new name by the old one; two options may have swapped theirs. */
  readonly names: Readonly<Record<string, string>>;
}

/** What was renamed in Notion between two reads of a schema: the same option, by id, under another name. */
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

/** The data source with its options called as SQL still calls them: for a dry run, which renames nothing. */
export function withNamesOf(before: DataSource | null, after: DataSource): DataSource {
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

/** What an option of the entity file is called now, where it was renamed; undefined where it was not, or is not known. */
export function renamedTo(property: KnownProperty | undefined, option: string): string | undefined {
  const now = property?.options?.[property.declared?.[option] ?? ''];
  return now === option ? undefined : now;
}

/**
 * The entity with its `archivedStatus` as Notion calls it now: else every row that it
 * archived would look as if somebody had opened it again.
 */
export function asNamedInNotion(entity: Entity, { properties }: DataSource): Entity {
  const { archivedStatus } = entity;
  const name = archivedStatus === undefined ? undefined : renamedTo(properties.status, archivedStatus);
  return name === undefined ? entity : { ...entity, archivedStatus: name };
}
