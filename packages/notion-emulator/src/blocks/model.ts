import type { Icon, Run } from '../model.ts';
import type { ApiColor } from '../notion-types.ts';

/** Kinds that are a line of rich text, and what may stand below it. */
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
  /** A to-do's. */
  readonly checked?: boolean;
  /** Whether a heading folds away its children; without it, it has none. */
  readonly toggleable?: boolean;
  /** A callout's. */
  readonly icon?: Icon;
}

/** A block of a page's body. Rendered as Markdown by `render.ts`, read from it by `parse.ts`. */
export type Block =
  | TextBlock
  | { readonly id: string; readonly type: 'code'; readonly text: string; readonly language: string }
  | { readonly id: string; readonly type: 'equation'; readonly expression: string }
  | { readonly id: string; readonly type: 'divider' }
  | { readonly id: string; readonly type: 'table_of_contents'; readonly color: ApiColor }
  | {
      readonly id: string;
      readonly type: 'table';
      readonly headerRow: boolean;
      readonly headerColumn: boolean;
      /** By row, then by column. */
      readonly rows: readonly (readonly (readonly Run[])[])[];
    }
  | MediaBlock
  | {
      readonly id: string;
      readonly type: 'column_list' | 'column' | 'synced_block';
      readonly children: readonly Block[];
    }
  /** Its id is the page's or database's own. */
  | { readonly id: string; readonly type: 'child_page' | 'child_database' }
  /** A kind that Markdown does not show, e.g. `button`, `bookmark`, `link_preview`. */
  | { readonly id: string; readonly type: 'unsupported'; readonly kind: string };

export interface MediaBlock {
  readonly id: string;
  readonly type: (typeof MEDIA_TYPES)[number];
  /** Without its signature, where Notion keeps the file. */
  readonly url: string;
  readonly hosted: boolean;
  readonly caption: readonly Run[];
}

export const childrenOf = (block: Block): readonly Block[] => ('children' in block ? block.children : []);

export const isTextBlock = (block: Block): block is TextBlock => (TEXT_TYPES as readonly string[]).includes(block.type);

export const isChildPage = (block: Block): boolean => block.type === 'child_page' || block.type === 'child_database';

export function withChildren(block: Block, children: readonly Block[]): Block {
  return 'children' in block ? { ...block, children } : block;
}

/** Every block of the tree, parents first. */
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

/** Where Notion keeps an uploaded file. */
export const hostedUrl = (id: string, name: string): string =>
  `${HOST}emulated-space/${id}/${encodeURIComponent(name)}`;

/** The address of a file that Notion keeps, without the signature that is another one at every reading; else null. */
export const unsigned = (url: string): string | null => (url.startsWith(HOST) ? (url.split('?', 1)[0] ?? url) : null);
