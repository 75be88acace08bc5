import { inTrash, invalid, notModelled } from '../api-error.ts';
import { findBlock, isChildPage } from '../blocks/model.ts';
import {
  type BodyWriter,
  type ContentUpdate,
  insertContent,
  readBody,
  replaceContent,
  updateContent,
} from '../bodies.ts';
import { choice, flag, type JsonObject, list, object, refuse, text } from '../expect.ts';
import type { PageMarkdownResponse } from '../notion-types.ts';
import type { ApiRequest, Route } from '../router.ts';
import { pageInTrash, requirePage } from '../visibility.ts';
import { type Backend, idIn } from './shared.ts';

const COMMANDS = ['update_content', 'replace_content', 'insert_content', 'replace_content_range'] as const;
const EDGES = ['start', 'end'] as const;
const MAX_UPDATES = 100;

export const markdownRoutes = (backend: Backend, newId: () => string): Route[] => [
  {
    kind: 'read_markdown',
    method: 'GET',
    path: 'pages/:page_id/markdown',
    needs: 'read',
    queryKeys: ['include_transcript'],
    handle: (request) => read(backend, request),
  },
  {
    kind: 'update_markdown',
    method: 'PATCH',
    path: 'pages/:page_id/markdown',
    needs: 'update',
    writes: true,
    handle: (request) => update(backend, request, newId),
  },
];

/** Reads a page, or a block that an earlier answer listed as unknown. */
function read({ store, settings }: Backend, request: ApiRequest): PageMarkdownResponse {
  const id = idIn(request, 'page_id');
  const { integration } = request;
  if (!store.page(id)) {
    for (const { pageId, blocks } of store.bodies()) {
      const block = findBlock(blocks, id);
      if (!block || isChildPage(block)) continue;
      requirePage(store, pageId, integration);
      return readBody(store, settings(), pageId, integration, block);
    }
  }
  return readBody(store, settings(), requirePage(store, id, integration).id, integration);
}

function update(backend: Backend, request: ApiRequest, newId: () => string): PageMarkdownResponse {
  const { store, settings } = backend;
  const { body, integration } = request;
  const id = idIn(request, 'page_id');
  if (store.databases.has(id)) throw invalid(`${id} is a database, not a page.`);
  const page = requirePage(store, id, integration);
  const type = choice(body.type, 'body.type', COMMANDS);
  object(body, 'body', ['type', 'allow_async', type]);
  if (body.allow_async !== undefined && flag(body.allow_async, 'body.allow_async')) throw notModelled('allow_async');
  const writer: BodyWriter = { store, settings: settings(), newId, viewer: integration, userId: integration.botId };
  const obey = commandOf(type, body);
  if (pageInTrash(store, page)) throw inTrash();
  obey(writer, page);
  return readBody(store, settings(), page.id, integration);
}

type Command = (writer: BodyWriter, page: ReturnType<typeof requirePage>) => void;

function commandOf(type: (typeof COMMANDS)[number], body: JsonObject): Command {
  switch (type) {
    case 'replace_content': {
      const command = object(body.replace_content, 'body.replace_content', ['new_str', 'allow_deleting_content']);
      const markdown = text(command.new_str, 'body.replace_content.new_str');
      const allow = allowsDeleting(command, 'body.replace_content');
      return (writer, page) => replaceContent(writer, page, markdown, allow);
    }
    case 'update_content': {
      const command = object(body.update_content, 'body.update_content', ['content_updates', 'allow_deleting_content']);
      const at = 'body.update_content.content_updates';
      const updates = list(command.content_updates, at, MAX_UPDATES).map((each, i) =>
        acceptUpdate(each, `${at}[${i}]`),
      );
      if (updates.length === 0) throw refuse(`${at}.length`, '≥ `1`', 0);
      const allow = allowsDeleting(command, 'body.update_content');
      return (writer, page) => updateContent(writer, page, updates, allow);
    }
    case 'insert_content': {
      const command = object(body.insert_content, 'body.insert_content', ['content', 'position']);
      const markdown = text(command.content, 'body.insert_content.content');
      const at = 'body.insert_content.position';
      const position =
        command.position === undefined
          ? 'end'
          : choice(object(command.position, at, ['type']).type, `${at}.type`, EDGES);
      return (writer, page) => insertContent(writer, page, markdown, position);
    }
    default:
      throw notModelled(type);
  }
}

function acceptUpdate(value: unknown, path: string): ContentUpdate {
  const update = object(value, path, ['old_str', 'new_str', 'replace_all_matches']);
  return {
    old_str: text(update.old_str, `${path}.old_str`, { min: 1 }),
    new_str: text(update.new_str, `${path}.new_str`),
    replace_all_matches:
      update.replace_all_matches !== undefined && flag(update.replace_all_matches, `${path}.replace_all_matches`),
  };
}

const allowsDeleting = (command: JsonObject, path: string): boolean =>
  command.allow_deleting_content !== undefined &&
  flag(command.allow_deleting_content, `${path}.allow_deleting_content`);
