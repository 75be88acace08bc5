import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmStrikethroughFromMarkdown } from 'mdast-util-gfm-strikethrough';
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough';
import { acceptDate } from '../date-values.ts';
import { toUuid, undashed } from '../ids.ts';
import type { Annotations, Mention, Run, StoredDate } from '../model.ts';
import { mergeRuns, PLAIN } from '../rich-text.ts';
import { equationSyntax } from './equation-syntax.ts';
import { attributeWords, colorOf, colorWord, leadingTag, type Tag } from './tags.ts';

type Node = ReturnType<typeof fromMarkdown> | ReturnType<typeof fromMarkdown>['children'][number];
type TextRun = Extract<Run, { type: 'text' }>;
type Look = Pick<TextRun, 'annotations' | 'link'>;

/** Refuses mentions that the writer cannot use. @throws NotionError */
export type MentionCheck = (mention: Mention) => void;

/** The block parser has already split the lines, so only text, emphasis, code, links and tags remain. */
const inlineOnly = {
  disable: {
    null: [
      'blockQuote',
      'characterReference',
      'codeFenced',
      'codeIndented',
      'definition',
      'hardBreakEscape',
      'headingAtx',
      'htmlFlow',
      'labelStartImage',
      'list',
      'setextUnderline',
      'thematicBreak',
    ],
  },
};
const options = {
  extensions: [gfmStrikethrough({ singleTilde: false }), equationSyntax, inlineOnly],
  mdastExtensions: [gfmStrikethroughFromMarkdown()],
};

const MARKS = /[*_~`[\]<$\\\0]/g;
/** Parsing takes more than linear time. A line with more of them is plain text. */
const MAX_LINE_MARKS = 700;

/** The number of characters that make parsing take long. */
export const countMarks = (text: string): number => text.match(MARKS)?.length ?? 0;

/** Parses one line of enhanced Markdown, without surrounding white space. */
export function parseInline(markdown: string, check: MentionCheck): Run[] {
  const line = trimBlanks(markdown);
  const marks = countMarks(line);
  if (marks > MAX_LINE_MARKS) return plainRuns(line);
  // Preparing the parser costs more than reading a short line: a body has up to a hundred thousand of them.
  const tree: Node = marks === 0 ? { type: 'text', value: line } : fromMarkdown(line, options);
  return trimRuns(mergeRuns(new InlineReader(line, check).read(tree, { annotations: PLAIN, link: null })));
}

/** Without white space at the ends, which may stand behind a tag, e.g. `<span color="red"></span> text`. */
function trimRuns(runs: readonly Run[]): Run[] {
  const isBlank = (run: Run | undefined): boolean =>
    run?.type === 'text' && !run.annotations.code && trimBlanks(run.text) === '';
  let start = 0;
  let end = runs.length;
  while (start < end && isBlank(runs[start])) start += 1;
  while (start < end && isBlank(runs[end - 1])) end -= 1;
  return runs.slice(start, end).map((run, index, { length }) => {
    if (run.type !== 'text' || run.annotations.code) return run;
    const text = index === 0 ? trimStart(run.text) : run.text;
    return { ...run, text: index === length - 1 ? trimEnd(text) : text };
  });
}

export const plainRuns = (text: string): Run[] => [{ type: 'text', text, annotations: PLAIN, link: null }];

const trimBlanks = (text: string): string => trimEnd(trimStart(text));

const trimStart = (text: string): string => text.replace(/^[ \t\uFEFF]+/, '');

/** In linear time, unlike a regular expression that looks for the end. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1;
  return text.slice(0, end);
}

class InlineReader {
  readonly #source: string;
  readonly #check: MentionCheck;
  /** The annotations of each open `<span>`. */
  readonly #spans: Partial<Annotations>[] = [];
  /** The mention tag whose content is being skipped. */
  #inside: string | null = null;

  constructor(source: string, check: MentionCheck) {
    this.#source = source;
    this.#check = check;
  }

  read(node: Node, look: Look): Run[] {
    const marked = (change: Partial<Annotations>): Look => ({
      ...look,
      annotations: { ...look.annotations, ...change },
    });
    switch (node.type) {
      case 'root':
      case 'paragraph':
        return this.#readAll(node.children, look);
      case 'strong':
        return this.#readAll(node.children, marked({ bold: true }));
      case 'emphasis':
        return this.#readAll(node.children, marked({ italic: true }));
      case 'delete':
        return this.#readAll(node.children, marked({ strikethrough: true }));
      case 'link':
        if (!isLinkable(node.url)) return this.#text(this.#sourceOf(node), look);
        return this.#readAll(node.children, { ...look, link: node.url });
      case 'inlineCode':
        if (this.#sourceOf(node).startsWith('$')) return this.#equation(node.value, look);
        return this.#text(node.value, marked({ code: true }));
      case 'html':
        return this.#tag(node.value, look);
      case 'text':
        return look.link === null ? this.#withBareLinks(node.value, look) : this.#text(node.value, look);
      default:
        return this.#text(this.#sourceOf(node), look);
    }
  }

  #readAll(nodes: readonly Node[], look: Look): Run[] {
    return nodes.flatMap((node) => this.read(node, look));
  }

  #sourceOf(node: Node): string {
    return this.#source.slice(node.position?.start.offset, node.position?.end.offset);
  }

  #annotations(look: Look): Annotations {
    return Object.assign({ ...look.annotations }, ...this.#spans);
  }

  #text(text: string, look: Look): Run[] {
    if (this.#inside !== null) return [];
    return [{ type: 'text', text, link: look.link, annotations: this.#annotations(look) }];
  }

  #equation(expression: string, look: Look): Run[] {
    return this.#inside === null ? [{ type: 'equation', expression, annotations: this.#annotations(look) }] : [];
  }

  /** A bare URL becomes a link. */
  #withBareLinks(text: string, look: Look): Run[] {
    return text.split(/((?<![\p{L}\p{N}])https?:\/\/[^\s<>]*[^\s<>.,;:!?'")\]}*_~])/u).flatMap((part, index) => {
      const linked = index % 2 === 1 && URL.canParse(part);
      return this.#text(part, linked ? { ...look, link: part } : look);
    });
  }

  #tag(html: string, look: Look): Run[] {
    const tag = leadingTag(html)?.tag;
    if (this.#inside !== null) {
      if (tag?.kind === 'close' && tag.name === this.#inside) this.#inside = null;
      return [];
    }
    if (tag?.name === 'br' && tag.kind !== 'close') return this.#text('\n', look);
    if (tag?.name === 'span' && tag.kind === 'open') {
      const { underline, color } = tag.attributes;
      this.#spans.push({
        ...(underline === 'true' ? { underline: true } : {}),
        ...(color === undefined ? {} : { color: colorOf(color) }),
      });
      return [];
    }
    if (tag?.name === 'span' && tag.kind === 'close' && this.#spans.length > 0) {
      this.#spans.pop();
      return [];
    }
    const mention = tag && tag.kind !== 'close' ? mentionOf(tag) : null;
    if (!tag || !mention) return this.#text(html, look);
    this.#check(mention);
    if (tag.kind === 'open') this.#inside = tag.name;
    return [{ type: 'mention', mention, annotations: this.#annotations(look) }];
  }
}

/** Notion refuses links that are neither absolute nor to its own pages. */
const isLinkable = (url: string): boolean => url.startsWith('/') || URL.canParse(url);

/** The last UUID in e.g. `https://www.notion.so/Title-<id>`, `user://<id>`. */
export function idInUrl(url: string): string | null {
  const last = [...url.matchAll(/[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}/gi)].at(-1)?.[0];
  return last === undefined ? null : toUuid(last);
}

function mentionOf({ name, attributes }: Tag): Mention | null {
  const id = idInUrl(attributes.url ?? '');
  switch (name) {
    case 'mention-user':
      return id === null ? null : { type: 'user', id };
    case 'mention-page':
      return id === null ? null : { type: 'page', id };
    case 'mention-database':
      return id === null ? null : { type: 'database', id };
    case 'mention-date':
      return { type: 'date', date: dateOf(attributes) };
    default:
      return null;
  }
}

function dateOf({ start, startTime, end, endTime, timeZone }: Tag['attributes']): StoredDate {
  const moment = (day: string | undefined, time: string | undefined) =>
    day === undefined || time === undefined ? day : `${day}T${time}`;
  const written = { start: moment(start, startTime), end: moment(end, endTime), time_zone: timeZone };
  return { ...acceptDate(written, 'mention-date'), time_zone: timeZone ?? null };
}

/** Writes rich text as one line of enhanced Markdown. */
export function renderInline(runs: readonly Run[]): string {
  const shrunk = shrinkToWords(runs);
  const line = write(shrunk);
  // Omits emphasis that CommonMark cannot express here, which would otherwise show as asterisks.
  return isEquivalent(line, shrunk) ? line : write(mergeRuns(shrunk.map(withoutEmphasis)));
}

const withoutEmphasis = (run: Run): Run => ({
  ...run,
  annotations: { ...run.annotations, bold: false, italic: false, strikethrough: false },
});

function isEquivalent(line: string, runs: readonly Run[]): boolean {
  return comparable(parseInline(line, () => undefined)) === comparable(runs);
}

/** The content of the runs, regardless of surrounding white space and of how they are split. */
function comparable(runs: readonly Run[]): string {
  const merged = mergeRuns(
    runs.map((run) => (run.type === 'text' ? { ...run, text: run.text.replace(/\r\n?/g, '\n') } : run)),
  );
  const parts = trimRuns(merged).map((run) => {
    if (run.type === 'mention') return [writeMention(run.mention), run.annotations];
    if (run.type === 'equation') return [run.expression, run.annotations];
    return [run.text, run.link, run.annotations];
  });
  return JSON.stringify(parts.filter(([text]) => text !== ''));
}

/** Moves emphasis inside white space, because it cannot begin or end with it. */
function shrinkToWords(runs: readonly Run[]): Run[] {
  const parts = runs.flatMap((run): Run[] =>
    run.type === 'text' && !run.annotations.code
      ? run.text.split(/(^\s+|\s+$)/).flatMap((text) => (text === '' ? [] : [{ ...run, text }]))
      : [run],
  );
  for (const mark of ['bold', 'italic', 'strikethrough'] as const) {
    const shrink = (index: number, neighbour: number): void => {
      const part = parts[index];
      const isBlank = part?.type === 'text' && !part.annotations.code && part.text.trim() === '';
      if (isBlank && !parts[neighbour]?.annotations[mark]) {
        parts[index] = { ...part, annotations: { ...part.annotations, [mark]: false } };
      }
    };
    for (let index = 0; index < parts.length; index += 1) shrink(index, index - 1);
    for (let index = parts.length - 1; index >= 0; index -= 1) shrink(index, index + 1);
  }
  return mergeRuns(parts);
}

/** A pair of markers around runs. */
interface Mark {
  readonly open: string;
  readonly close: string;
}

/** The markers of a run, outermost first. */
function marksOf(run: Run): Mark[] {
  const { bold, italic, strikethrough, underline, color } = run.annotations;
  const link = run.type === 'text' ? run.link : null;
  return [
    ...(link === null ? [] : [{ open: '[', close: `](${destination(link)})` }]),
    ...(color === 'default'
      ? []
      : [{ open: `<span ${attributeWords({ color: colorWord(color) })}>`, close: '</span>' }]),
    ...(underline ? [{ open: '<span underline="true">', close: '</span>' }] : []),
    ...(bold ? [{ open: '**', close: '**' }] : []),
    ...(italic ? [{ open: '*', close: '*' }] : []),
    ...(strikethrough ? [{ open: '~~', close: '~~' }] : []),
  ];
}

function write(runs: readonly Run[]): string {
  const marks = runs.map(marksOf);
  const has = (index: number, mark: Mark): boolean =>
    marks[index]?.some(({ open, close }) => open === mark.open && close === mark.close) ?? false;
  const open: Mark[] = [];
  let line = '';
  for (const [index, run] of runs.entries()) {
    while (open.some((mark) => !has(index, mark))) line += open.pop()?.close ?? '';
    const reach = (mark: Mark): number => {
      let end = index;
      while (has(end, mark)) end += 1;
      return end;
    };
    const missing = (marks[index] ?? []).filter(
      (mark) => !open.some((other) => other.open === mark.open && other.close === mark.close),
    );
    for (const mark of missing.toSorted((a, b) => reach(b) - reach(a))) {
      open.push(mark);
      line += mark.open;
    }
    line += wordsOf(run);
  }
  while (open.length > 0) line += open.pop()?.close ?? '';
  return line;
}

function wordsOf(run: Run): string {
  switch (run.type) {
    case 'mention':
      return writeMention(run.mention);
    case 'equation':
      return run.expression.includes('`') ? `$${run.expression}$` : `$\`${run.expression}\`$`;
    case 'text': {
      const lines = run.text.split(/\r\n?|\n/);
      return lines.map((text) => (run.annotations.code ? fence(text) : escapeText(text))).join('<br>');
    }
  }
}

/** @see https://developers.notion.com/guides/data-apis/enhanced-markdown#escaping */
const escapeText = (text: string): string =>
  text
    .replace(/[\\*~`$[\]<>{}|^]/g, '\\$&')
    // An underscore inside a word is not emphasis.
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_');

function fence(code: string): string {
  if (code === '') return '';
  const runs = new Set(code.match(/`+/g)?.map((run) => run.length));
  let length = 1;
  while (runs.has(length)) length += 1;
  const touching = code.startsWith('`') || code.endsWith('`');
  const padding = touching || (/^ .* $/.test(code) && code.trim() !== '') ? ' ' : '';
  return '`'.repeat(length) + padding + code + padding + '`'.repeat(length);
}

export const destination = (url: string): string =>
  /^[^()\s<>\\]*(\([^()\s<>\\]*\)[^()\s<>\\]*)*$/.test(url) ? url : `<${url.replace(/[\\<>]/g, '\\$&')}>`;

function writeMention(mention: Mention): string {
  switch (mention.type) {
    case 'user':
      return `<mention-user url="user://${mention.id}"/>`;
    case 'page':
      return `<mention-page url="https://www.notion.so/${undashed(mention.id)}"/>`;
    case 'link_mention':
      return `[${mention.title ?? mention.href}](${destination(mention.href)})`;
    case 'database':
      return `<mention-database url="https://www.notion.so/${undashed(mention.id)}"/>`;
    case 'date':
      return `<mention-date ${attributeWords(dateAttributes(mention.date))}/>`;
    case 'template_date':
      return mention.value === 'today' ? '@Today' : '@Now';
    case 'template_user':
      return '@Me';
    case 'custom_emoji':
      return `:${mention.name}:`;
  }
}

function dateAttributes({ start, end, time_zone }: StoredDate): Record<string, string | null> {
  // Without a time zone, times are read and written in UTC.
  const moment = (text: string): [day: string, time: string | null] => {
    if (text.length <= 10) return [text, null];
    const local = time_zone === null ? new Date(text).toISOString() : text;
    return [local.slice(0, 10), local.slice(11, 16)];
  };
  const [startDay, startTime] = moment(start);
  const [endDay, endTime] = end === null ? [null, null] : moment(end);
  return { start: startDay, startTime, end: endDay, endTime, timeZone: startTime === null ? null : time_zone };
}
