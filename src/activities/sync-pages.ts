import type { PagesRequest } from '../cycle/types.ts';
import { archivedSince } from '../database/run-history.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { readPages } from '../sync/inbound.ts';
import { reported } from './reported.ts';
import { entityNamed, withNotion } from './sync-entity.ts';

const HOUR_MS = 3_600_000;

/** Notion → SQL for some pages of one entity. */
export const syncPages = (services: WorkerServices) =>
  reported<PagesRequest>(services, 'inbound', async (request, attempt) => {
    const options = { request, attempt, entity: entityNamed(request.entity), schema: async () => 'believed' as const };
    await withNotion(services, options, async (context) => {
      const anHourAgo = new Date(Date.now() - HOUR_MS);
      await readPages(context, request.pageIds, await archivedSince(services.database, request.name, anHourAgo));
    });
    return undefined;
  });
