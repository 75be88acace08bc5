import type {
  DatabaseObjectResponse,
  DataSourceObjectResponse,
  PageObjectResponse,
  RichTextItemResponse,
  UserObjectResponse,
} from '@notionhq/client';
import { unsigned } from './blocks/model.ts';
import { type Signer, signing } from './hosted-files.ts';
import { toMinute, undashed } from './ids.ts';
import type { Database, DataSource, Icon, Option, Page, PageView, Property, Run, User, Value } from './model.ts';
import type {
  CoverResponse,
  IconResponse,
  PagePropertyResponse,
  PropertyConfigResponse,
  SelectColor,
} from './notion-types.ts';
import { firstMentions, type Mentionables, ownWords, renderRichText } from './rich-text.ts';
import type { Store } from './store.ts';
import { valueOn } from './values.ts';
import { dataSourceInTrash, isVisible, mentionablesOf, pageInTrash, type Viewer } from './visibility.ts';

/** A page object has at most this many related pages, people and mentions for each property. */
const MAX_REFERENCES = 25;

export interface Rendering {
  readonly store: Store;
  readonly viewer: Viewer;
  readonly mentionables: Mentionables;
  /** Signs the address of an uploaded file. */
  readonly signed: Signer;
  /** The current pages, or those of an index that lags behind. */
  readonly view: PageView;
  /** Without limits, for tests and the web page. */
  readonly whole?: boolean;
  /** Ids of the properties to include; all when omitted. */
  readonly only?: ReadonlySet<string>;
}

/** @param view the store itself, or an older version of it */
export const renderingOf = (store: Store, viewer: Viewer, view: PageView = store): Rendering => ({
  store,
  viewer,
  view,
  mentionables: mentionablesOf(store, viewer),
  signed: signing(store),
});

export function renderPage(page: Page, rendering: Rendering): PageObjectResponse {
  const source = page.dataSourceId === null ? undefined : rendering.store.dataSources.get(page.dataSourceId);
  const properties = (source?.properties ?? [WORKSPACE_TITLE]).filter(({ id }) => rendering.only?.has(id) ?? true);
  const trashed = pageInTrash(rendering.store, page);
  return {
    object: 'page',
    id: page.id,
    created_time: toMinute(page.createdAt),
    last_edited_time: toMinute(page.editedAt),
    created_by: { object: 'user', id: page.createdBy },
    last_edited_by: { object: 'user', id: page.editedBy },
    cover: renderCover(page.cover, rendering.signed),
    icon: renderIcon(page.icon, rendering.signed),
    parent: renderParent(page, rendering.store),
    archived: trashed,
    in_trash: trashed,
    is_archived: page.archived,
    is_locked: page.locked,
    properties: Object.fromEntries(
      properties.map((property) => [property.name, renderProperty(property, page, rendering)]),
    ),
    url: pageUrl(page),
    public_url: null,
  };
}

export function renderParent({ dataSourceId, parentPageId }: Page, store: Store): PageObjectResponse['parent'] {
  const source = dataSourceId === null ? undefined : store.dataSources.get(dataSourceId);
  if (source) return { type: 'data_source_id', data_source_id: source.id, database_id: source.databaseId };
  if (parentPageId === undefined) return { type: 'workspace', workspace: true };
  return { type: 'page_id', page_id: parentPageId };
}

/** The only property of a page outside a data source. */
export const WORKSPACE_TITLE: Property = { id: 'title', name: 'title', description: null, config: { type: 'title' } };

/** The related pages without those that are in the trash or not shared with the viewer. */
export const readableRelation = (ids: readonly string[], { store, view, viewer }: Rendering): string[] =>
  ids.filter((id) => {
    const page = view.page(id);
    return page !== undefined && !pageInTrash(store, page) && isVisible(store, page, viewer);
  });

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
  }
  const value = valueOn(page, property);
  if (!value) throw new Error(`${property.name} has no value`);
  return renderValue(id, value, 'options' in config ? config.options : [], rendering);
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
  }
}

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

export function renderDataSource(source: DataSource, store: Store, viewer: Viewer): DataSourceObjectResponse {
  const database = store.databases.get(source.databaseId);
  const trashed = dataSourceInTrash(store, source);
  return {
    object: 'data_source',
    id: source.id,
    title: renderRichText(source.title, mentionablesOf(store, viewer)),
    description: renderRichText(database?.description ?? [], mentionablesOf(store, viewer)),
    parent: { type: 'database_id', database_id: source.databaseId },
    database_parent: database?.parentPageId
      ? { type: 'page_id', page_id: database.parentPageId }
      : { type: 'workspace', workspace: true },
    is_inline: database?.inline ?? false,
    in_trash: trashed,
    archived: trashed,
    created_time: toMinute(source.createdAt),
    last_edited_time: toMinute(source.editedAt),
    created_by: { object: 'user', id: source.createdBy },
    last_edited_by: { object: 'user', id: source.editedBy },
    properties: Object.fromEntries(
      source.properties.map((property) => [property.name, renderPropertyConfig(property, store)]),
    ),
    icon: renderIcon(source.icon, signing(store)),
    cover: null,
    url: urlOf(source.databaseId),
    public_url: null,
  };
}

function renderPropertyConfig(property: Property, store: Store): PropertyConfigResponse {
  const { config, name, description } = property;
  const common = { id: encodeURIComponent(property.id), name, description };
  const options = 'options' in config ? config.options.map((option) => ({ ...option })) : [];
  switch (config.type) {
    case 'number':
      return { ...common, type: 'number', number: { format: config.format } };
    case 'select':
      return { ...common, type: 'select', select: { options } };
    case 'multi_select':
      return { ...common, type: 'multi_select', multi_select: { options } };
    case 'status':
      return { ...common, type: 'status', status: { options, groups: renderStatusGroups(options) } };
    case 'relation':
      return {
        ...common,
        type: 'relation',
        relation: renderRelationConfig(config.dataSourceId, config.counterpart, store),
      };
    case 'title':
      return { ...common, type: 'title', title: {} };
    case 'rich_text':
      return { ...common, type: 'rich_text', rich_text: {} };
    case 'checkbox':
      return { ...common, type: 'checkbox', checkbox: {} };
    case 'date':
      return { ...common, type: 'date', date: {} };
    case 'people':
      return { ...common, type: 'people', people: {} };
    case 'files':
      return { ...common, type: 'files', files: {} };
    case 'url':
      return { ...common, type: 'url', url: {} };
    case 'email':
      return { ...common, type: 'email', email: {} };
    case 'phone_number':
      return { ...common, type: 'phone_number', phone_number: {} };
    case 'created_time':
      return { ...common, type: 'created_time', created_time: {} };
    case 'created_by':
      return { ...common, type: 'created_by', created_by: {} };
    case 'last_edited_time':
      return { ...common, type: 'last_edited_time', last_edited_time: {} };
    case 'last_edited_by':
      return { ...common, type: 'last_edited_by', last_edited_by: {} };
  }
}

type RelationConfigResponse = Extract<PropertyConfigResponse, { type: 'relation' }>['relation'];

function renderRelationConfig(dataSourceId: string, counterpart: string | null, store: Store): RelationConfigResponse {
  const target = store.dataSources.get(dataSourceId);
  const where = { database_id: target?.databaseId ?? '', data_source_id: dataSourceId };
  const other = target?.properties.find((property) => property.id === counterpart);
  if (!other) return { ...where, type: 'single_property', single_property: {} };
  const dual = { synced_property_id: encodeURIComponent(other.id), synced_property_name: other.name };
  return { ...where, type: 'dual_property', dual_property: dual };
}

/** All options are in the first group, because only Notion's own app can move them. */
const renderStatusGroups = (options: readonly Option[]) =>
  (['To-do', 'In progress', 'Complete'] as const).map((name, index) => ({
    id: `group-${index}`,
    name,
    color: (['gray', 'blue', 'green'] as const)[index] ?? ('gray' as const),
    option_ids: index === 0 ? options.map((option) => option.id) : [],
  }));

export function renderDatabase(database: Database, store: Store, viewer: Viewer): DatabaseObjectResponse {
  const mentionables = mentionablesOf(store, viewer);
  return {
    object: 'database',
    id: database.id,
    title: renderRichText(database.title, mentionables),
    description: renderRichText(database.description, mentionables),
    parent: database.parentPageId
      ? { type: 'page_id', page_id: database.parentPageId }
      : { type: 'workspace', workspace: true },
    is_inline: database.inline,
    in_trash: database.trashed,
    archived: database.trashed,
    is_locked: database.locked,
    created_time: withOffset(database.createdAt),
    last_edited_time: withOffset(database.editedAt),
    data_sources: database.dataSourceIds.flatMap((id) => {
      const source = store.dataSources.get(id);
      const name =
        source &&
        renderRichText(source.title, mentionables)
          .map((item) => item.plain_text)
          .join('');
      return source && !source.trashed ? [{ id, name: name || 'Untitled' }] : [];
    }),
    icon: renderIcon(database.icon, signing(store)),
    cover: renderCover(database.cover, signing(store)),
    url: urlOf(database.id),
    public_url: null,
  };
}

export function renderUser(user: User): UserObjectResponse {
  const common = { object: 'user', id: user.id, name: user.name, avatar_url: null } as const;
  if (user.kind === 'person') return { ...common, type: 'person', person: user.email ? { email: user.email } : {} };
  return {
    ...common,
    type: 'bot',
    bot: {
      owner: { type: 'workspace', workspace: true },
      workspace_id: WORKSPACE_ID,
      workspace_limits: { max_file_upload_size_in_bytes: 5_242_880 },
      workspace_name: 'Emulated workspace',
    },
  };
}

const WORKSPACE_ID = 'e0000000-0000-4000-8000-000000000000';

const renderUserById = (id: string, store: Store): UserObjectResponse | { object: 'user'; id: string } => {
  const user = store.users.get(id);
  return user ? renderUser(user) : { object: 'user', id };
};

/** @param signed signs the address of an uploaded file */
export function renderIcon(icon: Icon, signed: Signer): IconResponse {
  if (icon === null) return null;
  if ('emoji' in icon) return { type: 'emoji', emoji: icon.emoji };
  return 'file' in icon ? uploadedFile(icon.file, signed) : { type: 'external', external: { url: icon.external } };
}

function renderCover(url: string | null, signed: Signer): CoverResponse {
  if (url === null) return null;
  return unsigned(url) === null ? { type: 'external', external: { url } } : uploadedFile(url, signed);
}

const uploadedFile = (url: string, signed: Signer) => ({ type: 'file', file: signed(url) }) as const;

const urlOf = (id: string): string => `https://app.notion.com/p/${undashed(id)}`;

/** `…/p/Title-<id>`: the words of the title, joined by hyphens. */
function pageUrl({ id, values }: Page): string {
  const words = values.title?.type === 'title' ? ownWords(values.title.runs) : '';
  const slug = words.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '');
  return `https://app.notion.com/p/${encodeURIComponent(slug)}${slug === '' ? '' : '-'}${undashed(id)}`;
}

/** Databases have times with milliseconds, unlike pages and data sources. */
const withOffset = (ms: number): string => new Date(ms).toISOString().replace('Z', '+00:00');
