import type { Enrichment } from './enrichment.ts';
import { gamesFromRawg } from './games.ts';
import { mediaFromTmdb } from './media.ts';
import { peopleFromContacts } from './people.ts';

export const enrichments: readonly Enrichment[] = [mediaFromTmdb, gamesFromRawg, peopleFromContacts];
