/** One replacement of text that occurs exactly once in the body. */
export interface BodyEdit {
  readonly old_str: string;
  readonly new_str: string;
}

/** @see https://developers.notion.com/reference/update-page-markdown */
const MAX_EDITS = 100;

/** Replaces the lines from `start` to `end` of the body by others. */
export interface Hunk {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/**
 * The edits for these hunks, each with enough lines around it to occur exactly once.
 * @param volatile indexes of lines that no edit can quote
 * @param leavesEmptyLines lines may be replaced by nothing, which leaves an empty line; Notion drops those
 * @returns null when there is no such set of edits
 */
export function findEdits(
  current: string,
  lines: readonly string[],
  hunks: readonly Hunk[],
  volatile: ReadonlySet<number>,
  leavesEmptyLines = false,
): BodyEdit[] | null {
  let grown = limitHunks(lines, hunks, volatile);
  const editOf = ({ start, end, lines: replacement }: Hunk): BodyEdit => ({
    old_str: lines.slice(start, end).join('\n'),
    new_str: replacement.join('\n'),
  });
  const isWhole = ({ start, end, lines: replacement }: Hunk): boolean =>
    end > start && (leavesEmptyLines || replacement.length > 0);
  for (let by = 1; ; by = Math.min(by * 2, lines.length)) {
    let text = current;
    const unclear = new Set<Hunk>();
    for (const hunk of grown) {
      const { old_str, new_str } = editOf(hunk);
      const clear = isWhole(hunk) && old_str.trim() !== '' && occursOnce(current, old_str) && occursOnce(text, old_str);
      if (clear) text = text.replace(old_str, () => new_str);
      else unclear.add(hunk);
    }
    if (unclear.size === 0) return grown.length > MAX_EDITS ? null : grown.map(editOf);
    const next = joinHunks(
      grown.map((hunk, i) => {
        if (!unclear.has(hunk)) return hunk;
        const reach = { from: grown[i - 1]?.end ?? 0, to: grown[i + 1]?.start ?? lines.length };
        return widenHunk(lines, hunk, by, reach, volatile);
      }),
    );
    const stuck =
      next.length === grown.length &&
      next.every(({ start, end }, i) => start === grown[i]?.start && end === grown[i]?.end);
    if (stuck) return null;
    grown = next;
  }
}

function occursOnce(text: string, part: string): boolean {
  const at = text.indexOf(part);
  return at >= 0 && text.indexOf(part, at + 1) < 0;
}

/** The hunk extended by up to `by` unchanged lines on each side. */
function widenHunk(
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

/** Joins hunks that touch or overlap. */
function joinHunks(hunks: readonly Hunk[]): Hunk[] {
  const result: Hunk[] = [];
  for (const hunk of hunks) {
    const last = result.at(-1);
    if (!last || hunk.start > last.end) {
      result.push(hunk);
      continue;
    }
    result.pop();
    // Unchanged lines that both cover are counted once.
    const shared = last.end - hunk.start;
    result.push({ start: last.start, end: hunk.end, lines: [...last.lines, ...hunk.lines.slice(shared)] });
  }
  return result;
}

/** Joins the hunks nearest to each other until one request can hold them all. */
function limitHunks(lines: readonly string[], hunks: readonly Hunk[], volatile: ReadonlySet<number>): Hunk[] {
  const result = [...hunks];
  while (result.length > MAX_EDITS) {
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
