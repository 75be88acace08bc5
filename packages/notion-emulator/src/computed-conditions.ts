import { invalid, type NotionError } from './api-error.ts';
import { acceptFlagCondition, acceptNumberCondition, acceptTextCondition } from './conditions.ts';
import { acceptDateCondition } from './date-conditions.ts';
import { choice, object, refuse } from './expect.ts';
import { findProperty } from './find-property.ts';
import { referenceIn, resultTypeOf } from './formulas.ts';
import type { DataSource, FormulaResult, Page, Property, RollupConfig } from './model.ts';
import { formulaOn, renderProperty, rollupPages, rollupTarget } from './render-values.ts';
import type { Rendering } from './rendering.ts';
import { isDateFunction } from './rollups.ts';

export type Predicate = (page: Page) => boolean;

export interface FilterContext {
  readonly dataSource: DataSource;
  readonly rendering: Rendering;
  readonly now: number;
}

/** Reads the condition of one type on a property. */
type AcceptTyped = (
  property: Property,
  type: string,
  given: unknown,
  path: string,
  context: FilterContext,
) => Predicate;

export const mismatch = (actual: string, filter: string): NotionError =>
  invalid(
    `The property type in the database does not match the property type of the filter provided: database property ${actual} does not match filter ${filter}`,
  );

const FILTER_BY_RESULT = { string: 'string', number: 'number', boolean: 'checkbox', date: 'date' } as const;

/**
 * Reads a condition on the result of a formula.
 * @throws NotionError 400 for a formula that the API made, whose type Notion does not know
 */
export function acceptFormulaCondition(
  property: Property,
  given: unknown,
  path: string,
  context: FilterContext,
): Predicate {
  const kinds = Object.values(FILTER_BY_RESULT);
  const body = object(given, path, kinds);
  const [kind, ...more] = kinds.filter((each) => each in body);
  if (kind === undefined || more.length > 0) throw refuse(`${path}.string`, 'defined', undefined);
  const type = typeOfFormula(property, context);
  if (type === null) throw invalid('Unable to filter based on a formula of unknown type');
  if (FILTER_BY_RESULT[type] !== kind) throw mismatch(`formula ${FILTER_BY_RESULT[type]}`, kind);
  const condition = acceptResultCondition(kind, body[kind], `${path}.${kind}`, context.now);
  return (page) => condition(formulaOn(page, property, context.rendering));
}

function typeOfFormula(property: Property, { dataSource, rendering }: FilterContext): FormulaResult['type'] | null {
  const { config } = property;
  if (config.type !== 'formula' || !config.isTyped) return null;
  const reference = referenceIn(config.expression);
  const target = reference === undefined ? undefined : findProperty(dataSource, reference);
  const known = target ? resultTypeOf(target.config.type) : null;
  if (known !== null) return known;
  for (const page of rendering.view.pagesOf(dataSource.id)) {
    const result = formulaOn(page, property, rendering);
    if (result) return result.type;
  }
  return null;
}

function acceptResultCondition(
  kind: 'string' | 'number' | 'checkbox' | 'date',
  given: unknown,
  path: string,
  now: number,
): (result: FormulaResult | null) => boolean {
  switch (kind) {
    case 'string': {
      const condition = acceptTextCondition(given, path);
      return (result) => condition(result?.type === 'string' ? (result.string ?? '') : '');
    }
    case 'number': {
      const condition = acceptNumberCondition(given, path);
      return (result) => condition(result?.type === 'number' ? result.number : null);
    }
    case 'checkbox': {
      const condition = acceptFlagCondition(given, path);
      return (result) => condition(result?.type === 'boolean' && result.boolean === true);
    }
    case 'date': {
      const condition = acceptDateCondition(given, path, now);
      return (result) => condition(result?.type === 'date' && result.date ? Date.parse(result.date.start) : null);
    }
  }
}

/**
 * Reads a condition on a rollup: on its number or date, or on any, every or none of the related values.
 * @see https://developers.notion.com/reference/post-database-query-filter#rollup
 */
export function acceptRollupCondition(
  config: RollupConfig,
  given: unknown,
  path: string,
  context: FilterContext,
  acceptTyped: AcceptTyped,
): Predicate {
  const body = object(given, path, ['any', 'every', 'none', 'number', 'date']);
  const [kind, ...more] = Object.keys(body);
  if (kind === undefined || more.length > 0) throw refuse(`${path}.any`, 'defined', undefined);
  const target = rollupTarget(config, context.dataSource, context.rendering.store);
  if (kind === 'number' || kind === 'date') {
    return acceptAggregateCondition(config, kind, body[kind], `${path}.${kind}`, context);
  }
  if (config.function !== 'show_original' || !target) throw mismatch(`rollup ${config.function}`, kind);
  const condition = object(body[kind], `${path}.${kind}`);
  const [type, ...types] = Object.keys(condition);
  if (type === undefined || types.length > 0) throw refuse(`${path}.${kind}.rich_text`, 'defined', undefined);
  const related = { ...context, dataSource: target.source };
  const holds = acceptTyped(target.property, type, condition[type], `${path}.${kind}.${type}`, related);
  // A page without related pages holds nothing: as recorded, only `none` finds it.
  return (page) => {
    const pages = rollupPages(config, page, context.rendering);
    if (kind === 'none') return !pages.some(holds);
    return kind === 'any' ? pages.some(holds) : pages.length > 0 && pages.every(holds);
  };
}

function acceptAggregateCondition(
  config: RollupConfig,
  kind: 'number' | 'date',
  given: unknown,
  path: string,
  { rendering, now }: FilterContext,
): Predicate {
  const isList = ['show_original', 'show_unique'].includes(config.function);
  if (isList || isDateFunction(config.function) !== (kind === 'date'))
    throw mismatch(`rollup ${config.function}`, kind);
  const condition = kind === 'date' ? acceptDateCondition(given, path, now) : acceptNumberCondition(given, path);
  const property: Property = { id: '', name: '', description: null, config };
  return (page) => {
    const value = renderProperty(property, page, rendering);
    if (value.type !== 'rollup') return false;
    const { rollup } = value;
    if (rollup.type === 'number') return condition(rollup.number);
    return condition(rollup.type === 'date' && rollup.date ? Date.parse(rollup.date.start) : null);
  };
}

/** Reads a condition on the state of a verification. A page that is not verified has the state `none`. */
export function acceptVerificationCondition(
  property: Property,
  given: unknown,
  path: string,
  rendering: Rendering,
): Predicate {
  const body = object(given, path, ['status', 'does_not_equal']);
  const operator = 'does_not_equal' in body ? 'does_not_equal' : 'status';
  object(given, path, [operator]);
  const wanted = choice(body[operator], `${path}.${operator}`, ['verified', 'expired', 'none']);
  return (page) => {
    const value = renderProperty(property, page, rendering);
    const state = value.type === 'verification' ? (value.verification?.state ?? 'unverified') : 'unverified';
    return ((state === 'unverified' ? 'none' : state) === wanted) === (operator === 'status');
  };
}
