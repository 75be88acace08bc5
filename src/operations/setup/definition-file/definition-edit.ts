import { z } from 'zod';
import type { EntityDefinition } from '../../../definition/schema.ts';
import type { Field } from '../../../entities/define.ts';

/** A field of an entity that is in the file already. */
export interface AddedField {
  readonly entity: string;
  readonly name: string;
  readonly field: Field;
}

/** A change of a definition file. */
export interface DefinitionEdit {
  /** Entities to add at the end; built-in ones by name. */
  readonly add: readonly (string | EntityDefinition)[];
  readonly addFields: readonly AddedField[];
  /** Names of entities. */
  readonly remove: readonly string[];
  readonly removeFields: readonly { readonly entity: string; readonly name: string }[];
}

export const NO_EDIT: DefinitionEdit = { add: [], addFields: [], remove: [], removeFields: [] };

const contentSchema = z.looseObject({
  entities: z.array(
    z.string().or(z.looseObject({ name: z.string(), fields: z.record(z.string(), z.unknown()).optional() })),
  ),
});

/** What a file contains, as it is written: links stay links. */
export type Content = z.infer<typeof contentSchema>;
type Listed = Content['entities'][number];

/** Checks it, and keeps the order of its keys, which a parsed copy has not. */
export function toContent(content: unknown): Content {
  contentSchema.parse(content);
  // It has been checked.
  return content as Content;
}

export const nameOfListed = (listed: Listed): string => (typeof listed === 'string' ? listed : listed.name);

/** What the file contains after an edit. */
export function withEdit(content: Content, { add, addFields, remove, removeFields }: DefinitionEdit): Content {
  const kept = content.entities.filter((listed) => !remove.includes(nameOfListed(listed)));
  const changed = kept.map((listed): Listed => {
    if (typeof listed === 'string') return listed;
    const removed = removeFields.flatMap(({ entity, name }) => (entity === listed.name ? [name] : []));
    const added = addFields.filter(({ entity }) => entity === listed.name);
    if (removed.length + added.length === 0) return listed;
    const fields = [
      ...Object.entries(listed.fields ?? {}).filter(([name]) => !removed.includes(name)),
      ...added.map(({ name, field }) => [name, field] as const),
    ];
    return { ...listed, fields: Object.fromEntries(fields) };
  });
  return {
    ...content,
    entities: [...changed, ...add.map((entity) => (typeof entity === 'string' ? entity : { ...entity }))],
  };
}
