import { diffArrays } from 'diff';

/**
 * A page's body as enhanced Markdown: the form in which it is compared and
 * kept, and the smallest request that makes it say something else.
 * @see https://developers.notion.com/guides/data-apis/enhanced-markdown
 */

/** One replacement of text that stands exactly once in the body. */
export interface BodyEdit {
  readonly old_str: string;
  readonly new_str: string;
}

export type BodyChange =
  | { readonly kind: 'edits'; readonly edits: readonly BodyEdit[] }
  | { readonly kind: 'replace'; readonly markdown: string }
  /** What is to change stands between things that no text can name. */
  | { readonly kind: 'impossible' };

/** @see https://developers.notion.com/reference/update-page-markdown */
const MOST_EDITS = 100;
/** Beyond it texts are taken to have nothing in common, rather than compared for minutes. */
const MOST_DIFFERENCES = 5_000;

/** The body in the form in which it is compared and kept; null when there is nothing. */
export function canonicalBody(markdown: string | null): string | null {
  if (markdown === null) return null;
  const text = withoutSignatures(markdown.replaceAll('\0', '').replace(/\r\n?/g, '\n')).replace(/[ \t\n]+$/, '');
  return text.trim() === '' ? null : text;
}

const HOSTED =
  /^https?:\/\/(?:prod-files-secure\.s3|s3[\w.-]*\.amazonaws\.com\/(?:secure\.notion-static\.com|prod-files-secure)|[\w.-]*\.?notion-static\.com|file\.notion\.so|[\w.-]*\.?notionusercontent\.com)/;
const URLS = /https?:\/\/[^\s<>"'()[\]]+/g;
const SIGNATURE = /^(?:X-Amz-[\w-]*|x-id|exp|expirationTimestamp|sig|signature)=/i;

/** Addresses of files that Notion keeps are signed anew at every reading. */
function withoutSignatures(text: string): string {
  return text.replace(URLS, (url) => {
    const at = url.indexOf('?');
    if (at < 0 || !HOSTED.test(url)) return url;
    const kept = url
      .slice(at + 1)
      .split(/&(?:amp;)?/)
      .filter((parameter) => !SIGNATURE.test(parameter));
    return url.slice(0, at) + (kept.length > 0 ? `?${kept.join('&')}` : '');
  });
}

/** Kinds of blocks that Markdown shows and cannot make. */
const UNSAYABLE =
  /^<(unknown|page|database|synced_block|synced_block_reference|meeting-notes|meeting_notes|transcription)\b/;
const MEDIA = /^(?:!\[.*\]\(|<(?:image|video|audio|file|pdf)\b)/;

/** A line, or all lines of something that Markdown cannot make. */
interface Token {
  /** Two tokens with the same key are the same. */
  readonly key: string;
  readonly lines: readonly string[];
  /** Kept as it is, wherever it stands. */
  readonly fixed: boolean;
  /** Its text differs at every reading, so no edit can name it. */
  readonly volatile: boolean;
}

const depthOf = (line: string): number => /^\t*/.exec(line)?.[0].length ?? 0;

/** Follows what is literal: code, equations and tables, in which no line is a block. */
class Literal {
  #end: RegExp | null = null;

  get isOpen(): boolean {
    return this.#end !== null;
  }

  pass(line: string): void {
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

function tokensOf(text: string): Token[] {
  const lines = text === '' ? [] : text.split('\n');
  const literal = new Literal();
  const tokens: Token[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const fixed = literal.isOpen ? null : fixedAt(lines, at);
    if (!fixed) literal.pass(line);
    const token = fixed ?? { key: `line ${line.replace(/\r$/, '')}`, lines: [line], fixed: false, volatile: false };
    tokens.push(token);
    at += token.lines.length;
  }
  return tokens;
}

function fixedAt(lines: readonly string[], at: number): Token | null {
  const line = lines[at] ?? '';
  const text = line.trim();
  const bare = withoutSignatures(text);
  const [address = ''] = bare.match(URLS) ?? [];
  if (MEDIA.test(text) && HOSTED.test(address)) {
    return { key: `file ${address}`, lines: [line], fixed: true, volatile: true };
  }
  const [, name] = UNSAYABLE.exec(text) ?? [];
  if (name === undefined) return null;
  const [, url] = /\burl="([^"]*)"/.exec(text) ?? [];
  return {
    key: `${name} ${url ?? text}`,
    lines: lines.slice(at, endOf(lines, at, name)),
    fixed: true,
    volatile: false,
  };
}

/** Where what begins here ends: with its closing tag, or its last indented line. */
function endOf(lines: readonly string[], at: number, name: string): number {
  const depth = depthOf(lines[at] ?? '');
  let end = at + 1;
  while (end < lines.length && depthOf(lines[end] ?? '') > depth) end += 1;
  const isOpen = !/\/>$|<\/[\w-]+>$/.test((lines[at] ?? '').trim());
  if (!isOpen) return end;
  const closes = (line: string): boolean => line.trim() === `</${name}>` && depthOf(line) === depth;
  const close = lines.findIndex((line, index) => index >= at && closes(line));
  return close < 0 ? end : close + 1;
}

/** A part of the body as it becomes: kept, or taken out, or put in. */
interface Step {
  readonly kind: 'keep' | 'drop' | 'add';
  readonly token: Token;
}

/**
 * From the body as it is to the one that is wanted. What Markdown cannot make
 * stays in its place, whatever is wanted, with what it stands in.
 */
function stepsTo(current: readonly Token[], wanted: readonly Token[]): Step[] {
  const steps: Step[] = [];
  const known = new Set(current.flatMap(({ key, fixed }) => (fixed ? [key] : [])));
  const { ours, theirs } = anchors(current, wanted);
  let [at, from] = [0, 0];
  for (const [index, end] of [...ours, current.length].entries()) {
    const until = theirs[index] ?? wanted.length;
    steps.push(
      ...stepsBetween(
        current.slice(at, end),
        wanted.slice(from, until).flatMap((token) => makeable(token, known)),
      ),
    );
    const anchor = current[end];
    if (anchor) steps.push({ kind: 'keep', token: anchor });
    [at, from] = [end + 1, until + 1];
  }
  return withFixedKept(current, steps);
}

/** Positions of the fixed tokens that both have, in one order. */
function anchors(current: readonly Token[], wanted: readonly Token[]): { ours: number[]; theirs: number[] } {
  const fixedIn = (tokens: readonly Token[]): number[] => tokens.flatMap(({ fixed }, index) => (fixed ? [index] : []));
  const [ours, theirs] = [fixedIn(current), fixedIn(wanted)];
  const found = { ours: [] as number[], theirs: [] as number[] };
  let [a, b] = [0, 0];
  for (const { count, added, removed } of differences(
    ours.map((i) => current[i]?.key),
    theirs.map((i) => wanted[i]?.key),
  )) {
    if (!added && !removed) {
      found.ours.push(...ours.slice(a, a + count));
      found.theirs.push(...theirs.slice(b, b + count));
    }
    if (!added) a += count;
    if (!removed) b += count;
  }
  return found;
}

/** Something of another page cannot be put into this one; naming its page would even move that here. */
function makeable(token: Token, known: ReadonlySet<string>): Token[] {
  if (!token.fixed || token.volatile) return token.volatile && known.has(token.key) ? [] : [token];
  const [line = ''] = token.lines;
  if (known.has(token.key) || /^\s*<unknown\b/.test(line)) return [];
  const mention = line.replace(/<(page|database)\b([^>]*)>(.*)<\/\1>/, '<mention-$1$2>$3</mention-$1>');
  const lines = [mention.replace(/<(page|database)\b/, '<mention-$1'), ...token.lines.slice(1)];
  return [{ ...token, key: lines.join('\n'), lines, fixed: false }];
}

function stepsBetween(current: readonly Token[], wanted: readonly Token[]): Step[] {
  const steps: Step[] = [];
  const keys = (tokens: readonly Token[]): string[] => tokens.map(({ key }) => key);
  let [a, b] = [0, 0];
  for (const { count, added, removed } of differences(keys(current), keys(wanted))) {
    const tokens = added ? wanted.slice(b, b + count) : current.slice(a, a + count);
    const kind = added ? 'add' : removed ? 'drop' : 'keep';
    steps.push(...tokens.map((token): Step => ({ kind, token })));
    if (!added) a += count;
    if (!removed) b += count;
  }
  return steps;
}

function differences<T>(from: T[], to: T[]): { count: number; added: boolean; removed: boolean }[] {
  const all = (count: number, added: boolean) => (count > 0 ? [{ count, added, removed: !added }] : []);
  return (
    diffArrays(from, to, { maxEditLength: MOST_DIFFERENCES }) ?? [...all(from.length, false), ...all(to.length, true)]
  );
}

function withFixedKept(current: readonly Token[], steps: readonly Step[]): Step[] {
  const dropped = new Set(steps.flatMap(({ kind, token }) => (kind === 'drop' ? [token] : [])));
  const kept = new Set<Token>();
  for (const [index, token] of current.entries()) {
    if (!token.fixed || !dropped.has(token)) continue;
    kept.add(token);
    for (const around of surroundings(current, index)) kept.add(around);
  }
  const literal = new Literal();
  const result: Step[] = [];
  let waiting: Token[] = [];
  for (const { kind, token } of steps) {
    if (kind !== 'drop') {
      result.push({ kind, token });
      if (!token.fixed) for (const line of token.lines) literal.pass(line);
    } else if (!kept.has(token)) result.push({ kind, token });
    else if (!literal.isOpen) result.push({ kind: 'keep', token });
    else {
      // In the midst of code it would be code itself.
      result.push({ kind, token });
      waiting.push(token);
    }
    if (!literal.isOpen) {
      result.push(...waiting.map((late): Step => ({ kind: 'add', token: late })));
      waiting = [];
    }
  }
  return [...result, ...waiting.map((late): Step => ({ kind: 'add', token: late }))];
}

const OPENS = /^<(details|columns|column|callout|synced_block)\b(?!.*<\/\1>$)|^(:{3,})\s*\w/;

/** The lines that this one stands in or below: what it is a child of, with their ends. */
function surroundings(tokens: readonly Token[], index: number): Token[] {
  const lineAt = (at: number): string => tokens[at]?.lines[0] ?? '';
  const found: Token[] = [];
  const add = (at: number): void => {
    const token = tokens[at];
    if (token) found.push(token);
  };
  let depth = depthOf(lineAt(index));
  const closed: { name: string; depth: number }[] = [];
  for (let at = index - 1; at >= 0; at -= 1) {
    const line = lineAt(at);
    const text = line.trim();
    const [, close] = /^<\/([\w-]+)>$/.exec(text) ?? [];
    const end = close ?? (/^:{3,}$/.test(text) ? ':::' : undefined);
    if (end !== undefined) closed.push({ name: end, depth: depthOf(line) });
    const [, tag, fence] = OPENS.exec(text) ?? [];
    const name = tag ?? (fence === undefined ? undefined : ':::');
    if (name !== undefined) {
      const own = closed.findLastIndex((other) => other.name === name && other.depth === depthOf(line));
      if (own >= 0) closed.splice(own, 1);
      else {
        add(at);
        if (/^<summary\b/.test(lineAt(at + 1).trim())) add(at + 1);
        const closes = (other: string): boolean =>
          depthOf(other) === depthOf(line) &&
          (name === ':::' ? /^:{3,}$/.test(other.trim()) : other.trim() === `</${name}>`);
        const end = tokens.findIndex((_, later) => later > index && closes(lineAt(later)));
        if (end >= 0) add(end);
      }
      depth = Math.min(depth, depthOf(line));
    } else if (text !== '' && depthOf(line) < depth && end === undefined) {
      add(at);
      depth = depthOf(line);
    }
  }
  return found;
}

/** Lines `start` to `end` of the body are to become others. */
interface Hunk {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/** What a new page is to hold; null for nothing. */
export function newBody(wanted: string | null): string | null {
  const change = bodyChange('', wanted);
  return change?.kind === 'replace' ? change.markdown : null;
}

/**
 * The request that makes a body say what is wanted; null when it does. Only
 * lines that change are named, so that all other blocks stay the ones they are.
 * @param current as Notion says it now
 * @param wanted in canonical form
 */
export function bodyChange(current: string, wanted: string | null): BodyChange | null {
  const before = current.replace(/[ \t\r\n]+$/, '');
  const signed = new Map((before.match(URLS) ?? []).map((url) => [withoutSignatures(url), url]));
  const after = (wanted ?? '').replace(URLS, (url) => signed.get(url) ?? url);
  const steps = stepsTo(tokensOf(before), tokensOf(after));
  const lines: string[] = [];
  const volatile = new Set<number>();
  const hunks: Hunk[] = [];
  const result: string[] = [];
  for (const { kind, token } of steps) {
    const hunk = hunks.at(-1);
    const open = hunk?.end === lines.length ? hunk : { start: lines.length, end: lines.length, lines: [] };
    if (token.volatile && kind !== 'add') volatile.add(lines.length);
    if (kind !== 'add') lines.push(...token.lines);
    if (kind !== 'drop') result.push(...token.lines);
    if (kind === 'keep') continue;
    if (open === hunk) hunks.pop();
    hunks.push({ ...open, end: lines.length, lines: kind === 'add' ? [...open.lines, ...token.lines] : open.lines });
  }
  if (hunks.length === 0) return null;
  const edits = lines.join('\n').trim() === '' ? null : editsFor(current, lines, hunks, volatile);
  if (edits) return { kind: 'edits', edits };
  // Notion refuses to lose a child page; of the others nobody knows what a replacement would make.
  const isReplaceable = steps.every(
    ({ kind, token }) => kind !== 'keep' || !token.fixed || token.volatile || /^(page|database) /.test(token.key),
  );
  return isReplaceable ? { kind: 'replace', markdown: result.join('\n') } : { kind: 'impossible' };
}

/** Each edit with as much around it as makes its text the only one; null where that cannot be. */
function editsFor(
  current: string,
  lines: readonly string[],
  hunks: readonly Hunk[],
  volatile: ReadonlySet<number>,
): BodyEdit[] | null {
  let grown = fewer(lines, hunks, volatile);
  const editOf = ({ start, end, lines: fresh }: Hunk): BodyEdit => ({
    old_str: lines.slice(start, end).join('\n'),
    new_str: fresh.join('\n'),
  });
  const isWhole = ({ start, end, lines: fresh }: Hunk): boolean => end > start && fresh.length > 0;
  for (let by = 1; ; by = Math.min(by * 2, lines.length)) {
    let text = current;
    const unclear = new Set<Hunk>();
    for (const hunk of grown) {
      const { old_str, new_str } = editOf(hunk);
      const clear = isWhole(hunk) && old_str.trim() !== '' && isOnce(current, old_str) && isOnce(text, old_str);
      if (clear) text = text.replace(old_str, () => new_str);
      else unclear.add(hunk);
    }
    if (unclear.size === 0) return grown.length > MOST_EDITS ? null : grown.map(editOf);
    const next = joined(
      grown.map((hunk, i) => {
        if (!unclear.has(hunk)) return hunk;
        const reach = { from: grown[i - 1]?.end ?? 0, to: grown[i + 1]?.start ?? lines.length };
        return widened(lines, hunk, by, reach, volatile);
      }),
    );
    const stuck =
      next.length === grown.length &&
      next.every(({ start, end }, i) => start === grown[i]?.start && end === grown[i]?.end);
    if (stuck) return null;
    grown = next;
  }
}

function isOnce(text: string, part: string): boolean {
  const at = text.indexOf(part);
  return at >= 0 && text.indexOf(part, at + 1) < 0;
}

/** The hunk with up to so many of its neighbours, which stay as they are. */
function widened(
  lines: readonly string[],
  hunk: Hunk,
  by: number,
  reach: { readonly from: number; readonly to: number },
  volatile: ReadonlySet<number>,
): Hunk {
  let { start, end } = hunk;
  while (start > reach.from && hunk.start - start < by && !volatile.has(start - 1)) start -= 1;
  while (end < reach.to && end - hunk.end < by && !volatile.has(end)) end += 1;
  return { start, end, lines: [...lines.slice(start, hunk.start), ...hunk.lines, ...lines.slice(hunk.end, end)] };
}

/** Hunks that have grown into each other become one. */
function joined(hunks: readonly Hunk[]): Hunk[] {
  const result: Hunk[] = [];
  for (const hunk of hunks) {
    const last = result.at(-1);
    if (!last || hunk.start > last.end) {
      result.push(hunk);
      continue;
    }
    result.pop();
    // Where both reach over lines that stay, these count once.
    const shared = last.end - hunk.start;
    result.push({ start: last.start, end: hunk.end, lines: [...last.lines, ...hunk.lines.slice(shared)] });
  }
  return result;
}

/** At most as many as one request takes: those that are nearest to each other are taken together. */
function fewer(lines: readonly string[], hunks: readonly Hunk[], volatile: ReadonlySet<number>): Hunk[] {
  const result = [...hunks];
  while (result.length > MOST_EDITS) {
    const gaps = result.slice(1).map((hunk, index) => {
      const from = result[index]?.end ?? 0;
      const isCrossable = !lines.slice(from, hunk.start).some((_, at) => volatile.has(from + at));
      return isCrossable ? hunk.start - from : Number.POSITIVE_INFINITY;
    });
    const nearest = Math.min(...gaps);
    if (!Number.isFinite(nearest)) return result;
    const at = gaps.indexOf(nearest);
    const [a, b] = result.slice(at, at + 2);
    if (!a || !b) return result;
    result.splice(at, 2, {
      start: a.start,
      end: b.end,
      lines: [...a.lines, ...lines.slice(a.end, b.start), ...b.lines],
    });
  }
  return result;
}

/**
 * Whether an answer shows that each edit was made: Notion is known to pass over one whose text
 * somebody has just changed. New words are looked for, since the rest may come back otherwise.
 */
export function isEdited(current: string, { edits }: { readonly edits: readonly BodyEdit[] }, answer: string): boolean {
  const [before, after] = [wordsIn(current), wordsIn(answer)];
  return edits.every(({ new_str }) => {
    const fresh = [...wordsIn(new_str)].filter((word) => !before.has(word));
    return fresh.length === 0 || fresh.some((word) => after.has(word));
  });
}

const wordsIn = (text: string): ReadonlySet<string> => new Set(text.match(/[\p{L}\p{N}]+/gu));

/** Blocks that Notion's Markdown has no form for, by Notion's names: that they stand as `<unknown>` is all there is to read. */
const SAYABLE =
  /^(?:text|paragraph|header|sub_header|sub_sub_header|heading_\d|bulleted_list(?:_item)?|numbered_list(?:_item)?|to_do|toggle|quote|callout|code|equation|divider|table|table_row|image|video|audio|file|pdf|column_list|column|page|child_page|database|child_database|collection_view(?:_page)?|synced_block|transclusion_\w+|)$/;

/** Whether a body was cut off: it shows, as unknown, blocks that Markdown could say. */
export function isCutOff({ markdown, truncated, unknown_block_ids }: PageMarkdown): boolean {
  if (!truncated) return false;
  const alts = [...markdown.matchAll(/^\t*<unknown\b([^>]*)\/>/gm)].map(
    ([, list]) => /\balt="([^"]*)"/.exec(list ?? '')?.[1] ?? '',
  );
  return alts.length < unknown_block_ids.length || alts.length === 0 || alts.some((alt) => SAYABLE.test(alt));
}

/** Notion's answer. */
export interface PageMarkdown {
  readonly markdown: string;
  readonly truncated: boolean;
  readonly unknown_block_ids: readonly string[];
}
