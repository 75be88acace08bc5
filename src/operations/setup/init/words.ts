/** How near a name in a workspace comes to the name in an entity file, nearest first. */
export const LIKENESSES = ['same', 'translated', 'near', 'other'] as const;
export type Likeness = (typeof LIKENESSES)[number];

/** Without case, accents, punctuation and emoji: «📌 À faire !» and «a faire» are the same. */
export const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

/** @param translations what else it may be called, in any language */
export function likeness(name: string, declared: string, translations: readonly string[]): Likeness {
  const found = plain(name);
  if (found === plain(declared)) return 'same';
  const others = translations.map(plain);
  if (others.includes(found)) return 'translated';
  return [plain(declared), ...others].some((other) => isNear(found, other)) ? 'near' : 'other';
}

/** Shorter words are one letter apart by chance. */
const SHORTEST_MISSPELT = 5;

/** «My Tasks» and «Tasks», «Priorty» and «Priority». */
function isNear(name: string, wanted: string): boolean {
  const words = name.split(' ');
  if (wanted.split(' ').every((word) => words.includes(word))) return true;
  return Math.min(name.length, wanted.length) >= SHORTEST_MISSPELT && isOneEditApart(name, wanted);
}

/** One letter more, one less, or another one. */
function isOneEditApart(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  let same = 0;
  while (same < short.length && short[same] === long[same]) same += 1;
  return short.slice(short.length === long.length ? same + 1 : same) === long.slice(same + 1);
}
