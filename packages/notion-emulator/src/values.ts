import { invalid, notFound } from './api-error.ts';
import { acceptDate } from './date-values.ts';
import { finite, flag, type JsonObject, list, object, text, uuid } from './expect.ts';
import { acceptFile, type FileRules } from './files.ts';
import type { ExternalFile, Option, Page, Property, PropertyConfig, User, Value } from './model.ts';
import { newOption, withOptions } from './options.ts';
import { acceptRichText, type TextRules } from './rich-text.ts';
import { acceptPlace, acceptResult, acceptVerification, refuseReadOnly } from './special-values.ts';

/** What a value can refer to, and which limits apply. */
export interface ValueRules extends TextRules, FileRules {
  /** A page that the writer can see. */
  relatedPage(id: string): Page | undefined;
  /** Who writes. */
  readonly userId: string;
  user(id: string): User | undefined;
}

export interface Accepted {
  readonly value: Value;
  /** With the options that the write created. */
  readonly property: Property;
}

const MAX_LENGTHS = { url: 2000, email: 200, phone_number: 200 };
const MAX_ENTRIES = 100;

/**
 * Reads one property's value of a page request, e.g. `{ select: { name: 'Todo' } }`.
 * @see https://developers.notion.com/reference/page-property-values
 */
export function acceptValue(property: Property, written: unknown, path: string, rules: ValueRules): Accepted {
  const { config, name } = property;
  const { type } = config;
  // A title may be given as its text.
  if (type === 'title' && Array.isArray(written)) return acceptValue(property, { title: written }, path, rules);
  const body = object(written, path);
  if (rules.limited) refuseReadOnly(body, path);
  if (!(type in body)) throw invalid(`${name} is expected to be ${type}.`);
  object(written, path, ['type', type, ...(type === 'relation' ? ['has_more'] : [])]);
  if (body.type !== undefined && body.type !== type) throw invalid(`${name} is expected to be ${type}.`);
  const given = body[type];
  const at = `${path}.${type}`;
  const same = (value: Value): Accepted => ({ value, property });
  switch (config.type) {
    case 'title':
    case 'rich_text':
      return same({ type: config.type, runs: acceptRichText(given, at, rules) });
    case 'number':
      return same({ type: 'number', number: given === null ? null : finite(given, at) });
    case 'checkbox':
      return same({ type: 'checkbox', checked: flag(given, at) });
    case 'url':
    case 'email':
    case 'phone_number': {
      const max = rules.limited ? MAX_LENGTHS[config.type] : Number.POSITIVE_INFINITY;
      return same({ type: config.type, text: given === null ? null : text(given, at, { min: 1, max }) });
    }
    case 'date':
      return same({ type: 'date', date: given === null ? null : acceptDate(given, at) });
    case 'select':
    case 'status':
      return acceptOption(property, config, given, at);
    case 'multi_select':
      return acceptOptions(property, config, list(given, at, rules.limited ? MAX_ENTRIES : undefined), at);
    case 'people':
      return same({ type: 'people', users: acceptPeople(given, at, rules) });
    case 'files':
      return same({
        type: 'files',
        files: list(given, at, rules.limited ? MAX_ENTRIES : undefined).map((file, i) =>
          acceptNamedFile(file, `${at}[${i}]`, rules),
        ),
      });
    case 'relation':
      return same({ type: 'relation', pages: acceptRelation(property, config.dataSourceId, given, at, rules) });
    case 'place':
      return same({ type: 'place', place: given === null ? null : acceptPlace(given, at) });
    case 'verification':
      return same({ type: 'verification', verification: acceptVerification(given, at, rules.userId) });
    case 'formula':
      return same({ type: 'formula', result: acceptResult(given, at) });
    default:
      throw invalid(`Cannot set ${name}: a property of type ${type} is read-only.`);
  }
}

type OptionConfig = Extract<PropertyConfig, { options: unknown }>;

function acceptOption(property: Property, config: OptionConfig, given: unknown, path: string): Accepted {
  if (config.type === 'multi_select') throw new Error(`${property.name} takes a list of options`);
  if (given === null) {
    // A cleared status is set to the first option.
    const option = config.type === 'status' ? (config.options[0]?.id ?? null) : null;
    return { value: { type: config.type, option }, property };
  }
  const { option, options } = chooseOption(property.name, config.type, config.options, given, path);
  return { value: { type: config.type, option: option.id }, property: withOptions(property, options) };
}

function acceptOptions(property: Property, config: OptionConfig, given: readonly unknown[], path: string): Accepted {
  let { options } = config;
  const chosen = new Set<string>();
  for (const [index, entry] of given.entries()) {
    const choice = chooseOption(property.name, config.type, options, entry, `${path}[${index}]`);
    options = choice.options;
    chosen.add(choice.option.id);
  }
  return { value: { type: 'multi_select', options: [...chosen] }, property: withOptions(property, options) };
}

/** An unknown name creates an option of a select, but not of a status. */
function chooseOption(
  property: string,
  type: OptionConfig['type'],
  options: readonly Option[],
  given: unknown,
  path: string,
): { option: Option; options: readonly Option[] } {
  const body = object(given, path, ['id', 'name', 'color', 'description']);
  if (body.id !== undefined) {
    const id = text(body.id, `${path}.id`);
    const option = options.find((candidate) => candidate.id === id);
    if (option) return { option, options };
    throw invalid(`${property}: there is no ${type} option with the id ${id}.`);
  }
  const name = text(body.name, `${path}.name`, { min: 1, max: 100 });
  if (name.includes(',')) throw invalid(`Invalid ${type} option, commas not allowed: ${name}`);
  const option = options.find((candidate) => candidate.name === name);
  if (option) return { option, options };
  if (type === 'status') {
    throw invalid(`Invalid status option. Status option "${name}" does not exist.`);
  }
  const made = newOption(name, options.length);
  return { option: made, options: [...options, made] };
}

function acceptPeople(given: unknown, path: string, rules: ValueRules): string[] {
  const entries = list(given, path, rules.limited ? MAX_ENTRIES : undefined);
  const ids = entries.map((entry, index) => {
    const id = uuid(object(entry, `${path}[${index}]`, ['id', 'object']).id, `${path}[${index}].id`);
    if (!rules.user(id)) throw notFound('user', id);
    return id;
  });
  return [...new Set(ids)];
}

/** An uploaded file has its own name by default. */
function acceptNamedFile(given: unknown, path: string, rules: ValueRules): ExternalFile {
  const { name, ...file } = object(given, path);
  const { url, hosted } = acceptFile(file, path, rules);
  const own = decodeURIComponent(url.split('/').at(-1) ?? '');
  return { name: hosted && name === undefined ? own : text(name, `${path}.name`, { min: 1, max: 100 }), url };
}

function acceptRelation(
  property: Property,
  dataSourceId: string,
  given: unknown,
  path: string,
  rules: ValueRules,
): string[] {
  const entries = list(given, path, rules.limited ? MAX_ENTRIES : undefined);
  const ids = entries.map((entry, index) => {
    const id = uuid(object(entry, `${path}[${index}]`, ['id']).id, `${path}[${index}].id`);
    const page = rules.relatedPage(id);
    if (!page) throw notFound('page', id);
    if (page.dataSourceId !== dataSourceId) {
      throw invalid(`${property.name}: page ${id} is not in the related data source ${dataSourceId}.`);
    }
    return id;
  });
  return [...new Set(ids)];
}

/** The value of a property that was never set; undefined for computed properties. */
export function emptyValue({ config }: Property): Value | undefined {
  switch (config.type) {
    case 'title':
    case 'rich_text':
      return { type: config.type, runs: [] };
    case 'number':
      return { type: 'number', number: null };
    case 'checkbox':
      return { type: 'checkbox', checked: false };
    case 'select':
      return { type: 'select', option: null };
    case 'status':
      return { type: 'status', option: config.options[0]?.id ?? null };
    case 'multi_select':
      return { type: 'multi_select', options: [] };
    case 'date':
      return { type: 'date', date: null };
    case 'people':
      return { type: 'people', users: [] };
    case 'files':
      return { type: 'files', files: [] };
    case 'url':
    case 'email':
    case 'phone_number':
      return { type: config.type, text: null };
    case 'relation':
      return { type: 'relation', pages: [] };
    case 'place':
      return { type: 'place', place: null };
    case 'verification':
      return { type: 'verification', verification: null };
    default:
      return undefined;
  }
}

/** The value of a property on a page; undefined for computed properties. */
export function valueOn(page: Page, property: Property): Value | undefined {
  const value = page.values[property.id];
  if (value?.type !== property.config.type) return emptyValue(property);
  return isOfDeletedOption(value, property) ? emptyValue(property) : value;
}

/** The number of a unique_id property; null for a page that has none, such as a template. */
export function uniqueIdOn(page: Page, { id }: Property): number | null {
  const value = page.values[id];
  return value?.type === 'unique_id' ? value.number : null;
}

const isOfDeletedOption = (value: Value, { config }: Property): boolean =>
  (value.type === 'select' || value.type === 'status') &&
  'options' in config &&
  !config.options.some((option) => option.id === value.option);

/** A value as in a request, from shorthand such as `'Todo'` or `['id', 'id']`. */
export function fromShorthand(property: Property, shorthand: unknown): unknown {
  const { type } = property.config;
  if (isWriteForm(shorthand, type)) return shorthand;
  return { [type]: writeForm(property, shorthand) };
}

const isWriteForm = (value: unknown, type: string): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && type in value;

function writeForm({ config }: Property, shorthand: unknown): unknown {
  const entries = Array.isArray(shorthand) ? shorthand : shorthand === null ? [] : [shorthand];
  const empty = shorthand === null || shorthand === '';
  switch (config.type) {
    case 'title':
    case 'rich_text':
      if (typeof shorthand !== 'string') return empty ? [] : shorthand;
      return empty ? [] : [{ text: { content: shorthand } }];
    case 'select':
    case 'status':
      return empty ? null : typeof shorthand === 'string' ? { name: shorthand } : shorthand;
    case 'multi_select':
      return entries.map((entry: unknown) => (typeof entry === 'string' ? { name: entry } : entry));
    case 'date':
      return empty ? null : typeof shorthand === 'string' ? { start: shorthand } : shorthand;
    case 'people':
    case 'relation':
      return entries.map((entry: unknown) => (typeof entry === 'string' ? { id: entry } : entry));
    case 'number':
    case 'url':
    case 'email':
    case 'phone_number':
      return empty ? null : shorthand;
    default:
      return shorthand;
  }
}
