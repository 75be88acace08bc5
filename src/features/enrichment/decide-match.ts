import { splitTitle, titleKey } from './title-key.ts';

/** A search result. */
export interface Candidate {
  /** The main title first. */
  readonly titles: readonly string[];
  readonly year: number | null;
}

export interface Query {
  readonly title: string;
  readonly year: number | null;
}

export type Decision<C> =
  | { readonly kind: 'matched'; readonly candidate: C }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly C[] }
  | { readonly kind: 'none' };

/** Sources differ by a year: festival premiere, or release in another country. */
const MAX_YEARS_APART = 1;

/**
 * The one candidate with the same title, and with the same year if the year is known.
 * Popularity does not count: a wrong guess is worse than a question.
 * @param isLikelier breaks ties
 */
export function decideMatch<C extends Candidate>(
  query: Query,
  candidates: readonly C[],
  isLikelier: (candidate: C) => boolean = () => false,
): Decision<C> {
  const { title, year: writtenYear } = splitTitle(query.title);
  const key = titleKey(title);
  const known = candidates.map((candidate) => toKeyed(candidate));
  const sameTitle = firstNonEmpty(
    known.filter(({ keys }) => keys[0] === key),
    known.filter(({ keys }) => keys.includes(key)),
  );
  const year = query.year ?? writtenYear;
  const sameYear =
    year === null
      ? sameTitle
      : firstNonEmpty(
          sameTitle.filter((one) => one.year === year),
          sameTitle.filter((one) => one.year !== null && Math.abs(one.year - year) <= MAX_YEARS_APART),
        );
  const likelier = sameYear.filter(({ candidate }) => isLikelier(candidate));
  const matches = (sameYear.length > 1 && likelier.length > 0 ? likelier : sameYear).map(({ candidate }) => candidate);
  const [first, ...others] = matches;
  if (first === undefined) return { kind: 'none' };
  return others.length === 0 ? { kind: 'matched', candidate: first } : { kind: 'ambiguous', candidates: matches };
}

const firstNonEmpty = <T>(first: readonly T[], second: readonly T[]): readonly T[] =>
  first.length > 0 ? first : second;

function toKeyed<C extends Candidate>(candidate: C) {
  const parts = candidate.titles.map(splitTitle);
  return {
    candidate,
    keys: parts.map(({ title }) => titleKey(title)),
    year: candidate.year ?? parts.find(({ year }) => year !== null)?.year ?? null,
  };
}
