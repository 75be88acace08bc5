import { type JsonObject, refuse } from './expect.ts';

/** The versions of Notion's API that the emulator speaks, oldest first. A request names one in `Notion-Version`. */
export const API_VERSIONS = ['2022-06-28', '2025-09-03', '2026-03-11'] as const;
export type ApiVersion = (typeof API_VERSIONS)[number];

/** Before version 2025-09-03 a database was a table. */
export const hasDataSources = (version: ApiVersion): boolean => version !== '2022-06-28';

/** Objects that have `archived` beside `in_trash` before version 2026-03-11. */
const TRASHABLE = new Set(['page', 'database', 'data_source', 'block', 'file_upload']);

/** @throws NotionError 400 for a version that the emulator does not speak */
export function acceptVersion(value: unknown): ApiVersion {
  const version = API_VERSIONS.find((candidate) => candidate === value);
  if (version) return version;
  throw refuse('Notion-Version header', API_VERSIONS.map((each) => `\`"${each}"\``).join(', or '), value);
}

/** Refuses the names that version 2026-03-11 removed. @throws NotionError 400 */
export function refuseRemovedNames(version: ApiVersion, body: JsonObject): void {
  if (version !== '2026-03-11') return;
  for (const name of ['archived', 'after']) {
    if (name in body) throw refuse(`body.${name}`, 'not present', body[name]);
  }
}

/** An answer as a version of the API shows it. Handlers answer as version 2025-09-03. */
export function inVersion(version: ApiVersion, answer: object): object {
  if (version === '2025-09-03') return answer;
  const shown = version === '2026-03-11' ? withoutArchived : beforeDataSources;
  if (!('results' in answer && Array.isArray(answer.results))) return shown(answer);
  const list = { ...answer, results: answer.results.map((each: object) => shown(each)) };
  return version === '2022-06-28' ? withOldListType(list) : list;
}

function withoutArchived(value: object): object {
  if (!('archived' in value && 'object' in value && TRASHABLE.has(String(value.object)))) return value;
  const { archived: _, ...rest } = value;
  return rest;
}

/** A data source as the database that it was before version 2025-09-03. */
export function asOldDatabase(source: object): object {
  const { object: _, database_parent, parent, properties, ...rest } = source as OldSource;
  const id = parent.database_id;
  const schema = Object.entries(properties).map(([name, property]) => [name, withoutSourceId(property)]);
  return { ...rest, object: 'database', id, parent: database_parent, properties: Object.fromEntries(schema) };
}

interface OldSource {
  readonly object: string;
  readonly parent: { readonly database_id: string };
  readonly database_parent: object;
  readonly properties: Readonly<Record<string, { readonly relation?: { readonly data_source_id?: string } }>>;
}

function withoutSourceId(property: OldSource['properties'][string]): object {
  if (!property.relation) return property;
  const { data_source_id: _, ...relation } = property.relation;
  return { ...property, relation };
}

/** Before version 2025-09-03 a page in a data source was a page in a database. */
function beforeDataSources(value: object): object {
  if ('object' in value && value.object === 'data_source') return asOldDatabase(value);
  if (!('parent' in value && isObject(value.parent) && value.parent.type === 'data_source_id')) return value;
  return { ...value, parent: { type: 'database_id', database_id: value.parent.database_id } };
}

const withOldListType = (list: object): object => {
  if (!('type' in list && list.type === 'page_or_data_source')) return list;
  const { page_or_data_source: _, ...rest } = list as { page_or_data_source?: unknown };
  return { ...rest, type: 'page_or_database', page_or_database: {} };
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
