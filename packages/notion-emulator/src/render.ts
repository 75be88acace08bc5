import type { DatabaseObjectResponse, DataSourceObjectResponse, PageObjectResponse } from '@notionhq/client';
import { unsigned } from './blocks/model.ts';
import { type Signer, signing, uploadedFile } from './hosted-files.ts';
import { toMinute, undashed } from './ids.ts';
import type { Database, DataSource, Icon, Page, Property } from './model.ts';
import type { CoverResponse, IconResponse } from './notion-types.ts';
import { renderPropertyConfig } from './render-schema.ts';
import { renderProperty } from './render-values.ts';
import type { Rendering } from './rendering.ts';
import { ownWords, renderRichText } from './rich-text.ts';
import type { Store } from './store.ts';
import { dataSourceInTrash, mentionablesOf, pageInTrash, type Viewer } from './visibility.ts';

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
      source.properties.map((property) => [property.name, renderPropertyConfig(property, source, store)]),
    ),
    icon: renderIcon(source.icon, signing(store)),
    cover: null,
    url: urlOf(source.databaseId),
    public_url: null,
  };
}

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

const urlOf = (id: string): string => `https://app.notion.com/p/${undashed(id)}`;

/** `…/p/Title-<id>`: the words of the title, joined by hyphens. */
function pageUrl({ id, values }: Page): string {
  const words = values.title?.type === 'title' ? ownWords(values.title.runs) : '';
  const slug = words.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '');
  return `https://app.notion.com/p/${encodeURIComponent(slug)}${slug === '' ? '' : '-'}${undashed(id)}`;
}

/** Databases have times with milliseconds, unlike pages and data sources. */
const withOffset = (ms: number): string => new Date(ms).toISOString().replace('Z', '+00:00');
