import { z } from 'zod';
import type { Config } from '../../config.ts';
import { askJson, type JsonApi } from '../../shared/json-api.ts';

/** A film or series in TMDB. */
export interface Title {
  readonly kind: 'movie' | 'tv';
  readonly id: number;
  /** In the requested language, then in the original language. */
  readonly titles: readonly string[];
  /** The year of the first release. */
  readonly year: number | null;
  readonly posterUrl: string | null;
}

export interface Tmdb {
  /**
   * The best matches, best first.
   * @param year restricts the results to titles released in that year in any country
   * @see https://developer.themoviedb.org/reference/search-movie and search-tv
   */
  search(kind: Title['kind'], title: string, year: number | null, signal: AbortSignal): Promise<readonly Title[]>;
}

/** A width that fits a card: https://developer.themoviedb.org/docs/image-basics */
const POSTERS = 'https://image.tmdb.org/t/p/w500';

const day = z.string().nullish();
const common = { id: z.number().int(), poster_path: z.string().nullish() };
const movies = z.object({
  results: z.array(z.object({ ...common, title: z.string(), original_title: z.string(), release_date: day })),
});
const shows = z.object({
  results: z.array(z.object({ ...common, name: z.string(), original_name: z.string(), first_air_date: day })),
});

export function tmdbClient({ apiKey = '', baseUrl, language }: Config['tmdb']): Tmdb {
  const api: JsonApi = { name: 'TMDB', baseUrl, keyVariable: 'TMDB_API_KEY', urlVariable: 'TMDB_BASE_URL' };
  // A read access token is a JWT and goes into a header; an API key goes into the URL.
  const isToken = apiKey.includes('.');
  const headers = isToken ? { authorization: `Bearer ${apiKey}` } : {};
  const toQuery = (query: Record<string, string>): URLSearchParams =>
    new URLSearchParams({ ...query, language, include_adult: 'false', ...(isToken ? {} : { api_key: apiKey }) });

  return {
    search: async (kind, title, year, signal) => {
      const when = year === null ? {} : { [kind === 'movie' ? 'year' : 'first_air_date_year']: String(year) };
      const request = { path: `/3/search/${kind}`, query: toQuery({ query: title, ...when }), headers, signal };
      if (kind === 'movie') {
        const { results } = await askJson(api, request, movies);
        return results.map(({ title, original_title, release_date, ...rest }) =>
          toTitle(kind, [title, original_title], release_date, rest),
        );
      }
      const { results } = await askJson(api, request, shows);
      return results.map(({ name, original_name, first_air_date, ...rest }) =>
        toTitle(kind, [name, original_name], first_air_date, rest),
      );
    },
  };
}

const toTitle = (
  kind: Title['kind'],
  titles: readonly string[],
  released: string | null | undefined,
  { id, poster_path }: { readonly id: number; readonly poster_path?: string | null | undefined },
): Title => ({ kind, id, titles, year: yearOf(released), posterUrl: poster_path ? POSTERS + poster_path : null });

/** TMDB returns an empty date if it has none. */
const yearOf = (day: string | null | undefined): number | null => Number(/^\d{4}/.exec(day ?? '')?.[0]) || null;
