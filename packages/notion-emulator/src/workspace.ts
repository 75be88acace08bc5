import type { DataSourceObjectResponse, PageObjectResponse } from '@notionhq/client';
import { hostedUrl } from './blocks/model.ts';
import { type BodyWriter, bodyPuts, copyBlocks, keepBlocks, newBlocks, readBody, replaceContent } from './bodies.ts';
import type { Clock } from './clock.ts';
import { addDatabase, newDataSource } from './databases.ts';
import type { JsonObject } from './expect.ts';
import { toUuid, uuidFrom } from './ids.ts';
import type { Body, Capabilities, Database, DataSource, Integration, Option, Page, Property, User } from './model.ts';
import { acceptProperties, changePage, createPage, movePage, type PropertyWrites } from './pages.ts';
import { renderDataSource, renderingOf, renderPage } from './render.ts';
import { ownWords, runsOf } from './rich-text.ts';
import { findProperty, SchemaChange } from './schema.ts';
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from './settings.ts';
import type { Store } from './store.ts';
import { fromShorthand } from './values.ts';
import { pageInTrash, requirePage } from './visibility.ts';

/** A page as it is now, nothing cut off, with the times that the API only shows to the minute. */
export interface ExactPage {
  readonly id: string;
  readonly databaseId: string;
  readonly dataSourceId: string;
  readonly title: string;
  readonly trashed: boolean;
  /** ISO 8601 with milliseconds. */
  readonly createdAt: string;
  readonly editedAt: string;
  readonly createdBy: string;
  readonly editedBy: string;
  /** As the API answers it, with every related page. */
  readonly page: PageObjectResponse;
}

export interface DatabaseSummary {
  readonly id: string;
  readonly dataSourceId: string;
  readonly title: string;
  readonly trashed: boolean;
  readonly pages: number;
  readonly trashedPages: number;
  readonly properties: DataSourceObjectResponse['properties'];
}

export interface NewDatabaseOptions {
  readonly id?: string;
  readonly dataSourceId?: string;
  readonly title: string;
  /** As a create request has them, e.g. `{ Name: { title: {} } }`. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

export interface NewDataSourceOptions {
  readonly dataSourceId?: string;
  readonly title: string;
  /** As a create request has them. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/**
 * Values by property name or id: in the form of a request, or in shorthand
 * (`'Todo'`, `5`, `'2026-03-01'`, `['page id']`, `null`).
 */
export type PersonValues = Readonly<Record<string, unknown>>;

/** The person who acts where no other is named. */
export const OWNER: User = {
  id: uuidFrom('person: Alex'),
  name: 'Alex',
  kind: 'person',
  email: 'alex@example.com',
};

const ROOT_PAGE = uuidFrom('page: Home');

/**
 * The workspace in the hands of its owner: what a person does in Notion's own
 * app, and what a test wants to see. A person is not bound by the limits of an
 * API request, and sees what is not shared with any integration.
 */
export class Workspace {
  readonly clock: Clock;
  /** A page of the workspace itself, shared with every integration: a place for databases. */
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

  /** Lets a token in, or changes what it may do. @returns the id of its bot */
  addIntegration(token: string, name: string, capabilities: Partial<Capabilities> = {}): string {
    const botId = uuidFrom(`bot: ${name}`);
    if (!this.#store.users.has(botId)) {
      this.#store.commit({ table: 'user', row: { id: botId, name, kind: 'bot' } });
    }
    const all = { read: true, insert: true, update: true, ...capabilities };
    this.#integrations.set(token, { token, botId, capabilities: all });
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
      const pages = [...this.#store.pagesOf(source.id)];
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

  /** The data source's properties as the API answers them. @param database its id, its data source's, or its title */
  dataSource(database: string): DataSourceObjectResponse {
    return renderDataSource(this.#source(database), this.#store, null);
  }

  page(id: string): ExactPage {
    return this.#exact(this.#page(id));
  }

  /** Every page, trashed ones included. */
  pages(database?: string): ExactPage[] {
    if (database !== undefined) {
      return [...this.#store.pagesOf(this.#source(database).id)].map((page) => this.#exact(page));
    }
    return [...this.#store.pages()].filter((page) => page.dataSourceId !== null).map((page) => this.#exact(page));
  }

  /** By page id. */
  titles(): Record<string, string> {
    return Object.fromEntries([...this.#store.pages()].map((page) => [page.id, titleOf(page)]));
  }

  /** Grows with every change, so that a viewer knows when to look again. */
  get revision(): number {
    return this.#store.revision;
  }

  /** @param markdown its body @returns the new page's id */
  createPage(database: string, values: PersonValues = {}, by: string = OWNER.id, markdown = ''): string {
    const source = this.#source(database);
    const fresh = { id: this.#newId(), icon: null, cover: null };
    const along = bodyPuts(fresh.id, newBlocks(this.#bodyWriter(by), markdown));
    return createPage(this.#store, this.#writes(source, values, by), fresh, by, along).id;
  }

  editPage(id: string, values: PersonValues, by: string = OWNER.id): void {
    const page = this.#page(id);
    changePage(this.#store, page, this.#writes(this.#sourceOf(page), values, by), {}, by);
  }

  /** What a page's body says, in enhanced Markdown, and the blocks that it is made of. */
  body(pageId: string): { markdown: string; blocks: Body['blocks'] } {
    const { id } = this.#page(pageId);
    return { markdown: readBody(this.#store, this.#settings, id, null).markdown, blocks: this.#store.body(id).blocks };
  }

  /** Puts Markdown in the place of a body. Blocks that it says nothing of are gone, child pages too. */
  editBody(pageId: string, markdown: string, by: string = OWNER.id): void {
    replaceContent(this.#bodyWriter(by), this.#page(pageId), markdown, true);
  }

  /** Adds a block at the end that Markdown does not show. @param kind e.g. `button` @returns its id */
  addUnsupportedBlock(pageId: string, kind: string, by: string = OWNER.id): string {
    const id = this.#newId();
    this.#addBlock(pageId, { id, type: 'unsupported', kind }, by);
    return id;
  }

  /** Adds an uploaded image at the end: its address is signed anew at every reading. @returns the block's id */
  addImage(pageId: string, name: string, by: string = OWNER.id): string {
    const id = this.#newId();
    this.#addBlock(pageId, { id, type: 'image', url: hostedUrl(id, name), hosted: true, caption: [] }, by);
    return id;
  }

  /** Makes a page at the end of another one's body. @returns its id */
  addChildPage(parentPageId: string, title: string, by: string = OWNER.id): string {
    const parent = this.#page(parentPageId);
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

  /** From now on a reading of the body gives so many of its blocks and says that it is truncated; null for all. */
  truncateBody(pageId: string, loaded: number | null): void {
    this.#store.commit({ table: 'body', row: { ...this.#store.body(this.#page(pageId).id), loaded } });
  }

  trashPage(id: string, by: string = OWNER.id): void {
    changePage(this.#store, this.#page(id), null, { trashed: true }, by);
  }

  restorePage(id: string, by: string = OWNER.id): void {
    changePage(this.#store, this.#page(id), null, { trashed: false }, by);
  }

  /** Notion's Duplicate: every property is copied, `Sync Key` too, and the body. @returns the copy's id */
  duplicatePage(id: string, by: string = OWNER.id): string {
    const page = this.#page(id);
    const dataSource = this.#sourceOf(page);
    const fresh = { id: this.#newId(), icon: page.icon, cover: page.cover };
    const along = bodyPuts(fresh.id, copyBlocks(this.#store.body(page.id).blocks, this.#newId));
    return createPage(this.#store, { values: page.values, dataSource }, fresh, by, along).id;
  }

  movePage(id: string, toDatabase: string, by: string = OWNER.id): void {
    const page = this.#page(id);
    movePage(this.#store, page, this.#sourceOf(page), this.#source(toDatabase), by);
  }

  /** Takes a page or database away from an integration. @param token every integration's without */
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

  /** @param config as a request has it, e.g. `{ rich_text: {} }` */
  addProperty(database: string, name: string, config: JsonObject): void {
    this.#changeSchema(database, (change, source) => change.obey(source.id, { [name]: config }, 'body.properties'));
  }

  renameProperty(database: string, property: string, name: string): void {
    this.#changeSchema(database, (change, source) => change.rename(source.id, this.#property(source, property), name));
  }

  /** @param config as a request has it, e.g. `{ number: {} }` */
  retypeProperty(database: string, property: string, config: JsonObject): void {
    this.#changeSchema(database, (change, source) => {
      change.obey(source.id, { [this.#property(source, property).id]: config }, 'body.properties');
    });
  }

  deleteProperty(database: string, property: string): void {
    this.#changeSchema(database, (change, source) => change.remove(source.id, this.#property(source, property)));
  }

  renameOption(database: string, property: string, option: string, name: string): void {
    this.#changeOptions(database, property, option, (found) => [{ ...found, name }]);
  }

  deleteOption(database: string, property: string, option: string): void {
    this.#changeOptions(database, property, option, () => []);
  }

  /** Gives a database one more data source. @returns its id */
  addDataSource(database: string, { title, properties = {}, dataSourceId }: NewDataSourceOptions): string {
    const id = dataSourceId ?? this.#newId();
    const container = this.#database(database);
    const now = this.clock.now();
    const stamps = { createdAt: now, editedAt: now, createdBy: OWNER.id, editedBy: OWNER.id, trashed: false };
    const source = { id, databaseId: container.id, title: runsOf(title), ...stamps };
    const row = { ...container, dataSourceIds: [...container.dataSourceIds, id] };
    this.#store.commit({ table: 'database', row }, ...newDataSource(this.#store, source, properties));
    return id;
  }

  /** Moves a data source, with its pages, into another database. */
  moveDataSource(dataSource: string, toDatabase: string): void {
    const source = this.#source(dataSource);
    const from = this.#database(source.id);
    const to = this.#database(toDatabase);
    const others = from.dataSourceIds.filter((id) => id !== source.id);
    this.#store.commit(
      { table: 'database', row: { ...from, dataSourceIds: others } },
      { table: 'database', row: { ...to, dataSourceIds: [...to.dataSourceIds, source.id] } },
      { table: 'data_source', row: { ...source, databaseId: to.id, editedAt: this.clock.now(), editedBy: OWNER.id } },
    );
  }

  /** Only this one, not its database. */
  trashDataSource(dataSource: string): void {
    this.#store.commit({ table: 'data_source', row: { ...this.#source(dataSource), trashed: true } });
  }

  restoreDataSource(dataSource: string): void {
    this.#store.commit({ table: 'data_source', row: { ...this.#source(dataSource), trashed: false } });
  }

  #changeOptions(database: string, property: string, option: string, edit: (found: Option) => Option[]): void {
    this.#changeSchema(database, (change, source) => {
      change.setOptions(source.id, this.#property(source, property), (options) => {
        if (!options.some(({ name }) => name === option)) throw new Error(`${property} has no option ${option}`);
        return options.flatMap((found) => (found.name === option ? edit(found) : [found]));
      });
    });
  }

  #changeSchema(database: string, edit: (change: SchemaChange, source: DataSource) => void): void {
    const source = { ...this.#source(database), editedAt: this.clock.now(), editedBy: OWNER.id };
    const change = new SchemaChange(this.#store);
    change.begin(source);
    edit(change, source);
    this.#store.commit(...change.puts());
  }

  #writes(dataSource: DataSource, values: PersonValues, by: string): PropertyWrites {
    const written = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, fromShorthand(this.#property(dataSource, key), value)]),
    );
    return acceptProperties(this.#store, this.#settings, dataSource, written, { userId: by, viewer: null });
  }

  #addBlock(pageId: string, block: Body['blocks'][number], by: string): void {
    const page = this.#page(pageId);
    keepBlocks(this.#bodyWriter(by), page, [...this.#store.body(page.id).blocks, block], true);
  }

  #bodyWriter(by: string): BodyWriter {
    return { store: this.#store, settings: this.#settings, newId: this.#newId, viewer: null, userId: by };
  }

  #exact(page: Page): ExactPage {
    const rendering = { ...renderingOf(this.#store, null), whole: true };
    return {
      id: page.id,
      databaseId: this.#sourceOf(page).databaseId,
      dataSourceId: this.#sourceOf(page).id,
      title: titleOf(page),
      trashed: pageInTrash(this.#store, page),
      createdAt: new Date(page.createdAt).toISOString(),
      editedAt: new Date(page.editedAt).toISOString(),
      createdBy: page.createdBy,
      editedBy: page.editedBy,
      page: renderPage(page, rendering),
    };
  }

  #setHidden(id: string, change: (hiddenFrom: readonly string[]) => readonly string[]): void {
    const page = this.#store.page(toUuid(id) ?? id);
    if (page) this.#store.commit({ table: 'page', row: { ...page, hiddenFrom: change(page.hiddenFrom) } });
    else {
      const database = this.#database(id);
      this.#store.commit({ table: 'database', row: { ...database, hiddenFrom: change(database.hiddenFrom) } });
    }
  }

  #setDatabase(id: string, change: Pick<Database, 'trashed'>): void {
    const stamps = { editedAt: this.clock.now(), editedBy: OWNER.id };
    this.#store.commit({ table: 'database', row: { ...this.#database(id), ...change, ...stamps } });
  }

  #bots(token: string | undefined): string[] {
    if (token === undefined) return this.users().flatMap((user) => (user.kind === 'bot' ? [user.id] : []));
    const integration = this.integration(token);
    if (!integration) throw new Error('there is no integration with that token');
    return [integration.botId];
  }

  #page(id: string): Page {
    return requirePage(this.#store, toUuid(id) ?? id, null);
  }

  #database(reference: string): Database {
    const database = this.#store.databases.get(this.#source(reference).databaseId);
    if (!database) throw new Error(`${reference} has no database`);
    return database;
  }

  #source(reference: string): DataSource {
    const id = toUuid(reference) ?? reference;
    for (const source of this.#store.dataSources.values()) {
      if (source.id === id || source.databaseId === id || ownWords(source.title) === reference) return source;
    }
    throw new Error(`there is no database ${reference}`);
  }

  #sourceOf(page: Page): DataSource {
    const source = page.dataSourceId === null ? undefined : this.#store.dataSources.get(page.dataSourceId);
    if (!source) throw new Error(`page ${page.id} is in no database`);
    return source;
  }

  #property(source: DataSource, key: string): Property {
    const property = findProperty(source, key);
    if (!property) throw new Error(`${ownWords(source.title)} has no property ${key}`);
    return property;
  }
}

function titleOf(page: Page): string {
  const title = page.values.title;
  return title?.type === 'title' ? ownWords(title.runs) : '';
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
