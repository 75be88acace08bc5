/** A less similar title is not suggested. */
const MIN_SIMILARITY = 0.4;
const MIN_PART_LENGTH = 3;

/** A title without case, accents, punctuation and a leading article. */
export function plainTitle(title: string): string {
  const words = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[’']/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return words.replace(/^(the|an?) (?=.)/, '') || title.trim();
}

/** The similarity of two plain titles, 0 to 1. A title that contains the other, or its words, is similar. */
function similarity(a: string, b: string): number {
  if (a === b) return 1;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const isPart = short.length >= MIN_PART_LENGTH && ` ${long} `.includes(` ${short} `);
  const hasWords = short.length >= MIN_PART_LENGTH && short.split(' ').every((word) => ` ${long}`.includes(` ${word}`));
  return Math.max(isPart ? 0.8 : hasWords ? 0.6 : 0, sharedTrigrams(a, b));
}

/** The most similar records, best first. */
export function nearest<T extends { readonly title: string }>(
  title: string,
  records: readonly T[],
  limit: number,
): T[] {
  const plain = plainTitle(title);
  return records
    .map((record) => ({ record, score: similarity(plain, plainTitle(record.title)) }))
    .filter(({ score }) => score >= MIN_SIMILARITY)
    .sort((a, b) => b.score - a.score || a.record.title.localeCompare(b.record.title))
    .slice(0, limit)
    .map(({ record }) => record);
}

/** The Sørensen–Dice coefficient of the trigrams. */
function sharedTrigrams(a: string, b: string): number {
  const [left, right] = [trigrams(a), trigrams(b)];
  const shared = [...left].filter((piece) => right.has(piece)).length;
  return (2 * shared) / (left.size + right.size);
}

function trigrams(text: string): Set<string> {
  const padded = `  ${text} `;
  return new Set(Array.from({ length: padded.length - 2 }, (_, start) => padded.slice(start, start + 3)));
}
