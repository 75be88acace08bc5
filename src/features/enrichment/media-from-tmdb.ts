import { roleOf } from '../../definition/features.ts';
import { optionIn, toColumns } from '../../definition/role-fields.ts';
import type { RoleEntity } from '../../definition/roles.ts';
import { decideMatch } from './decide-match.ts';
import { type Enrichment, type LookupContext, numberIn, textIn } from './enrichment.ts';
import { splitTitle } from './title-key.ts';
import { type Title, tmdbClient } from './tmdb.ts';

/** Other types, such as anime, may be either kind. */
const kindsByType = (media: RoleEntity<'media'>): ReadonlyMap<string | undefined, readonly Title['kind'][]> =>
  new Map([
    [optionIn(media, 'type', 'Movie'), ['movie']],
    [optionIn(media, 'type', 'TV Show'), ['tv']],
  ]);
const EITHER: readonly Title['kind'][] = ['movie', 'tv'];

const KIND_NAMES = { movie: 'film', tv: 'series' } as const;

/** Looks up media by title, type and year: TMDB's id, the year and the poster. */
export function mediaFromTmdb(): Enrichment {
  const media = roleOf('media');
  const { title: titleColumn, type = '', year: yearColumn = '', tmdb_id = 'tmdb_id' } = media.fields;
  const kinds = kindsByType(media);
  return {
    name: 'media-from-tmdb',
    entity: media.entity,
    lookupColumn: titleColumn,
    distinguishingColumns: [type, yearColumn].filter(Boolean),
    until: { kind: 'id', column: tmdb_id },
    // TMDB allows about 40 a second; a run looks up its rows one after another.
    pace: { api: 'tmdb', perMinute: 600 },
    isConfigured: ({ tmdb }) => tmdb.apiKey !== undefined,
    open: ({ config, signal, beforeRequest }: LookupContext) => {
      const tmdb = tmdbClient(config.tmdb);
      return async (row) => {
        const written = textIn(row, titleColumn);
        const { title, year: writtenYear } = splitTitle(written);
        const year = numberIn(row, yearColumn) ?? writtenYear;
        const found: Title[] = [];
        for (const kind of kinds.get(textIn(row, type)) ?? EITHER) {
          await beforeRequest();
          found.push(...(await tmdb.search(kind, title, year, signal)));
        }
        const decision = decideMatch({ title: written, year }, found);
        switch (decision.kind) {
          case 'matched': {
            const { kind, id, year, posterUrl } = decision.candidate;
            const values = toColumns(media, { tmdb_id: id, year, poster_url: posterUrl });
            return { outcome: 'matched', providerId: `${kind}/${id}`, values, message: null };
          }
          case 'ambiguous': {
            const which = decision.candidates.map(
              ({ kind, year }) => `${KIND_NAMES[kind]} of ${year ?? 'an unknown year'}`,
            );
            const message = `"${written}" matches ${which.length} titles (${which.join(', ')}): set its type and year, or its TMDB ID`;
            return { outcome: 'ambiguous', providerId: null, values: {}, message };
          }
          case 'none': {
            const when = year === null ? '' : ` of ${year}`;
            const message = `TMDB has no title "${written}"${when}: check title, type and year, or set its TMDB ID`;
            return { outcome: 'none', providerId: null, values: {}, message };
          }
        }
      };
    },
  };
}
