import { bodyField, type Entity, type NotionField, notionFields } from '../entities/define.ts';
import type { Fields } from '../sync/types.ts';
import { canonicalBody } from './body.ts';
import { canonicalValue } from './properties.ts';

/** Returns a function that turns a row's fields into what Notion would return for them. @param zone where days begin */
export function canonicalFields(entity: Entity, zone: string): (fields: Fields) => Fields {
  const known: ReadonlyMap<string, NotionField> = new Map(notionFields(entity));
  const bodyName = bodyField(entity);
  return (fields) =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => {
        if (name === bodyName) return [name, canonicalBody(typeof value === 'string' ? value : null)];
        const field = known.get(name);
        if (!field) throw new Error(`${entity.name} has no synced field ${name}`);
        return [name, canonicalValue(field, value, zone)];
      }),
    );
}
