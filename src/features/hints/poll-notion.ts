import type { Hint } from '../../cycle/messages.ts';
import { type Database, sql } from '../../database/client.ts';
import { impatient, spareRequests } from '../../database/request-budget.ts';
import { entities } from '../../definition/index.ts';
import { NotionApi } from '../../notion/notion-api.ts';
import { listRecentEdits } from '../../notion/recent-edits.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import { receivesWebhooks } from '../../runtime/webhook-token.ts';
import type { Poll } from './keep-polling.ts';
import { isTooShort, type Memory, noticeEdits } from './notice-edits.ts';

/** The pages of an answer: more than a team edits within seconds, and about a hundred kilobytes. */
const FEW = 25;
/** After many edits at once. Notion's maximum. */
const MANY = 100;
/** With more pages of an entity, one listing costs less than their reads. */
const MAX_PAGES = 10;
/** With less than this share of a minute's requests left, cycles need them, and polls are rare. */
const SHORT_SHARE = 1 / 4;

/**
 * Asks Notion for the newest edits, unless its webhooks report them. One request, or two after many edits at once,
 * without a wait for the budget.
 */
export function pollNotion(
  { config, database, budget, notion, sources }: WorkerServices,
  giveHint: (entity: string, hint: Hint) => Promise<void>,
): Poll {
  const { requestsPerMinute } = config.notion;
  let memory: Memory | null = null;
  return {
    name: 'Notion',
    isNeeded: async () => !(await receivesWebhooks(database)),
    isBusy: async () => (await spareRequests(database, 'notion', requestsPerMinute)) < requestsPerMinute * SHORT_SHARE,
    look: async (signal) => {
      const api = new NotionApi(notion, impatient(budget), { signal, urgent: true });
      const ownId = await sources.botId(api);
      const few = await listRecentEdits(api, FEW);
      const recent = isTooShort(memory, few) ? await listRecentEdits(api, MANY) : few;
      const { pages, memory: next } = noticeEdits(memory, recent, ownId);
      const hints = pages.length === 0 ? [] : hintsOf(await idsByEntity(database, pages), isTooShort(memory, recent));
      for (const [entity, hint] of hints) await giveHint(entity, hint);
      memory = next;
      return hints.length > 0;
    },
  };
}

/** @param areMore the pages are not all: a listing finds the others */
function hintsOf(
  idsOf: ReadonlyMap<string, readonly string[]>,
  areMore: boolean,
): readonly (readonly [string, Hint])[] {
  return [...idsOf].map(([entity, pageIds]) => [
    entity,
    areMore || pageIds.length > MAX_PAGES ? { kind: 'changed' } : { kind: 'pages', pageIds },
  ]);
}

/** The ids of the pages of each synced entity. */
async function idsByEntity(
  database: Database,
  pages: readonly { readonly pageId: string; readonly sourceId: string | null }[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = entities().map(({ name }) => name);
  const known = await database.query<{ id: string; entity: string }>(
    sql`SELECT data_source_id AS id, entity FROM sync_sources WHERE entity = ANY (${names}::text[])`,
  );
  const entityOf = new Map(known.map(({ id, entity }) => [id, entity]));
  const found = new Map<string, string[]>();
  for (const { pageId, sourceId } of pages) {
    const entity = sourceId === null ? undefined : entityOf.get(sourceId);
    if (entity !== undefined) found.set(entity, [...(found.get(entity) ?? []), pageId]);
  }
  return found;
}
