import { undashed } from '../ids.ts';
import type { Icon, Run } from '../model.ts';
import { PLAIN } from '../rich-text.ts';
import { destination, renderInline } from './inline.ts';
import type { Block, MediaBlock, TableBlock, TableRow, TextBlock } from './model.ts';
import { startsABlock } from './parse.ts';
import { attributeWords, colorWord } from './tags.ts';

export interface RenderContext {
  readonly pageId: string;
  /** The title of a child page or database, or null when the viewer cannot see it. */
  childTitle(block: Block): string | null;
  /** The data source of a child database, and whether it is inline. */
  databaseOf(block: Block): { readonly dataSourceId: string | null; readonly inline: boolean };
  /** The URL of an uploaded file with a signature that is valid for an hour. */
  signed(url: string): string;
  /** Whether the block is beyond the number of blocks that are loaded. */
  isCutOff(block: Block): boolean;
  /** Called for each block that is written as `<unknown>`. */
  unknown?(block: Block, why: 'unsupported' | 'cut_off' | 'not_shared'): void;
}

/** Writes blocks as enhanced Markdown, one line per block where possible. */
export const renderBlocks = (blocks: readonly Block[], context: RenderContext): string =>
  linesOf(blocks, context).join('\n');

const linesOf = (blocks: readonly Block[], context: RenderContext): string[] => {
  let number = 0;
  return blocks.flatMap((block) => {
    number = block.type === 'numbered_list_item' ? number + 1 : 0;
    return blockLines(block, context, number);
  });
};

const indented = (lines: readonly string[]): string[] => lines.map((line) => `\t${line}`);

/** @param number the place in a numbered list */
function blockLines(block: Block, context: RenderContext, number: number): string[] {
  if (context.isCutOff(block)) return [unknownTag(block, 'cut_off', context)];
  const below = (children: readonly Block[]): string[] => indented(linesOf(children, context));
  switch (block.type) {
    case 'code': {
      const longest = Math.max(2, ...[...block.text.matchAll(/^\s*(`+)/gm)].map(([, run = '']) => run.length));
      const fence = '`'.repeat(longest + 1);
      return [`${fence}${block.language}`, ...block.text.split('\n'), fence];
    }
    case 'equation':
      return ['$$', ...block.expression.split('\n'), '$$'];
    case 'divider':
      return ['---'];
    case 'table_of_contents':
      return [emptyTag('table_of_contents', { color: colorWord(block.color) })];
    case 'table':
      return tableLines(block);
    case 'table_row':
      return rowLines(block);
    case 'image':
    case 'video':
    case 'audio':
    case 'file':
    case 'pdf':
      // A file whose address was lost is not shown.
      return block.url === '' ? [] : [mediaLine(block, context)];
    case 'column_list':
      return ['<columns>', ...below(block.children), '</columns>'];
    case 'column':
      return ['<column>', ...below(block.children), '</column>'];
    case 'synced_block':
      return ['<synced_block>', ...below(block.children), '</synced_block>'];
    case 'child_page':
    case 'child_database':
      return [childTag(block, context)];
    case 'breadcrumb':
    case 'bookmark':
    case 'embed':
    case 'link_to_page':
    case 'unsupported':
      return [unknownTag(block, 'unsupported', context)];
    case 'callout':
      return [
        openTag('callout', { icon: iconWord(block.icon ?? null), color: colorWord(block.color) }),
        `\t${textOf(block.runs) || '<empty-block/>'}`,
        ...below(block.children),
        '</callout>',
      ];
    case 'toggle':
      return [
        openTag('details', { color: colorWord(block.color) }),
        `<summary>${renderInline(block.runs)}</summary>`,
        ...below(block.children),
        '</details>',
      ];
    default:
      return [textLine(block, number), ...below(block.children)];
  }
}

function childTag(block: Extract<Block, { type: 'child_page' | 'child_database' }>, context: RenderContext): string {
  const title = context.childTitle(block);
  if (title === null) return unknownTag(block, 'not_shared', context);
  const words = renderInline([{ type: 'text', text: title, link: null, annotations: PLAIN }]);
  const url = `https://app.notion.com/p/${undashed(block.id)}`;
  if (block.type === 'child_page') return `${openTag('page', { url })}${words}</page>`;
  const { dataSourceId, inline } = context.databaseOf(block);
  const source = dataSourceId === null ? null : `collection://${dataSourceId}`;
  return `${openTag('database', { url, inline: String(inline), 'data-source-url': source })}${words}</database>`;
}

const PREFIXES = {
  paragraph: '',
  heading_1: '# ',
  heading_2: '## ',
  heading_3: '### ',
  heading_4: '#### ',
  bulleted_list_item: '- ',
  quote: '> ',
} as const;

function textLine(block: TextBlock, number: number): string {
  const { type, runs, color, toggleable } = block;
  if (type === 'toggle' || type === 'callout') throw new Error(`a ${type} is not a single line`);
  const prefix =
    type === 'to_do'
      ? `- [${block.checked ? 'x' : ' '}] `
      : type === 'numbered_list_item'
        ? `${number}. `
        : PREFIXES[type];
  const words = type.startsWith('heading') || type === 'quote' ? renderInline(runs) : textOf(runs);
  const attributes = attributeList({ toggle: toggleable ? 'true' : null, color: colorWord(color) });
  const line = prefix + words + attributes;
  return line.replace(/[ \t]/g, '') === '' ? '<empty-block/>' : line === prefix ? prefix.trimEnd() : line;
}

/** A line's text, escaped when it would be parsed as another block. */
function textOf(runs: readonly Run[]): string {
  const words = renderInline(runs);
  if (!startsABlock(words.replace(/^[ \t]+/, ''))) return words;
  return words.replace(/^([ \t]*)(\d*)(.)/, '$1$2\\$3');
}

function tableLines({ children, headerRow, headerColumn }: TableBlock): string[] {
  const attributes = { 'header-row': headerRow ? 'true' : null, 'header-column': headerColumn ? 'true' : null };
  return [openTag('table', attributes), ...children.flatMap(rowLines), '</table>'];
}

const rowLines = ({ cells }: TableRow): string[] => [
  '<tr>',
  ...cells.map((cell) => `<td>${renderInline(cell)}</td>`),
  '</tr>',
];

function mediaLine({ type, url, hosted, caption }: MediaBlock, context: RenderContext): string {
  const address = hosted ? context.signed(url) : url;
  const words = renderInline(caption);
  if (type === 'image') return `![${words}](${destination(address)})`;
  return `${openTag(type, { src: address })}${words}</${type}>`;
}

/** Kinds whose names differ between Markdown and the API. */
const ALTS: Readonly<Record<string, string>> = {
  child_page: 'page',
  child_database: 'database',
  link_to_page: 'alias',
  link_preview: 'external_object_instance',
};

function unknownTag(block: Block, why: 'unsupported' | 'cut_off' | 'not_shared', context: RenderContext): string {
  context.unknown?.(block, why);
  const kind = block.type === 'unsupported' ? block.kind : block.type;
  const url = `https://www.notion.so/${undashed(context.pageId)}#${undashed(block.id)}`;
  return emptyTag('unknown', { url, alt: ALTS[kind] ?? kind });
}

const spaced = (words: string): string => (words === '' ? '' : ` ${words}`);
const openTag = (name: string, attributes: Readonly<Record<string, string | null>>): string =>
  `<${name}${spaced(attributeWords(attributes))}>`;
const emptyTag = (name: string, attributes: Readonly<Record<string, string | null>>): string =>
  `<${name}${spaced(attributeWords(attributes))}/>`;

function attributeList(attributes: Readonly<Record<string, string | null>>): string {
  const words = attributeWords(attributes);
  return words === '' ? '' : ` {${words}}`;
}

function iconWord(icon: Icon): string | null {
  if (icon === null) return null;
  return 'emoji' in icon ? icon.emoji : 'file' in icon ? icon.file : icon.external;
}
