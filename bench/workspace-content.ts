import type { NotionEmulator } from 'notion-emulator';
import { type Entity, type NotionField, notionFields } from '../src/entities/define.ts';
import { entities } from '../src/entities/index.ts';

/** How many pages each database shall have, by entity. */
export type PageCounts = Readonly<Record<string, number>>;

const DAY_MS = 86_400_000;
/** The pages' times lie evenly over this span, which ends a day ago. */
const SPAN_MS = 60 * DAY_MS;

/** The same number of pages in each of the ten databases. */
export const spread = (total: number): PageCounts =>
  Object.fromEntries(entities.map(({ name }) => [name, Math.ceil(total / entities.length)]));

/**
 * Fills the emulator's store, not by way of HTTP. Every page has text, options,
 * dates and numbers as a personal workspace has them, and leads to pages made before it.
 */
export function fillWorkspace({ workspace }: NotionEmulator, counts: PageCounts): void {
  const { clock } = workspace;
  const ids = new Map<string, string[]>();
  const start = clock.now() - SPAN_MS - DAY_MS;
  clock.stop();
  for (const entity of linkedFirst(entities)) {
    const count = counts[entity.name] ?? 0;
    const made: string[] = [];
    for (let index = 0; index < count; index += 1) {
      clock.set(start + Math.floor((index * SPAN_MS) / count));
      made.push(workspace.createPage(entity.databaseId, valuesOf(entity, index, ids)));
    }
    ids.set(entity.name, made);
  }
  clock.set(Date.now());
  clock.run();
}

/** Tags and projects come before what leads to them. */
const linkedFirst = (all: readonly Entity[]): Entity[] =>
  ['tags', 'projects']
    .flatMap((name) => all.filter((entity) => entity.name === name))
    .concat(all.filter(({ name }) => name !== 'tags' && name !== 'projects'));

function valuesOf(entity: Entity, index: number, ids: ReadonlyMap<string, readonly string[]>): Record<string, unknown> {
  return Object.fromEntries(
    notionFields(entity).flatMap(([, field]) => {
      const value = sampleValue(entity, field, index, ids);
      return value === null ? [] : [[field.property, value]];
    }),
  );
}

function sampleValue(
  { name, archivedStatus, closedStatuses = [] }: Entity,
  field: NotionField,
  index: number,
  ids: ReadonlyMap<string, readonly string[]>,
): unknown {
  switch (field.kind) {
    case 'title':
      return `${name} ${index}: something to remember`;
    case 'rich_text':
      return `Some words about ${field.property.toLowerCase()} number ${index}, as long as a person writes them down in passing, and a second sentence.`;
    case 'select': {
      const options = field.options.filter((option) => option !== archivedStatus && !closedStatuses.includes(option));
      return options[index % options.length] ?? null;
    }
    case 'number':
      return (field.min ?? 0) + (index % 10);
    case 'date':
      return `2030-0${1 + (index % 9)}-1${index % 10}`;
    case 'timestamp':
      return null;
    case 'url':
      return `https://example.com/${name}/${index}`;
    case 'email':
      return `${name}-${index}@example.com`;
    case 'phone_number':
      return `+34 600 ${100_000 + index}`;
    case 'relation_one':
    case 'relation_many': {
      const others = ids.get(field.to) ?? [];
      const other = others[index % Math.max(1, others.length)];
      return other === undefined ? null : [other];
    }
  }
}
