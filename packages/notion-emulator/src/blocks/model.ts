import type { Icon, Run } from '../model.ts';
import type { ApiColor } from '../notion-types.ts';

/** Types with a line of rich text and optional children. */
export const TEXT_TYPES = [
  'paragraph',
  'heading_1',
  'heading_2',
  'heading_3',
  'heading_4',
  'bulleted_list_item',
  'numbered_list_item',
  'to_do',
  'quote',
  'toggle',
  'callout',
] as const;
export const MEDIA_TYPES = ['image', 'video', 'audio', 'file', 'pdf'] as const;

export interface TextBlock {
  readonly id: string;
  readonly type: (typeof TEXT_TYPES)[number];
  readonly runs: readonly Run[];
  readonly color: ApiColor;
  readonly children: readonly Block[];
  /** For to-dos. */
  readonly checked?: boolean;
  /** Whether a heading is a toggle. Other headings have no children. */
  readonly toggleable?: boolean;
  /** For callouts and paragraphs. */
  readonly icon?: Icon;
}

/** A block of a page's body. `render.ts` writes it as Markdown and `parse.ts` reads it. */
export type Block =
  | TextBlock
  | {
      readonly id: string;
      readonly type: 'code';
      readonly text: string;
      readonly language: string;
      readonly caption?: readonly Run[];
    }
  | { readonly id: string; readonly type: 'equation'; readonly expression: string }
  | { readonly id: string; readonly type: 'divider' | 'breadcrumb' }
  | { readonly id: string; readonly type: 'table_of_contents'; readonly color: ApiColor }
  | TableBlock
  | TableRow
  | MediaBlock
  | LinkBlock
  | { readonly id: string; readonly type: 'link_to_page'; readonly target: PageTarget }
  | { readonly id: string; readonly type: 'column_list'; readonly children: readonly Block[] }
  | { readonly id: string; readonly type: 'column'; readonly children: readonly Block[]; readonly ratio?: number }
  /** `from`: the original block of a copy; the children of a copy are the original's. */
  | { readonly id: string; readonly type: 'synced_block'; readonly children: readonly Block[]; readonly from?: string }
  /** The block has the id of the page or database. */
  | { readonly id: string; readonly type: 'child_page' | 'child_database' }
  /** A kind that the API does not show, e.g. `button`, `form`. */
  | { readonly id: string; readonly type: 'unsupported'; readonly kind: string };

export interface TableBlock {
  readonly id: string;
  readonly type: 'table';
  readonly headerRow: boolean;
  readonly headerColumn: boolean;
  readonly children: readonly TableRow[];
}

export interface TableRow {
  readonly id: string;
  readonly type: 'table_row';
  /** By column. */
  readonly cells: readonly (readonly Run[])[];
}

/** Markdown shows these as `<unknown>`. */
export interface LinkBlock {
  readonly id: string;
  readonly type: 'bookmark' | 'embed';
  readonly url: string;
  readonly caption: readonly Run[];
}

export type PageTarget = { readonly type: 'page_id' | 'database_id'; readonly id: string };

export interface MediaBlock {
  readonly id: string;
  readonly type: (typeof MEDIA_TYPES)[number];
  /** Without the signature, for uploaded files. */
  readonly url: string;
  readonly hosted: boolean;
  readonly caption: readonly Run[];
  /** For files; the last part of the URL by default. */
  readonly name?: string;
}

export const childrenOf = (block: Block): readonly Block[] => ('children' in block ? block.children : []);

export const isTextBlock = (block: Block): block is TextBlock => (TEXT_TYPES as readonly string[]).includes(block.type);

export const isChildPage = (block: Block): boolean => block.type === 'child_page' || block.type === 'child_database';

export function withChildren(block: Block, children: readonly Block[]): Block {
  if (block.type === 'table') return { ...block, children: children.filter(isTableRow) };
  return 'children' in block ? { ...block, children } : block;
}

const isTableRow = (block: Block): block is TableRow => block.type === 'table_row';

/** All blocks of the tree, parents first. */
export function* everyBlock(blocks: readonly Block[]): Iterable<Block> {
  for (const block of blocks) {
    yield block;
    yield* everyBlock(childrenOf(block));
  }
}

export const findBlock = (blocks: readonly Block[], id: string): Block | undefined =>
  [...everyBlock(blocks)].find((block) => block.id === id);

/** The tree with one block replaced by others, or by none. */
export const replaceBlock = (blocks: readonly Block[], id: string, by: readonly Block[]): Block[] =>
  blocks.flatMap((block) => (block.id === id ? by : [withChildren(block, replaceBlock(childrenOf(block), id, by))]));

const HOST = 'https://prod-files-secure.s3.us-west-2.amazonaws.com/';

/** The URL of an uploaded file, without its signature. */
export const hostedUrl = (id: string, name: string): string =>
  `${HOST}emulated-space/${id}/${encodeURIComponent(name)}`;

/** The URL of an uploaded file without its signature, which changes on every read; null for other URLs. */
export const unsigned = (url: string): string | null => (url.startsWith(HOST) ? (url.split('?', 1)[0] ?? url) : null);
