import { invalid, notFound, notSupported } from './api-error.ts';
import { keepIds } from './blocks/keep-ids.ts';
import { type Block, childrenOf, everyBlock, findBlock, isChildPage, withChildren } from './blocks/model.ts';
import { type ParseContext, parseBlocks } from './blocks/parse.ts';
import { type RenderContext, renderBlocks } from './blocks/render.ts';
import { signing } from './hosted-files.ts';
import type { Put } from './journal.ts';
import type { Body, DeletedBlock, Mention, Page } from './model.ts';
import type { PageMarkdownResponse } from './notion-types.ts';
import type { Writer } from './pages.ts';
import { ownWords } from './rich-text.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';
import { isVisible, mentionablesOf, pageInTrash, type Viewer } from './visibility.ts';

/** One replacement in a body's Markdown. */
export interface ContentUpdate {
  readonly old_str: string;
  readonly new_str: string;
  readonly replace_all_matches: boolean;
}

export interface BodyWriter extends Writer {
  readonly store: Store;
  readonly settings: Settings;
  readonly newId: () => string;
}

/** A page's body, or one of its blocks with its children, as Markdown. */
export function readBody(
  store: Store,
  settings: Settings,
  pageId: string,
  viewer: Viewer,
  only?: Block,
): PageMarkdownResponse {
  const unknown: string[] = [];
  let truncated = false;
  const context: RenderContext = {
    ...contextOf(store, pageId, viewer),
    ...(only ? { isCutOff: () => false } : {}),
    unknown: (block, why) => {
      unknown.push(block.id);
      if (why !== 'unsupported' || settings.unsupportedTruncates) truncated = true;
    },
  };
  const markdown = renderBlocks(only ? [only] : shownBlocks(store, store.body(pageId).blocks), context);
  return { object: 'page_markdown', id: only?.id ?? pageId, markdown, truncated, unknown_block_ids: unknown };
}

function contextOf(store: Store, pageId: string, viewer: Viewer): RenderContext {
  const { blocks, loaded } = store.body(pageId);
  const cutOff = new Set(
    loaded === null
      ? []
      : shownBlocks(store, blocks)
          .slice(loaded)
          .map(({ id }) => id),
  );
  return {
    pageId,
    childTitle: (block) => childTitle(store, block, viewer),
    databaseOf: ({ id }) => {
      const database = store.databases.get(id);
      return { dataSourceId: database?.dataSourceIds[0] ?? null, inline: database?.inline ?? false };
    },
    signed: signedUrl(store),
    isCutOff: ({ id }) => cutOff.has(id),
  };
}

function signedUrl(store: Store): (url: string) => string {
  const sign = signing(store);
  return (url) => sign(url).url;
}

/** The title of a child page or database, or null when the viewer cannot see it. */
export function childTitle(store: Store, { id, type }: Block, viewer: Viewer): string | null {
  if (type === 'child_database') {
    const database = mentionablesOf(store, viewer).database(id);
    return database ? ownWords(database.title) : null;
  }
  const page = store.page(id);
  if (!page || !isVisible(store, page, viewer)) return null;
  return page.values.title?.type === 'title' ? ownWords(page.values.title.runs) : '';
}

/** A body without child pages that are in the trash. */
export const shownBlocks = (store: Store, blocks: readonly Block[]): Block[] =>
  blocks.flatMap((block): Block[] => {
    if (isChildPage(block) && childInTrash(store, block)) return [];
    return [withChildren(block, shownBlocks(store, childrenOf(block)))];
  });

function childInTrash(store: Store, { id, type }: Block): boolean {
  if (type === 'child_database') return store.databases.get(id)?.trashed ?? true;
  const page = store.page(id);
  return page === undefined || pageInTrash(store, page);
}

/** The blocks of a new body. */
export const newBlocks = (writer: BodyWriter, markdown: string): Block[] => parseBlocks(markdown, parsing(writer, []));

/** What to store for a new page's body. */
export const bodyPuts = (pageId: string, blocks: readonly Block[]): Put[] =>
  blocks.length === 0 ? [] : [{ table: 'body', row: { pageId, blocks, loaded: null } }];

/** Copies of the blocks with new ids, without child pages. */
export const copyBlocks = (blocks: readonly Block[], newId: () => string): Block[] =>
  blocks.flatMap((block) =>
    isChildPage(block) ? [] : [withChildren({ ...block, id: newId() }, copyBlocks(childrenOf(block), newId))],
  );

function parsing({ store, newId, viewer }: BodyWriter, before: readonly Block[]): ParseContext {
  const named = new Set<string>();
  const mentionables = mentionablesOf(store, viewer);
  return {
    newId,
    checkMention: (mention) => checkMention(mention, mentionables),
    holdsFile: (url) => [...everyBlock(before)].some((block) => 'hosted' in block && block.url === url),
    existing: (tag, id) => {
      const block = id === null ? undefined : findBlock(before, id);
      const fits = block && (tag.name === 'unknown' || block.type === `child_${tag.name}`);
      if (!block || !fits) {
        if (tag.name !== 'unknown' && (id === null || store.page(id) || store.databases.has(id))) {
          throw notSupported(`creating or moving a ${tag.name} with Markdown`);
        }
        throw invalid(`<${tag.name} url="${tag.attributes.url ?? ''}"/> is not a block of this page.`);
      }
      if (named.has(block.id)) throw invalid(`<${tag.name} url="${tag.attributes.url ?? ''}"/> is in the text twice.`);
      named.add(block.id);
      return block;
    },
  };
}

function checkMention(mention: Mention, mentionables: ReturnType<typeof mentionablesOf>): void {
  switch (mention.type) {
    case 'user':
    case 'page':
    case 'database':
      if (!mentionables[mention.type](mention.id)) throw notFound(mention.type, mention.id);
  }
}

/** Replaces text in the body's Markdown; all edits or none. @throws NotionError 400 for text that is missing or ambiguous */
export function updateContent(
  writer: BodyWriter,
  page: Page,
  updates: readonly ContentUpdate[],
  allowDeleting: boolean,
): void {
  const { store, settings, viewer } = writer;
  let { markdown } = readBody(store, settings, page.id, viewer);
  for (const update of updates) markdown = replaced(markdown, update, settings.skipsMissingEdits);
  replaceContent(writer, page, markdown, allowDeleting);
}

function replaced(
  markdown: string,
  { old_str, new_str, replace_all_matches }: ContentUpdate,
  skipsMissing: boolean,
): string {
  const parts = markdown.split(old_str);
  const matches = parts.length - 1;
  const shown = JSON.stringify(old_str.length > 100 ? `${old_str.slice(0, 100)}…` : old_str);
  if (matches === 0) {
    if (skipsMissing) return markdown;
    throw invalid(`Could not find old_str in the page's content: ${shown}`);
  }
  if (matches > 1 && !replace_all_matches) {
    throw invalid(`old_str is in the page's content ${matches} times, and replace_all_matches is not true: ${shown}`);
  }
  return parts.join(new_str);
}

/** Replaces a body. @throws NotionError 400 when this deletes a child page without `allowDeleting` */
export function replaceContent(writer: BodyWriter, page: Page, markdown: string, allowDeleting: boolean): void {
  const { store } = writer;
  const before = shownBlocks(store, store.body(page.id).blocks);
  const context: RenderContext = {
    pageId: page.id,
    childTitle: () => '',
    databaseOf: () => ({ dataSourceId: null, inline: false }),
    signed: (url) => url,
    isCutOff: () => false,
  };
  // The parser ignores white space at the end of a line.
  const signature = (block: Block): string => renderBlocks([block], context).replace(/[ \t]+$/gm, '');
  keepBlocks(writer, page, keepIds(before, parseBlocks(markdown, parsing(writer, before)), signature), allowDeleting);
}

/**
 * Stores a body and marks its page as edited.
 * @param restorable whether removed blocks can be restored
 */
export function keepBlocks(
  { store, userId }: BodyWriter,
  page: Page,
  blocks: readonly Block[],
  allowDeleting: boolean,
  restorable = false,
): void {
  const stay = new Set([...everyBlock(blocks)].map(({ id }) => id));
  const before = store.body(page.id);
  const gone = [...everyBlock(shownBlocks(store, before.blocks))].filter(
    (block) => isChildPage(block) && !stay.has(block.id),
  );
  if (gone.length > 0 && !allowDeleting) {
    throw invalid(
      `This operation would delete ${gone.length} child page(s) or database(s). Set allow_deleting_content to true to proceed.`,
    );
  }
  const stamps = { editedAt: store.clock.now(), editedBy: userId };
  store.commit(
    { table: 'page', row: { ...page, ...stamps } },
    { table: 'body', row: { ...before, blocks, deleted: deletedBlocks(before, stay, restorable) } },
    ...gone.flatMap((block) => trashed(store, block, stamps)),
  );
}

const MAX_DELETED = 100;

/** The deleted blocks of a body after a change, without those that were restored. */
function deletedBlocks(before: Body, stay: ReadonlySet<string>, restorable: boolean): readonly DeletedBlock[] {
  const earlier = (before.deleted ?? []).filter(({ block }) => !stay.has(block.id));
  if (!restorable) return earlier;
  const removed = (blocks: readonly Block[], parentId: string | null): DeletedBlock[] =>
    blocks.flatMap((block, index) => {
      if (stay.has(block.id)) return removed(childrenOf(block), block.id);
      return isChildPage(block) ? [] : [{ block, parentId, index }];
    });
  return [...earlier, ...removed(before.blocks, null)].slice(-MAX_DELETED);
}

function trashed(store: Store, { id, type }: Block, stamps: Pick<Page, 'editedAt' | 'editedBy'>): Put[] {
  if (type === 'child_database') {
    const database = store.databases.get(id);
    return database ? [{ table: 'database', row: { ...database, ...stamps, trashed: true } }] : [];
  }
  const page = store.page(id);
  return page ? [{ table: 'page', row: { ...page, ...stamps, trashed: true } }] : [];
}
