import type { Config } from '../../config.ts';
import type { CycleRequest } from '../../cycle/messages.ts';
import { type Database, openDatabase } from '../../database/client.ts';
import { entityStore } from '../../database/entity-store.ts';
import { requestBudget } from '../../database/request-budget.ts';
import { readCachedDataSource } from '../../database/sources.ts';
import { entities } from '../../definition/index.ts';
import { bodyField, type Entity } from '../../entities/define.ts';
import { openDataSource } from '../../notion/data-source.ts';
import { estimatePages } from '../../notion/estimate-pages.ts';
import { NotionApi } from '../../notion/notion-api.ts';
import { REQUESTS_PER_EDIT, type Workload, workloadOf } from '../../operations/plan/workload.ts';
import { scanIsDue } from '../../sync/inbound.ts';
import { sayBudgetWait } from './say-budget-wait.ts';

const PAGES_PER_REQUEST = 100;
/** Fewer requests need no forecast. */
const WORTH_SAYING = 30;

interface Share {
  readonly entity: string;
  readonly requests: number;
  /** Notion does not tell how many pages there are. */
  readonly estimated: boolean;
}

/** The number of requests that a cycle will make, and their minimum duration, in one line; null for a short cycle. */
export async function forecast(config: Config, request: CycleRequest): Promise<string | null> {
  const { url } = config.database;
  if (!url) return null;
  const database = openDatabase(url, 2);
  try {
    const budget = sayBudgetWait(requestBudget(database, 'notion', config.notion.requestsPerMinute));
    const api = new NotionApi(config.notion, budget, { urgent: true });
    const shares = await Promise.all(
      entities()
        .filter(({ name }) => !request.names && (!request.entities || request.entities.includes(name)))
        .map(async (entity): Promise<Share> => {
          const workload = await workloadOf(database, entity);
          const inbound = wants(request, 'inbound')
            ? await readingOf({ config, database, api, entity }, workload, request)
            : null;
          const outbound = wants(request, 'outbound') ? workload.creations + REQUESTS_PER_EDIT * workload.edits : 0;
          return {
            entity: entity.name,
            requests: (inbound?.requests ?? 0) + outbound,
            estimated: inbound?.estimated ?? false,
          };
        }),
    );
    return describeForecast(shares, config.notion.requestsPerMinute);
  } catch {
    // The cycle itself reports the error.
    return null;
  } finally {
    await database.close();
  }
}

interface Place {
  readonly config: Config;
  readonly database: Database;
  readonly api: NotionApi;
  readonly entity: Entity;
}

async function readingOf(
  { config, database, api, entity }: Place,
  { pages }: Workload,
  { sweep = false }: CycleRequest,
): Promise<{ requests: number; estimated: boolean }> {
  const progress = await entityStore(database, entity, '').readSource();
  if (!progress.sweptAt) {
    const before = await readCachedDataSource(database, entity);
    const configuredId = config.notion.ids[entity.name] ?? entity.databaseId;
    const source = await openDataSource(api, entity, configuredId, before, { readOnly: true });
    const expected = await estimatePages(api, entity.name, source.id);
    // The content of each page is a request of its own.
    const bodies = bodyField(entity) === undefined ? 0 : expected;
    return { requests: listing(expected) + bodies, estimated: expected > PAGES_PER_REQUEST };
  }
  // It is not known here whether a worker has started since the last sweep, which would make one due.
  const policy = { sweep, sweepMinutes: config.sweepMinutes, sweepSince: new Date(0) };
  return { requests: scanIsDue(policy, new Date(), progress) ? listing(pages) : 1, estimated: false };
}

const wants = ({ directions }: CycleRequest, direction: 'inbound' | 'outbound'): boolean =>
  !directions || directions.includes(direction);

const listing = (pages: number): number => Math.max(1, Math.ceil(pages / PAGES_PER_REQUEST));

/** @returns null for a short cycle */
export function describeForecast(shares: readonly Share[], perMinute: number): string | null {
  const total = shares.reduce((sum, { requests }) => sum + requests, 0);
  if (total < WORTH_SAYING) return null;
  const about = shares.some(({ estimated }) => estimated) ? 'about ' : '';
  const minutes = Math.floor((total - 1) / perMinute);
  const time = minutes === 0 ? 'within a minute' : `${minutes} minute${minutes === 1 ? '' : 's'} or more`;
  const most = shares
    .filter(({ requests }) => requests > 1)
    .toSorted((a, b) => b.requests - a.requests)
    .map(({ entity, requests }) => `${entity} ${requests}`);
  return `Forecast: ${about}${total} requests to Notion, ${time} at ${perMinute} a minute (${most.join(', ')}).`;
}
