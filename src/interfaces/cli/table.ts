import stringWidth from 'string-width';

const GAP = '  ';
/** A narrower wrapped column is hard to read. */
const MIN_WIDTH = 18;

/**
 * Aligns columns by their width on a terminal. The last column is wrapped to fit the terminal; without a terminal, as
 * in a pipe, it is not wrapped.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | undefined = process.stdout.columns,
): string {
  const last = headings.length - 1;
  const widths = headings.map((heading, column) =>
    Math.max(stringWidth(heading), ...rows.map((row) => stringWidth(row[column] ?? ''))),
  );
  const before = widths.slice(0, last).reduce((sum, column) => sum + column + GAP.length, 0);
  const lastWidth = width === undefined ? Number.POSITIVE_INFINITY : Math.max(MIN_WIDTH, width - before);
  const line = (cells: readonly string[]): string => {
    const [first = '', ...rest] = wrap(cells[last] ?? '', lastWidth, { cutsWords: false });
    const head = cells.slice(0, last).map((cell, column) => padToWidth(cell, widths[column] ?? 0) + GAP);
    return [`${head.join('')}${first}`.trimEnd(), ...rest.map((text) => ' '.repeat(before) + text)].join('\n');
  };
  return [headings, ...rows].map(line).join('\n');
}

/** Wide characters and emoji take two columns of a terminal, combining marks none. */
export const padToWidth = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - stringWidth(text)));

/** Breaks lines at spaces. A word wider than a line is cut, or kept whole so that it can be copied. */
export function wrap(text: string, width: number, { cutsWords = true } = {}): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let rest = paragraph;
    while (stringWidth(rest) > width) {
      const fitting = fittingLength(rest, width);
      const space = rest.lastIndexOf(' ', fitting);
      const end = space > 0 ? space : cutsWords ? fitting : rest.indexOf(' ');
      if (end < 0 || end === rest.length) break;
      lines.push(rest.slice(0, end));
      rest = rest.slice(end).trimStart();
    }
    return [...lines, rest];
  });
}

const graphemes = new Intl.Segmenter();

/** How much of a text fits, in UTF-16 units: at least one character, and none in part. */
function fittingLength(text: string, width: number): number {
  let length = 0;
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += stringWidth(segment);
    if (used > width && length > 0) break;
    length += segment.length;
  }
  return length;
}
