import { isFullDatabase, isFullDataSource } from '@notionhq/client';
import { parseNotionId } from '../../../config.ts';
import type { Entity } from '../../../entities/define.ts';
import { FinalError } from '../../../errors.ts';
import type { NotionApi } from '../../../notion/api.ts';
import { isNotFound } from '../../../notion/errors.ts';
import { type SharedSource, toSource } from '../init/survey.ts';
import { plain } from '../init/words.ts';

/**
 * The data source that is meant.
 * @param wanted a database's title, its link or id, or a data source's id
 * @param shared all that is shared with the integration, as far as Notion's search knows
 * @throws FinalError when there is none, or it is unclear which
 */
export async function findSource(
  api: NotionApi,
  wanted: string,
  shared: readonly SharedSource[],
): Promise<SharedSource> {
  const id = parseNotionId(wanted);
  if (id) {
    const found = shared.filter((source) => source.id === id || source.databaseId === id);
    return found.length > 0 ? theOne(wanted, found) : await readSource(api, id);
  }
  return theOne(
    wanted,
    shared.filter(({ title }) => title === wanted || (plain(title) !== '' && plain(title) === plain(wanted))),
  );
}

function theOne(wanted: string, [source, ...others]: readonly SharedSource[]): SharedSource {
  if (!source) {
    throw new FinalError(
      'not_found',
      `no database «${wanted}» is shared with the integration: share it in Notion (••• → Connections), or give its link`,
    );
  }
  if (others.length === 0) return source;
  const choices = [source, ...others].map(({ title, id }) => `«${title}» (${id})`).join(', ');
  throw new FinalError('data_source_unclear', `«${wanted}» may be any of ${choices}: give the id of one`);
}

/** Notion's search learns late of what was shared just now. */
async function readSource(api: NotionApi, id: string): Promise<SharedSource> {
  const purpose = { entity: 'add-entity', kind: 'read', what: `the database ${id}` } as const;
  try {
    const database = await api.call(purpose, (client) => client.databases.retrieve({ database_id: id }));
    const sources = isFullDatabase(database) ? database.data_sources : [];
    const [source, another] = sources;
    if (source && !another) return await retrieve(api, source.id);
    const choices = sources.map((each) => `«${each.name}» (${each.id})`).join(', ');
    throw new FinalError(
      'data_source_unclear',
      `${id} has ${choices ? `several data sources: ${choices}: give the id of one` : 'no data source'}`,
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
  throw new FinalError('not_found', `the database ${id} is in Notion's trash, or the integration may not read it`);
}

/**
 * Which data source is which entity's.
 * @param ids the configured ids of databases or data sources by entity name
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
