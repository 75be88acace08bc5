import type { NotionEmulator } from '../src/index.ts';
import type { Recording } from './exchanges.ts';

const UUID = /[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}/gi;

const UUID_ONLY = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

/** An id in a path, and what it is the id of. */
const NAMED = /(pages|blocks|data_sources|databases)\/([0-9a-f-]{32,36})/g;

type Row = Readonly<Record<string, unknown>>;

/** Property types of a schema that a request can create without knowing other data sources. */
const SIMPLE = [
  'rich_text',
  'number',
  'checkbox',
  'date',
  'people',
  'files',
  'url',
  'email',
  'phone_number',
  'button',
  'place',
  'verification',
  'unique_id',
];
const STAMPS = ['created_time', 'created_by', 'last_edited_time', 'last_edited_by'];

/** The recorded ids in the emulator: what a recording relies on is created when it is first named. */
export class World {
  readonly #emulator: NotionEmulator;
  readonly #recorded = new Map<string, Row>();
  /** By recorded id. */
  readonly #ids = new Map<string, string>();
  /** The emulator's ids of properties by the recorded ones, both encoded. */
  readonly #propertyIds = new Map<string, string>();

  constructor(emulator: NotionEmulator, recordings: readonly Recording[]) {
    this.#emulator = emulator;
    for (const { exchanges } of recordings) for (const { answer } of exchanges) this.#index(answer);
  }

  /** Creates what the path of a successful request names. */
  requirePath(path: string): void {
    for (const [, kind = '', found = ''] of path.matchAll(NAMED)) {
      const id = dashed(found);
      if (this.#ids.has(id) || this.#recorded.has(id)) continue;
      const { workspace } = this.#emulator;
      if (kind === 'pages' || kind === 'blocks') this.#ids.set(id, this.#childPage('Page'));
      else {
        const made = workspace.createDatabase({ title: 'Database' });
        this.#ids.set(id, kind === 'databases' ? made.id : made.dataSourceId);
      }
    }
  }

  /** The text of a request with the emulator's ids. */
  translate(text: string): string {
    return text.replaceAll(UUID, (found) => {
      const id = dashed(found);
      const known = this.#ids.get(id) ?? this.#create(id);
      return found.includes('-') ? known : known.replaceAll('-', '');
    });
  }

  /** A request's path with the emulator's ids. */
  translatePath(path: string): string {
    return this.translate(path).replaceAll(
      /(\/properties\/|[?&]filter_properties(?:\[\]|%5B%5D)?=)([^/?&]+)/g,
      (_, before: string, id: string) => before + (this.#propertyIds.get(id) ?? id),
    );
  }

  /** A request's body with the emulator's ids. */
  translateBody(body: unknown): string {
    return this.translate(JSON.stringify(this.#withPropertyIds(body)));
  }

  #withPropertyIds(value: unknown): unknown {
    if (typeof value === 'string') return this.#propertyId(value);
    if (Array.isArray(value)) return value.map((each) => this.#withPropertyIds(each));
    if (!isRow(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [this.#propertyId(key), this.#withPropertyIds(each)]),
    );
  }

  #propertyId(text: string): string {
    return this.#propertyIds.get(text) ?? this.#propertyIds.get(encodeURIComponent(text)) ?? text;
  }

  #learnProperties(recorded: Row, answered: Row): void {
    for (const [name, property] of Object.entries(recorded)) {
      const other = answered[name];
      if (!isRow(property) || !isRow(other)) continue;
      const { id } = property;
      const isShort = typeof id === 'string' && id !== 'title' && !UUID_ONLY.test(id);
      if (isShort && typeof other.id === 'string') this.#propertyIds.set(id, other.id);
    }
  }

  /** Remembers which id of the emulator's answer stands for which recorded one. */
  learn(recorded: unknown, answered: unknown): void {
    if (Array.isArray(recorded) && Array.isArray(answered)) {
      if (recorded.length !== answered.length) return;
      for (const [index, each] of recorded.entries()) this.learn(each, answered[index]);
    } else if (isRow(recorded) && isRow(answered)) {
      for (const [key, value] of Object.entries(recorded)) {
        const other = answered[key];
        if (key === 'properties' && isRow(value) && isRow(other)) this.#learnProperties(value, other);
        if (key === 'synced_property_id' && typeof value === 'string' && typeof other === 'string')
          this.#propertyIds.set(value, other);
        const areIds = typeof value === 'string' && typeof other === 'string' && dashed(value).length === 36;
        if (areIds && /^[0-9a-f-]{36}$/.test(value) && !this.#ids.has(value)) this.#ids.set(value, other);
        else this.learn(value, other);
      }
    }
  }

  #index(value: unknown): void {
    if (Array.isArray(value)) for (const each of value) this.#index(each);
    if (!isRow(value)) return;
    const known = typeof value.id === 'string' && typeof value.object === 'string' && Object.keys(value).length > 2;
    if (known && !this.#recorded.has(String(value.id))) this.#recorded.set(String(value.id), value);
    for (const each of Object.values(value)) this.#index(each);
  }

  #create(id: string): string {
    this.#ids.set(id, id);
    const row = this.#recorded.get(id);
    const made = row ? this.#createAs(row) : this.#guess(id);
    this.#ids.set(id, made);
    return made;
  }

  #createAs(row: Row): string {
    const { workspace } = this.#emulator;
    switch (row.object) {
      case 'user':
        return row.type === 'bot' ? this.#emulator.botId : workspace.addPerson(String(row.name ?? row.id));
      case 'database':
        return this.#createDatabase(row);
      case 'data_source': {
        const parent = isRow(row.parent) ? String(row.parent.database_id) : '';
        const database = workspace.createDatabase({ title: plain(row.title), properties: schemaOf(row.properties) });
        this.#ids.set(parent, database.id);
        return database.dataSourceId;
      }
      case 'page':
        return this.#createPage(row);
      case 'block':
        return row.type === 'child_page' ? this.#childPage(String(row.id)) : this.#createBlock(String(row.id));
      default:
        return String(row.id);
    }
  }

  #createDatabase(row: Row): string {
    const sources = Array.isArray(row.data_sources) ? row.data_sources.filter(isRow) : [];
    const [first] = sources;
    const schema = this.#recorded.get(String(first?.id ?? row.id));
    const { workspace } = this.#emulator;
    const made = workspace.createDatabase({ title: plain(row.title), properties: schemaOf(schema?.properties) });
    if (first) this.#ids.set(String(first.id), made.dataSourceId);
    for (const source of sources.slice(1)) {
      this.#ids.set(String(source.id), workspace.addDataSource(made.id, { title: String(source.name) }));
    }
    return made.id;
  }

  #createPage(row: Row): string {
    const parent = isRow(row.parent) ? (row.parent.data_source_id ?? row.parent.database_id) : undefined;
    if (typeof parent !== 'string') return this.#childPage('Page');
    const kind = this.#recorded.get(parent)?.object;
    const isRecorded = kind === 'database' || kind === 'data_source';
    const isKnown = this.#ids.get(parent) !== undefined && this.#ids.get(parent) !== parent;
    if (!isKnown && !isRecorded) this.#createSource(parent, row);
    const source = this.#ids.get(parent) ?? this.#create(parent);
    return this.#emulator.workspace.createPage(source);
  }

  /** A data source that was not recorded, with the properties of its page. */
  #createSource(id: string, page: Row): void {
    const properties = schemaOf(page.properties);
    const made = this.#emulator.workspace.createDatabase({ title: 'Database', properties });
    const isDatabase = isRow(page.parent) && page.parent.data_source_id === undefined;
    this.#ids.set(id, isDatabase ? made.id : made.dataSourceId);
  }

  #childPage(title: string): string {
    const { workspace } = this.#emulator;
    return workspace.addChildPage(workspace.rootPageId, title);
  }

  /** A paragraph in a page of its own. */
  #createBlock(text: string): string {
    const { workspace } = this.#emulator;
    const page = this.#childPage('Page');
    workspace.editBody(page, text);
    return workspace.body(page).blocks[0]?.id ?? text;
  }

  /** A parent whose own object was not recorded is a page. */
  #guess(id: string): string {
    return this.#parents().has(id) ? this.#childPage('Page') : id;
  }

  #parentIds: ReadonlySet<string> | null = null;

  #parents(): ReadonlySet<string> {
    this.#parentIds ??= new Set(
      [...this.#recorded.values()].flatMap(({ parent }) =>
        isRow(parent) && typeof parent.page_id === 'string' ? [parent.page_id] : [],
      ),
    );
    return this.#parentIds;
  }
}

/** A recorded schema as in a create request, without relations, formulas and the like. */
function schemaOf(properties: unknown): Record<string, unknown> {
  if (!isRow(properties)) return {};
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, config]) => {
      if (!isRow(config) || typeof config.type !== 'string') return [];
      const { type } = config;
      if (type === 'title' || SIMPLE.includes(type) || STAMPS.includes(type)) return [[name, { [type]: {} }]];
      if (!['select', 'multi_select', 'status'].includes(type)) return [];
      const options = isRow(config[type]) && Array.isArray(config[type].options) ? config[type].options : [];
      const names = options.filter(isRow).map(({ name: option }) => ({ name: option }));
      return [[name, { [type]: { options: names } }]];
    }),
  );
}

const plain = (title: unknown): string =>
  Array.isArray(title)
    ? title
        .filter(isRow)
        .map((run) => String(run.plain_text ?? ''))
        .join('')
    : '';

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

const dashed = (id: string): string =>
  id
    .replaceAll('-', '')
    .toLowerCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
