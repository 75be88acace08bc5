import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmStrikethroughFromMarkdown } from 'mdast-util-gfm-strikethrough';
import { cjkEmphasis, cjkStrikethrough } from './cjk-emphasis.ts';
import { hasSameStyle, mergeSpans, plainSpan, type Span, sameSpans, textOf } from './rich-text.ts';

type Node = ReturnType<typeof fromMarkdown> | ReturnType<typeof fromMarkdown>['children'][number];
type Mark = 'link' | 'bold' | 'italic' | 'strikethrough';
/** The delimiters of one attempt to write a line. */
type Delimiters = Readonly<Record<Exclude<Mark, 'link'>, string>>;

/** Outermost first when they cover the same text: brackets separate the stars inside from the letters outside. */
const MARKS: readonly Mark[] = ['link', 'bold', 'italic', 'strikethrough'];

/** A way to write a line that reads back, with the special characters that it escapes, by ordinal. */
interface Draft {
  readonly escaped: ReadonlySet<number>;
  readonly write: (escaped: ReadonlySet<number>) => string;
  readonly readsBack: (markdown: string) => boolean;
}

const NO_ESCAPES: ReadonlySet<number> = new Set();

const DELIMITERS: readonly Delimiters[] = [
  { bold: '**', italic: '*', strikethrough: '~~' },
  { bold: '**', italic: '_', strikethrough: '~~' },
  { bold: '__', italic: '*', strikethrough: '~~' },
];

const SPECIAL = /[\\`*_[\]~]/;
const SPECIALS = /[\\`*_[\]~]/g;
/** The special characters but the backslash: escaping does not change their number. */
const MARK_CHARACTERS = /[`*_[\]~]/g;
/** The cost of reading grows with the square of their number. */
const MAX_MARKS = 2_000;
const MAX_LINE_MARKS = 700;
const MAX_EFFORT = 20_000;
/** A line with more of them has no formatting: reading it as Markdown would take too long. */
const MAX_BACKSLASHES = 500;
const LINE_BREAK = /(\r\n|\n|\r)/;

/** Disables everything except emphasis, code, links and backslash escapes, so that `# 1` and `- item` are plain text. */
const INLINE_ONLY = {
  disable: {
    null: [
      'autolink',
      'blockQuote',
      'characterReference',
      'codeFenced',
      'codeIndented',
      'definition',
      'hardBreakEscape',
      'headingAtx',
      'htmlFlow',
      'htmlText',
      'labelStartImage',
      'list',
      'setextUnderline',
      'thematicBreak',
    ],
  },
};
const options = {
  extensions: [cjkStrikethrough(), cjkEmphasis(), INLINE_ONLY],
  mdastExtensions: [gfmStrikethroughFromMarkdown()],
};

/**
 * Reads inline Markdown. Line breaks, and spaces at the ends of lines, are kept. A text with very many special
 * characters is plain text.
 */
export function parseMarkdown(markdown: string): Span[] {
  if (countMarks(markdown) > MAX_MARKS) return mergeSpans([plainSpan(markdown)]);
  return mergeSpans(markdown.split(LINE_BREAK).flatMap(parseLine));
}

/**
 * Writes spans as Markdown that reads back as the same text, with the same formatting
 * where Markdown can express it; `parseMarkdown` shows whether it could.
 * @param effort limits the search for the best form, in all calls that share it
 */
export function toMarkdown(spans: readonly Span[], effort: Effort = new Effort()): string {
  const merged = mergeSpans(spans);
  const text = textOf(merged);
  if (countMarks(text) > MAX_MARKS) return text;
  const write = (some: readonly Span[]): string =>
    splitLines(some)
      .map((line) => writeLine(line, effort))
      .join('');
  const markdown = write(merged);
  return countMarks(markdown) > MAX_MARKS ? write([plainSpan(text)]) : markdown;
}

/**
 * Reading a line costs more than its length, and writing reads it several times. The sum is limited, so that no text
 * takes more than a second: after that, lines are written without formatting and with every special character escaped.
 */
export class Effort {
  #left = MAX_EFFORT;

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  spend(line: string): void {
    const marks = countMarks(line);
    this.#left -= marks * (1 + marks / 1_000) + countBackslashes(line) / 10 + line.length / 200;
  }
}

/**
 * Notion refuses a text link that is not an absolute URL or one of its own
 * pages ("Invalid URL for link"), so `[x](y)` stays plain text.
 */
export const isLinkable = (url: string): boolean =>
  /^(https?:\/\/|mailto:|tel:)/i.test(url) ? URL.canParse(url) : /^\/[0-9a-f]{32}/.test(url);

/** A cache of parsed lines: writing a line reads it several times to verify it. */
const parsed = new Map<string, readonly Span[]>();
const MAX_CACHED_LINES = 1000;
const MAX_CACHED_LENGTH = 1000;

function parseLine(line: string): readonly Span[] {
  if (!SPECIAL.test(line)) return [plainSpan(line)];
  const known = parsed.get(line);
  if (known) return known;
  const spans = readLine(line);
  if (parsed.size >= MAX_CACHED_LINES) parsed.clear();
  if (line.length <= MAX_CACHED_LENGTH) parsed.set(line, spans);
  return spans;
}

function readLine(line: string): Span[] {
  if (countMarks(line) > MAX_LINE_MARKS) return [plainSpan(line)];
  if (countMarks(line) === 0 || countBackslashes(line) > MAX_BACKSLASHES) {
    return [plainSpan(line.replace(ESCAPED, '$1'))];
  }
  // CommonMark drops white space around a paragraph, and micromark a byte order mark.
  const before = line.match(/^[ \t\uFEFF]*/)?.[0] ?? '';
  const after = line.slice(Math.max(before.length, lengthWithoutEnd(line, BLANKS)));
  const core = line.slice(before.length, line.length - after.length);
  return [plainSpan(before), ...readNode(fromMarkdown(core, options), core, plainSpan('')), plainSpan(after)];
}

function readNode(node: Node, source: string, style: Span): Span[] {
  switch (node.type) {
    case 'text':
      return [{ ...style, text: node.value }];
    case 'inlineCode':
      return [{ ...style, text: node.value, code: true }];
    case 'strong':
      return readChildren(node.children, source, { ...style, bold: true });
    case 'emphasis':
      return readChildren(node.children, source, { ...style, italic: true });
    case 'delete':
      return readChildren(node.children, source, { ...style, strikethrough: true });
    case 'root':
    case 'paragraph':
      return readChildren(node.children, source, style);
    case 'link':
      if (isLinkable(node.url)) return readChildren(node.children, source, { ...style, link: node.url });
  }
  return [{ ...style, text: source.slice(node.position?.start.offset, node.position?.end.offset) }];
}

const BLANKS = /[ \t]/;

/** The length of a text without the characters at its end that match. A regular expression would be quadratic. */
function lengthWithoutEnd(text: string, character: RegExp): number {
  let end = text.length;
  while (end > 0 && character.test(text[end - 1] ?? '')) end -= 1;
  return end;
}

const countMarks = (text: string): number => text.match(MARK_CHARACTERS)?.length ?? 0;

/** A backslash escapes ASCII punctuation, and stays in front of anything else. */
const ESCAPED = /\\([!-/:-@[-`{-~])/g;

const countBackslashes = (text: string): number => text.split('\\').length - 1;

const readChildren = (children: readonly Node[], source: string, style: Span): Span[] =>
  children.flatMap((child) => readNode(child, source, style));

/** Lines, with the line breaks between them, which have no formatting. */
function splitLines(spans: readonly Span[]): Span[][] {
  const lines: Span[][] = [[]];
  for (const span of spans) {
    for (const [i, text] of span.text.split(LINE_BREAK).entries()) {
      if (i % 2 === 1) lines.push([plainSpan(text)], []);
      else if (text !== '') lines.at(-1)?.push({ ...span, text });
    }
  }
  return lines;
}

function writeLine(line: readonly Span[], effort: Effort): string {
  const text = textOf(line);
  if (!SPECIAL.test(text) && line.every((span) => hasSameStyle(span, plainSpan('')))) return text;
  if (countMarks(text) > MAX_LINE_MARKS) return text;
  if (effort.isSpent || countBackslashes(text) > MAX_BACKSLASHES) return text.replace(SPECIALS, '\\$&');
  const draft = draftLine(line, effort) ?? draftBestEffort(line, effort);
  return draft.write(neededEscapes(draft, effort));
}

/** Emphasis cannot begin or end with white space in CommonMark, so the markers move inward. */
function shrinkToWords(line: readonly Span[]): Span[] {
  const parts = line.flatMap((span) =>
    span.code ? [span] : splitBlanks(span.text).map((text) => ({ ...span, text })),
  );
  const shrunk = parts.filter((part) => part.text !== '');
  const isBlank = (span: Span | undefined) => span !== undefined && !span.code && span.text.trim() === '';
  for (const mark of ['bold', 'italic', 'strikethrough'] as const) {
    const shrink = (i: number, neighbour: number) => {
      const span = shrunk[i];
      if (span && isBlank(span) && !shrunk[neighbour]?.[mark]) shrunk[i] = { ...span, [mark]: false };
    };
    for (let i = 0; i < shrunk.length; i++) shrink(i, i - 1);
    for (let i = shrunk.length - 1; i >= 0; i--) shrink(i, i + 1);
  }
  return shrunk;
}

/** White space at both ends, and what is between. */
function splitBlanks(text: string): string[] {
  const start = text.match(/^\s*/)?.[0].length ?? 0;
  const end = Math.max(start, lengthWithoutEnd(text, /\s/));
  return [text.slice(0, start), text.slice(start, end), text.slice(end)];
}

/** Applies as much formatting as still reads back: to many spans at once if possible, else to fewer. */
function draftBestEffort(line: readonly Span[], effort: Effort): Draft {
  let accepted = line.map((span) => plainSpan(span.text));
  let best = draftLine(accepted, effort);
  const accept = (more: Span[]): boolean => {
    const draft = effort.isSpent ? undefined : draftLine(more, effort);
    if (!draft) return false;
    accepted = more;
    best = draft;
    return true;
  };
  const add = (from: number, to: number): void => {
    if (
      from >= to ||
      effort.isSpent ||
      accept([...accepted.slice(0, from), ...line.slice(from, to), ...accepted.slice(to)])
    )
      return;
    const middle = Math.floor((from + to) / 2);
    if (middle > from) {
      add(from, middle);
      add(middle, to);
      return;
    }
    for (const style of ['code', ...MARKS] as const) {
      if (line[from]?.[style])
        accept(accepted.map((span, i) => (i === from ? { ...span, [style]: line[i]?.[style] } : span)));
    }
  };
  add(0, line.length);
  if (!best) throw new Error(`No Markdown was found for the plain text ${JSON.stringify(line)}.`);
  return best;
}

/** A way to write the line so that it reads back, or undefined when Markdown cannot express it. */
function draftLine(line: readonly Span[], effort: Effort): Draft | undefined {
  const wanted = mergeSpans(shrinkToWords(line));
  const readsBack = (markdown: string) => {
    effort.spend(markdown);
    return sameSpans(parseLine(markdown), wanted);
  };
  const all = new Set(Array(countSpecials(wanted)).keys());
  const tried = new Set<string>();
  for (const delimiters of DELIMITERS) {
    const write = (escaped: ReadonlySet<number>) => render(wanted, delimiters, escaped);
    const bare = write(NO_ESCAPES);
    if (tried.has(bare)) continue;
    tried.add(bare);
    for (const escaped of [NO_ESCAPES, all]) if (readsBack(write(escaped))) return { escaped, write, readsBack };
  }
  return undefined;
}

/** Removes escapes that make no difference, by halving; less finely in long lines, to limit the cost. */
function neededEscapes({ escaped, write, readsBack }: Draft, effort: Effort): ReadonlySet<number> {
  const needed = new Set(escaped);
  const steps = Math.max(1, Math.min(64, Math.floor(32_000 / write(escaped).length)));
  const smallest = Math.ceil(escaped.size / steps);
  const relax = (from: number, to: number): void => {
    if (from >= to || effort.isSpent) return;
    const fewer = new Set([...needed].filter((i) => i < from || i >= to));
    if (readsBack(write(fewer))) {
      for (let i = from; i < to; i++) needed.delete(i);
    } else if (to - from > smallest) {
      const middle = Math.floor((from + to) / 2);
      relax(middle, to);
      relax(from, middle);
    }
  };
  relax(0, escaped.size);
  return needed;
}

const countSpecials = (line: readonly Span[]): number =>
  line.reduce((count, span) => count + (span.code ? 0 : (span.text.match(SPECIALS)?.length ?? 0)), 0);

function render(line: readonly Span[], delimiters: Delimiters, escaped: ReadonlySet<number>): string {
  let markdown = '';
  let ordinal = 0;
  const open: { mark: Mark; link: string | null }[] = [];
  const covers = ({ mark, link }: { mark: Mark; link: string | null }, span: Span | undefined) =>
    span !== undefined && (mark === 'link' ? span.link === link : span[mark]);
  const close = () => {
    const last = open.pop();
    if (last) markdown += last.mark === 'link' ? `](${destination(last.link ?? '')})` : delimiters[last.mark];
  };

  for (const [i, span] of line.entries()) {
    while (open.some((opened) => !covers(opened, span))) close();
    const reach = (mark: Mark) => {
      let end = i;
      while (covers({ mark, link: span.link }, line[end])) end++;
      return end;
    };
    const missing = MARKS.filter((mark) => span[mark] && !open.some((opened) => opened.mark === mark));
    for (const mark of missing.toSorted((a, b) => reach(b) - reach(a))) {
      open.push({ mark, link: span.link });
      markdown += mark === 'link' ? '[' : delimiters[mark];
    }
    markdown += span.code
      ? fence(span.text)
      : span.text.replace(SPECIALS, (c) => (escaped.has(ordinal++) ? `\\${c}` : c));
  }
  while (open.length > 0) close();
  return markdown;
}

function fence(code: string): string {
  const runs = new Set(code.match(/`+/g)?.map((run) => run.length));
  let length = 1;
  while (runs.has(length)) length++;
  const touching = code.startsWith('`') || code.endsWith('`');
  const padding = touching || (/^ .* $/.test(code) && code.trim() !== '') ? ' ' : '';
  return '`'.repeat(length) + padding + code + padding + '`'.repeat(length);
}

const destination = (url: string): string =>
  /^[^()\s<>\\]*(\([^()\s<>\\]*\)[^()\s<>\\]*)*$/.test(url) ? url : `<${url.replace(/[\\<>]/g, '\\$&')}>`;
