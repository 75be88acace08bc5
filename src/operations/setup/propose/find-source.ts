import { isFullDatabase, isFullDataSource } from '@notionhq/client';
import type { Entity } from '../../../entities/define.ts';
import { FinalError } from '../../../errors.ts';
import type { NotionApi } from '../../../notion/notion-api.ts';
import { isNotFound } from '../../../notion/notion-errors.ts';
import { parseNotionId } from '../../../shared/notion-id.ts';
import { plainName } from '../../../shared/plain-name.ts';
import { type SharedSource, toSource } from '../init/survey.ts';

/**
 * Finds a data source.
 * @param wanted a database's title, its link or id, or a data source's id
 * @param shared what is shared with the integration according to Notion's search
 * @throws FinalError if none or several match
 */
export async function findSource(
  api: NotionApi,
  wanted: string,
  shared: readonly SharedSource[],
): Promise<SharedSource> {
  const id = parseNotionId(wanted);
  if (id) {
    const found = shared.filter((source) => source.id === id || source.databaseId === id);
    return found.length > 0 ? onlyOne(wanted, found) : await readSource(api, id);
  }
  return onlyOne(
    wanted,
    shared.filter(
      ({ title }) => title === wanted || (plainName(title) !== '' && plainName(title) === plainName(wanted)),
    ),
  );
}

/** Reads `Libros, Recetas`. A title may contain a comma. */
export function titlesIn(text: string, shared: readonly SharedSource[]): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  const titles = shared.map(({ title }) => title.trim());
  const found: string[] = [];
  for (let start = 0; start < parts.length; ) {
    const ends = parts.map((_, index) => index + 1).filter((end) => end > start);
    const end = ends.findLast((one) => titles.includes(parts.slice(start, one).join(', '))) ?? start + 1;
    found.push(parts.slice(start, end).join(', '));
    start = end;
  }
  return found.filter((title) => title !== '');
}

function onlyOne(wanted: string, [source, ...others]: readonly SharedSource[]): SharedSource {
  if (!source) {
    throw new FinalError(
      'not_found',
      `no database "${wanted}" is shared with the integration: share it in Notion (••• → Connections), or use its link`,
    );
  }
  if (others.length === 0) return source;
  const choices = [source, ...others].map(({ title, id }) => `"${title}" (${id})`).join(', ');
  throw new FinalError('data_source_unclear', `"${wanted}" matches several databases: ${choices}: use the id of one`);
}

/** Reads it by id, because Notion's search does not list recently shared databases at once. */
async function readSource(api: NotionApi, id: string): Promise<SharedSource> {
  const purpose = { entity: 'add-entity', kind: 'read', what: `the database ${id}` } as const;
  try {
    const database = await api.call(purpose, (client) => client.databases.retrieve({ database_id: id }));
    const sources = isFullDatabase(database) ? database.data_sources : [];
    const [source, another] = sources;
    if (source && !another) return await retrieve(api, source.id);
    const choices = sources.map((each) => `"${each.name}" (${each.id})`).join(', ');
    throw new FinalError(
      'data_source_unclear',
      `${id} has ${choices ? `several data sources: ${choices}: use the id of one` : 'no data source'}`,
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return await retrieve(api, id);
  }
}

async function retrieve(api: NotionApi, id: string): Promise<SharedSource> {
  const purpose = { entity: 'add-entity', kind: 'read', what: `the database ${id}` } as const;
  const source = await api.call(purpose, (client) => client.dataSources.retrieve({ data_source_id: id }));
  if (isFullDataSource(source) && !source.in_trash) return toSource(source);
  throw new FinalError(
    'not_found',
    `the database ${id} is in Notion's trash, or the integration is not allowed to read it`,
  );
}

/**
 * Finds the entity of each data source.
 * @param ids the configured ids of databases or data sources, by entity name
 * @returns entity names by data source id
 */
export function entitiesBySource(
  entities: readonly Entity[],
  ids: Readonly<Record<string, string>>,
  shared: readonly SharedSource[],
): ReadonlyMap<string, string> {
  return new Map(
    entities.flatMap(({ name, title }) => {
      const own = shared.filter(({ id, databaseId }) => [id, databaseId].includes(ids[name] ?? ''));
      const source = own.length === 1 ? own[0] : own.find((each) => each.title === title);
      return source ? [[source.id, name] as const] : [];
    }),
  );
}
