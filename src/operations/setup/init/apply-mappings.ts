import type { Config } from '../../../config.ts';
import type { Database } from '../../../database/client.ts';
import type { Entity } from '../../../entities/define.ts';
import { FinalError } from '../../../errors.ts';
import type { NotionApi } from '../../../notion/notion-api.ts';
import type { Schema } from '../../../notion/schema.ts';
import type { OptionNames } from './choose-options.ts';
import { completeDatabases } from './complete-databases.ts';
import { withRetries } from './create-databases.ts';
import { saveMapping } from './save-mapping.ts';

export interface EntityPlace {
  readonly entity: Entity;
  readonly dataSourceId: string;
  /** As it was when the owner accepted it; empty for a new database. */
  readonly schema: Schema;
  /** Property ids by field name, for fields with an existing property. */
  readonly properties: ReadonlyMap<string, string>;
  readonly options?: OptionNames;
}

interface Parts {
  readonly config: Config;
  readonly database: Database;
  readonly api: NotionApi;
  readonly say: (line: string) => void;
}

/**
 * Saves the mappings, and adds what is missing in the databases.
 * @throws FinalError if there are problems that only the owner can fix
 */
export async function applyMappings(
  { config, database, api, say }: Parts,
  places: readonly EntityPlace[],
): Promise<void> {
  for (const { entity, ...place } of places) {
    const configuredId = config.notion.ids[entity.name] ?? entity.databaseId;
    await saveMapping(database, { entity, configuredId, ...place });
  }
  const { added, problems } = await withRetries(() => completeDatabases({ config, database, api }));
  if (added.length > 0) say(`Added in Notion: ${added.length} properties, relations and lists of options.`);
  for (const { subject, what, fix } of problems) say(`✗ ${subject}: ${what}\n    Fix     ${fix}`);
  if (problems.length > 0)
    throw new FinalError(
      'to_be_mended',
      `${problems.length} ${problems.length === 1 ? 'problem needs' : 'problems need'} a fix; then run lockstep init again`,
    );
}
