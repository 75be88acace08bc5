import type { PagePropertyResponse, RollupFunction } from './notion-types.ts';
import { renderedText } from './rich-text.ts';

type RollupResponse = Extract<PagePropertyResponse, { type: 'rollup' }>['rollup'];
/** The value of a property without its id. */
export type RelatedValue = Extract<RollupResponse, { type: 'array' }>['array'][number];
interface Moment {
  readonly start: string;
}

/** By name, for `function` in a schema. */
export const ROLLUP_FUNCTIONS: readonly RollupFunction[] = [
  'count',
  'count_values',
  'empty',
  'not_empty',
  'unique',
  'show_unique',
  'percent_empty',
  'percent_not_empty',
  'sum',
  'average',
  'median',
  'min',
  'max',
  'range',
  'earliest_date',
  'latest_date',
  'date_range',
  'checked',
  'unchecked',
  'percent_checked',
  'percent_unchecked',
  'count_per_group',
  'percent_per_group',
  'show_original',
];

const DATE_FUNCTIONS = ['earliest_date', 'latest_date', 'date_range'] as const;
type DateFunction = (typeof DATE_FUNCTIONS)[number];

/** Whether the value of such a rollup is a date. */
export const isDateFunction = (name: RollupFunction): name is DateFunction =>
  DATE_FUNCTIONS.some((each) => each === name);

/**
 * The value of a rollup over the values of the related pages. `show_unique` and the functions per group are
 * answered as `unsupported`, as Notion does where it cannot compute a rollup.
 * @see https://developers.notion.com/reference/page-property-values#rollup
 */
export function rollUp(name: RollupFunction, values: readonly RelatedValue[]): RollupResponse {
  if (isDateFunction(name)) return { type: 'date', date: dateOf(name, values.flatMap(momentsIn)), function: name };
  switch (name) {
    case 'show_original':
      return { type: 'array', array: [...values], function: name };
    case 'show_unique':
    case 'count_per_group':
    case 'percent_per_group':
      return { type: 'unsupported', unsupported: {}, function: name };
    default:
      return { type: 'number', number: numberOf(name, values), function: name };
  }
}

function dateOf(name: DateFunction, moments: readonly Moment[]) {
  const sorted = [...moments].sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (!first || !last) return null;
  if (name === 'date_range') return { start: first.start, end: last.start, time_zone: null };
  return { start: (name === 'earliest_date' ? first : last).start, end: null, time_zone: null };
}

type NumberFunction = Exclude<
  RollupFunction,
  DateFunction | 'show_original' | 'show_unique' | 'count_per_group' | 'percent_per_group'
>;

/** Null where there is nothing to compute from. A percentage is a fraction of 1. */
function numberOf(name: NumberFunction, values: readonly RelatedValue[]): number | null {
  const count = values.length;
  const empty = values.filter((value) => entriesIn(value).length === 0).length;
  const checked = values.filter((value) => value.type === 'checkbox' && value.checkbox).length;
  const share = (part: number): number | null => (count === 0 ? null : part / count);
  switch (name) {
    case 'count':
      return count;
    case 'count_values':
      return values.flatMap(entriesIn).length;
    case 'unique':
      return new Set(values.flatMap(entriesIn)).size;
    case 'empty':
      return empty;
    case 'not_empty':
      return count - empty;
    case 'percent_empty':
      return share(empty);
    case 'percent_not_empty':
      return share(count - empty);
    case 'checked':
      return checked;
    case 'unchecked':
      return count - checked;
    case 'percent_checked':
      return share(checked);
    case 'percent_unchecked':
      return share(count - checked);
    default:
      return statistic(name, values.flatMap(numbersIn));
  }
}

function statistic(
  name: 'sum' | 'average' | 'median' | 'min' | 'max' | 'range',
  numbers: readonly number[],
): number | null {
  const sum = numbers.reduce((total, each) => total + each, 0);
  if (name === 'sum') return sum;
  const sorted = [...numbers].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return null;
  switch (name) {
    case 'average':
      return sum / numbers.length;
    case 'min':
      return min;
    case 'max':
      return max;
    case 'range':
      return max - min;
    case 'median': {
      const upper = sorted[sorted.length >> 1] ?? max;
      return sorted.length % 2 === 1 ? upper : ((sorted[(sorted.length >> 1) - 1] ?? min) + upper) / 2;
    }
  }
}

function numbersIn(value: RelatedValue): number[] {
  if (value.type === 'number') return value.number === null ? [] : [value.number];
  if (value.type !== 'formula' || value.formula.type !== 'number') return [];
  return value.formula.number === null ? [] : [value.formula.number];
}

function momentsIn(value: RelatedValue): Moment[] {
  switch (value.type) {
    case 'date':
      return value.date ? [value.date] : [];
    case 'created_time':
      return [{ start: value.created_time }];
    case 'last_edited_time':
      return [{ start: value.last_edited_time }];
    case 'formula':
      return value.formula.type === 'date' && value.formula.date ? [value.formula.date] : [];
    default:
      return [];
  }
}

/** What a value consists of: several entries for options, people, files and relations, one for the others, none when empty. */
function entriesIn(value: RelatedValue): string[] {
  switch (value.type) {
    case 'title':
      return filled(renderedText(value.title));
    case 'rich_text':
      return filled(renderedText(value.rich_text));
    case 'multi_select':
      return value.multi_select.map(({ name }) => name);
    case 'people':
      return value.people.map(({ id }) => id);
    case 'relation':
      return value.relation.map(({ id }) => id);
    case 'files':
      return value.files.map(({ name }) => name);
    case 'select':
      return filled(value.select?.name);
    case 'status':
      return filled(value.status?.name);
    case 'button':
      return [];
    case 'formula': {
      const { type, ...result } = value.formula;
      return Object.values(result).flatMap((each) => (each === null || type === 'unsupported' ? [] : jsonOf(each)));
    }
    default: {
      const { type, ...content } = value;
      return Object.values(content).flatMap((each) => (each === null || each === '' ? [] : jsonOf(each)));
    }
  }
}

const filled = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : [text]);

const jsonOf = (value: unknown): string[] => [JSON.stringify(value)];
