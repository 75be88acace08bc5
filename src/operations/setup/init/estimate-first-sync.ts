import { bodyField, type Entity } from '../../../entities/define.ts';
import { estimatePages } from '../../../notion/estimate-pages.ts';
import type { NotionApi } from '../../../notion/notion-api.ts';

export interface Estimate {
  readonly pages: number;
  readonly requests: number;
}

const PAGES_PER_REQUEST = 100;

/** Estimates the requests of a first sync: one per hundred pages, and one per page whose body is synced. */
export async function estimateFirstSync(
  api: NotionApi,
  places: readonly { readonly entity: Entity; readonly dataSourceId: string }[],
): Promise<Estimate> {
  const shares = await Promise.all(
    places.map(async ({ entity, dataSourceId }) => {
      const pages = await estimatePages(api, entity.name, dataSourceId);
      const bodies = bodyField(entity) === undefined ? 0 : pages;
      return { pages, requests: Math.max(1, Math.ceil(pages / PAGES_PER_REQUEST)) + bodies };
    }),
  );
  return {
    pages: shares.reduce((sum, { pages }) => sum + pages, 0),
    requests: shares.reduce((sum, { requests }) => sum + requests, 0),
  };
}

/** Such as `About 331 pages: 59 requests to Notion, within a minute at 180 a minute.` */
export function describeEstimate({ pages, requests }: Estimate, perMinute: number): string {
  if (pages === 0) return 'Nothing to sync: there are no pages yet.';
  const minutes = Math.floor((requests - 1) / perMinute);
  const time = minutes === 0 ? 'within a minute' : `${minutes} minute${minutes === 1 ? '' : 's'} or more`;
  return `About ${pages} pages: ${requests} requests to Notion, ${time} at ${perMinute} a minute.`;
}
