import { type Sql, sql } from '../database/client.ts';
import type { WorkerServices } from '../runtime/services.ts';

/**
 * The entities of which nothing waits: their schema is current, they were read completely, and no page is to be read
 * again.
 * @param nothingElse a further condition, for the entity `s.entity`
 */
export async function settledEntities(
  { config, database }: WorkerServices,
  nothingElse: Sql,
): Promise<ReadonlySet<string>> {
  const found = await database.query<{ entity: string; configured_id: string }>(sql`
      SELECT s.entity, s.configured_id FROM sync_sources s
      WHERE NOT s.doubted AND s.swept_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM sync_refresh r WHERE r.entity = s.entity)
        AND ${nothingElse}`);
  const { ids } = config.notion;
  return new Set(found.flatMap((line) => (ids[line.entity] === line.configured_id ? [line.entity] : [])));
}
