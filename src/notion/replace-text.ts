import { hasSameStyle, mergePieces, type Piece, type Span, spanToPiece, textOf } from './rich-text.ts';
import { findSurvivors, placesOf } from './text-diff.ts';

/** A run of the new text, in the two ways it can be written. */
interface Run {
  /** With everything that Notion had. */
  readonly kept: Piece;
  /** With the styles of the edit alone. */
  readonly edited: readonly Piece[];
  /** The old piece that it is part of; -1 when it is new. */
  readonly piece: number;
}

const marks = ['bold', 'italic', 'strikethrough', 'code', 'link'] as const;

/**
 * Replaces an old text by a new one. Text that survives the edit keeps its colours,
 * mentions and so on. Formatting that the edit changed follows the edit; a mention or
 * equation survives only whole.
 *
 * @param before `pieces` as the editor saw them, with the same text
 * @param write writes spans as the editor sees them; the result is written as `after`
 */
export function replaceText(
  pieces: readonly Piece[],
  before: readonly Span[],
  after: readonly Span[],
  write: (spans: readonly Span[]) => string,
): Piece[] {
  const runs = withSurroundingColour(runsOf(pieces, before, after), pieces);
  return mergePieces(
    linesOf(runs).flatMap((line) => {
      const [kept, edited] = [line.map((run) => run.kept), line.flatMap((run) => run.edited)];
      // Markdown may express of the new text what it could not express of the old: then the edit decides.
      const isSame = line.every((run) => run.edited.every((piece) => hasSameStyle(piece, run.kept)));
      return isSame || write(kept) === write(edited) ? kept : edited;
    }),
  );
}

function runsOf(pieces: readonly Piece[], before: readonly Span[], after: readonly Span[]): Run[] {
  const [old, text] = [textOf(pieces), textOf(after)];
  const [pieceAt, beforeAt, afterAt] = [spanIndexes(pieces), spanIndexes(before), spanIndexes(after)];
  const starts = startsOf(pieces);
  const embeds = pieces.flatMap((piece, i) => {
    const start = starts[i] ?? 0;
    return piece.embed ? [{ piece, start, end: start + piece.text.length }] : [];
  });
  const origins = findSurvivors(old, text, embeds);
  const places = placesOf(origins, old.length);

  /** The style of a surviving unit: Notion's, except for what the edit changed. */
  const styleAt = (at: number, piece: Piece): Piece => {
    const [was, is] = [before[beforeAt[origins[at] ?? -1] ?? -1], after[afterAt[at] ?? -1]];
    if (!was || !is) return piece;
    const changed = marks.flatMap((mark) => (was[mark] === is[mark] ? [] : [[mark, is[mark]]]));
    return changed.length === 0 ? piece : { ...piece, ...Object.fromEntries(changed) };
  };

  const textless = new Map<number, Piece[]>();
  for (const { piece, start, end } of embeds) {
    if (start === end) {
      const place = placeOfTextless(places, start, text.length);
      if (place !== undefined) textless.set(place, [...(textless.get(place) ?? []), piece]);
      continue;
    }
    const unit = places.subarray(start, end);
    const first = unit[0] ?? -1;
    if (first < 0) continue;
    const style = styleAt(first, piece);
    // A link, or formatting of only a part of it, turns a mention into text.
    const isWhole = style.link === null && unit.every((place) => hasSameStyle(styleAt(place, piece), style));
    if (!isWhole) for (const place of unit) origins[place] = -1;
  }

  const pieceOf = (at: number): number => pieceAt[origins[at] ?? -1] ?? -1;
  const continues = (at: number): boolean => {
    const piece = pieceOf(at);
    if (textless.has(at) || piece !== pieceOf(at - 1)) return false;
    if (pieces[piece]?.embed) return true;
    return afterAt[at] === afterAt[at - 1] && beforeAt[origins[at] ?? -1] === beforeAt[origins[at - 1] ?? -1];
  };

  const runs: Run[] = [];
  for (let at = 0; at <= text.length; ) {
    for (const piece of textless.get(at) ?? []) runs.push({ kept: piece, edited: [piece], piece: -1 });
    let end = at + 1;
    while (end < text.length && continues(end)) end++;
    if (at < text.length) {
      const edited = slice(after, afterAt, text, at, end).map(spanToPiece);
      const piece = pieces[pieceOf(at)];
      if (piece) runs.push(survivingRun(styleAt(at, piece), text.slice(at, end), edited, pieceOf(at)));
      else runs.push(...edited.map((kept) => ({ kept, edited: [kept], piece: -1 })));
    }
    at = end;
  }
  return runs;
}

function survivingRun(piece: Piece, text: string, edited: readonly Piece[], at: number): Run {
  const { underline, color, embed } = piece;
  // A mention with more than one style becomes text.
  const embedded = edited.length > 1 && embed ? {} : { underline, color, embed };
  return { kept: { ...piece, text }, edited: edited.map((span) => ({ ...span, ...embedded })), piece: at };
}

/** A mention without text stays next to the same text. */
function placeOfTextless(places: Int32Array, at: number, length: number): number | undefined {
  const [left, right] = [places[at - 1] ?? -1, places[at] ?? -1];
  if (at === 0 || left >= 0) return left + 1;
  return at === places.length ? length : right >= 0 ? right : undefined;
}

/** Text inserted within coloured text takes its colour, as in Notion. */
function withSurroundingColour(runs: readonly Run[], pieces: readonly Piece[]): Run[] {
  const following: number[] = Array(runs.length);
  let next = -1;
  for (let i = runs.length - 1; i >= 0; i--) {
    following[i] = next;
    if ((runs[i]?.piece ?? -1) >= 0) next = runs[i]?.piece ?? -1;
  }
  let last = -1;
  return runs.map((run, i) => {
    if (run.piece >= 0) last = run.piece;
    const around = run.piece < 0 && last === following[i] ? pieces[last] : undefined;
    if (!around || run.kept.embed) return run;
    const { underline, color } = around;
    const kept = { ...run.kept, underline, color };
    return { ...run, kept, edited: [kept] };
  });
}

/** Groups of whole lines. */
function linesOf(runs: readonly Run[]): Run[][] {
  const lines: Run[][] = [[]];
  for (const run of runs) {
    if (run.kept.embed) lines.at(-1)?.push(run);
    else {
      for (const text of run.kept.text.split(/(?<=[\r\n])/)) {
        const edited = run.edited.map((piece) => ({ ...piece, text }));
        lines.at(-1)?.push({ ...run, kept: { ...run.kept, text }, edited });
        if (/[\r\n]$/.test(text)) lines.push([]);
      }
    }
  }
  return lines;
}

function startsOf(pieces: readonly Piece[]): number[] {
  let start = 0;
  return pieces.map(({ text }) => {
    start += text.length;
    return start - text.length;
  });
}

/** The part of the text from `from` to `to`, as spans. */
function slice(spans: readonly Span[], ownerAt: Int32Array, text: string, from: number, to: number): Span[] {
  const cuts: Span[] = [];
  for (let start = from; start < to; ) {
    let end = start + 1;
    while (end < to && ownerAt[end] === ownerAt[start]) end++;
    const span = spans[ownerAt[start] ?? -1];
    if (span) cuts.push({ ...span, text: text.slice(start, end) });
    start = end;
  }
  return cuts;
}

/** For each unit of the text, the index of its span. */
function spanIndexes(spans: readonly Span[]): Int32Array {
  const owned = new Int32Array(textOf(spans).length);
  let start = 0;
  for (const [i, { text }] of spans.entries()) {
    owned.fill(i, start, start + text.length);
    start += text.length;
  }
  return owned;
}
