import { titleKey, titleParts } from './titles.ts';

/** One that may be meant. */
export interface Candidate {
  /** The title that it goes by first. */
  readonly titles: readonly string[];
  readonly year: number | null;
}

export interface Wanted {
  readonly title: string;
  readonly year: number | null;
}

export type Decision<C> =
  | { readonly kind: 'matched'; readonly candidate: C }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly C[] }
  | { readonly kind: 'none' };

/** A film has its year from a festival, or from when it came to somebody's country. */
const NEAR_YEARS = 1;

/**
 * Which candidate is meant, if that is beyond doubt: it is called so, and is of that year where one is known.
 * How popular one is does not count: a guess that is wrong is worse than a question.
 * @param isLikelier parts those that are equally good otherwise
 */
export function decide<C extends Candidate>(
  wanted: Wanted,
  candidates: readonly C[],
  isLikelier: (candidate: C) => boolean = () => false,
): Decision<C> {
  const { title, year: writtenYear } = titleParts(wanted.title);
  const key = titleKey(title);
  const known = candidates.map((candidate) => withKeys(candidate));
  const called = firstFilled(
    known.filter(({ keys }) => keys[0] === key),
    known.filter(({ keys }) => keys.includes(key)),
  );
  const year = wanted.year ?? writtenYear;
  const timely =
    year === null
      ? called
      : firstFilled(
          called.filter((one) => one.year === year),
          called.filter((one) => one.year !== null && Math.abs(one.year - year) <= NEAR_YEARS),
        );
  const likelier = timely.filter(({ candidate }) => isLikelier(candidate));
  const left = (timely.length > 1 && likelier.length > 0 ? likelier : timely).map(({ candidate }) => candidate);
  const [first, ...others] = left;
  if (first === undefined) return { kind: 'none' };
  return others.length === 0 ? { kind: 'matched', candidate: first } : { kind: 'ambiguous', candidates: left };
}

const firstFilled = <T>(first: readonly T[], second: readonly T[]): readonly T[] => (first.length > 0 ? first : second);

function withKeys<C extends Candidate>(candidate: C) {
  const parts = candidate.titles.map(titleParts);
  return {
    candidate,
    keys: parts.map(({ title }) => titleKey(title)),
    year: candidate.year ?? parts.find(({ year }) => year !== null)?.year ?? null,
  };
}
