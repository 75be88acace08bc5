import type { DataSourceObjectResponse } from '@notionhq/client';
import { hostedUrl } from './blocks/model.ts';
import { type BodyWriter, bodyPuts, copyBlocks, keepBlocks, newBlocks, readBody, replaceContent } from './bodies.ts';
import type { Clock } from './clock.ts';
import { addDatabase, newDataSource } from './databases.ts';
import type { JsonObject } from './expect.ts';
import { toUuid, uuidFrom } from './ids.ts';
import { exactPage, findDatabase, findDataSource, findPage, requireProperty, sourceOfPage, titleOf } from './lookup.ts';
import type { Body, Capabilities, Database, DataSource, Integration, Option, Page, User } from './model.ts';
import { acceptProperties, changePage, createPage, movePage, type PropertyWrites } from './pages.ts';
import { renderDataSource } from './render.ts';
import { ownWords, runsOf } from './rich-text.ts';
import { SchemaChange } from './schema.ts';
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from './settings.ts';
import type { Store } from './store.ts';
import { attachUpload } from './uploads.ts';
import { fromShorthand } from './values.ts';
import { pageInTrash } from './visibility.ts';
import type {
  DatabaseSummary,
  ExactPage,
  NewDatabaseOptions,
  NewDataSourceOptions,
  PersonValues,
} from './workspace-types.ts';

/** The person who acts when no other user is named. */
export const OWNER: User = {
  id: uuidFrom('person: Alex'),
  name: 'Alex',
  kind: 'person',
  email: 'alex@example.com',
};

const ROOT_PAGE = uuidFrom('page: Home');

/**
 * What a person can do and see in Notion's own app, for tests and the web page.
 * The limits of API requests do not apply, and everything is visible, shared
 * with an integration or not.
 */
export class Workspace {
  readonly clock: Clock;
  /** A top-level page that is shared with every integration. Databases are created in it. */
  readonly rootPageId = ROOT_PAGE;
  readonly #store: Store;
  readonly #newId: () => string;
  readonly #integrations = new Map<string, Integration>();
  #settings: Settings = DEFAULT_SETTINGS;

  constructor(store: Store, newId: () => string) {
    this.#store = store;
    this.#newId = newId;
    this.clock = store.clock;
    if (!store.users.has(OWNER.id)) store.commit({ table: 'user', row: OWNER });
    if (!store.page(ROOT_PAGE)) store.commit({ table: 'page', row: rootPage(store.clock.now()) });
  }

  get settings(): Settings {
    return this.#settings;
  }

  configure(changes: Partial<Settings>): Settings {
    this.#settings = settingsSchema.parse({ ...this.#settings, ...changes });
    return this.#settings;
  }

  /** Adds a token, or changes its capabilities. @returns the id of its bot user */
  addIntegration(token: string, name: string, capabilities: Partial<Capabilities> = {}): string {
    const botId = uuidFrom(`bot: ${name}`);
    if (!this.#store.users.has(botId)) {
      this.#store.commit({ table: 'user', row: { id: botId, name, kind: 'bot' } });
    }
    const all = { read: true, insert: true, update: true, users: true, ...capabilities };
    this.#integrations.set(token, { token, botId, name, capabilities: all });
    return botId;
  }

  removeIntegration(token: string): void {
    this.#integrations.delete(token);
  }

  integration(token: string): Integration | undefined {
    return this.#integrations.get(token);
  }

  addPerson(name: string, email?: string): string {
    const id = uuidFrom(`person: ${name}`);
    this.#store.commit({ table: 'user', row: { id, name, kind: 'person', ...(email ? { email } : {}) } });
    return id;
  }

  users(): User[] {
    return [...this.#store.users.values()];
  }

  /** @returns the ids of the database and its data source */
  createDatabase({ title, properties = {}, ...ids }: NewDatabaseOptions): { id: string; dataSourceId: string } {
    const id = ids.id ?? this.#newId();
    const dataSourceId = ids.dataSourceId ?? this.#newId();
    const fresh = { id, dataSourceId, parentPageId: this.rootPageId, title: runsOf(title), properties };
    addDatabase(this.#store, { ...fresh, description: [], inline: false, icon: null, cover: null }, OWNER.id);
    return { id, dataSourceId };
  }

  databases(): DatabaseSummary[] {
    return [...this.#store.dataSources.values()].map((source) => {
      const pages = [...this.#store.pagesOf(source.id)].filter((page) => !page.template);
      const trashed = pages.filter((page) => pageInTrash(this.#store, page)).length;
      return {
        id: source.databaseId,
        dataSourceId: source.id,
        title: ownWords(source.title),
        trashed: source.trashed || (this.#store.databases.get(source.databaseId)?.trashed ?? false),
        pages: pages.length - trashed,
        trashedPages: trashed,
        properties: renderDataSource(source, this.#store, null).properties,
      };
    });
  }

  /** The data source as the API returns it. @param database the id of the database or data source, or its title */
  dataSource(database: string): DataSourceObjectResponse {
    return renderDataSource(findDataSource(this.#store, database), this.#store, null);
  }

  page(id: string): ExactPage {
    return exactPage(this.#store, findPage(this.#store, id));
  }

  /** All pages in databases, including those in the trash. */
  pages(database?: string): ExactPage[] {
    if (database !== undefined) {
      const pages = [...this.#store.pagesOf(findDataSource(this.#store, database).id)];
      return pages.filter((page) => !page.template).map((page) => exactPage(this.#store, page));
    }
    return [...this.#store.pages()]
      .filter((page) => page.dataSourceId !== null && !page.template)
      .map((page) => exactPage(this.#store, page));
  }

  /** By page id. */
  titles(): Record<string, string> {
    return Object.fromEntries([...this.#store.pages()].map((page) => [page.id, titleOf(page)]));
  }

  /** Grows with every change, so that a viewer knows when to refresh. */
  get revision(): number {
    return this.#store.revision;
  }

  /** @param markdown the page's body @returns the id of the new page */
  createPage(database: string, values: PersonValues = {}, by: string = OWNER.id, markdown = ''): string {
    const source = findDataSource(this.#store, database);
    const fresh = { id: this.#newId(), icon: null, cover: null };
    const body = bodyPuts(fresh.id, newBlocks(this.#bodyWriter(by), markdown));
    return createPage(this.#store, this.#writes(source, values, by), fresh, by, body).id;
  }

  /** Adds a template to a database, which no query returns. @returns its id */
  addTemplate(database: string, values: PersonValues, { markdown = '', isDefault = false } = {}): string {
    const source = findDataSource(this.#store, database);
    const fresh = { id: this.#newId(), icon: null, cover: null, template: { isDefault } };
    const body = bodyPuts(fresh.id, newBlocks(this.#bodyWriter(OWNER.id), markdown));
    return createPage(this.#store, this.#writes(source, values, OWNER.id), fresh, OWNER.id, body).id;
  }

  editPage(id: string, values: PersonValues, by: string = OWNER.id): void {
    const page = findPage(this.#store, id);
    changePage(this.#store, page, this.#writes(sourceOfPage(this.#store, page), values, by), {}, by);
  }

  /** A page's body, as enhanced Markdown and as blocks. */
  body(pageId: string): { markdown: string; blocks: Body['blocks'] } {
    const { id } = findPage(this.#store, pageId);
    return { markdown: readBody(this.#store, this.#settings, id, null).markdown, blocks: this.#store.body(id).blocks };
  }

  /** Replaces a page's body. Blocks that are not in the Markdown are deleted, including child pages. */
  editBody(pageId: string, markdown: string, by: string = OWNER.id): void {
    replaceContent(this.#bodyWriter(by), findPage(this.#store, pageId), markdown, true);
  }

  /** Appends a block that Markdown cannot represent. @param kind e.g. `button` @returns its id */
  addUnsupportedBlock(pageId: string, kind: string, by: string = OWNER.id): string {
    const id = this.#newId();
    this.#addBlock(pageId, { id, type: 'unsupported', kind }, by);
    return id;
  }

  /** Appends an uploaded image. Its URL gets a new signature on every read. @returns the block's id */
  addImage(pageId: string, name: string, by: string = OWNER.id): string {
    const id = this.#newId();
    this.#addBlock(pageId, { id, type: 'image', url: hostedUrl(id, name), hosted: true, caption: [] }, by);
    return id;
  }

  /** Creates a page inside another page. @returns its id */
  addChildPage(parentPageId: string, title: string, by: string = OWNER.id): string {
    const parent = findPage(this.#store, parentPageId);
    const id = this.#newId();
    const child: Page = {
      ...rootPage(this.clock.now()),
      id,
      parentPageId: parent.id,
      values: { title: { type: 'title', runs: runsOf(title) } },
      createdBy: by,
      editedBy: by,
    };
    this.#store.commit({ table: 'page', row: child });
    this.#addBlock(parent.id, { id, type: 'child_page' }, by);
    return id;
  }

  /** Limits how many blocks a read of the body returns; the result is then marked as truncated. Null for no limit. */
  truncateBody(pageId: string, loaded: number | null): void {
    this.#store.commit({ table: 'body', row: { ...this.#store.body(findPage(this.#store, pageId).id), loaded } });
  }

  trashPage(id: string, by: string = OWNER.id): void {
    changePage(this.#store, findPage(this.#store, id), null, { trashed: true }, by);
  }

  restorePage(id: string, by: string = OWNER.id): void {
    changePage(this.#store, findPage(this.#store, id), null, { trashed: false }, by);
  }

  /** Notion's Duplicate: copies all properties and the body. @returns the id of the copy */
  duplicatePage(id: string, by: string = OWNER.id): string {
    const page = findPage(this.#store, id);
    const dataSource = sourceOfPage(this.#store, page);
    const fresh = { id: this.#newId(), icon: page.icon, cover: page.cover };
    const body = bodyPuts(fresh.id, copyBlocks(this.#store.body(page.id).blocks, this.#newId));
    return createPage(this.#store, { values: page.values, dataSource }, fresh, by, body).id;
  }

  movePage(id: string, toDatabase: string, by: string = OWNER.id): void {
    const page = findPage(this.#store, id);
    movePage(this.#store, page, sourceOfPage(this.#store, page), findDataSource(this.#store, toDatabase), by);
  }

  /** Hides a page or database from an integration. @param token from all integrations when omitted */
  unshare(id: string, token?: string): void {
    const bots = this.#bots(token);
    this.#setHidden(id, (hiddenFrom) => [...new Set([...hiddenFrom, ...bots])]);
  }

  share(id: string, token?: string): void {
    const bots = this.#bots(token);
    this.#setHidden(id, (hiddenFrom) => hiddenFrom.filter((bot) => !bots.includes(bot)));
  }

  trashDatabase(id: string): void {
    this.#setDatabase(id, { trashed: true });
  }

  restoreDatabase(id: string): void {
    this.#setDatabase(id, { trashed: false });
  }

  /** @param config as in a request, e.g. `{ rich_text: {} }` */
  addProperty(database: string, name: string, config: JsonObject): void {
    this.#changeSchema(database, (change, source) => change.obey(source.id, { [name]: config }, 'body.properties'));
  }

  renameProperty(database: string, property: string, name: string): void {
    this.#changeSchema(database, (change, source) => change.rename(source.id, requireProperty(source, property), name));
  }

  /** @param config as in a request, e.g. `{ number: {} }` */
  retypeProperty(database: string, property: string, config: JsonObject): void {
    this.#changeSchema(database, (change, source) => {
      change.obey(source.id, { [requireProperty(source, property).id]: config }, 'body.properties');
    });
  }

  deleteProperty(database: string, property: string): void {
    this.#changeSchema(database, (change, source) => change.remove(source.id, requireProperty(source, property)));
  }

  renameOption(database: string, property: string, option: string, name: string): void {
    this.#changeOptions(database, property, option, (found) => [{ ...found, name }]);
  }

  deleteOption(database: string, property: string, option: string): void {
    this.#changeOptions(database, property, option, () => []);
  }

  /** Adds a data source to a database. @returns its id */
  addDataSource(database: string, { title, properties = {}, dataSourceId }: NewDataSourceOptions): string {
    const id = dataSourceId ?? this.#newId();
    const container = findDatabase(this.#store, database);
    const now = this.clock.now();
    const stamps = { createdAt: now, editedAt: now, createdBy: OWNER.id, editedBy: OWNER.id, trashed: false };
    const source = { id, databaseId: container.id, title: runsOf(title), ...stamps };
    const row = { ...container, dataSourceIds: [...container.dataSourceIds, id] };
    this.#store.commit({ table: 'database', row }, ...newDataSource(this.#store, source, properties));
    return id;
  }

  /** Moves a data source and its pages to another database. */
  moveDataSource(dataSource: string, toDatabase: string): void {
    const source = findDataSource(this.#store, dataSource);
    const from = findDatabase(this.#store, source.id);
    const to = findDatabase(this.#store, toDatabase);
    const others = from.dataSourceIds.filter((id) => id !== source.id);
    this.#store.commit(
      { table: 'database', row: { ...from, dataSourceIds: others } },
      { table: 'database', row: { ...to, dataSourceIds: [...to.dataSourceIds, source.id] } },
      { table: 'data_source', row: { ...source, databaseId: to.id, editedAt: this.clock.now(), editedBy: OWNER.id } },
    );
  }

  /** Trashes the data source only, not its database. */
  trashDataSource(dataSource: string): void {
    this.#store.commit({ table: 'data_source', row: { ...findDataSource(this.#store, dataSource), trashed: true } });
  }

  restoreDataSource(dataSource: string): void {
    this.#store.commit({ table: 'data_source', row: { ...findDataSource(this.#store, dataSource), trashed: false } });
  }

  #changeOptions(database: string, property: string, option: string, edit: (found: Option) => Option[]): void {
    this.#changeSchema(database, (change, source) => {
      change.setOptions(source.id, requireProperty(source, property), (options) => {
        if (!options.some(({ name }) => name === option)) throw new Error(`${property} has no option ${option}`);
        return options.flatMap((found) => (found.name === option ? edit(found) : [found]));
      });
    });
  }

  #changeSchema(database: string, edit: (change: SchemaChange, source: DataSource) => void): void {
    const source = { ...findDataSource(this.#store, database), editedAt: this.clock.now(), editedBy: OWNER.id };
    const change = new SchemaChange(this.#store);
    change.begin(source);
    edit(change, source);
    this.#store.commit(...change.puts());
  }

  #writes(dataSource: DataSource, values: PersonValues, by: string): PropertyWrites {
    const written = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, fromShorthand(requireProperty(dataSource, key), value)]),
    );
    return acceptProperties(this.#store, dataSource, written, { userId: by, viewer: null }, (id) =>
      attachUpload(this.#store, id),
    );
  }

  #addBlock(pageId: string, block: Body['blocks'][number], by: string): void {
    const page = findPage(this.#store, pageId);
    keepBlocks(this.#bodyWriter(by), page, [...this.#store.body(page.id).blocks, block], true);
  }

  #bodyWriter(by: string): BodyWriter {
    return { store: this.#store, settings: this.#settings, newId: this.#newId, viewer: null, userId: by };
  }

  #setHidden(id: string, change: (hiddenFrom: readonly string[]) => readonly string[]): void {
    const page = this.#store.page(toUuid(id) ?? id);
    if (page) this.#store.commit({ table: 'page', row: { ...page, hiddenFrom: change(page.hiddenFrom) } });
    else {
      const database = findDatabase(this.#store, id);
      this.#store.commit({ table: 'database', row: { ...database, hiddenFrom: change(database.hiddenFrom) } });
    }
  }

  #setDatabase(id: string, change: Pick<Database, 'trashed'>): void {
    const stamps = { editedAt: this.clock.now(), editedBy: OWNER.id };
    this.#store.commit({ table: 'database', row: { ...findDatabase(this.#store, id), ...change, ...stamps } });
  }

  #bots(token: string | undefined): string[] {
    if (token === undefined) return this.users().flatMap((user) => (user.kind === 'bot' ? [user.id] : []));
    const integration = this.integration(token);
    if (!integration) throw new Error('there is no integration with that token');
    return [integration.botId];
  }
}

const rootPage = (now: number): Page => ({
  id: ROOT_PAGE,
  dataSourceId: null,
  values: { title: { type: 'title', runs: runsOf('Home') } },
  createdAt: now,
  editedAt: now,
  createdBy: OWNER.id,
  editedBy: OWNER.id,
  trashed: false,
  archived: false,
  locked: false,
  icon: null,
  cover: null,
  hiddenFrom: [],
});
