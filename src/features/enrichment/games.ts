import { decide } from './decide.ts';
import { type AskContext, type Enrichment, textIn } from './enrichment.ts';
import { type Game, rawgClient } from './rawg.ts';
import { titleParts } from './titles.ts';

/** RAWG's names of the platforms that the property has. */
const PLATFORMS = new Map([
  ['PC', 'PC'],
  ['PlayStation 5', 'PS5'],
  ['Nintendo Switch', 'Switch'],
]);

/** Games by name and platform: RAWG's id, the cover, and the platform of what came out on one of ours only. */
export const gamesFromRawg: Enrichment = {
  name: 'games-from-rawg',
  entity: 'games',
  asks: 'name',
  hints: ['platform'],
  fills: ['rawg_id', 'cover_url', 'platform'],
  until: { kind: 'id', column: 'rawg_id' },
  // 20,000 a month.
  pace: { api: 'rawg', perMinute: 120 },
  isConfigured: ({ rawg }) => rawg.apiKey !== undefined,
  open: ({ config, signal, beforeRequest }: AskContext) => {
    const rawg = rawgClient(config.rawg);
    return async (row) => {
      const written = textIn(row, 'name');
      const platform = textIn(row, 'platform');
      await beforeRequest();
      const found = await rawg.search(titleParts(written).title, signal);
      const decision = decide({ title: written, year: null }, found, (game) => ourPlatforms(game).includes(platform));
      switch (decision.kind) {
        case 'matched': {
          const { id, coverUrl } = decision.candidate;
          const [only, ...others] = ourPlatforms(decision.candidate);
          const values = { rawg_id: id, cover_url: coverUrl, platform: others.length === 0 ? (only ?? null) : null };
          return { outcome: 'matched', providerId: String(id), values, message: null };
        }
        case 'ambiguous': {
          const years = decision.candidates.map(({ year }) => year ?? 'an unknown year');
          const message = `«${written}» may be one of ${years.length} (of ${years.join(', ')}): set its platform, put the year behind its name in brackets, or set its RAWG ID`;
          return { outcome: 'ambiguous', providerId: null, values: {}, message };
        }
        case 'none': {
          const message = `RAWG has nothing called «${written}»: check the name, or set its RAWG ID`;
          return { outcome: 'none', providerId: null, values: {}, message };
        }
      }
    };
  },
};

const ourPlatforms = ({ platforms }: Game): readonly string[] => platforms.flatMap((name) => PLATFORMS.get(name) ?? []);
