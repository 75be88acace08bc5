import { isFullPage } from '@notionhq/client';
import type { NotionApi } from './notion-api.ts';

/** A page, with its last edit. Times have the grain of a minute. */
export interface RecentEdit {
  readonly pageId: string;
  /** Null for a page that is in no data source. */
  readonly sourceId: string | null;
  readonly editedAt: Date;
  /** The id of the user, or of the integration, that edited it last. */
  readonly editedBy: string;
}

export interface RecentEdits {
  /** Newest first. */
  readonly edits: readonly RecentEdit[];
  /** There are more pages. */
  readonly isCut: boolean;
  /** Notion's time when it answered: not later than now. */
  readonly answeredAt: Date;
}

/**
 * The pages of the whole workspace that were edited last, in one request. Search promises neither to be complete nor to
 * be up to date.
 * @see https://developers.notion.com/reference/post-search
 */
export async function listRecentEdits(api: NotionApi, count: number): Promise<RecentEdits> {
  const answer = await api.call({ entity: 'all', kind: 'read', what: 'the newest edits' }, (client) =>
    client.search({
      filter: { property: 'object', value: 'page' },
      sort: { timestamp: 'last_edited_time', direction: 'descending' },
      page_size: count,
    }),
  );
  const edits = answer.results.flatMap((page): RecentEdit[] =>
    page.object === 'page' && isFullPage(page)
      ? [
          {
            pageId: page.id,
            sourceId: page.parent.type === 'data_source_id' ? page.parent.data_source_id : null,
            editedAt: new Date(page.last_edited_time),
            editedBy: page.last_edited_by.id,
          },
        ]
      : [],
  );
  return { edits, isCut: answer.has_more, answeredAt: api.clock.answeredAt };
}
