import { type BodyEdit, findEdits, type Hunk } from './body-edits.ts';
import { planSteps, type Step } from './body-steps.ts';
import { tokenize, withTabs } from './body-tokens.ts';
import { withoutSignatures } from './file-urls.ts';

/**
 * A page's body as enhanced Markdown: its canonical form, in which it is compared and stored,
 * and the smallest request that changes it.
 * @see https://developers.notion.com/guides/data-apis/enhanced-markdown
 */

export type BodyChange =
  | { readonly kind: 'edits'; readonly edits: readonly BodyEdit[] }
  /** Blocks before the first or after the last one, once the edits are made. */
  | { readonly kind: 'inserts'; readonly edits: readonly BodyEdit[]; readonly inserts: readonly BodyInsert[] }
  | { readonly kind: 'replace'; readonly markdown: string }
  /** The change lies between blocks that no text can quote. */
  | { readonly kind: 'impossible' };

export interface BodyInsert {
  readonly at: 'start' | 'end';
  readonly markdown: string;
}

/** The canonical form of a body; null when it is empty. */
export function canonicalBody(markdown: string | null): string | null {
  if (markdown === null) return null;
  const text = withoutSignatures(markdown.replaceAll('\0', '').replace(/\r\n?/g, '\n')).replace(/[ \t\n]+$/, '');
  return text.trim() === '' ? null : text;
}

/** The body to create a page with; null when it is empty. */
export function toNewBody(wanted: string | null): string | null {
  const change = planBodyChange('', wanted);
  return change?.kind === 'replace' ? change.markdown : null;
}

/**
 * The request that changes a body to the wanted one; null when nothing differs. It quotes only
 * lines that change, so that Notion keeps all other blocks. It never contains the signed address of a file:
 * Notion would take it for a file of somebody else's, and empties it.
 * @param current as Notion returns it now
 * @param wanted in canonical form
 */
export function planBodyChange(current: string, wanted: string | null): BodyChange | null {
  const before = current.replace(/[ \t\r\n]+$/, '');
  const steps = planSteps(tokenize(before), tokenize(withTabs(withoutSignatures(wanted ?? ''))));
  const { lines, hunks, volatile } = collectHunks(steps);
  if (hunks.length === 0) return null;
  const isQuotable =
    lines.join('\n').trim() !== '' && !steps.some(({ kind, token }) => kind === 'drop' && token.volatile);
  const edits = isQuotable ? findEdits(current, lines, hunks, volatile) : null;
  if (edits) return { kind: 'edits', edits };
  if (!steps.every(isReplaceable)) {
    return planInserts(lines, hunks, (others) =>
      isQuotable ? findEdits(current, lines, others, volatile, true) : null,
    );
  }
  const result = steps.flatMap(({ kind, token }) => (kind === 'drop' ? [] : token.lines));
  return { kind: 'replace', markdown: result.join('\n') };
}

/** Blocks that are added at an edge need no text to quote. */
function planInserts(
  lines: readonly string[],
  hunks: readonly Hunk[],
  findOthers: (hunks: readonly Hunk[]) => BodyEdit[] | null,
): BodyChange {
  const edgeOf = ({ start, end, lines: [first = ''] }: Hunk): BodyInsert['at'] | null => {
    if (start !== end || first.startsWith('\t')) return null;
    return start === 0 ? 'start' : start === lines.length ? 'end' : null;
  };
  const inserts = hunks.flatMap((hunk): BodyInsert[] => {
    const at = edgeOf(hunk);
    return at === null ? [] : [{ at, markdown: hunk.lines.join('\n') }];
  });
  const others = hunks.filter((hunk) => edgeOf(hunk) === null);
  const edits = others.length === 0 ? [] : findOthers(others);
  return edits ? { kind: 'inserts', edits, inserts } : { kind: 'impossible' };
}

/** The current lines, the changes to them, and the indexes of lines that no edit can quote. */
function collectHunks(steps: readonly Step[]): { lines: string[]; hunks: Hunk[]; volatile: Set<number> } {
  const lines: string[] = [];
  const volatile = new Set<number>();
  const hunks: Hunk[] = [];
  for (const { kind, token } of steps) {
    const last = hunks.at(-1);
    const open = last?.end === lines.length ? last : { start: lines.length, end: lines.length, lines: [] };
    if (token.volatile && kind !== 'add') volatile.add(lines.length);
    if (kind !== 'add') lines.push(...token.lines);
    if (kind === 'keep') continue;
    if (open === last) hunks.pop();
    hunks.push({ ...open, end: lines.length, lines: kind === 'add' ? [...open.lines, ...token.lines] : open.lines });
  }
  return { lines, hunks, volatile };
}

/** Whether replacing the whole body leaves this block intact: Notion refuses to lose a child page, but may lose others. */
const isReplaceable = ({ kind, token }: Step): boolean =>
  kind !== 'keep' || (!token.volatile && (!token.fixed || /^(page|database) /.test(token.key)));

/**
 * Whether an answer shows that each edit was made: Notion skips an edit whose text somebody has
 * just changed. It looks for new words only, since Notion may format the rest in another way.
 */
export function isEdited(current: string, { edits }: { readonly edits: readonly BodyEdit[] }, answer: string): boolean {
  const [before, after] = [wordsIn(current), wordsIn(answer)];
  return edits.every(({ new_str }) => {
    const added = [...wordsIn(new_str)].filter((word) => !before.has(word));
    return added.length === 0 || added.some((word) => after.has(word));
  });
}

const wordsIn = (text: string): ReadonlySet<string> => new Set(text.match(/[\p{L}\p{N}]+/gu));

/**
 * Notion's names of the block types that its Markdown can express. Notion returns any other block as `<unknown>`
 * even when nothing was cut off.
 */
const EXPRESSIBLE =
  /^(?:text|paragraph|header|sub_header|sub_sub_header|heading_\d|bulleted_list(?:_item)?|numbered_list(?:_item)?|to_do|toggle|quote|callout|code|equation|divider|table|table_row|image|video|audio|file|pdf|column_list|column|page|child_page|database|child_database|collection_view(?:_page)?|synced_block|transclusion_\w+|)$/;

/** Whether a body was cut off: it contains, as unknown, blocks that Markdown can express. */
export function isCutOff({ markdown, truncated, unknown_block_ids }: PageMarkdown): boolean {
  if (!truncated) return false;
  const alts = [...markdown.matchAll(/^\t*<unknown\b([^>]*)\/>/gm)].map(
    ([, list]) => /\balt="([^"]*)"/.exec(list ?? '')?.[1] ?? '',
  );
  return alts.length < unknown_block_ids.length || alts.length === 0 || alts.some((alt) => EXPRESSIBLE.test(alt));
}

/** What Notion returns for a body. */
export interface PageMarkdown {
  readonly markdown: string;
  readonly truncated: boolean;
  readonly unknown_block_ids: readonly string[];
}
