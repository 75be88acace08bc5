import { perWorkspace } from '../../shared/workspace.ts';
import type { Enrichment } from './enrichment.ts';
import { gamesFromRawg } from './games-from-rawg.ts';
import { mediaFromTmdb } from './media-from-tmdb.ts';
import { peopleFromContacts } from './people-from-contacts.ts';

export const enrichments = perWorkspace((): readonly Enrichment[] => [
  mediaFromTmdb(),
  gamesFromRawg(),
  peopleFromContacts(),
]);
