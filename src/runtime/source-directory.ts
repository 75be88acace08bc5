import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config.ts';
import type { Database } from '../database/client.ts';
import {
  invalidateSource,
  readCachedDataSource,
  readCachedSource,
  saveDataSource,
  saveRetypedProperties,
} from '../database/sources.ts';
import type { Entity } from '../entities/define.ts';
import { type DataSource, openDataSource, PropertyRetypedError } from '../notion/data-source.ts';
import type { NotionApi } from '../notion/notion-api.ts';
import { optionRenames, withFormerOptionNames } from '../notion/option-renames.ts';

/** Each entity's data source in Notion, and the integration's own user. */
export class SourceDirectory {
  readonly #config: Config;
  readonly #database: Database;
  #botId: string | null = null;

  constructor(config: Config, database: Database) {
    this.#config = config;
    this.#database = database;
  }

  /**
   * Reads the schema from Notion, and saves what changed there, such as renamed properties and options. The caller
   * holds the entity's claim.
   * @throws FinalError when the schema does not fit the entity
   */
  async refresh(api: NotionApi, entity: Entity): Promise<DataSource> {
    const remembered = await readCachedSource(this.#database, entity);
    const before = remembered?.source ?? null;
    const source = await openDataSource(api, entity, this.#configuredId(entity), before).catch(async (error) => {
      if (error instanceof PropertyRetypedError) await saveRetypedProperties(this.#database, entity, error.types);
      throw error;
    });
    if (!isDeepStrictEqual(before, source) || remembered?.doubted) {
      await saveDataSource(this.#database, entity, source, optionRenames(before, source));
    }
    return source;
  }

  /** Reads the schema from Notion. Changes nothing in Notion and saves nothing. */
  async peek(api: NotionApi, entity: Entity): Promise<DataSource> {
    const before = await readCachedDataSource(this.#database, entity);
    return withFormerOptionNames(
      before,
      await openDataSource(api, entity, this.#configuredId(entity), before, { readOnly: true }),
    );
  }

  /**
   * The schema as it was last read, at whatever time, or else `refresh`. The caller has to detect an outdated schema,
   * and then call `refresh`.
   */
  async cached(api: NotionApi, entity: Entity): Promise<DataSource> {
    const remembered = await readCachedSource(this.#database, entity);
    const isValid = remembered?.source.configuredId === this.#configuredId(entity) && !remembered.doubted;
    return isValid ? remembered.source : this.refresh(api, entity);
  }

  /** Marks the cached schema as outdated: every worker then reads it before its next sync. */
  async invalidate(entity: Entity): Promise<void> {
    await invalidateSource(this.#database, entity);
  }

  async botId(api: NotionApi): Promise<string> {
    this.#botId ??= (
      await api.call({ entity: 'all', kind: 'read', what: 'the integration itself' }, (client) => client.users.me({}))
    ).id;
    return this.#botId;
  }

  #configuredId(entity: Entity): string {
    return this.#config.notion.ids[entity.name] ?? entity.databaseId;
  }
}
