import type { RichTextItemResponse } from '@notionhq/client';
import { unsigned } from './blocks/model.ts';
import { findProperty } from './find-property.ts';
import { referenceIn, resultFrom, resultTypeOf } from './formulas.ts';
import { uploadedFile } from './hosted-files.ts';
import { toMinute } from './ids.ts';
import type {
  DataSource,
  FormulaResult,
  Option,
  Page,
  Property,
  RollupConfig,
  Run,
  Value,
  Verification,
} from './model.ts';
import type { PagePropertyResponse, SelectColor } from './notion-types.ts';
import { renderUserById } from './render-users.ts';
import { type Rendering, readableRelation } from './rendering.ts';
import { firstMentions, renderRichText } from './rich-text.ts';
import { type RelatedValue, rollUp } from './rollups.ts';
import type { Store } from './store.ts';
import { uniqueIdOn, valueOn } from './values.ts';

/** A page object has at most this many related pages, people and mentions for each property. */
const MAX_REFERENCES = 25;

export function renderProperty(property: Property, page: Page, rendering: Rendering): PagePropertyResponse {
  const id = encodeURIComponent(property.id);
  const { config } = property;
  switch (config.type) {
    case 'created_time':
      return { id, type: 'created_time', created_time: toMinute(page.createdAt) };
    case 'last_edited_time':
      return { id, type: 'last_edited_time', last_edited_time: toMinute(page.editedAt) };
    case 'created_by':
      return { id, type: 'created_by', created_by: renderUserById(page.createdBy, rendering.store) };
    case 'last_edited_by':
      return { id, type: 'last_edited_by', last_edited_by: renderUserById(page.editedBy, rendering.store) };
    case 'button':
      return { id, type: 'button', button: {} };
    case 'unique_id':
      return { id, type: 'unique_id', unique_id: { prefix: config.prefix, number: uniqueIdOn(page, property) } };
    case 'formula':
      return { id, type: 'formula', formula: formulaOn(page, property, rendering) ?? UNSUPPORTED };
    case 'rollup': {
      const values = rollupValues(config, page, rendering);
      const rollup = values
        ? rollUp(config.function, values.map(withoutId))
        : ({ ...UNSUPPORTED, function: config.function } as const);
      return { id, type: 'rollup', rollup };
    }
  }
  const value = valueOn(page, property);
  if (!value) throw new Error(`${property.name} has no value`);
  return renderValue(id, value, 'options' in config ? config.options : [], rendering);
}

/** What Notion answers for a formula or rollup that it cannot compute. */
const UNSUPPORTED = { type: 'unsupported', unsupported: {} } as const;

/** The result of a formula; null when the emulator does not compute it and nobody has set it. */
export function formulaOn(page: Page, { id, config }: Property, rendering: Rendering): FormulaResult | null {
  if (config.type !== 'formula' || page.dataSourceId === null) return null;
  const reference = referenceIn(config.expression);
  const source = rendering.store.dataSources.get(page.dataSourceId);
  const target = source && reference !== undefined ? findProperty(source, reference) : undefined;
  if (target && resultTypeOf(target.config.type) !== null) {
    return resultFrom(renderProperty(target, page, rendering));
  }
  const value = page.values[id];
  return value?.type === 'formula' ? value.result : null;
}

/** The property of a rollup, and the data source that has it; undefined when it is gone. */
export function rollupTarget(
  { relation, target }: RollupConfig,
  source: DataSource | undefined,
  store: Store,
): { relation: Property; property: Property; source: DataSource } | undefined {
  const link = source?.properties.find(({ id }) => id === relation);
  const related = link?.config.type === 'relation' ? store.dataSources.get(link.config.dataSourceId) : undefined;
  const property = related?.properties.find(({ id }) => id === target);
  return link && related && property ? { relation: link, property, source: related } : undefined;
}

/** The related pages of a rollup, at most 25, as in the relation itself. */
export function rollupPages(config: RollupConfig, page: Page, rendering: Rendering): Page[] {
  const value = page.values[config.relation];
  const ids = value?.type === 'relation' ? readableRelation(value.pages, rendering) : [];
  return shownOf(ids, rendering).flatMap((id) => rendering.view.page(id) ?? []);
}

/** The values that a rollup is computed from, with the id of their property; null when that is gone. */
export function rollupValues(config: RollupConfig, page: Page, rendering: Rendering): SingleValue[] | null {
  const source = page.dataSourceId === null ? undefined : rendering.store.dataSources.get(page.dataSourceId);
  const target = rollupTarget(config, source, rendering.store);
  if (!target) return null;
  return rollupPages(config, page, rendering).flatMap((related) => {
    const value = renderProperty(target.property, related, rendering);
    return value.type === 'rollup' ? [] : [value];
  });
}

type SingleValue = Exclude<PagePropertyResponse, { type: 'rollup' }>;

function withoutId({ id: _, ...value }: SingleValue): RelatedValue {
  return value;
}

function renderValue(id: string, value: Value, options: readonly Option[], rendering: Rendering): PagePropertyResponse {
  switch (value.type) {
    case 'title':
      return { id, type: 'title', title: renderText(value.runs, rendering) };
    case 'rich_text':
      return { id, type: 'rich_text', rich_text: renderText(value.runs, rendering) };
    case 'number':
      return { id, type: 'number', number: value.number };
    case 'checkbox':
      return { id, type: 'checkbox', checkbox: value.checked };
    case 'select':
      return { id, type: 'select', select: renderOption(options, value.option) };
    case 'status':
      return { id, type: 'status', status: renderOption(options, value.option) };
    case 'multi_select': {
      const chosen = value.options.flatMap((each) => renderOption(options, each) ?? []);
      return { id, type: 'multi_select', multi_select: chosen };
    }
    case 'date':
      return { id, type: 'date', date: value.date && { ...value.date } };
    case 'people': {
      const users = shownOf(value.users, rendering).map((user) => renderUserById(user, rendering.store));
      return { id, type: 'people', people: users };
    }
    case 'files': {
      const { signed } = rendering;
      const files = value.files.map(({ name, url }) =>
        unsigned(url) === null
          ? { name, type: 'external' as const, external: { url } }
          : { name, ...uploadedFile(url, signed) },
      );
      return { id, type: 'files', files };
    }
    case 'url':
      return { id, type: 'url', url: value.text };
    case 'email':
      return { id, type: 'email', email: value.text };
    case 'phone_number':
      return { id, type: 'phone_number', phone_number: value.text };
    case 'relation':
      return renderRelation(id, value.pages, rendering);
    case 'place':
      return { id, type: 'place', place: value.place && { ...value.place } };
    case 'verification':
      return { id, type: 'verification', verification: renderVerification(value.verification, rendering) };
    case 'unique_id':
    case 'formula':
      throw new Error(`${value.type} depends on its property`);
  }
}

function renderVerification(verification: Verification | null, { store }: Rendering): VerificationResponse {
  if (!verification) return { state: 'unverified', verified_by: null, date: null };
  const { by, date } = verification;
  const isExpired = date?.end != null && Date.parse(date.end) < store.clock.now();
  return {
    state: isExpired ? 'expired' : 'verified',
    verified_by: renderUserById(by, store),
    // As recorded, in UTC, unlike the dates of date properties.
    date: date && { start: inUtc(date.start), end: date.end === null ? null : inUtc(date.end), time_zone: null },
  };
}

type VerificationResponse = Extract<PagePropertyResponse, { type: 'verification' }>['verification'];

const inUtc = (time: string): string => new Date(time).toISOString();

const shownOf = <T>(all: readonly T[], { whole }: Rendering): readonly T[] =>
  whole ? all : all.slice(0, MAX_REFERENCES);

const renderText = (runs: readonly Run[], { whole, mentionables }: Rendering): RichTextItemResponse[] =>
  renderRichText(whole ? runs : firstMentions(runs, MAX_REFERENCES), mentionables);

function renderRelation(id: string, pages: readonly string[], rendering: Rendering): PagePropertyResponse {
  const related = readableRelation(pages, rendering);
  const shown = shownOf(related, rendering);
  // The API sends `has_more`, although the client's types do not have it.
  const relation = {
    id,
    type: 'relation' as const,
    relation: shown.map((page) => ({ id: page })),
    has_more: shown.length < related.length,
  };
  return relation;
}

function renderOption(
  options: readonly Option[],
  id: string | null,
): { id: string; name: string; color: SelectColor } | null {
  const option = options.find((candidate) => candidate.id === id);
  return option ? { id: option.id, name: option.name, color: option.color } : null;
}
