import { invalid, notFound, notSupported } from './api-error.ts';
import { choice, type JsonObject, list, object, text, uuid } from './expect.ts';
import { shortIdFrom, undashed } from './ids.ts';
import type { Put } from './journal.ts';
import type { DataSource, Option, Page, Property, PropertyConfig, PropertyType, Value } from './model.ts';
import { SELECT_COLORS } from './notion-types.ts';
import { newOption } from './options.ts';
import { ownWords, runsOf, toPlainText } from './rich-text.ts';
import type { Store } from './store.ts';
import { emptyValue, valueOn } from './values.ts';
import { mentionablesOf } from './visibility.ts';

const PLAIN_TYPES = [
  'title',
  'rich_text',
  'url',
  'email',
  'phone_number',
  'date',
  'people',
  'files',
  'checkbox',
  'created_time',
  'created_by',
  'last_edited_time',
  'last_edited_by',
] as const;
const TYPES: readonly PropertyType[] = [...PLAIN_TYPES, 'number', 'select', 'multi_select', 'status', 'relation'];
const NOT_SUPPORTED = [
  'formula',
  'rollup',
  'unique_id',
  'place',
  'button',
  'verification',
  'location',
  'last_visited_time',
];
/** @see https://developers.notion.com/reference/update-a-data-source */
const MAX_SCHEMA_BYTES = 50_000;

/** The property by its id (encoded or not) or its name. */
export function findProperty(dataSource: Pick<DataSource, 'properties'>, key: string): Property | undefined {
  return (
    dataSource.properties.find((property) => property.id === key || encodeURIComponent(property.id) === key) ??
    dataSource.properties.find((property) => property.name === key)
  );
}

export const titleProperty = (dataSource: DataSource): Property | undefined =>
  dataSource.properties.find((property) => property.config.type === 'title');

/**
 * A schema change in progress, over all data sources that it affects. Nothing is
 * stored until the caller commits `puts()`.
 */
export class SchemaChange {
  readonly #store: Store;
  readonly #changed = new Map<string, DataSource>();
  readonly #pages = new Map<string, Page>();
  readonly #visible: (dataSourceId: string) => DataSource | undefined;

  /** @param visible the data sources that the writer may see */
  constructor(store: Store, visible = (id: string) => store.dataSources.get(id)) {
    this.#store = store;
    this.#visible = visible;
  }

  puts(): Put[] {
    return [
      ...[...this.#changed.values()].map((row) => ({ table: 'data_source', row }) as const),
      ...[...this.#pages.values()].map((row) => ({ table: 'page', row }) as const),
    ];
  }

  /** Adds a data source that is new or already changed. */
  begin(dataSource: DataSource): void {
    this.#changed.set(dataSource.id, dataSource);
  }

  current(id: string): DataSource | undefined {
    return this.#changed.get(id) ?? this.#store.dataSources.get(id);
  }

  /** Applies `properties` of a create or update request: `{ nameOrId: config | { name } | null }`. */
  obey(dataSourceId: string, properties: JsonObject, path: string): void {
    for (const [key, change] of Object.entries(properties)) {
      const at = `${path}.${key}`;
      const existing = findProperty(this.#source(dataSourceId), key);
      if (change === null) {
        if (!existing) throw invalid(`Could not find property with name or id: ${key}`);
        this.remove(dataSourceId, existing);
      } else if (existing) this.#update(dataSourceId, existing, object(change, at), at);
      else this.#add(dataSourceId, key, object(change, at), at);
    }
    const size = JSON.stringify(this.#source(dataSourceId).properties).length;
    if (size > MAX_SCHEMA_BYTES)
      throw invalid(`The schema is too large: ${size} bytes; keep it under ${MAX_SCHEMA_BYTES}.`);
  }

  remove(dataSourceId: string, property: Property): void {
    if (property.config.type === 'title') throw invalid('Cannot delete the title property.');
    this.#forgetCounterpart(property);
    const source = this.#source(dataSourceId);
    this.#set({ ...source, properties: source.properties.filter((other) => other.id !== property.id) });
  }

  rename(dataSourceId: string, property: Property, name: string): void {
    const taken = this.#source(dataSourceId).properties.some(
      (other) => other.id !== property.id && other.name === name,
    );
    if (taken) throw invalid(`Cannot rename ${property.name}: a property named ${name} exists already.`);
    this.#replace(dataSourceId, { ...property, name });
  }

  /** Changes the type of a property and converts its values where possible. */
  retype(dataSourceId: string, property: Property, config: PropertyConfig): void {
    if ((property.config.type === 'title') !== (config.type === 'title')) {
      throw invalid('Cannot convert from or to the title property.');
    }
    this.#forgetCounterpart(property);
    const retyped = { ...property, config };
    for (const page of this.#store.pagesOf(dataSourceId)) {
      const before = valueOn(page, property);
      const value = before && this.#convert(before, property, retyped);
      const latest = this.#pages.get(page.id) ?? page;
      const { [property.id]: _, ...others } = latest.values;
      this.#pages.set(page.id, { ...latest, values: value ? { ...others, [property.id]: value } : others });
    }
    this.#replace(dataSourceId, this.#withCounterpart(dataSourceId, retyped, {}));
  }

  /** Changes options as Notion's own app does. Options keep their ids, so no page counts as edited. */
  setOptions(
    dataSourceId: string,
    property: Property,
    change: (options: readonly Option[]) => readonly Option[],
  ): void {
    const { config } = property;
    if (!('options' in config)) throw new Error(`${property.name} has no options`);
    this.#replace(dataSourceId, { ...property, config: { ...config, options: change(config.options) } });
  }

  #add(dataSourceId: string, name: string, body: JsonObject, path: string): void {
    const { config, dual } = this.#acceptConfig(body, path, null);
    if (config.type === 'title' && titleProperty(this.#source(dataSourceId))) {
      throw invalid('A data source has exactly one title property.');
    }
    const description =
      body.description === undefined || body.description === null
        ? null
        : text(body.description, `${path}.description`);
    const id = config.type === 'title' ? 'title' : this.#newId(dataSourceId, name);
    const property = { id, name, description, config };
    const source = this.#source(dataSourceId);
    this.#set({ ...source, properties: [...source.properties, property] });
    if (dual) this.#replace(dataSourceId, this.#withCounterpart(dataSourceId, property, dual));
  }

  #update(dataSourceId: string, property: Property, body: JsonObject, path: string): void {
    const { name, description, id: _, ...rest } = body;
    if (Object.keys(rest).length > 0) {
      const { config, dual } = this.#acceptConfig(body, path, property);
      if (config.type !== property.config.type) this.retype(dataSourceId, property, config);
      else if (config.type === 'relation') {
        this.#forgetCounterpart(property);
        const fresh = { ...property, config };
        this.#replace(dataSourceId, dual ? this.#withCounterpart(dataSourceId, fresh, dual) : fresh);
      } else this.#replace(dataSourceId, { ...property, config });
    }
    const latest = (): Property => findProperty(this.#source(dataSourceId), property.id) ?? property;
    if (description !== undefined) {
      const words = description === null ? null : text(description, `${path}.description`);
      this.#replace(dataSourceId, { ...latest(), description: words });
    }
    if (name !== undefined) this.rename(dataSourceId, latest(), text(name, `${path}.name`, { min: 1 }));
  }

  #acceptConfig(
    body: JsonObject,
    path: string,
    before: Property | null,
  ): { config: PropertyConfig; dual: JsonObject | null } {
    const unknown = NOT_SUPPORTED.find((type) => type in body);
    if (unknown) throw notSupported(`a property of type ${unknown}`);
    const types = TYPES.filter((type) => type in body);
    const [type] = types;
    if (type === undefined || types.length > 1)
      throw invalid(`body failed validation: ${path} should define one property type.`);
    // The id that a read returned may be sent back.
    object(body, path, ['id', 'type', 'name', 'description', type]);
    if (body.type !== undefined) choice(body.type, `${path}.type`, [type]);
    const at = `${path}.${type}`;
    switch (type) {
      case 'number': {
        const { format } = object(body.number, at, ['format']);
        return { config: { type, format: format === undefined ? 'number' : text(format, `${at}.format`) }, dual: null };
      }
      case 'select':
      case 'multi_select':
      case 'status': {
        const { options } = object(body[type], at, ['options']);
        const known = before && 'options' in before.config ? before.config.options : [];
        return { config: { type, options: acceptOptions(options, `${at}.options`, known, type) }, dual: null };
      }
      case 'relation': {
        const keys = ['data_source_id', 'database_id', 'type', 'single_property', 'dual_property'];
        const relation = object(body.relation, at, keys);
        const target = this.#relationTarget(relation, at);
        if (!this.#changed.has(target) && !this.#visible(target)) throw notFound('data_source', target);
        const dual =
          relation.dual_property === undefined
            ? null
            : object(relation.dual_property, `${at}.dual_property`, ['synced_property_id', 'synced_property_name']);
        if (!dual) object(relation.single_property, `${at}.single_property`, []);
        return { config: { type, dataSourceId: target, counterpart: null }, dual };
      }
      default:
        object(body[type], at, []);
        return { config: { type }, dual: null };
    }
  }

  /** A database stands for its only data source, as before version 2025-09-03. */
  #relationTarget({ data_source_id, database_id }: JsonObject, path: string): string {
    if (data_source_id !== undefined || database_id === undefined)
      return uuid(data_source_id, `${path}.data_source_id`);
    const id = uuid(database_id, `${path}.database_id`);
    const [only, ...others] = this.#store.databases.get(id)?.dataSourceIds ?? [];
    if (only === undefined) throw notFound('database', id);
    if (others.length > 0) throw invalid(`Database ${id} has multiple data sources: name one of them.`);
    return only;
  }

  /** Creates the other property of a two-way relation. */
  #withCounterpart(dataSourceId: string, property: Property, dual: JsonObject): Property {
    const { config } = property;
    if (config.type !== 'relation' || !('synced_property_name' in dual || Object.keys(dual).length === 0))
      return property;
    if (config.counterpart !== null) return property;
    const source = this.#source(dataSourceId);
    const target = this.#source(config.dataSourceId);
    const wanted = typeof dual.synced_property_name === 'string' ? dual.synced_property_name : null;
    const own = ownWords(source.title);
    const name = freeName(target, wanted ?? `Related to ${own} (${property.name})`);
    const counterpart: Property = {
      id: this.#newId(target.id, name),
      name,
      description: null,
      config: { type: 'relation', dataSourceId, counterpart: property.id },
    };
    this.#set({ ...target, properties: [...target.properties, counterpart] });
    return { ...property, config: { ...config, counterpart: counterpart.id } };
  }

  /** When a two-way relation ends, its other side becomes a one-way relation. */
  #forgetCounterpart({ config }: Property): void {
    if (config.type !== 'relation' || config.counterpart === null) return;
    const target = this.#source(config.dataSourceId);
    const other = findProperty(target, config.counterpart);
    if (other?.config.type === 'relation') {
      this.#replace(target.id, { ...other, config: { ...other.config, counterpart: null } });
    }
  }

  #convert(value: Value, before: Property, after: Property): Value | undefined {
    const { type } = after.config;
    if (value.type === type) return value;
    if (type === 'multi_select' && value.type === 'select' && value.option) {
      return { type, options: [value.option] };
    }
    if (type === 'select' || type === 'status') {
      const option = value.type === 'select' || value.type === 'status' ? value.option : null;
      const chosen = value.type === 'multi_select' ? (value.options[0] ?? null) : option;
      return chosen === null ? emptyValue(after) : { type, option: chosen };
    }
    const words = inWords(value, before, this.#store);
    switch (type) {
      case 'rich_text':
        return { type, runs: runsOf(words) };
      case 'url':
      case 'email':
      case 'phone_number':
        return { type, text: words || null };
      case 'number': {
        const number = Number(words);
        return { type, number: words === '' || !Number.isFinite(number) ? null : number };
      }
      default:
        return emptyValue(after);
    }
  }

  /** Avoids ids whose values a page still has, so that a new property does not show values of a deleted one. */
  #newId(dataSourceId: string, name: string): string {
    const taken = new Set(this.#source(dataSourceId).properties.map((property) => property.id));
    for (const page of this.#store.pagesOf(dataSourceId)) for (const id of Object.keys(page.values)) taken.add(id);
    return shortIdFrom(`${undashed(dataSourceId)}/${name}`, taken);
  }

  #source(id: string): DataSource {
    const source = this.current(id);
    if (!source) throw notFound('data_source', id);
    return source;
  }

  #set(source: DataSource): void {
    this.#changed.set(source.id, source);
  }

  #replace(dataSourceId: string, property: Property): void {
    const source = this.#source(dataSourceId);
    const properties = source.properties.map((other) => (other.id === property.id ? property : other));
    this.#set({ ...source, properties });
  }
}

/** The list replaces the previous one. Options that are not in it are removed from all pages. */
function acceptOptions(given: unknown, path: string, known: readonly Option[], type: string): Option[] {
  if (given === undefined) return known.length > 0 || type !== 'status' ? [...known] : defaultStatuses();
  const options = list(given, path, 100).map((entry, index): Option => {
    const at = `${path}[${index}]`;
    const body = object(entry, at, ['id', 'name', 'color', 'description']);
    const color = body.color === undefined ? undefined : choice(body.color, `${at}.color`, SELECT_COLORS);
    const before = knownOption(known, body);
    // Notion ignores a new name without an error, but refuses a new color.
    if (before && color && color !== before.color) {
      throw invalid(`Cannot update color of ${type} with name: ${before.name}.`);
    }
    if (before) return before;
    if (body.id !== undefined) throw invalid(`${at}: there is no ${type} option with the id ${String(body.id)}.`);
    const name = text(body.name, `${at}.name`, { min: 1, max: 100 });
    if (name.includes(',')) throw invalid(`Invalid ${type} option, commas not allowed: ${name}`);
    const made = newOption(name, index);
    return color ? { ...made, color } : made;
  });
  const names = options.map((option) => option.name);
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined) throw invalid(`${path}: the option ${double} is listed twice.`);
  return options;
}

const knownOption = (known: readonly Option[], { id, name }: JsonObject): Option | undefined =>
  known.find((option) => (id === undefined ? option.name === String(name) : option.id === id));

const defaultStatuses = (): Option[] => ['Not started', 'In progress', 'Done'].map(newOption);

function freeName(source: DataSource, wanted: string): string {
  const names = new Set(source.properties.map((property) => property.name));
  let name = wanted;
  for (let n = 1; names.has(name); n += 1) name = `${wanted} ${n}`;
  return name;
}

function inWords(value: Value, property: Property, store: Store): string {
  switch (value.type) {
    case 'title':
    case 'rich_text':
      return toPlainText(value.runs, mentionablesOf(store, null));
    case 'number':
      return value.number === null ? '' : String(value.number);
    case 'select':
    case 'status': {
      const options = 'options' in property.config ? property.config.options : [];
      return options.find((option) => option.id === value.option)?.name ?? '';
    }
    case 'url':
    case 'email':
    case 'phone_number':
      return value.text ?? '';
    case 'date':
      return value.date?.start ?? '';
    default:
      return '';
  }
}
