import { allEntities, requireEntitiesNamed } from '../../definition/named-entities.ts';
import { searchRecords } from '../../operations/search/search-records.ts';
import { table } from './table.ts';
import { withDatabase } from './with-database.ts';

export interface FindOptions {
  readonly entity?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/** Prints the records whose titles resemble a text, with the ids that other commands accept. */
export function findCommand(text: string, { entity, limit, json = false }: FindOptions): Promise<number> {
  const where = entity === undefined ? allEntities() : requireEntitiesNamed(entity);
  return withDatabase(async (database) => {
    const found = await searchRecords(database, where, text, limit);
    if (json) return console.log(JSON.stringify(found, null, 2));
    if (found.length === 0) return console.log(`No title resembles "${text}". Archived records are not searched.`);
    console.log(
      table(
        ['ENTITY', 'ID', 'STATUS', 'TITLE'],
        found.map(({ entity: of, id, status, title }) => [of, id, status ?? '', title]),
      ),
    );
  });
}
