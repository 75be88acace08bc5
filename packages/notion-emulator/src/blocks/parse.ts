import type { Icon, Run } from '../model.ts';
import type { ApiColor } from '../notion-types.ts';
import { countMarks, idInUrl, type MentionCheck, parseInline, plainRuns } from './inline.ts';
import { languageOf } from './languages.ts';
import {
  type Block,
  isTextBlock,
  MEDIA_TYPES,
  type MediaBlock,
  type TableRow,
  type TextBlock,
  unsigned,
  withChildren,
} from './model.ts';
import { attributesIn, colorOf, leadingTag, type Tag } from './tags.ts';

export interface ParseContext {
  readonly newId: () => string;
  readonly checkMention: MentionCheck;
  /** The block that an `<unknown>`, `<page>` or `<database>` refers to. @throws NotionError when there is none */
  existing(tag: Tag, id: string | null): Block;
  /** Whether the page already holds this uploaded file. */
  holdsFile(url: string): boolean;
}

/** Parses enhanced Markdown. @see https://developers.notion.com/guides/data-apis/enhanced-markdown */
export const parseBlocks = (markdown: string, context: ParseContext): Block[] =>
  new BlockParser(markdown.replace(/\r\n?/g, '\n').split('\n'), context).siblings(0, null);

/** Whether a line with this text would be parsed as a block other than a paragraph. */
export const startsABlock = (text: string): boolean =>
  /^(#{1,6}|[-*+]|\d+[.)])( |$)|^(>|:::|\$\$$|\|)|^([-*_] ?){3,}$|^(`{3,}|~{3,})[^`]*$/.test(text);

const MAX_MARKS = 20_000;
/** A line that has any is as much work as this many. */
const MARKS_OF_A_LINE = 9;

/** What is nested deeper is text, so that no body exhausts the stack. */
const MAX_DEPTH = 100;

interface Line {
  readonly tabs: number;
  /** Without its indentation. */
  readonly text: string;
}

class BlockParser {
  readonly #lines: readonly string[];
  readonly #context: ParseContext;
  #next = 0;
  #marks = 0;
  #depth = 0;

  constructor(lines: readonly string[], context: ParseContext) {
    this.#lines = lines;
    this.#context = context;
  }

  /** The blocks of one level, up to a line with less indentation or to the end of their container. */
  siblings(level: number, end: RegExp | null): Block[] {
    const blocks: Block[] = [];
    for (let line = this.#peek(); line !== null; line = this.#peek()) {
      if (end?.test(line.text)) {
        this.#next += 1;
        break;
      }
      if (line.tabs < level && end === null) break;
      const parent = blocks.at(-1);
      if (line.tabs > level && parent && takesChildren(parent) && this.#mayNest) {
        const below = this.#nest(() => this.siblings(level + 1, null));
        blocks[blocks.length - 1] = withChildren(parent, [...childrenIn(parent), ...below]);
      } else {
        this.#next += 1;
        blocks.push(this.#block(line));
      }
    }
    return blocks;
  }

  get #mayNest(): boolean {
    return this.#depth < MAX_DEPTH;
  }

  #nest<T>(parse: () => T): T {
    this.#depth += 1;
    const parsed = parse();
    this.#depth -= 1;
    return parsed;
  }

  /** The next line that is not blank. */
  #peek(): Line | null {
    for (; this.#next < this.#lines.length; this.#next += 1) {
      const line = this.#lines[this.#next] ?? '';
      // A non-breaking space is not trimmed.
      const text = line.replace(/^[ \t]+|[ \t]+$/g, '');
      if (text !== '') return { tabs: /^\t*/.exec(line)?.[0].length ?? 0, text };
    }
    return null;
  }

  /** The lines up to the end marker, without their indentation. */
  #until(end: RegExp, tabs: number): string[] {
    const lines: string[] = [];
    while (this.#next < this.#lines.length) {
      const line = (this.#lines[this.#next] ?? '').replace(new RegExp(`^\\t{0,${tabs}}`), '');
      this.#next += 1;
      if (end.test(line.trim())) break;
      lines.push(line);
    }
    return lines;
  }

  #block({ tabs, text }: Line): Block {
    const id = this.#context.newId();
    if (!this.#mayNest) return this.#text(id, 'paragraph', text);
    const fence = /^(`{3,}|~{3,})([^`]*)$/.exec(text);
    if (fence) {
      const [, marker = '', language = ''] = fence;
      const code = this.#until(new RegExp(`^${marker[0]}{${marker.length},}$`), tabs).join('\n');
      return { id, type: 'code', text: code, language: languageOf(language) };
    }
    if (text === '$$') return { id, type: 'equation', expression: this.#until(/^\$\$$/, tabs).join('\n') };
    if (/^(?:(?:- ?){3,}|(?:\* ?){3,}|(?:_ ?){3,})$/.test(text)) return { id, type: 'divider' };
    if (/^\|.*\|$/.test(text) && /^\s*\|(?:\s*:?-+:?\s*\|)+\s*$/.test(this.#lines[this.#next] ?? '')) {
      return this.#pipeTable(id, text);
    }
    const callout = /^:{3,} ?callout *(?:\{(.*)\})?$/.exec(text);
    if (callout) return this.#callout(id, attributesIn(callout[1] ?? ''), tabs, /^:{3,}$/);
    const image = /^!\[(.*)\]\((<[^>]*>|\S+)\)(?: *\{[^{}]*\})?$/.exec(text);
    if (image) return this.#media(id, 'image', (image[2] ?? '').replace(/^<(.*)>$/, '$1'), image[1] ?? '');
    const leading = leadingTag(text);
    const tagged = leading && leading.tag.kind !== 'close' ? this.#tagged(id, leading.tag, leading.rest, tabs) : null;
    return tagged ?? this.#textBlock(id, text);
  }

  #textBlock(id: string, text: string): Block {
    const [, heading, title = ''] = /^(#{1,6})(?: +(.*))?$/.exec(text) ?? [];
    if (heading !== undefined) {
      const type = (['heading_1', 'heading_2', 'heading_3', 'heading_4'] as const)[Math.min(heading.length, 4) - 1];
      return this.#text(id, type ?? 'heading_4', title);
    }
    const [, box, task = ''] = /^[-*+] \[([ xX])\](?: +(.*))?$/.exec(text) ?? [];
    if (box !== undefined) return this.#item(id, 'to_do', task, { checked: box !== ' ' });
    const [bullet, item = ''] = /^[-*+](?: +(.*))?$/.exec(text) ?? [];
    if (bullet !== undefined) return this.#item(id, 'bulleted_list_item', item);
    const [number, numbered = ''] = /^\d+[.)](?: +(.*))?$/.exec(text) ?? [];
    if (number !== undefined) return this.#item(id, 'numbered_list_item', numbered);
    if (text.startsWith('>')) return this.#text(id, 'quote', text.slice(1));
    return this.#text(id, 'paragraph', text);
  }

  /** Content that is not a line of text becomes a child of an empty item. */
  #item(id: string, type: TextBlock['type'], text: string, more: { checked?: boolean } = {}): Block {
    const isNested = this.#mayNest && startsABlock(text);
    const child = isNested ? this.#nest(() => this.#textBlock(this.#context.newId(), text)) : null;
    if (child === null || child.type === 'paragraph') return { ...this.#text(id, type, text), ...more };
    return { ...this.#text(id, type, ''), ...more, children: [child] };
  }

  #text(id: string, type: TextBlock['type'], text: string): TextBlock {
    const { words, attributes } = splitAttributes(text);
    const toggleable = type.startsWith('heading') && attributes.toggle === 'true';
    return {
      id,
      type,
      runs: this.#inline(words),
      color: colorOf(attributes.color),
      children: [],
      ...(toggleable ? { toggleable } : {}),
    };
  }

  /** Text after very many special characters is plain, so that no body takes long. */
  #inline(text: string): Run[] {
    const marks = countMarks(text);
    if (marks > 0) this.#marks += MARKS_OF_A_LINE + marks;
    return this.#marks > MAX_MARKS ? plainRuns(text) : parseInline(text, this.#context.checkMention);
  }

  #tagged(id: string, tag: Tag, rest: string, tabs: number): Block | null {
    const { name, kind, attributes } = tag;
    const content = rest.replace(new RegExp(`</${name}>$`), '');
    const media = MEDIA_TYPES.find((type) => type === name);
    if (media && attributes.src !== undefined) return this.#media(id, media, attributes.src, content);
    switch (name) {
      case 'empty-block':
        return kind === 'empty' ? this.#text(id, 'paragraph', '') : null;
      case 'table_of_contents':
        return { id, type: 'table_of_contents', color: colorOf(attributes.color) };
      case 'unknown':
      case 'page':
      case 'database':
        return this.#context.existing(tag, idInUrl(attributes.url ?? ''));
      case 'callout':
        return this.#callout(id, attributes, tabs, /^<\/callout>$/);
      case 'details':
        return this.#details(id, colorOf(attributes.color), tabs);
      case 'columns':
        return { id, type: 'column_list', children: this.#inside(tabs, /^<\/columns>$/) };
      case 'column':
        return { id, type: 'column', children: this.#inside(tabs, /^<\/column>$/) };
      case 'synced_block':
        return { id, type: 'synced_block', children: this.#inside(tabs, /^<\/synced_block>$/) };
      case 'table':
        return this.#table(id, attributes, tabs, rest);
      default:
        return null;
    }
  }

  /** The blocks between two tags, indented like the tags or one tab deeper. */
  #inside(tabs: number, end: RegExp): Block[] {
    const first = this.#peek();
    return this.#nest(() => this.siblings(Math.max(tabs, Math.min(first?.tabs ?? tabs, tabs + 1)), end));
  }

  /** The first block is the callout's own text, if it is a paragraph. */
  #callout(id: string, attributes: Tag['attributes'], tabs: number, end: RegExp): TextBlock {
    const [first, ...others] = this.#inside(tabs, end);
    const own = first?.type === 'paragraph' && first.color === 'default' ? first : null;
    const children = own ? [...own.children, ...others] : [...(first ? [first] : []), ...others];
    const icon: Icon = attributes.icon === undefined ? null : iconOf(attributes.icon);
    return { id, type: 'callout', runs: own?.runs ?? [], color: colorOf(attributes.color), children, icon };
  }

  #details(id: string, color: ApiColor, tabs: number): TextBlock {
    const summary = /^<summary>(.*)<\/summary>$/.exec(this.#peek()?.text ?? '');
    if (summary) this.#next += 1;
    const children = this.#inside(tabs, /^<\/details>$/);
    return { id, type: 'toggle', runs: this.#inline(summary?.[1] ?? ''), color, children };
  }

  #table(id: string, attributes: Tag['attributes'], tabs: number, rest: string): Block {
    const inline = rest.endsWith('</table>');
    const lines = inline ? [rest] : [rest, ...this.#until(/<\/table>$/, tabs)];
    const html = lines.map((line) => line.trim()).join(' ');
    const rows = [...html.matchAll(/<tr[^>]*>(.*?)<\/tr>/g)].map(([, row = '']) =>
      [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/g)].map(([, cell = '']) => this.#inline(cell)),
    );
    return {
      id,
      type: 'table',
      headerRow: attributes['header-row'] === 'true',
      headerColumn: attributes['header-column'] === 'true',
      children: this.#rows(rows),
    };
  }

  #pipeTable(id: string, header: string): Block {
    this.#next += 1;
    const lines = [header];
    for (let line = this.#lines[this.#next]?.trim(); line?.startsWith('|'); line = this.#lines[this.#next]?.trim()) {
      lines.push(line);
      this.#next += 1;
    }
    const rows = lines.map((line) =>
      line
        .replace(/^\||(?<!\\)\|$/g, '')
        .split(/(?<!\\)\|/)
        .map((cell) => this.#inline(cell)),
    );
    return { id, type: 'table', headerRow: true, headerColumn: false, children: this.#rows(rows) };
  }

  /** All rows are as wide as the first. */
  #rows(rows: readonly (readonly Run[])[][]): TableRow[] {
    const width = rows[0]?.length ?? 0;
    return rows.map((row) => ({
      id: this.#context.newId(),
      type: 'table_row',
      cells: Array.from({ length: width }, (_, column) => row[column] ?? []),
    }));
  }

  /** The address of an uploaded file of another page is lost. */
  #media(id: string, type: MediaBlock['type'], url: string, caption: string): Block {
    const kept = unsigned(url);
    const hosted = kept !== null && this.#context.holdsFile(kept);
    const known = kept === null ? url : hosted ? kept : '';
    return { id, type, url: known, hosted, caption: this.#inline(caption) };
  }
}

const childrenIn = (block: Block): readonly Block[] => (isTextBlock(block) ? block.children : []);

/** Only toggle headings have children. Callouts and toggles end with their container. */
const takesChildren = (block: Block): boolean =>
  isTextBlock(block) &&
  block.type !== 'callout' &&
  block.type !== 'toggle' &&
  (!block.type.startsWith('heading') || block.toggleable === true);

/** Splits off attributes of the block at the end of a line, such as `{color="red"}`. */
function splitAttributes(text: string): { words: string; attributes: Record<string, string> } {
  const [all, words, list] = /^(.*?)(?<!\\)\{((?:(?:color|toggle)="[^"]*" ?)+)\}$/.exec(text) ?? [];
  if (all === undefined || words === undefined || list === undefined) return { words: text, attributes: {} };
  return { words: words.replace(/ +$/, ''), attributes: attributesIn(list) };
}

const iconOf = (icon: string): Icon => (/^https?:/.test(icon) ? { external: icon } : { emoji: icon });
