import { diffArrays } from 'diff';

/** A range of a text, in UTF-16 units. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

type Cut = (text: string, side: 'before' | 'after') => Range[];

/** Limits the search for edits: its cost grows with their square. */
const MAX_EDITS = 500;

/** In scripts without spaces, the diff treats every character as a word. */
const unspaced =
  '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}]';
/** A letter that forms words with its neighbours. */
const letter = `(?:(?!${unspaced})[\\p{L}\\p{N}\\p{M}_])`;
const word = `${unspaced}\\p{M}*|${letter}+`;
/** Matches anywhere except within a word. */
const atEdge = `(?!(?<=${letter})(?=${letter}))`;
/** One visible character: with its accents, skin tone and joiners, or the two letters of a flag. */
const character = '\\r\\n|\\p{RI}\\p{RI}|[^](?:[\\p{M}\\p{Emoji_Modifier}\\u{E0020}-\\u{E007F}]|\\u200d[^])*';

/**
 * Finds the parts of an edited text that were there before: first words, then what is
 * between them, then the letters of words that changed a little.
 *
 * @param atoms ranges of the old text that survive only whole, and not as part of a longer word
 * @returns for each UTF-16 unit of `after` its index in `before`, or -1 when it is new
 */
export function findSurvivors(before: string, after: string, atoms: readonly Range[]): Int32Array {
  const origins = new Int32Array(after.length).fill(-1);
  const keep = (from: number, to: number, length: number) => {
    for (let i = 0; i < length; i++) origins[to + i] = from + i;
  };
  const cuts = [cutWords(before, atoms), cutBy(`${word}|${character}`), cutBy(character)];

  const align = (old: Range, now: Range, level: number): void => {
    const cut = cuts[level];
    if (!cut || old.start === old.end || now.start === now.end) return;
    const [olds, nows] = [within(before, old, cut, 'before'), within(after, now, cut, 'after')];
    const isLast = level === cuts.length - 1;
    const pairs = commonPairs(
      olds.map(({ start, end }) => before.slice(start, end)),
      nows.map(({ start, end }) => after.slice(start, end)),
    );
    // Words that share less than half of their letters are different words.
    if (isLast && pairs.length * 2 < Math.max(olds.length, nows.length)) return;
    let [oldStart, nowStart] = [old.start, now.start];
    for (const [i, j] of pairs) {
      const [one, other] = [olds[i], nows[j]];
      if (!one || !other) continue;
      align({ start: oldStart, end: one.start }, { start: nowStart, end: other.start }, level + 1);
      keep(one.start, other.start, one.end - one.start);
      [oldStart, nowStart] = [one.end, other.end];
    }
    align({ start: oldStart, end: old.end }, { start: nowStart, end: now.end }, level + 1);
  };
  align({ start: 0, end: before.length }, { start: 0, end: after.length }, 0);
  dropBroken(before, after, atoms, origins);
  return origins;
}

/** For each unit of the old text its index in the new one, or -1. */
export function placesOf(origins: Int32Array, length: number): Int32Array {
  const places = new Int32Array(length).fill(-1);
  origins.forEach((origin, at) => {
    if (origin >= 0) places[origin] = at;
  });
  return places;
}

function dropBroken(before: string, after: string, atoms: readonly Range[], origins: Int32Array): void {
  const places = placesOf(origins, before.length);
  for (const { start, end } of atoms) {
    const atom = places.subarray(start, end);
    const first = atom[0] ?? -1;
    const isWhole = first >= 0 && atom.every((place, i) => place === first + i);
    const joins = (old: number, now: number) => isWithinWord(after, now) && !isWithinWord(before, old);
    if (isWhole && !joins(start, first) && !joins(end, first + end - start)) continue;
    for (const place of atom) if (place >= 0) origins[place] = -1;
  }
}

function isWithinWord(text: string, at: number): boolean {
  const between = new RegExp(`(?<=${letter})(?=${letter})`, 'uy');
  between.lastIndex = at;
  return between.test(text);
}

function within(text: string, { start, end }: Range, cut: Cut, side: 'before' | 'after'): Range[] {
  return cut(text.slice(start, end), side).map((part) => ({ start: part.start + start, end: part.end + start }));
}

const cutBy =
  (pattern: string): Cut =>
  (text) =>
    Array.from(text.matchAll(new RegExp(pattern, 'gu')), ({ 0: part, index }) => ({
      start: index,
      end: index + part.length,
    }));

/** Cuts words and atoms. In the new text an atom is found by its text, but within a longer word only if it was in one before. */
function cutWords(before: string, atoms: readonly Range[]): Cut {
  const patterns = atoms.map(({ start, end }) => {
    const text = before.slice(start, end);
    const [joinsLeft, joinsRight] = [isWithinWord(before, start), isWithinWord(before, end)];
    const left = joinsLeft ? '' : atEdge;
    const right = joinsRight ? '' : atEdge;
    return text && left + text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') + right;
  });
  const longestFirst = [...new Set(patterns)].filter((text) => text !== '').toSorted((a, b) => b.length - a.length);
  const cut = cutBy([...longestFirst, word].join('|'));
  return (text, side) => {
    if (side === 'after') return cut(text, side);
    const stops = [...atoms, { start: text.length, end: text.length }];
    const parts = stops.flatMap((stop, i) => [
      ...within(text, { start: atoms[i - 1]?.end ?? 0, end: stop.start }, cut, side),
      stop,
    ]);
    return parts.filter(({ start, end }) => start < end);
  };
}

/** The longest common subsequence, by index. For texts that differ too much, what surrounds words that occur once. */
function commonPairs(before: readonly string[], after: readonly string[]): [number, number][] {
  return commonSubsequence(before, after) ?? aroundAnchors(before, after);
}

function commonSubsequence(before: readonly string[], after: readonly string[]): [number, number][] | undefined {
  const parts = diffArrays([...before], [...after], { maxEditLength: MAX_EDITS });
  if (!parts) return undefined;
  const pairs: [number, number][] = [];
  let [i, j] = [0, 0];
  for (const { added, removed, count } of parts) {
    if (!added && !removed) for (let k = 0; k < count; k++) pairs.push([i + k, j + k]);
    if (!added) i += count;
    if (!removed) j += count;
  }
  return preferAdjacent(pairs, before, after);
}

/** Among equal words, prefers the one next to the following common word, unless it is already next to the previous one. */
function preferAdjacent(
  pairs: readonly [number, number][],
  before: readonly string[],
  after: readonly string[],
): [number, number][] {
  const moved = pairs.map(([i, j]): [number, number] => [i, j]);
  for (let at = moved.length - 2; at >= 0; at--) {
    const [pair, next, last] = [moved[at], moved[at + 1], pairs[at - 1]];
    if (!pair || !next || (last && last[0] === pair[0] - 1 && last[1] === pair[1] - 1)) continue;
    const [i, j] = [next[0] - 1, next[1] - 1];
    if (pair[1] === j && before[i] === after[j]) pair[0] = i;
    else if (pair[0] === i && before[i] === after[j]) pair[1] = j;
  }
  return moved;
}

/** The common ends, and words that occur once in both texts, with everything equal around them. */
function aroundAnchors(before: readonly string[], after: readonly string[]): [number, number][] {
  const [once, onceAfter] = [placesOfUnique(before), placesOfUnique(after)];
  const inBoth = (word: string): boolean => once.has(word) && onceAfter.has(word);
  const [words, wordsAfter] = [before.filter(inBoth), after.filter(inBoth)];
  const anchors = (commonSubsequence(words, wordsAfter) ?? []).flatMap(([i]): [number, number][] => {
    const word = words[i] ?? '';
    return [[once.get(word) ?? 0, onceAfter.get(word) ?? 0]];
  });
  const pairs: [number, number][] = [];
  let [i, j] = [0, 0];
  for (const [nextI, nextJ] of [...anchors, [before.length, after.length] as const]) {
    while (i < nextI && j < nextJ && before[i] === after[j]) pairs.push([i++, j++]);
    let back = 0;
    while (back < Math.min(nextI - i, nextJ - j) && before[nextI - 1 - back] === after[nextJ - 1 - back]) back++;
    for (; back > 0; back--) pairs.push([nextI - back, nextJ - back]);
    [i, j] = [nextI, nextJ];
  }
  return pairs;
}

function placesOfUnique(words: readonly string[]): Map<string, number> {
  const places = new Map<string, number>();
  const twice = new Set<string>();
  for (const [at, word] of words.entries()) {
    if (places.has(word)) twice.add(word);
    places.set(word, at);
  }
  for (const word of twice) places.delete(word);
  return places;
}
