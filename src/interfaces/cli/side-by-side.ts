import { wrap } from './table.ts';

const GAP = '  ';
/** Narrower columns are no longer read with ease. */
const LEAST_WIDTH = 16;

/** A table of texts that may be long: the first column as wide as it needs, the others wrapped into equal shares of `width`. */
export function sideBySide(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = process.stdout.columns ?? 100,
): string {
  const first = Math.max(...[headings, ...rows].map(([name]) => name?.length ?? 0));
  const share = Math.floor((width - first) / Math.max(1, headings.length - 1)) - GAP.length;
  const most = Math.max(LEAST_WIDTH, share);
  return [headings, ...rows].map((cells) => line(cells, first, most)).join('\n');
}

function line(cells: readonly string[], first: number, most: number): string {
  const columns = cells.map((cell, at) => (at === 0 ? [cell] : wrap(cell, most)));
  const height = Math.max(...columns.map((lines) => lines.length));
  const lines = Array.from({ length: height }, (_, row) =>
    columns
      .map((column, at) => (column[row] ?? '').padEnd(at === 0 ? first : most))
      .join(GAP)
      .trimEnd(),
  );
  return lines.join('\n');
}
