import { z } from 'zod';
import { raw, sql } from '../../database/client.ts';
import { clippedJson } from '../../database/clipped-json.ts';
import { quote } from '../../database/entity-sql.ts';
import { allEntities, commonNames, entitiesNamed } from '../../definition/named-entities.ts';
import { FinalError } from '../../errors.ts';
import { searchRecords } from '../../operations/search/search-records.ts';
import type { Titled } from '../../operations/search/titles.ts';
import { done, titleLine } from './answer.ts';
import { titleText } from './inputs.ts';
import { type Reading, readingTool } from './tool.ts';

/** The tables' names in tools. */
export const entityNames = commonNames();

const entityName = z.enum(entityNames, { error: `must be one of ${entityNames.join(', ')}` });

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 50;
const MAX_VALUE_LENGTH = 10_000;

export const find = readingTool({
  name: 'find',
  title: 'Find records',
  description:
    'Searches all tables for records by title, ignoring case, accents and small typos. Archived records are excluded. Returns the ids that other tools accept.',
  input: z.strictObject({
    query: titleText.describe('a title, or words from it'),
    entity: entityName.optional().describe('only in this table'),
    limit: z.int().min(1, 'is less than 1').max(MAX_LIMIT, `is more than ${MAX_LIMIT}`).default(DEFAULT_LIMIT),
  }),
  run: async (reading, { query, entity, limit }) => {
    const where = entity === undefined ? allEntities() : entitiesNamed(entity);
    const found = await searchRecords(reading, where, query, limit);
    if (found.length === 0) return done(`No title resembles "${query}".`);
    return done(found.map(line).join('\n'), ...found);
  },
});

export const getRecord = readingTool({
  name: 'get_record',
  title: 'Read a record',
  description: `Returns all fields of one record as one line of JSON. Of a longer text, the first ${MAX_VALUE_LENGTH} characters are returned.`,
  isJson: true,
  input: z.strictObject({ entity: entityName, id: z.uuid('must be an id as returned by find') }),
  run: async (reading, { entity, id }) => {
    const row = await rowOf(reading, entity, id);
    return done(JSON.stringify(row));
  },
});

/** @throws FinalError when there is no such record */
async function rowOf(reading: Reading, name: string, id: string): Promise<object> {
  const [entity] = entitiesNamed(name);
  const [found] = entity
    ? await reading.query<{ row: object }>(
        sql`SELECT ${clippedJson(sql`to_jsonb(t)`, MAX_VALUE_LENGTH)} AS row
              FROM ${raw(quote(entity.table))} t WHERE id = ${id}::uuid`,
      )
    : [];
  if (found) return found.row;
  throw new FinalError('record_unknown', `${name} has no record with the id ${id}`);
}

const line = ({ entity, title, status }: Titled): string =>
  `${entity}: ${titleLine(title)}${status ? ` (${status})` : ''}`;
