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
import { claimWorkspace, readWorkspace, type Workspace } from '../database/workspace.ts';
import type { Entity } from '../entities/define.ts';
import { FinalError } from '../errors.ts';
import { type DataSource, openDataSource, PropertyRetypedError } from '../notion/data-source.ts';
import type { NotionApi } from '../notion/notion-api.ts';
import { optionRenames, withFormerOptionNames } from '../notion/option-renames.ts';

/** Each entity's data source in Notion, and the integration's own user. */
export class SourceDirectory {
  readonly #config: Config;
  readonly #database: Database;
  #workspace: Workspace | null = null;
  #isChecked = false;

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
    return (await this.#workspaceOf(api)).botId;
  }

  /**
   * Ties the database to the token's workspace and integration at the first sync, and refuses others from then on:
   * their pages would mix with the rows of the first.
   * @param options.readOnly saves nothing
   * @throws FinalError when the database belongs to another workspace or integration
   */
  async checkWorkspace(api: NotionApi, { readOnly = false } = {}): Promise<void> {
    if (this.#isChecked) return;
    const ours = await this.#workspaceOf(api);
    if (!readOnly) await claimWorkspace(this.#database, ours);
    const stored = await readWorkspace(this.#database);
    if (stored) refuseOther(stored, ours);
    this.#isChecked = stored !== null;
  }

  async #workspaceOf(api: NotionApi): Promise<Workspace> {
    if (this.#workspace) return this.#workspace;
    const purpose = { entity: 'all', kind: 'read', what: 'the integration itself' } as const;
    const me = await api.call(purpose, (client) => client.users.me({}));
    const bot = me.type === 'bot' && 'workspace_name' in me.bot ? me.bot : null;
    this.#workspace = {
      workspaceId: bot?.workspace_id ?? null,
      workspaceName: bot?.workspace_name ?? null,
      botId: me.id,
      botName: me.name,
    };
    return this.#workspace;
  }

  #configuredId(entity: Entity): string {
    return this.#config.notion.ids[entity.name] ?? entity.databaseId;
  }
}

function refuseOther(stored: Workspace, ours: Workspace): void {
  const isSameWorkspace = stored.workspaceId === null || stored.workspaceId === ours.workspaceId;
  if (isSameWorkspace && stored.botId === ours.botId) return;
  const [had, has] = isSameWorkspace
    ? [`integration "${stored.botName ?? stored.botId}"`, `integration "${ours.botName ?? ours.botId}"`]
    : [
        `workspace "${stored.workspaceName ?? stored.workspaceId}"`,
        `workspace "${ours.workspaceName ?? ours.workspaceId}"`,
      ];
  throw new FinalError(
    'other_workspace',
    `this database is synced with the Notion ${had}, and NOTION_TOKEN belongs to the ${has}; nothing was read or written. ` +
      'Set the token of the first, or another DATABASE_URL; to move the database on purpose: lockstep workspace --move',
  );
}
