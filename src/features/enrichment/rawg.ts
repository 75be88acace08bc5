import { z } from 'zod';
import type { Config } from '../../config.ts';
import { askJson, type JsonApi } from '../../shared/json-api.ts';

/** A game in RAWG. */
export interface Game {
  readonly id: number;
  readonly titles: readonly string[];
  readonly year: number | null;
  /** RAWG's names, such as `PlayStation 5`. */
  readonly platforms: readonly string[];
  readonly coverUrl: string | null;
}

export interface Rawg {
  /** The best matches, best first. @see https://api.rawg.io/docs/#operation/games_list */
  search(title: string, signal: AbortSignal): Promise<readonly Game[]>;
}

const MAX_RESULTS = '20';

const games = z.object({
  results: z.array(
    z.object({
      id: z.number().int(),
      name: z.string(),
      released: z.string().nullish(),
      background_image: z.string().nullish(),
      platforms: z.array(z.object({ platform: z.object({ name: z.string() }) })).nullish(),
    }),
  ),
});

export function rawgClient({ apiKey = '', baseUrl }: Config['rawg']): Rawg {
  const api: JsonApi = { name: 'RAWG', baseUrl, keyVariable: 'RAWG_API_KEY', urlVariable: 'RAWG_BASE_URL' };
  return {
    search: async (title, signal) => {
      const query = new URLSearchParams({
        key: apiKey,
        search: title,
        search_precise: 'true',
        page_size: MAX_RESULTS,
      });
      const { results } = await askJson(api, { path: '/api/games', query, signal }, games);
      return results.map(({ id, name, released, background_image, platforms }) => ({
        id,
        titles: [name],
        year: Number(released?.slice(0, 4)) || null,
        platforms: (platforms ?? []).map(({ platform }) => platform.name),
        coverUrl: background_image ?? null,
      }));
    },
  };
}
