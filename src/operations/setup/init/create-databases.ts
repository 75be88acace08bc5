import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CreateDatabaseParameters,
  isFullBlock,
  isFullDatabase,
  type ListBlockChildrenResponse,
} from '@notionhq/client';
import { type Entity, isOptionField, notionFields } from '../../../entities/define.ts';
import { FinalError, RetryableError } from '../../../errors.ts';
import { readDataSource } from '../../../notion/data-source.ts';
import type { NotionApi } from '../../../notion/notion-api.ts';
import { notionType } from '../../../notion/properties.ts';
import { SYNC_KEY } from '../../../notion/schema.ts';

type InitialProperties = NonNullable<NonNullable<CreateDatabaseParameters['initial_data_source']>['properties']>;

const MAX_ATTEMPTS = 4;
const PAUSE_MS = 1_000;

/**
 * Retries work after a RetryableError. The work must be safe to repeat.
 * @throws the last error
 */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RetryableError) || attempt === MAX_ATTEMPTS) throw error;
      await sleep(error.retryAfterMs ?? PAUSE_MS * attempt);
    }
  }
}

/**
 * Creates the entities' databases under a page, with options and `Sync Key`. Relations are added later, since they may be
 * circular. Databases that an earlier run created there are reused.
 * @returns the ids of their data sources by entity name
 */
export function createDatabases(
  api: NotionApi,
  wanted: readonly Entity[],
  pageId: string,
): Promise<ReadonlyMap<string, string>> {
  return withRetries(async () => {
    const existing = await listDatabases(api, pageId);
    const created = new Map<string, string>();
    for (const entity of wanted) {
      const ids = existing.filter(({ title }) => title === entity.title).map(({ id }) => id);
      created.set(entity.name, (await findOurs(api, entity, ids)) ?? (await create(api, entity, pageId)));
    }
    return created;
  });
}

interface ChildDatabase {
  readonly id: string;
  readonly title: string;
}

/** Lists the page's blocks, because the index of a search may lag behind. */
async function listDatabases(api: NotionApi, pageId: string): Promise<ChildDatabase[]> {
  const found: ChildDatabase[] = [];
  let cursor: string | null = null;
  do {
    const request = { block_id: pageId, page_size: 100, ...(cursor ? { start_cursor: cursor } : {}) };
    const purpose = { entity: 'all', kind: 'read', what: `the page ${pageId}` } as const;
    const list: ListBlockChildrenResponse = await api.call(purpose, (client) => client.blocks.children.list(request));
    for (const block of list.results) {
      if (!isFullBlock(block) || block.type !== 'child_database') continue;
      found.push({ id: block.id, title: block.child_database.title });
    }
    cursor = list.next_cursor;
  } while (cursor);
  return found;
}

/** Finds the database with a `Sync Key`; others with that name are the owner's. */
async function findOurs(api: NotionApi, entity: Entity, databaseIds: readonly string[]): Promise<string | null> {
  for (const database_id of databaseIds) {
    const purpose = { entity: entity.name, kind: 'read', what: `the database ${database_id}` } as const;
    const database = await api.call(purpose, (client) => client.databases.retrieve({ database_id }));
    const [source] = isFullDatabase(database) ? database.data_sources : [];
    if (source && SYNC_KEY in (await readDataSource(api, entity, source.id)).properties) return source.id;
  }
  return null;
}

async function create(api: NotionApi, entity: Entity, pageId: string): Promise<string> {
  const purpose = { entity: entity.name, kind: 'write', what: `creating the database "${entity.title}"` } as const;
  const created = await api.call(purpose, (client) =>
    client.databases.create({
      parent: { type: 'page_id', page_id: pageId },
      title: [{ type: 'text', text: { content: entity.title } }],
      initial_data_source: { properties: initialProperties(entity) },
    }),
  );
  const [source] = isFullDatabase(created) ? created.data_sources : [];
  if (source) return source.id;
  throw new FinalError(
    'not_found',
    `${entity.name}: the integration is not allowed to read the database that it created`,
  );
}

/** The properties of a new database: all but relations. */
function initialProperties(entity: Entity): InitialProperties {
  const fields = notionFields(entity).flatMap(([, field]) => {
    if (field.kind === 'relation_one' || field.kind === 'relation_many') return [];
    const settings = isOptionField(field) ? { options: field.options.map((name) => ({ name })) } : {};
    return [[field.property, { [notionType(field)]: settings }] as const];
  });
  // The client's union has a member for each type; these all have the same shape.
  return Object.fromEntries([...fields, [SYNC_KEY, { rich_text: {} }]]) as unknown as InitialProperties;
}
