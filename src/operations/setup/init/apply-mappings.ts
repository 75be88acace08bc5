import type { Config } from '../../../config.ts';
import type { Database } from '../../../database/client.ts';
import type { Entity } from '../../../entities/define.ts';
import { FinalError } from '../../../errors.ts';
import type { NotionApi } from '../../../notion/api.ts';
import type { Schema } from '../../../notion/schema.ts';
import { completeDatabases } from './complete-databases.ts';
import { withRetries } from './create-databases.ts';
import { saveMapping } from './save-mapping.ts';

export interface EntityPlace {
  readonly entity: Entity;
  readonly dataSourceId: string;
  /** As it was when the owner agreed to it; of one that was made just now, nothing. */
  readonly schema: Schema;
  /** Property ids by field name, where a field lives on a property that was there. */
  readonly properties: ReadonlyMap<string, string>;
}

interface Parts {
  readonly config: Config;
  readonly database: Database;
  readonly api: NotionApi;
  readonly say: (line: string) => void;
}

/**
 * Remembers which property is which, and adds what the databases lack.
 * @throws FinalError for what only the owner can mend
 */
export async function applyMappings({ config, database, api, say }: Parts, places: readonly EntityPlace[]): Promise<void> {
  for (const { entity, dataSourceId, schema, properties } of places) {
    const configuredId = config.notion.ids[entity.name] ?? entity.databaseId;
    await saveMapping(database, { entity, configuredId, dataSourceId, schema, properties });
  }
  const { added, problems } = await withRetries(() => completeDatabases({ config, database, api }));
  if (added.length > 0) say(`Added in Notion: ${added.length} properties, relations and lists of options.`);
  for (const { subject, what, fix: mend } of problems) say(`✗ ${subject}: ${what}\n    mend  ${mend}`);
  if (problems.length > 0)
    throw new FinalError('to_be_mended', `${problems.length} to mend; then run lockstep init again`);
}
