import { Answer, checkQuery, type StandIn, startStandIn } from './server.ts';

export interface RawgGame {
  readonly id: number;
  readonly name: string;
  readonly released: string | null;
  readonly platforms: readonly string[] | null;
  readonly image: string | null;
}

export const RAWG_KEY = 'fedcba9876543210fedcba9876543210';

/** RAWG's list of games, searched by words of the name, in the order of `games`. @see https://api.rawg.io/docs/#operation/games_list */
export const startRawg = (games: RawgGame[]): Promise<StandIn> =>
  startStandIn((asked) => {
    if (asked.method !== 'GET' || asked.url.pathname !== '/api/games') return new Answer(404, { detail: 'Not found.' });
    checkQuery(asked, ['key', 'search', 'search_precise', 'page_size']);
    if (asked.url.searchParams.get('key') !== RAWG_KEY) return new Answer(401, { error: 'The API key is not found' });
    const words = (asked.url.searchParams.get('search') ?? '').toLowerCase().split(/\s+/);
    const found = games.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
    const results = found.slice(0, Number(asked.url.searchParams.get('page_size'))).map(toGame);
    return new Answer(200, { count: found.length, next: null, previous: null, results });
  });

const toGame = ({ id, name, released, platforms, image }: RawgGame) => ({
  id,
  slug: name.toLowerCase().replaceAll(' ', '-'),
  name,
  released,
  tba: released === null,
  background_image: image,
  rating: 4.1,
  platforms: platforms?.map((name, at) => ({ platform: { id: at + 1, name, slug: name.toLowerCase() } })) ?? null,
});
