import { Answer, type Asked, checkQuery, type StandIn, startStandIn } from './server.ts';

export interface TmdbTitle {
  readonly kind: 'movie' | 'tv';
  readonly id: number;
  readonly title: string;
  readonly original?: string;
  /** '' if there is none yet. */
  readonly released: string;
  readonly poster: string | null;
}

export const TMDB_TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ0ZXN0In0.c2VjcmV0LXNpZ25hdHVyZQ';
export const TMDB_KEY = '0123456789abcdef0123456789abcdef';

/**
 * TMDB's search, version 3, by words of the title, in the order of `titles`.
 * @see https://developer.themoviedb.org/reference/search-movie
 */
export const startTmdb = (titles: TmdbTitle[]): Promise<StandIn> =>
  startStandIn((asked) => {
    const [, kind] = /^\/3\/search\/(movie|tv)$/.exec(asked.url.pathname) ?? [];
    if (asked.method !== 'GET' || !kind) {
      return new Answer(404, { success: false, status_code: 34, status_message: 'The resource could not be found.' });
    }
    const yearName = kind === 'movie' ? 'year' : 'first_air_date_year';
    checkQuery(asked, ['query', 'language', 'include_adult'], [yearName, 'api_key', 'page']);
    authenticate(asked);
    const query = asked.url.searchParams.get('query') ?? '';
    if (query === '') return new Answer(422, { errors: ['query must be provided'] });
    const year = asked.url.searchParams.get(yearName);
    const found = titles.filter(
      (one) => one.kind === kind && isFound(one, query) && (year === null || isReleased(one, Number(year))),
    );
    const results = found.map((one) => (kind === 'movie' ? movie(one) : show(one)));
    return new Answer(200, { page: 1, results, total_pages: 1, total_results: results.length });
  });

function authenticate({ url, headers }: Asked): void {
  const isByToken = headers.authorization === `Bearer ${TMDB_TOKEN}` && !url.searchParams.has('api_key');
  const isByKey = headers.authorization === undefined && url.searchParams.get('api_key') === TMDB_KEY;
  if (isByToken || isByKey) return;
  throw new Answer(401, {
    status_code: 7,
    status_message: 'Invalid API key: You must be granted a valid key.',
    success: false,
  });
}

const isFound = ({ title, original = '' }: TmdbTitle, query: string): boolean =>
  query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => `${title} ${original}`.toLowerCase().includes(word));

/** In some country, which may be a year earlier or later. */
const isReleased = ({ released }: TmdbTitle, year: number): boolean =>
  Math.abs(Number(released.slice(0, 4)) - year) <= 1;

const common = ({ id, poster }: TmdbTitle) => ({
  adult: false,
  backdrop_path: null,
  genre_ids: [18],
  id,
  original_language: 'en',
  overview: '',
  popularity: 1.5,
  poster_path: poster,
  vote_average: 7.1,
  vote_count: 12,
});

const movie = (one: TmdbTitle) => ({
  ...common(one),
  title: one.title,
  original_title: one.original ?? one.title,
  release_date: one.released,
  video: false,
});

const show = (one: TmdbTitle) => ({
  ...common(one),
  name: one.title,
  original_name: one.original ?? one.title,
  first_air_date: one.released,
  origin_country: ['US'],
});
