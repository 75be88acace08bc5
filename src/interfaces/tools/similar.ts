/** Of what is not the same, what is less alike than this is not worth asking about. */
const LEAST = 0.4;
const LEAST_PART = 3;

/** A title without what people leave out: case, accents, punctuation, an article at its beginning. */
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

/** How alike two plain titles are: 1 the same, 0 not at all. One that holds the other, or its words, is near. */
function likeness(a: string, b: string): number {
  if (a === b) return 1;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const isPart = short.length >= LEAST_PART && ` ${long} `.includes(` ${short} `);
  const hasWords = short.length >= LEAST_PART && short.split(' ').every((word) => ` ${long}`.includes(` ${word}`));
  return Math.max(isPart ? 0.8 : hasWords ? 0.6 : 0, sharedTrigrams(a, b));
}

/** What is most alike first; nothing that is not alike at all. */
export function nearest<T extends { readonly title: string }>(said: string, records: readonly T[], most: number): T[] {
  const plain = plainTitle(said);
  return records
    .map((record) => ({ record, alike: likeness(plain, plainTitle(record.title)) }))
    .filter(({ alike }) => alike >= LEAST)
    .sort((a, b) => b.alike - a.alike || a.record.title.localeCompare(b.record.title))
    .slice(0, most)
    .map(({ record }) => record);
}

/** Sørensen and Dice's coefficient of the pieces of three letters. */
function sharedTrigrams(a: string, b: string): number {
  const [left, right] = [trigrams(a), trigrams(b)];
  const shared = [...left].filter((piece) => right.has(piece)).length;
  return (2 * shared) / (left.size + right.size);
}

function trigrams(text: string): Set<string> {
  const padded = `  ${text} `;
  return new Set(Array.from({ length: padded.length - 2 }, (_, start) => padded.slice(start, start + 3)));
}
