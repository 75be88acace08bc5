import { BUILT_IN, definition, definitionHash } from '../definition/index.ts';
import { FinalError } from '../errors.ts';
import { type Database, sql } from './client.ts';

/**
 * Checks that this process syncs what the database was migrated to.
 * @throws FinalError `other_definition`
 * @throws as `databaseError`
 */
export async function checkDefinition(database: Database): Promise<void> {
  const [found] = await database.query<{ hash: string }>(sql`SELECT hash FROM sync_definition`);
  const migrated = found?.hash ?? BUILT_IN;
  if (migrated === definitionHash()) return;
  const own = definition().path ?? 'the built-in entities, because its folder has no lockstep.config file';
  throw new FinalError(
    'other_definition',
    `the database was migrated for another definition than that of this process (${own}): run \`lockstep migrate\` with the definition that counts, and start every process in its folder`,
  );
}
