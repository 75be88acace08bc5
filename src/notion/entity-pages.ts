import { bodyField } from '../entities/define.ts';
import type { RemoteEntity, RemoteRecord } from '../sync/ports.ts';
import { canonicalFields } from './canonical-fields.ts';
import type { NotionApi } from './notion-api.ts';
import { PageBodies } from './page-bodies.ts';
import type { PageDecoderOptions } from './page-decoder.ts';
import { PageListing } from './page-listing.ts';
import { PageReader } from './page-reader.ts';
import { PageRequests } from './page-requests.ts';
import { PageWriter, syncKeyProperty } from './page-writer.ts';
import { PeopleDirectory } from './people-directory.ts';

const MINUTE_MS = 60_000;
/** Notion gives up on a request after a minute; its index shows by the next lookup what it created until then. */
const CREATION_SETTLES_MS = 60_000;
/** Conditions in one compound filter. */
const KEYS_PER_QUERY = 50;

export interface EntityPagesOptions extends PageDecoderOptions {
  readonly api: NotionApi;
}

/** One entity's pages in Notion, behind the engine's port. */
export function entityPages({ api, ...options }: EntityPagesOptions): RemoteEntity {
  const { entity, source, timeZone } = options;
  const requests = new PageRequests(api, entity, source);
  const bodies = new PageBodies(api, entity);
  const reader = new PageReader(requests, bodies, options);
  const writer = new PageWriter({ requests, reader, bodies, people: new PeopleDirectory(api, entity) }, options);

  const findByKey = async (recordIds: readonly string[]): Promise<RemoteRecord[]> => {
    const property = syncKeyProperty(entity, source);
    const found: RemoteRecord[] = [];
    for (let at = 0; at < recordIds.length; at += KEYS_PER_QUERY) {
      const keys = recordIds.slice(at, at + KEYS_PER_QUERY);
      const response = await requests.query({
        filter: { or: keys.map((id) => ({ property, rich_text: { equals: id } })) },
      });
      found.push(...(await reader.toRecords(response)));
    }
    return found;
  };

  return {
    side: 'notion',
    editGrainMs: MINUTE_MS,
    creationLagMs: CREATION_SETTLES_MS,
    supports: { bodies: bodyField(entity) !== undefined, hiddenLinks: true, atomicUpdates: false },
    toCanonical: canonicalFields(entity, timeZone),
    listing: new PageListing(entity, source, requests, reader),
    now: () => requests.clock.now(),
    read: async (pageId) => (await reader.read(pageId, { farEnds: true }))?.record ?? null,
    readBody: (record) => reader.readBody(record),
    isHidden: (pageId) => requests.isHidden(pageId),
    findByKey,
    create: (recordId, fields) => writer.create(recordId, fields),
    update: (pageId, change, precondition) => writer.update(pageId, change, precondition),
  };
}
