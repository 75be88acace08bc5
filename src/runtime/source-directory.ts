import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config.ts';
import type { Database } from '../database/client.ts';
import { doubt, loadDataSource, rememberedSource, saveDataSource } from '../database/sources.ts';
import type { Entity } from '../entities/define.ts';
import type { NotionApi } from '../notion/api.ts';
import { type DataSource, openDataSource } from '../notion/data-source.ts';
import { optionRenames, withNamesOf } from '../notion/option-renames.ts';

/** Knows where each entity lives in Notion, and as whom we write. */
export class SourceDirectory {
  readonly #config: Config;
  readonly #database: Database;
  #botId: string | null = null;

  constructor(config: Config, database: Database) {
    this.#config = config;
    this.#database = database;
  }

  /**
   * Reads the schema from Notion, and takes in what has drifted: whatever is read next is called as it is there.
   * To be called by the holder of the entity's claim.
   * @throws FinalError when it does not fit the entity
   */
  async read(api: NotionApi, entity: Entity): Promise<DataSource> {
    const remembered = await rememberedSource(this.#database, entity);
    const before = remembered?.source ?? null;
    const source = await openDataSource(api, entity, this.#configuredId(entity), before);
    if (!isDeepStrictEqual(before, source) || remembered?.doubted) {
      await saveDataSource(this.#database, entity, source, optionRenames(before, source));
    }
    return source;
  }

  /** The schema as it is, for a dry run: nothing is added to it, and nothing remembered. */
  async look(api: NotionApi, entity: Entity): Promise<DataSource> {
    const before = await loadDataSource(this.#database, entity);
    return withNamesOf(
      before,
      await openDataSource(api, entity, this.#configuredId(entity), before, { onlyLook: true }),
    );
  }

  /**
   * The schema as it was last read, however long ago, or read now: for work that notices by itself when it is
   * no longer true, and then asks for it to be read.
   */
  async believed(api: NotionApi, entity: Entity): Promise<DataSource> {
    const remembered = await rememberedSource(this.#database, entity);
    const isSound = remembered?.source.configuredId === this.#configuredId(entity) && !remembered.doubted;
    return isSound ? remembered.source : this.read(api, entity);
  }

  /** To be called when Notion says that the schema is not as believed: every worker reads it before anything else. */
  async forget(entity: Entity): Promise<void> {
    await doubt(this.#database, entity);
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
