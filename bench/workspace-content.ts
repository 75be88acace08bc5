import type { NotionEmulator } from 'notion-emulator';
import {
  type DateField,
  type Entity,
  type NotionField,
  notionFields,
  type TimestampField,
} from '../src/entities/define.ts';
import { definition, entities } from './definition.ts';

/** The number of pages per entity. */
export type PageCounts = Readonly<Record<string, number>>;

const DAY_MS = 86_400_000;
/** The pages' edit times are evenly distributed over this span, which ends a day ago. */
const SPAN_MS = 60 * DAY_MS;

/** The same number of pages in each database. */
export const spread = (total: number): PageCounts =>
  Object.fromEntries(entities.map(({ name }) => [name, Math.ceil(total / entities.length)]));

/**
 * Fills the emulator's store directly. Every page has text, options, dates and numbers as in a personal workspace, and
 * links to earlier pages.
 */
export function fillWorkspace({ workspace }: NotionEmulator, counts: PageCounts): void {
  const { clock } = workspace;
  const ids = new Map<string, string[]>();
  const start = clock.now() - SPAN_MS - DAY_MS;
  clock.stop();
  for (const entity of linkedFirst(entities)) {
    const count = counts[entity.name] ?? 0;
    const created: string[] = [];
    for (let index = 0; index < count; index += 1) {
      clock.set(start + Math.floor((index * SPAN_MS) / count));
      created.push(workspace.createPage(entity.databaseId, valuesOf(entity, index, ids)));
    }
    ids.set(entity.name, created);
  }
  clock.set(Date.now());
  clock.run();
}

/** What others link to comes first. */
function linkedFirst(all: readonly Entity[]): Entity[] {
  const first = Object.keys(definition.linked);
  return first
    .flatMap((name) => all.filter((entity) => entity.name === name))
    .concat(all.filter(({ name }) => !first.includes(name)));
}

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
      return `${name} ${index}: a title`;
    case 'rich_text':
      return `Text about ${field.property.toLowerCase()} number ${index}, about as long as a short note by a person, with a second sentence.`;
    case 'select': {
      const options = field.options.filter((option) => option !== archivedStatus && !closedStatuses.includes(option));
      return options[index % options.length] ?? null;
    }
    case 'number':
      return (field.min ?? 0) + (index % 10);
    case 'date':
    case 'timestamp':
      return dateOf(field, index);
    case 'checkbox':
      return index % 2 === 0;
    case 'multi_select':
      return field.options.filter((_, at) => (index >> at) % 2 === 0);
    case 'files':
      return { files: [{ name: `${index}.pdf`, external: { url: `https://example.com/${name}/${index}.pdf` } }] };
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
    default:
      return null;
  }
}

function dateOf({ kind, endColumn }: DateField | TimestampField, index: number): unknown {
  const start = `2030-0${1 + (index % 9)}-1${index % 10}`;
  if (endColumn !== undefined) return { start, end: `2030-0${1 + (index % 9)}-2${index % 8}` };
  return kind === 'timestamp' ? null : start;
}
