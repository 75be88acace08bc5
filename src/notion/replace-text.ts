import { asPiece, lookAlike, mergePieces, type Piece, type Span, textOf } from './rich-text.ts';
import { placesOf, survivors } from './text-diff.ts';

/** A run of the new text as it may be written. */
interface Run {
  /** With all that Notion had. */
  readonly kept: Piece;
  /** With the looks that the edit says, and no others. */
  readonly said: readonly Piece[];
  /** The old piece that it is a part of; -1 where it is new. */
  readonly piece: number;
}

const marks = ['bold', 'italic', 'strikethrough', 'code', 'link'] as const;

/**
 * Puts a new text in the place of an old one: whatever text survives the edit
 * stays what it was, colours, mentions and all. Formatting that the edit
 * changed is as the edit says; a mention or equation survives only whole.
 *
 * @param before what the new text's author saw of `pieces`, text for text
 * @param say how spans are said to that author; the result reads as `after` does
 */
export function replaceText(
  pieces: readonly Piece[],
  before: readonly Span[],
  after: readonly Span[],
  say: (spans: readonly Span[]) => string,
): Piece[] {
  const runs = withColourOfSurroundings(runsOf(pieces, before, after), pieces);
  return mergePieces(
    linesOf(runs).flatMap((line) => {
      const [kept, said] = [line.map((run) => run.kept), line.flatMap((run) => run.said)];
      // What Markdown could not say of the old text, it might say of the new: then the edit has the last word.
      const isSure = line.every((run) => run.said.every((piece) => lookAlike(piece, run.kept)));
      return isSure || say(kept) === say(said) ? kept : said;
    }),
  );
}

function runsOf(pieces: readonly Piece[], before: readonly Span[], after: readonly Span[]): Run[] {
  const [old, text] = [textOf(pieces), textOf(after)];
  const [pieceAt, beforeAt, afterAt] = [owners(pieces), owners(before), owners(after)];
  const starts = startsOf(pieces);
  const embeds = pieces.flatMap((piece, i) => {
    const start = starts[i] ?? 0;
    return piece.embed ? [{ piece, start, end: start + piece.text.length }] : [];
  });
  const origins = survivors(old, text, embeds);
  const places = placesOf(origins, old.length);

  /** The look of a surviving unit: Notion's, but for what the edit changed. */
  const lookAt = (at: number, piece: Piece): Piece => {
    const [was, is] = [before[beforeAt[origins[at] ?? -1] ?? -1], after[afterAt[at] ?? -1]];
    if (!was || !is) return piece;
    const changed = marks.flatMap((mark) => (was[mark] === is[mark] ? [] : [[mark, is[mark]]]));
    return changed.length === 0 ? piece : { ...piece, ...Object.fromEntries(changed) };
  };

  const unseen = new Map<number, Piece[]>();
  for (const { piece, start, end } of embeds) {
    if (start === end) {
      const place = placeOfUnseen(places, start, text.length);
      if (place !== undefined) unseen.set(place, [...(unseen.get(place) ?? []), piece]);
      continue;
    }
    const unit = places.subarray(start, end);
    const first = unit[0] ?? -1;
    if (first < 0) continue;
    const look = lookAt(first, piece);
    // A link, or formatting of its first half alone, makes a mention a text.
    const isWhole = look.link === null && unit.every((place) => lookAlike(lookAt(place, piece), look));
    if (!isWhole) for (const place of unit) origins[place] = -1;
  }

  const pieceOf = (at: number): number => pieceAt[origins[at] ?? -1] ?? -1;
  const continues = (at: number): boolean => {
    const piece = pieceOf(at);
    if (unseen.has(at) || piece !== pieceOf(at - 1)) return false;
    if (pieces[piece]?.embed) return true;
    return afterAt[at] === afterAt[at - 1] && beforeAt[origins[at] ?? -1] === beforeAt[origins[at - 1] ?? -1];
  };

  const runs: Run[] = [];
  for (let at = 0; at <= text.length; ) {
    for (const piece of unseen.get(at) ?? []) runs.push({ kept: piece, said: [piece], piece: -1 });
    let end = at + 1;
    while (end < text.length && continues(end)) end++;
    if (at < text.length) {
      const said = cut(after, afterAt, text, at, end).map(asPiece);
      const piece = pieces[pieceOf(at)];
      if (piece) runs.push(survivingRun(lookAt(at, piece), text.slice(at, end), said, pieceOf(at)));
      else runs.push(...said.map((kept) => ({ kept, said: [kept], piece: -1 })));
    }
    at = end;
  }
  return runs;
}

function survivingRun(piece: Piece, text: string, said: readonly Piece[], at: number): Run {
  const { underline, color, embed } = piece;
  // Said in more than one way, what is mentioned is a text.
  const strange = said.length > 1 && embed ? {} : { underline, color, embed };
  return { kept: { ...piece, text }, said: said.map((span) => ({ ...span, ...strange })), piece: at };
}

/** A mention without a text stays beside the text that it stood beside. */
function placeOfUnseen(places: Int32Array, at: number, length: number): number | undefined {
  const [left, right] = [places[at - 1] ?? -1, places[at] ?? -1];
  if (at === 0 || left >= 0) return left + 1;
  return at === places.length ? length : right >= 0 ? right : undefined;
}

/** What was inserted within a coloured text takes its colour, as it does in Notion. */
function withColourOfSurroundings(runs: readonly Run[], pieces: readonly Piece[]): Run[] {
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
    return { ...run, kept, said: [kept] };
  });
}

/** Groups of whole lines. */
function linesOf(runs: readonly Run[]): Run[][] {
  const lines: Run[][] = [[]];
  for (const run of runs) {
    if (run.kept.embed) lines.at(-1)?.push(run);
    else {
      for (const text of run.kept.text.split(/(?<=[\r\n])/)) {
        const said = run.said.map((piece) => ({ ...piece, text }));
        lines.at(-1)?.push({ ...run, kept: { ...run.kept, text }, said });
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

/** The stretch of the text in spans that look alike. */
function cut(spans: readonly Span[], ownerAt: Int32Array, text: string, from: number, to: number): Span[] {
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

/** For each unit of the text the span that it belongs to. */
function owners(spans: readonly Span[]): Int32Array {
  const owned = new Int32Array(textOf(spans).length);
  let start = 0;
  for (const [i, { text }] of spans.entries()) {
    owned.fill(i, start, start + text.length);
    start += text.length;
  }
  return owned;
}
