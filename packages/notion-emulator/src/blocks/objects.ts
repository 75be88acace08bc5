import type { BlockObjectResponse } from '@notionhq/client';
import type { Signer } from '../hosted-files.ts';
import { toMinute } from '../ids.ts';
import type { Page, Run } from '../model.ts';
import { renderIcon } from '../render.ts';
import { type Mentionables, renderRichText, runsOf } from '../rich-text.ts';
import type { Block, MediaBlock } from './model.ts';

export interface ObjectContext {
  readonly page: Page;
  /** The block that contains it; null for a top-level block. */
  readonly parentBlockId: string | null;
  readonly mentionables: Mentionables;
  readonly trashed: boolean;
  childTitle(block: Block): string;
  /** The children of a block; those of the original for a copy of a synced block. */
  childrenOf(block: Block): readonly Block[];
  /** Whether a child page has content. */
  hasBody(pageId: string): boolean;
  readonly signed: Signer;
}

/** A block as the API returns it. */
export function renderBlockObject(block: Block, context: ObjectContext): BlockObjectResponse {
  const hasChildren = block.type === 'child_page' ? context.hasBody(block.id) : context.childrenOf(block).length > 0;
  return blockObject(block.id, block.type, payloadOf(block, context), hasChildren, context);
}

/** Blocks have no times in the model, so they get those of their page. */
function blockObject(
  id: string,
  type: BlockObjectResponse['type'],
  payload: object,
  has_children: boolean,
  { page, parentBlockId, trashed }: ObjectContext,
): BlockObjectResponse {
  const answer = {
    object: 'block',
    id,
    parent:
      parentBlockId === null ? { type: 'page_id', page_id: page.id } : { type: 'block_id', block_id: parentBlockId },
    created_time: toMinute(page.createdAt),
    last_edited_time: toMinute(page.editedAt),
    created_by: { object: 'user', id: page.createdBy },
    last_edited_by: { object: 'user', id: page.editedBy },
    has_children,
    in_trash: trashed,
    archived: trashed,
    type,
    [type]: payload,
  };
  return answer as unknown as BlockObjectResponse; // the payload's key is the block's type, which TypeScript cannot check
}

function payloadOf(block: Block, context: ObjectContext): object {
  const { mentionables, childTitle, signed } = context;
  const rich = (runs: readonly Run[]) => renderRichText(runs, mentionables);
  switch (block.type) {
    case 'code':
      return { rich_text: rich(runsOf(block.text)), caption: rich(block.caption ?? []), language: block.language };
    case 'equation':
      return { expression: block.expression };
    case 'table_of_contents':
      return { color: block.color };
    case 'table':
      return {
        table_width: block.children[0]?.cells.length ?? 0,
        has_column_header: block.headerRow,
        has_row_header: block.headerColumn,
      };
    case 'synced_block':
      return { synced_from: block.from === undefined ? null : { type: 'block_id', block_id: block.from } };
    case 'table_row':
      return { cells: block.cells.map(rich) };
    case 'bookmark':
    case 'embed':
      return { url: block.url, caption: rich(block.caption) };
    case 'link_to_page':
      return { type: block.target.type, [block.target.type]: block.target.id };
    case 'child_page':
    case 'child_database':
      return { title: childTitle(block) };
    case 'unsupported':
      return { block_type: block.kind };
    case 'image':
    case 'video':
    case 'audio':
    case 'file':
    case 'pdf':
      return mediaPayload(block, context);
    case 'column':
      return block.ratio === undefined ? {} : { width_ratio: block.ratio };
    case 'divider':
    case 'breadcrumb':
    case 'column_list':
      return {};
    default:
      return {
        rich_text: rich(block.runs),
        color: block.color,
        ...(block.type === 'to_do' ? { checked: block.checked ?? false } : {}),
        ...(block.type.startsWith('heading') ? { is_toggleable: block.toggleable ?? false } : {}),
        ...(block.type === 'callout' || block.type === 'paragraph'
          ? { icon: renderIcon(block.icon ?? null, signed) }
          : {}),
      };
  }
}

function mediaPayload(block: MediaBlock, { mentionables, signed }: ObjectContext): object {
  return {
    ...(block.hosted ? { type: 'file', file: signed(block.url) } : { type: 'external', external: { url: block.url } }),
    caption: renderRichText(block.caption, mentionables),
    ...(block.type === 'file' ? { name: block.name ?? lastPart(block.url) } : {}),
  };
}

const lastPart = (url: string): string => decodeURIComponent(url.split('/').at(-1) ?? '');
