import { z } from 'zod';
import { quote } from '../../database/entity-sql.ts';
import { allEntities, entitiesNamed, nameOf } from '../../entities/named-entities.ts';
import { FinalError } from '../../errors.ts';
import { done } from './answer.ts';
import { titleText } from './inputs.ts';
import { nearest } from './similar.ts';
import { type Titled, titlesOf } from './titles.ts';
import { type Reading, readingTool } from './tool.ts';

/** What tools call the tables; the two calendars are one. */
export const entityNames = [...new Set(allEntities.map(nameOf))];
const entityName = z.enum(entityNames, { error: `is none of ${entityNames.join(', ')}` });

const FEW = 10;
const MANY = 50;

export const find = readingTool({
  name: 'find',
  title: 'Find records',
  description:
    'Looks for records by their titles in all tables, whatever the case, accents and small mistakes; archived ones are left out. Gives the ids that other tools take.',
  input: z.strictObject({
    query: titleText.describe('a title, or words of it'),
    entity: entityName.optional().describe('only in this table'),
    limit: z.int().min(1, 'is less than 1').max(MANY, `is more than ${MANY}`).default(FEW),
  }),
  run: async (reading, { query, entity, limit }) => {
    const where = entity === undefined ? allEntities : entitiesNamed(entity);
    const found = nearest(query, await titlesOf(reading, where), limit);
    if (found.length === 0) return done(`Nothing is called anything like «${query}».`);
    return done(found.map(line).join('\n'), ...found.map(({ entity, id, title }) => ({ entity, id, title })));
  },
});

export const getRecord = readingTool({
  name: 'get_record',
  title: 'Read a record',
  description: 'Gives all fields of one record as JSON.',
  input: z.strictObject({ entity: entityName, id: z.uuid('is not an id as find gives it') }),
  run: async (reading, { entity, id }) => {
    const row = await rowOf(reading, entity, id);
    return done(JSON.stringify(row, null, 2));
  },
});

/** @throws FinalError when there is none */
async function rowOf(reading: Reading, name: string, id: string): Promise<object> {
  const [entity] = entitiesNamed(name);
  const [found] = entity
    ? await reading.query<{ row: object }>(
        `SELECT to_jsonb(t) AS row FROM ${quote(entity.table)} t WHERE id::text = $1`,
        [id.toLowerCase()],
      )
    : [];
  if (found) return found.row;
  throw new FinalError('record_unknown', `there is no record of ${name} with the id ${id}`);
}

const line = ({ entity, title, status }: Titled): string => `${entity}: ${title}${status ? ` (${status})` : ''}`;
