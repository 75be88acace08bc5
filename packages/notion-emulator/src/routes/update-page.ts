import type { MovePageResponse, UpdatePageResponse } from '@notionhq/client';
import { inTrash, invalid } from '../api-error.ts';
import { keepBlocks } from '../bodies.ts';
import { flag, type JsonObject, object } from '../expect.ts';
import { acceptCover, acceptIcon } from '../files.ts';
import type { Put } from '../journal.ts';
import type { Page } from '../model.ts';
import { acceptProperties, changePage, movePage, movePageInto, type PageChange } from '../pages.ts';
import { renderPage } from '../render.ts';
import type { ApiRequest } from '../router.ts';
import { acceptTemplate, applyTemplate } from '../templates.ts';
import { pageInTrash, requirePage } from '../visibility.ts';
import { acceptParent, asBlock, partly } from './create-page.ts';
import { type Backend, bodyWriterFor, chosenProperties, idIn, renderingFor, rulesFor } from './shared.ts';

const KEYS = [
  'properties',
  'icon',
  'cover',
  'is_locked',
  'in_trash',
  'archived',
  'is_archived',
  'erase_content',
  'template',
];

export function updateFromRequest(backend: Backend, request: ApiRequest): UpdatePageResponse {
  const { store } = backend;
  const { body, integration } = request;
  const page = requirePage(store, idIn(request, 'page_id'), integration);
  object(body, 'body', KEYS);
  const source = sourceOf(backend, page);
  const trashed = acceptTrashed(body);
  if (pageInTrash(store, page)) {
    const restoresOnly =
      trashed === false && Object.keys(body).every((key) => key === 'in_trash' || key === 'archived');
    if (!restoresOnly || pageInTrash(store, { ...page, trashed: false })) throw inTrash();
  }
  const template = acceptTemplate(store, source, body.template, integration, ['default', 'template_id']);
  const only = chosenProperties(request, source ?? undefined);
  const rules = rulesFor(backend, integration);
  const writer = bodyWriterFor(backend, integration);
  const writes = acceptProperties(store, source, body.properties ?? {}, writer, rules.uploadedFile);
  const change: PageChange = {
    ...(trashed === undefined ? {} : { trashed }),
    ...(body.is_archived === undefined ? {} : { archived: flag(body.is_archived, 'body.is_archived') }),
    ...(body.is_locked === undefined ? {} : { locked: flag(body.is_locked, 'body.is_locked') }),
    ...(body.icon === undefined ? {} : { icon: acceptIcon(body.icon, 'body.icon', rules) }),
    ...(body.cover === undefined ? {} : { cover: acceptCover(body.cover, 'body.cover', rules) }),
  };
  const erases = body.erase_content !== undefined && flag(body.erase_content, 'body.erase_content');
  const changed = changePage(store, page, writes, change, integration.botId);
  if (erases) keepBlocks(writer, changed, [], true);
  const shown = partly(integration, changed, () =>
    renderPage(changed, { ...renderingFor(backend, integration), ...only }),
  );
  const grown = sourceOf(backend, changed);
  if (template && grown) applyTemplate(writer, template, grown, changed);
  return shown;
}

const sourceOf = ({ store }: Backend, { dataSourceId }: Page) =>
  dataSourceId === null ? null : (store.dataSources.get(dataSourceId) ?? null);

/** `archived` is the older name of `in_trash`. */
function acceptTrashed(body: JsonObject): boolean | undefined {
  const given = (['in_trash', 'archived'] as const).flatMap((key) =>
    body[key] === undefined ? [] : [flag(body[key], `body.${key}`)],
  );
  if (new Set(given).size > 1) throw invalid('body failed validation: in_trash and archived contradict each other.');
  return given[0];
}

/** Moves a page into a data source or another page. */
export function moveFromRequest(backend: Backend, request: ApiRequest): MovePageResponse {
  const { store } = backend;
  const { body, integration } = request;
  object(body, 'body', ['parent', 'position']);
  const page = requirePage(store, idIn(request, 'page_id'), integration);
  const parent = acceptParent(backend, body.parent, 'body.parent', integration);
  if (pageInTrash(store, page)) throw inTrash();
  const along = [...leaveParent(backend, page), ...asBlock(backend, parent, page.id, body.position)];
  const from = sourceOf(backend, page);
  const moved =
    'source' in parent
      ? movePage(store, page, from, parent.source, integration.botId, along)
      : movePageInto(store, page, from, parent.page.id, integration.botId, along);
  return partly(integration, moved, () => renderPage(moved, renderingFor(backend, integration)));
}

/** Removes the page from the body of the page that contains it. */
function leaveParent({ store }: Backend, { id, parentPageId }: Page): Put[] {
  if (parentPageId === undefined) return [];
  const body = store.body(parentPageId);
  return [{ table: 'body', row: { ...body, blocks: body.blocks.filter((block) => block.id !== id) } }];
}
