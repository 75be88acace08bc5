import { invalid } from './api-error.ts';
import {
  acceptFormulaCondition,
  acceptRollupCondition,
  acceptVerificationCondition,
  type FilterContext,
  mismatch,
  type Predicate,
} from './computed-conditions.ts';
import { acceptFlagCondition, acceptNumberCondition, acceptTextCondition } from './conditions.ts';
import { acceptDateCondition } from './date-conditions.ts';
import { choice, type JsonObject, list, object, refuse, text, uuid } from './expect.ts';
import { acceptOperator } from './filter-operator.ts';
import { findProperty } from './find-property.ts';
import { floorToMinute } from './ids.ts';
import type { Page, Property, Value } from './model.ts';
import { type Rendering, readableRelation } from './rendering.ts';
import { toPlainText } from './rich-text.ts';
import { uniqueIdOn, valueOn } from './values.ts';

/** Conditions in one `and` or `or`. */
const MAX_CONDITIONS = 100;
/** Types that a `rich_text` condition works on. */
const TEXT_TYPES: ReadonlySet<string> = new Set(['title', 'rich_text', 'url', 'email', 'phone_number']);
const TIMESTAMPS = ['created_time', 'last_edited_time'] as const;

/**
 * Reads a query's filter: a condition, or `and`/`or` of conditions, at most two levels deep.
 * @see https://developers.notion.com/reference/post-database-query-filter
 */
export function acceptFilter(value: unknown, context: FilterContext, path = 'body.filter', depth = 0): Predicate {
  const filter = object(value, path);
  for (const word of ['and', 'or'] as const) {
    if (!(word in filter)) continue;
    object(value, path, [word]);
    if (depth >= 2) throw invalid(`body failed validation: ${path} nests compound filters more than two levels deep.`);
    const entries = list(filter[word], `${path}.${word}`, MAX_CONDITIONS);
    const parts = entries.map((entry, index) => acceptFilter(entry, context, `${path}.${word}[${index}]`, depth + 1));
    return word === 'and' ? (page) => parts.every((part) => part(page)) : (page) => parts.some((part) => part(page));
  }
  return 'timestamp' in filter ? acceptTimestamp(filter, context, path) : acceptProperty(filter, context, path);
}

function acceptTimestamp(filter: JsonObject, context: FilterContext, path: string): Predicate {
  const timestamp = choice(filter.timestamp, `${path}.timestamp`, TIMESTAMPS);
  object(filter, path, ['timestamp', 'type', timestamp]);
  const condition = acceptDateCondition(filter[timestamp], `${path}.${timestamp}`, context.now);
  return (page) => condition(momentOf(page, timestamp));
}

const momentOf = (page: Page, timestamp: (typeof TIMESTAMPS)[number]): number =>
  floorToMinute(timestamp === 'created_time' ? page.createdAt : page.editedAt);

function acceptProperty(filter: JsonObject, context: FilterContext, path: string): Predicate {
  const key = text(filter.property, `${path}.property`);
  const property = findProperty(context.dataSource, key);
  if (!property) throw invalid(`Could not find property with name or id: ${key}`);
  const types = Object.keys(filter).filter((name) => name !== 'property' && name !== 'type');
  const [type] = types;
  if (type === undefined || types.length > 1) throw refuse(`${path}.${property.config.type}`, 'defined', undefined);
  return acceptTyped(property, type, filter[type], `${path}.${type}`, context);
}

/** Reads the condition of one type on a property. */
function acceptTyped(
  property: Property,
  type: string,
  given: unknown,
  path: string,
  context: FilterContext,
): Predicate {
  const isText = type === 'rich_text' && TEXT_TYPES.has(property.config.type);
  if (type !== property.config.type && !isText) throw mismatch(property.config.type, type);
  return acceptCondition(property, given, path, context);
}

function acceptCondition(property: Property, given: unknown, path: string, context: FilterContext): Predicate {
  const { config } = property;
  const valueIn = (page: Page): Value | undefined => valueOn(page, property);
  switch (config.type) {
    case 'title':
    case 'rich_text':
    case 'url':
    case 'email':
    case 'phone_number': {
      const condition = acceptTextCondition(given, path);
      return (page) => condition(wordsIn(valueIn(page), property, context.rendering));
    }
    case 'number': {
      const condition = acceptNumberCondition(given, path);
      return (page) => {
        const value = valueIn(page);
        return condition(value?.type === 'number' ? value.number : null);
      };
    }
    case 'checkbox': {
      const condition = acceptFlagCondition(given, path);
      return (page) => {
        const value = valueIn(page);
        return value?.type === 'checkbox' && condition(value.checked);
      };
    }
    case 'date': {
      const condition = acceptDateCondition(given, path, context.now);
      return (page) => {
        const value = valueIn(page);
        const start = value?.type === 'date' ? value.date?.start : undefined;
        return condition(start === undefined ? null : Date.parse(start));
      };
    }
    case 'created_time':
    case 'last_edited_time': {
      const condition = acceptDateCondition(given, path, context.now);
      const { type } = config;
      return (page) => condition(momentOf(page, type));
    }
    case 'created_by':
      return acceptSetCondition(given, path, 'contains', acceptPerson, (page) => [page.createdBy]);
    case 'last_edited_by':
      return acceptSetCondition(given, path, 'contains', acceptPerson, (page) => [page.editedBy]);
    case 'unique_id':
    case 'verification':
    case 'formula':
    case 'rollup':
    case 'button':
    case 'place':
      return acceptComputed(property, given, path, context);
    default: {
      const [operator, acceptOperand] = SET_CONDITIONS[config.type];
      return acceptSetCondition(given, path, operator, acceptOperand, (page) =>
        entriesIn(valueIn(page), property, context.rendering),
      );
    }
  }
}

/** Reads a condition on a value that only Notion sets, or refuses one where it has none. */
function acceptComputed(property: Property, given: unknown, path: string, context: FilterContext): Predicate {
  const { config } = property;
  switch (config.type) {
    case 'unique_id': {
      const condition = acceptNumberCondition(given, path);
      return (page) => condition(uniqueIdOn(page, property));
    }
    case 'verification':
      return acceptVerificationCondition(property, given, path, context.rendering);
    case 'formula':
      return acceptFormulaCondition(property, given, path, context);
    case 'rollup':
      return acceptRollupCondition(config, given, path, context, acceptTyped);
    default:
      throw refuse(path, 'not present', given);
  }
}

/** What the value of a property with options, people, files or related pages consists of, for comparison. */
function entriesIn(value: Value | undefined, property: Property, rendering: Rendering): readonly string[] {
  switch (value?.type) {
    case 'select':
    case 'status': {
      const name = wordsIn(value, property, rendering);
      return name === '' ? [] : [name];
    }
    case 'multi_select': {
      const options = 'options' in property.config ? property.config.options : [];
      return options.filter((option) => value.options.includes(option.id)).map((option) => option.name);
    }
    case 'relation':
      return readableRelation(value.pages, rendering);
    case 'people':
      return value.users;
    case 'files':
      return value.files.map((file) => file.url);
    default:
      return [];
  }
}

/** A value as plain text, for text filters and sorts. */
export function wordsIn(value: Value | undefined, property: Property, rendering: Rendering): string {
  switch (value?.type) {
    case 'title':
    case 'rich_text':
      return toPlainText(value.runs, rendering.mentionables);
    case 'url':
    case 'email':
    case 'phone_number':
      return value.text ?? '';
    case 'select':
    case 'status': {
      const options = 'options' in property.config ? property.config.options : [];
      return options.find((option) => option.id === value.option)?.name ?? '';
    }
    default:
      return '';
  }
}

/** @param word the operator, whose opposite is `does_not_…`; null where only emptiness can be tested */
function acceptSetCondition(
  given: unknown,
  path: string,
  word: 'equals' | 'contains' | null,
  acceptOperand: AcceptOperand,
  entriesOf: (page: Page) => readonly string[],
): Predicate {
  const opposite = word === 'equals' ? 'does_not_equal' : 'does_not_contain';
  const [operator, operand] = acceptOperator(given, path, [
    ...(word === null ? [] : ([word, opposite] as const)),
    'is_empty',
    'is_not_empty',
  ]);
  if (operator === 'is_empty') return (page) => entriesOf(page).length === 0;
  if (operator === 'is_not_empty') return (page) => entriesOf(page).length > 0;
  const wanted = acceptOperand(operand, `${path}.${operator}`);
  const holds: Predicate = (page) => entriesOf(page).some((entry) => wanted.includes(entry));
  return operator === opposite ? (page) => !holds(page) : holds;
}

const acceptNames = (operand: unknown, path: string): readonly string[] =>
  Array.isArray(operand)
    ? list(operand, path, 100).map((each, i) => text(each, `${path}[${i}]`))
    : [text(operand, path)];

const acceptId = (operand: unknown, path: string): readonly string[] => [uuid(operand, path)];

/** For an internal integration, `me` matches no user. */
const acceptPerson = (operand: unknown, path: string): readonly string[] =>
  operand === 'me' ? [] : [uuid(operand, path)];

type AcceptOperand = (operand: unknown, path: string) => readonly string[];

/** By property type: the operator (null where only emptiness can be tested), and how its operand is read. */
const SET_CONDITIONS: Readonly<
  Record<
    'select' | 'status' | 'multi_select' | 'relation' | 'people' | 'files',
    readonly ['equals' | 'contains' | null, AcceptOperand]
  >
> = {
  select: ['equals', acceptNames],
  status: ['equals', acceptNames],
  multi_select: ['contains', acceptNames],
  relation: ['contains', acceptId],
  people: ['contains', acceptPerson],
  files: [null, acceptId],
};
