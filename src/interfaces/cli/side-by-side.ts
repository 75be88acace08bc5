import stringWidth from 'string-width';
import { padToWidth, wrap } from './table.ts';

const GAP = '  ';
/** Narrower columns are hard to read. */
const MIN_WIDTH = 16;

/** A table of long texts: the first column as wide as it needs, the others wrapped to equal shares of `width`. */
export function sideBySide(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = process.stdout.columns ?? 100,
): string {
  const first = Math.max(...[headings, ...rows].map(([name = '']) => stringWidth(name)));
  const share = Math.floor((width - first) / Math.max(1, headings.length - 1)) - GAP.length;
  const columnWidth = Math.max(MIN_WIDTH, share);
  return [headings, ...rows].map((cells) => line(cells, first, columnWidth)).join('\n');
}

function line(cells: readonly string[], first: number, columnWidth: number): string {
  const columns = cells.map((cell, at) => (at === 0 ? [cell] : wrap(cell, columnWidth)));
  const height = Math.max(...columns.map((lines) => lines.length));
  const lines = Array.from({ length: height }, (_, row) =>
    columns
      .map((column, at) => padToWidth(column[row] ?? '', at === 0 ? first : columnWidth))
      .join(GAP)
      .trimEnd(),
  );
  return lines.join('\n');
}
