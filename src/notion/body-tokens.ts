import { isHosted, URLS, withoutSignatures } from './file-urls.ts';

/** Blocks that Notion shows as tags and that Markdown cannot create. */
const NOT_EXPRESSIBLE =
  /^<(unknown|page|database|synced_block|synced_block_reference|meeting-notes|meeting_notes|transcription)\b/;
const MEDIA = /^(?:!\[.*\]\(|<(?:image|video|audio|file|pdf)\b)/;

/** A line, or all lines of a block that Markdown cannot create. */
export interface Token {
  /** Tokens with the same key are equal. */
  readonly key: string;
  readonly lines: readonly string[];
  /** Kept unchanged wherever it is. */
  readonly fixed: boolean;
  /** Its text differs at every read, so no edit can quote it. */
  readonly volatile: boolean;
}

export const depthOf = (line: string): number => /^\t*/.exec(line)?.[0].length ?? 0;

/** Tracks whether a line is inside code, an equation or a table, where no line is a block. */
export class Literal {
  #end: RegExp | null = null;

  get isOpen(): boolean {
    return this.#end !== null;
  }

  next(line: string): void {
    const text = line.trim();
    if (this.#end) {
      if (this.#end.test(text)) this.#end = null;
      return;
    }
    const [, fence] = /^(`{3,}|~{3,})[^`]*$/.exec(text) ?? [];
    if (fence !== undefined) this.#end = new RegExp(`^${fence[0]}{${fence.length},}$`);
    else if (text === '$$') this.#end = /^\$\$$/;
    else if (/^<table\b/.test(text) && !text.endsWith('</table>')) this.#end = /<\/table>$/;
  }
}

export function tokenize(text: string): Token[] {
  const lines = text === '' ? [] : text.split('\n');
  const literal = new Literal();
  const tokens: Token[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const fixed = literal.isOpen ? null : fixedTokenAt(lines, at);
    if (!fixed) literal.next(line);
    const token = fixed ?? lineToken(line);
    tokens.push(token);
    at += token.lines.length;
  }
  return tokens;
}

function lineToken(line: string): Token {
  const bare = withoutSignatures(line);
  return { key: `line ${bare.replace(/\r$/, '')}`, lines: [line], fixed: false, volatile: bare !== line };
}

/** Notion nests lists by tabs. Other editors nest them by spaces: by two, by four, or by the width of the marker. */
export function withTabs(text: string): string {
  const literal = new Literal();
  /** The widths of the items around a line, the innermost last. */
  let widths: number[] = [];
  return text
    .split('\n')
    .map((line) => {
      const [, indent = '', rest] = literal.isOpen ? [] : (/^(\t* *)((?:[-*+]|\d+[.)])\s.*)$/.exec(line) ?? []);
      literal.next(line);
      if (rest === undefined) {
        if (line.trim() !== '') widths = [];
        return line;
      }
      const width = indent.replaceAll('\t', '    ').length;
      widths = [...widths.filter((outer) => outer < width), width];
      return indent.includes(' ') ? `${'\t'.repeat(widths.length - 1)}${rest}` : line;
    })
    .join('\n');
}

function fixedTokenAt(lines: readonly string[], at: number): Token | null {
  const line = lines[at] ?? '';
  const text = line.trim();
  const bare = withoutSignatures(text);
  const [address = ''] = bare.match(URLS) ?? [];
  if (MEDIA.test(text) && isHosted(address)) {
    return { key: `file ${address}`, lines: [line], fixed: true, volatile: true };
  }
  const [, name] = NOT_EXPRESSIBLE.exec(text) ?? [];
  if (name === undefined) return null;
  const [, url] = /\burl="([^"]*)"/.exec(text) ?? [];
  return {
    key: `${name} ${url ?? text}`,
    lines: lines.slice(at, endOfBlock(lines, at, name)),
    fixed: true,
    volatile: false,
  };
}

/** The index after the block's closing tag, or after its last indented line. */
function endOfBlock(lines: readonly string[], at: number, name: string): number {
  const depth = depthOf(lines[at] ?? '');
  let end = at + 1;
  while (end < lines.length && depthOf(lines[end] ?? '') > depth) end += 1;
  const isOpen = !/\/>$|<\/[\w-]+>$/.test((lines[at] ?? '').trim());
  if (!isOpen) return end;
  const closes = (line: string): boolean => line.trim() === `</${name}>` && depthOf(line) === depth;
  const close = lines.findIndex((line, index) => index >= at && closes(line));
  return close < 0 ? end : close + 1;
}
