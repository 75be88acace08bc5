import { inTrash, invalid } from '../api-error.ts';
import type { AsyncTask } from '../async-tasks.ts';
import { type Block, everyBlock, findBlock, isChildPage } from '../blocks/model.ts';
import { type BodyWriter, type ContentUpdate, readBody, replaceContent, updateContent } from '../bodies.ts';
import { type Insertion, insertContent, replaceRange, type TextRange } from '../body-ranges.ts';
import { choice, flag, type JsonObject, list, object, text } from '../expect.ts';
import type { PageMarkdownResponse } from '../notion-types.ts';
import type { ApiRequest, Route } from '../router.ts';
import { pageInTrash, requirePage } from '../visibility.ts';
import { type Backend, bodyWriterFor, idIn } from './shared.ts';

const COMMANDS = ['update_content', 'replace_content', 'insert_content', 'replace_content_range'] as const;
const MAX_UPDATES = 100;

export const markdownRoutes = (backend: Backend): Route[] => [
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
    handle: (request) => update(backend, request),
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

function update(backend: Backend, request: ApiRequest): PageMarkdownResponse | AsyncTask {
  const { store, settings } = backend;
  const { body, integration } = request;
  const id = idIn(request, 'page_id');
  if (store.databases.has(id)) throw invalid(`${id} is a database, not a page.`);
  const page = requirePage(store, id, integration);
  const type = choice(body.type, 'body.type', COMMANDS);
  object(body, 'body', ['type', 'allow_async', type]);
  const isAsync = body.allow_async !== undefined && flag(body.allow_async, 'body.allow_async');
  const obey = commandOf(type, body);
  if (pageInTrash(store, page)) throw inTrash();
  refuseBookmarks(store.body(page.id).blocks);
  obey(bodyWriterFor(backend, integration), page);
  const answer = readBody(store, settings(), page.id, integration);
  return isAsync ? backend.tasks.finish('PATCH /v1/pages/:page_id/markdown', answer) : answer;
}

/** Notion refuses every edit as Markdown of a page that contains a bookmark. */
function refuseBookmarks(blocks: readonly Block[]): void {
  const bookmark = [...everyBlock(blocks)].find((block) => block.type === 'bookmark');
  if (bookmark?.type === 'bookmark') throw invalid(`Invalid Notion page or block URL: ${bookmark.url}`);
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
      const allow = allowsDeleting(command, 'body.update_content');
      return (writer, page) => updateContent(writer, page, updates, allow);
    }
    case 'insert_content': {
      const command = object(body.insert_content, 'body.insert_content', ['content', 'position', 'after']);
      const markdown = text(command.content, 'body.insert_content.content');
      const place = acceptInsertion(command);
      return (writer, page) => insertContent(writer, page, markdown, place);
    }
    case 'replace_content_range': {
      const keys = ['content', 'content_range', 'allow_deleting_content'];
      const command = object(body.replace_content_range, 'body.replace_content_range', keys);
      const markdown = text(command.content, 'body.replace_content_range.content');
      const range = acceptRange(command.content_range, 'body.replace_content_range.content_range');
      const allow = allowsDeleting(command, 'body.replace_content_range');
      return (writer, page) => replaceRange(writer, page, range, markdown, allow);
    }
  }
}

function acceptInsertion({ position, after }: JsonObject): Insertion {
  if (after !== undefined) return { after: acceptRange(after, 'body.insert_content.after') };
  if (position === undefined) return 'end';
  const at = 'body.insert_content.position';
  return choice<'start' | 'end'>(object(position, at, ['type']).type, `${at}.type`, ['start', 'end']);
}

/** `start of the text...end of the text`. */
function acceptRange(value: unknown, path: string): TextRange {
  const given = text(value, path, { min: 1 });
  const [from = '', ...rest] = given.split('...');
  return { from: from.trim(), to: rest.length === 0 ? from.trim() : rest.join('...').trim() };
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
