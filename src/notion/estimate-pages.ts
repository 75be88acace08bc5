import { isFullPage, type QueryDataSourceResponse } from '@notionhq/client';
import type { NotionApi } from './notion-api.ts';

const PAGE_SIZE = 100;

/**
 * Estimates how many pages a data source holds, with two requests: Notion has no count. Up to a hundred are
 * counted; for more, the rate at which the first and the last hundred were created is applied to all.
 */
export async function estimatePages(api: NotionApi, entity: string, dataSourceId: string): Promise<number> {
  const firstHundred = (direction: 'ascending' | 'descending'): Promise<QueryDataSourceResponse> =>
    api.call({ entity, kind: 'read', what: 'the database' }, (client) =>
      client.dataSources.query({
        data_source_id: dataSourceId,
        page_size: PAGE_SIZE,
        sorts: [{ timestamp: 'created_time', direction }],
      }),
    );
  const first = await firstHundred('ascending');
  if (!first.has_more) return first.results.length;
  const last = await firstHundred('descending');
  const [oldest, early] = spanOf(first);
  const [late, newest] = spanOf(last);
  const pagesPerMs = 2 / (early - oldest + (newest - late) || 1);
  return Math.max(2 * PAGE_SIZE, Math.round((newest - oldest) * pagesPerMs * PAGE_SIZE));
}

/** The creation times of the oldest and the newest page, in milliseconds since 1970. */
function spanOf({ results }: QueryDataSourceResponse): [number, number] {
  const times = results.flatMap((page) =>
    page.object === 'page' && isFullPage(page) ? [Date.parse(page.created_time)] : [],
  );
  return [Math.min(...times), Math.max(...times)];
}
