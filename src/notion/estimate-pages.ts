import { isFullPage, type QueryDataSourceResponse } from '@notionhq/client';
import type { NotionApi } from './api.ts';

const PAGE_SIZE = 100;

/**
 * About how many pages a data source holds, by two requests: Notion counts them for nobody. A hundred or fewer
 * are counted; beyond, the pace at which the first and the last hundred were made stands for all.
 */
export async function estimatePages(api: NotionApi, entity: string, dataSourceId: string): Promise<number> {
  const hundred = (direction: 'ascending' | 'descending'): Promise<QueryDataSourceResponse> =>
    api.call({ entity, kind: 'read', what: 'the database' }, (client) =>
      client.dataSources.query({
        data_source_id: dataSourceId,
        page_size: PAGE_SIZE,
        sorts: [{ timestamp: 'created_time', direction }],
      }),
    );
  const first = await hundred('ascending');
  if (!first.has_more) return first.results.length;
  const last = await hundred('descending');
  const [oldest, early] = spanOf(first);
  const [late, newest] = spanOf(last);
  const pace = 2 / (early - oldest + (newest - late) || 1);
  return Math.max(2 * PAGE_SIZE, Math.round((newest - oldest) * pace * PAGE_SIZE));
}

/** From the oldest to the newest creation, in milliseconds since 1970. */
function spanOf({ results }: QueryDataSourceResponse): [number, number] {
  const times = results.flatMap((page) =>
    page.object === 'page' && isFullPage(page) ? [Date.parse(page.created_time)] : [],
  );
  return [Math.min(...times), Math.max(...times)];
}
