import { invalid, notFound } from './api-error.ts';
import { type BodyWriter, copyBlocks, keepBlocks } from './bodies.ts';
import { choice, object, text, uuid } from './expect.ts';
import { titleOf } from './lookup.ts';
import type { DataSource, Page } from './model.ts';
import type { TemplatesResponse } from './notion-types.ts';
import { changePage } from './pages.ts';
import { paginatedById } from './pagination.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';
import { emptyValue } from './values.ts';
import { isVisible, pageInTrash, type Viewer } from './visibility.ts';

function templatesOf(store: Store, source: DataSource, viewer: Viewer): Page[] {
  const pages = [...store.pagesOf(source.id)];
  return pages.filter((page) => page.template && !pageInTrash(store, page) && isVisible(store, page, viewer));
}

/** A data source has one default template: the last that was made as one. */
const defaultOf = (templates: readonly Page[]): Page | undefined =>
  templates.findLast(({ template }) => template?.isDefault);

/** Answers `GET data_sources/{id}/templates`. @see https://developers.notion.com/reference/list-data-source-templates */
export function listTemplates(
  store: Store,
  source: DataSource,
  query: URLSearchParams,
  settings: Settings,
  viewer: Viewer,
): TemplatesResponse {
  const name = query.get('name')?.toLowerCase() ?? '';
  const all = templatesOf(store, source, viewer);
  const found = all.filter((page) => titleOf(page).toLowerCase().includes(name));
  const { results, ...more } = paginatedById(found, query, settings);
  const templates = results.map((page) => ({
    id: page.id,
    name: titleOf(page),
    is_default: page === defaultOf(all),
  }));
  return { templates, ...more };
}

/**
 * Reads `template` of a page request.
 * @returns the template to apply; null for none
 * @throws NotionError 400 without a default template, 404 for a template of another data source
 */
export function acceptTemplate(
  store: Store,
  source: DataSource | null,
  value: unknown,
  viewer: Viewer,
  types: readonly ('none' | 'default' | 'template_id')[],
): Page | null {
  if (value === undefined) return null;
  const body = object(value, 'body.template', ['type', 'template_id', 'timezone']);
  const type = choice(body.type, 'body.template.type', types);
  if (body.timezone !== undefined) text(body.timezone, 'body.template.timezone');
  if (type === 'none') return null;
  const templates = source ? templatesOf(store, source, viewer) : [];
  if (type === 'default') {
    const page = defaultOf(templates);
    if (!page) throw invalid('The parent data source does not have a default template.');
    return page;
  }
  const id = uuid(body.template_id, 'body.template.template_id');
  const page = templates.find((each) => each.id === id);
  if (!page) throw notFound('page', id);
  return page;
}

/**
 * Adds the body of a template to a page, and its values where the page has none. Notion does so after its answer.
 * @see https://developers.notion.com/guides/data-apis/creating-pages-from-templates
 */
export function applyTemplate(writer: BodyWriter, template: Page, source: DataSource, page: Page): void {
  const { store, newId, userId } = writer;
  const blank = source.properties.filter((property) => {
    const value = page.values[property.id];
    return value === undefined || JSON.stringify(value) === JSON.stringify(emptyValue(property));
  });
  const values = Object.fromEntries(
    blank.flatMap(({ id, config }) => {
      const value = template.values[id];
      return value && config.type !== 'title' && config.type !== 'unique_id' ? [[id, value]] : [];
    }),
  );
  const changed = changePage(store, page, { values, dataSource: source }, {}, userId);
  const blocks = [...store.body(page.id).blocks, ...copyBlocks(store.body(template.id).blocks, newId)];
  keepBlocks(writer, changed, blocks, true);
}
