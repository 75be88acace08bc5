import { closest, distance } from 'fastest-levenshtein';
import { FinalError } from '../errors.ts';

/** With more wrong letters than this, it is another word. */
const MAX_WRONG_SHARE = 0.4;

/**
 * What has this name.
 * @param kind of the items: `entity`
 * @throws FinalError `unknown_entity` and so on, with the name that a typo may mean
 */
export function requireNamed<T extends { readonly name: string }>(kind: string, name: string, items: readonly T[]): T {
  const found = items.find((item) => item.name === name);
  if (found) return found;
  throw unknown(
    kind,
    name,
    items.map((item) => item.name),
  );
}

/** One of the names. @throws FinalError as `requireNamed` */
export function requireName<N extends string>(kind: string, name: string, names: readonly N[]): N {
  const found = names.find((one) => one === name);
  if (found !== undefined) return found;
  throw unknown(kind, name, names);
}

function unknown(kind: string, name: string, names: readonly string[]): FinalError {
  const near = nearName(name, names);
  return new FinalError(
    `unknown_${kind}`,
    near === undefined
      ? `there is no ${kind} named "${name}": use ${names.join(', ')}`
      : `there is no ${kind} named "${name}": did you mean ${near}? (${names.join(', ')})`,
  );
}

function nearName(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[\s_]+/g, '-');
  const near = closest(plain(name), names.map(plain));
  if (distance(plain(name), near) > Math.max(1, near.length * MAX_WRONG_SHARE)) return undefined;
  return names.find((one) => plain(one) === near);
}
