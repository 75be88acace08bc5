import { plainName } from '../../../shared/plain-name.ts';

/** How similar a name in a workspace is to a name in an entity file, best first. */
export const LIKENESSES = ['same', 'translated', 'near', 'other'] as const;
export type Likeness = (typeof LIKENESSES)[number];

/** @param translations other names in any language */
export function likeness(name: string, declared: string, translations: readonly string[]): Likeness {
  const found = plainName(name);
  if (found === plainName(declared)) return 'same';
  const others = translations.map(plainName);
  if (others.includes(found)) return 'translated';
  return [plainName(declared), ...others].some((other) => isNear(found, other)) ? 'near' : 'other';
}

/** Shorter words often differ by one letter by coincidence. */
const MIN_MISSPELLED_LENGTH = 5;

/** Such as `My Tasks` and `Tasks`, or `Priorty` and `Priority`. */
function isNear(name: string, wanted: string): boolean {
  const words = name.split(' ');
  if (wanted.split(' ').every((word) => words.includes(word))) return true;
  return Math.min(name.length, wanted.length) >= MIN_MISSPELLED_LENGTH && isOneEditApart(name, wanted);
}

/** Whether one letter was inserted, removed or replaced. */
function isOneEditApart(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  let same = 0;
  while (same < short.length && short[same] === long[same]) same += 1;
  return short.slice(short.length === long.length ? same + 1 : same) === long.slice(same + 1);
}
