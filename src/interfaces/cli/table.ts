const GAP = '  ';
/** Narrower than this, a wrapped column is no longer read with ease. */
const LEAST_WIDTH = 18;

/**
 * Columns side by side. The last one is wrapped into what is left of the terminal; where there is none, as in a pipe,
 * it takes what it needs.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | undefined = process.stdout.columns,
): string {
  const last = headings.length - 1;
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const before = widths.slice(0, last).reduce((sum, column) => sum + column + GAP.length, 0);
  const most = width === undefined ? Number.POSITIVE_INFINITY : Math.max(LEAST_WIDTH, width - before);
  const line = (cells: readonly string[]): string => {
    const [first = '', ...rest] = wrap(cells[last] ?? '', most, { cutsWords: false });
    const head = cells.slice(0, last).map((cell, column) => cell.padEnd(widths[column] ?? 0) + GAP);
    return [`${head.join('')}${first}`.trimEnd(), ...rest.map((text) => ' '.repeat(before) + text)].join('\n');
  };
  return [headings, ...rows].map(line).join('\n');
}

/** At words where it can; a word that is longer than the line is cut, unless somebody may want to copy it. */
export function wrap(text: string, width: number, { cutsWords = true } = {}): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let rest = paragraph;
    while (rest.length > width) {
      const space = rest.lastIndexOf(' ', width);
      const end = space > 0 ? space : cutsWords ? width : rest.indexOf(' ');
      if (end < 0) break;
      lines.push(rest.slice(0, end));
      rest = rest.slice(end).trimStart();
    }
    return [...lines, rest];
  });
}
