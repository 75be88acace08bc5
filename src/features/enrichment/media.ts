import { decide } from './decide.ts';
import { type AskContext, type Enrichment, numberIn, textIn } from './enrichment.ts';
import { titleParts } from './titles.ts';
import { type Title, tmdbClient } from './tmdb.ts';

/** An anime may be either, and so may what nobody has sorted yet. */
const KINDS: Readonly<Record<string, readonly Title['kind'][]>> = { Movie: ['movie'], 'TV Show': ['tv'] };
const EITHER: readonly Title['kind'][] = ['movie', 'tv'];

const WORDS = { movie: 'film', tv: 'series' } as const;

/** Media by title, type and year: TMDB's id, the year, and the poster. */
export const mediaFromTmdb: Enrichment = {
  name: 'media-from-tmdb',
  entity: 'media',
  asks: 'title',
  hints: ['type', 'year'],
  fills: ['tmdb_id', 'year', 'poster_url'],
  until: { kind: 'id', column: 'tmdb_id' },
  // TMDB takes some 40 a second; a run's rows are asked about one after another.
  pace: { api: 'tmdb', perMinute: 600 },
  isConfigured: ({ tmdb }) => tmdb.apiKey !== undefined,
  open: ({ config, signal, beforeRequest }: AskContext) => {
    const tmdb = tmdbClient(config.tmdb);
    return async (row) => {
      const written = textIn(row, 'title');
      const { title, year: writtenYear } = titleParts(written);
      const year = numberIn(row, 'year') ?? writtenYear;
      const found: Title[] = [];
      for (const kind of KINDS[textIn(row, 'type')] ?? EITHER) {
        await beforeRequest();
        found.push(...(await tmdb.search(kind, title, year, signal)));
      }
      const decision = decide({ title: written, year }, found);
      switch (decision.kind) {
        case 'matched': {
          const { kind, id, year, posterUrl } = decision.candidate;
          const values = { tmdb_id: id, year, poster_url: posterUrl };
          return { outcome: 'matched', providerId: `${kind}/${id}`, values, message: null };
        }
        case 'ambiguous': {
          const which = decision.candidates.map(({ kind, year }) => `${WORDS[kind]} of ${year ?? 'an unknown year'}`);
          const message = `«${written}» may be one of ${which.length} (${which.join(', ')}): set its type and year, or its TMDB ID`;
          return { outcome: 'ambiguous', providerId: null, values: {}, message };
        }
        case 'none': {
          const when = year === null ? '' : ` of ${year}`;
          const message = `TMDB has nothing called «${written}»${when}: check title, type and year, or set its TMDB ID`;
          return { outcome: 'none', providerId: null, values: {}, message };
        }
      }
    };
  },
};
