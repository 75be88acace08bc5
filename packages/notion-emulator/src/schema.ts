import { invalid, notFound, notSupported } from './api-error.ts';
import { acceptFormula, acceptRollup, acceptUniqueId } from './computed-config.ts';
import { choice, type JsonObject, object, text, uuid } from './expect.ts';
import { findProperty, titleProperty } from './find-property.ts';
import { shortIdFrom, undashed } from './ids.ts';
import type { Put } from './journal.ts';
import type { DataSource, Option, Page, Property, PropertyConfig, PropertyType, Value } from './model.ts';
import { ownWords, runsOf, toPlainText } from './rich-text.ts';
import { acceptOptions } from './schema-options.ts';
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
  'button',
  'place',
  'verification',
] as const;
const TYPES: readonly PropertyType[] = [
  ...PLAIN_TYPES,
  'number',
  'select',
  'multi_select',
  'status',
  'relation',
  'formula',
  'rollup',
  'unique_id',
];
const NOT_SUPPORTED = ['location', 'last_visited_time'];
/** @see https://developers.notion.com/reference/update-a-data-source */
const MAX_SCHEMA_BYTES = 50_000;

/**
 * A schema change in progress, over all data sources that it affects. Nothing is
 * stored until the caller commits `puts()`.
 */
export class SchemaChange {
  readonly #store: Store;
  readonly #changed = new Map<string, DataSource>();
  readonly #pages = new Map<string, Page>();
  readonly #visible: (dataSourceId: string) => DataSource | undefined;
  readonly #isByPerson: boolean;

  /** @param visible the data sources that an integration may see; a person sees all */
  constructor(store: Store, visible?: (id: string) => DataSource | undefined) {
    this.#store = store;
    this.#visible = visible ?? ((id) => store.dataSources.get(id));
    this.#isByPerson = visible === undefined;
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
    // A formula or rollup may name a property of the same request.
    for (const [key, change] of [...Object.entries(properties)].sort(([, a], [, b]) => rank(a) - rank(b))) {
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
    this.#numberPages(dataSourceId, retyped);
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
    const { config, dual } = this.#acceptConfig(dataSourceId, body, path, null);
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
    this.#numberPages(dataSourceId, property);
  }

  #update(dataSourceId: string, property: Property, body: JsonObject, path: string): void {
    const { name, description, id: _, ...rest } = body;
    if (Object.keys(rest).length > 0) {
      const { config, dual } = this.#acceptConfig(dataSourceId, body, path, property);
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
    dataSourceId: string,
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
      case 'formula':
        return { config: acceptFormula(body.formula, at, this.#source(dataSourceId), this.#isByPerson), dual: null };
      case 'rollup': {
        const config = acceptRollup(body.rollup, at, this.#source(dataSourceId), (id) => this.current(id));
        return { config, dual: null };
      }
      case 'unique_id': {
        const sources = this.#store.dataSources.values();
        const config = acceptUniqueId(body.unique_id, at, before, this.#source(dataSourceId), sources);
        return { config, dual: null };
      }
      default:
        object(body[type], at, []);
        return { config: { type }, dual: null };
    }
  }

  /** Existing pages get their numbers in the order of their creation. */
  #numberPages(dataSourceId: string, { id, config }: Property): void {
    if (config.type !== 'unique_id') return;
    let number = 0;
    for (const page of this.#store.pagesOf(dataSourceId)) {
      if (page.template) continue;
      number += 1;
      const latest = this.#pages.get(page.id) ?? page;
      this.#pages.set(page.id, { ...latest, values: { ...latest.values, [id]: { type: 'unique_id', number } } });
    }
    this.#set({ ...this.#source(dataSourceId), lastUniqueId: number });
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

const rank = (change: unknown): number =>
  typeof change === 'object' && change !== null && ('formula' in change || 'rollup' in change) ? 1 : 0;

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
