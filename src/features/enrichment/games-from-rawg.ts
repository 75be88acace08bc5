import { roleOf } from '../../definition/features.ts';
import { optionIn, toColumns } from '../../definition/role-fields.ts';
import type { RoleEntity } from '../../definition/roles.ts';
import { decideMatch } from './decide-match.ts';
import { type Enrichment, type LookupContext, textIn } from './enrichment.ts';
import { type Game, rawgClient } from './rawg.ts';
import { splitTitle } from './title-key.ts';

/** The role's options by RAWG's platform names. */
const PLATFORMS = new Map([
  ['PC', 'PC'],
  ['PlayStation 5', 'PS5'],
  ['Nintendo Switch', 'Switch'],
]);

/** Looks up games by name and platform: RAWG's id, the cover and, if it is the only one, the platform. */
export function gamesFromRawg(): Enrichment {
  const games = roleOf('games');
  const { title: titleColumn, platform: platformColumn = '', rawg_id = 'rawg_id' } = games.fields;
  return {
    name: 'games-from-rawg',
    entity: games.entity,
    lookupColumn: titleColumn,
    distinguishingColumns: [platformColumn].filter(Boolean),
    until: { kind: 'id', column: rawg_id },
    // RAWG's limit is 20,000 a month.
    pace: { api: 'rawg', perMinute: 120 },
    isConfigured: ({ rawg }) => rawg.apiKey !== undefined,
    open: ({ config, signal, beforeRequest }: LookupContext) => {
      const rawg = rawgClient(config.rawg);
      return async (row) => {
        const name = textIn(row, titleColumn);
        const platform = textIn(row, platformColumn);
        await beforeRequest();
        const found = await rawg.search(splitTitle(name).title, signal);
        const decision = decideMatch({ title: name, year: null }, found, (game) =>
          ourPlatforms(games, game).includes(platform),
        );
        switch (decision.kind) {
          case 'matched': {
            const { id, coverUrl } = decision.candidate;
            const [only, ...others] = ourPlatforms(games, decision.candidate);
            const platform = others.length === 0 ? (only ?? null) : null;
            const values = toColumns(games, { rawg_id: id, cover_url: coverUrl, platform });
            return { outcome: 'matched', providerId: String(id), values, message: null };
          }
          case 'ambiguous': {
            const years = decision.candidates.map(({ year }) => year ?? 'an unknown year');
            const message = `"${name}" matches ${years.length} games (of ${years.join(', ')}): set its platform, add the year in parentheses after its name, or set its RAWG ID`;
            return { outcome: 'ambiguous', providerId: null, values: {}, message };
          }
          case 'none': {
            const message = `RAWG has no game named "${name}": check the name, or set its RAWG ID`;
            return { outcome: 'none', providerId: null, values: {}, message };
          }
        }
      };
    },
  };
}

const ourPlatforms = (games: RoleEntity<'games'>, { platforms }: Game): readonly string[] =>
  platforms.flatMap((name) => optionIn(games, 'platform', PLATFORMS.get(name) ?? name) ?? []);
