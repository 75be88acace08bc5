import { z } from 'zod';
import { quote } from '../../database/entity-sql.ts';
import { entities } from '../../definition/index.ts';
import { type Entity, type Field, isListField, type ToManyField, titleField } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import { numberProblem } from '../../operations/fields/number-problem.ts';
import { optionNamed } from '../../operations/fields/option-named.ts';
import { requireEntity } from '../../operations/history/changes.ts';
import { type Answer, done } from './answer.ts';
import { readDate } from './dates.ts';
import { findOneRecord } from './find-one-record.ts';
import { longText, titleText, whichRecord } from './inputs.ts';
import { type Writing, writingTool } from './tool.ts';
import { insertRow, updateRow, type Values } from './write-row.ts';

const entityNames = entities().map(({ name }) => name);
const entityName = z.enum(entityNames, { error: `must be one of ${entityNames.join(', ')}` });
const values = z
  .record(z.string(), z.union([longText, z.number(), z.boolean(), z.null(), z.array(titleText)]))
  .describe('by the names of the fields, as `tables` describes them; a relation takes titles or ids, null clears');

export const createRecord = writingTool({
  name: 'create_record',
  title: 'Create a record',
  description: 'Creates a record in any table. For tasks, notes, films and games, prefer their own tools.',
  input: z.strictObject({ entity: entityName, values }),
  run: async (writing, input) => {
    const entity = requireEntity(input.entity);
    const title = input.values[titleField(entity)];
    if (typeof title !== 'string' || title === '')
      throw new FinalError('invalid_input', `${entity.name} needs a value for ${titleField(entity)}`);
    const read = await readValues(writing, entity, input.values);
    if ('answer' in read) return read.answer;
    const record = await insertRow(writing, entity, read.columns);
    await saveLinks(writing, record.id, read.links);
    return done(`Created "${record.title}" in ${entity.name}.`, record);
  },
});

export const updateRecord = writingTool({
  name: 'update_record',
  title: 'Change a record',
  description:
    'Sets fields of a record in any table. When the title is ambiguous, it returns the candidates. Fields that are not named stay.',
  input: z.strictObject({ entity: entityName, record: whichRecord('record'), values }),
  run: async (writing, input) => {
    const entity = requireEntity(input.entity);
    const found = await findOneRecord(writing, [entity], input.record);
    if ('answer' in found) return found.answer;
    const read = await readValues(writing, entity, input.values);
    if ('answer' in read) return read.answer;
    await updateRow(writing, entity, found.record.id, read.columns);
    await saveLinks(writing, found.record.id, read.links);
    return done(`Changed "${found.record.title}" in ${entity.name}.`, found.record);
  },
});

type Given = z.output<typeof values>[string];

/** The records that a to-many relation leads to. */
interface Links {
  readonly field: ToManyField;
  readonly ids: readonly string[];
}

type ReadValues = { readonly columns: Values; readonly links: readonly Links[] } | { readonly answer: Answer };

/** @throws FinalError when a field is unknown, or cannot have the value */
async function readValues(
  writing: Writing,
  entity: Entity,
  given: Readonly<Record<string, Given>>,
): Promise<ReadValues> {
  const columns: Record<string, Values[string]> = {};
  const links: Links[] = [];
  for (const [name, value] of Object.entries(given)) {
    const field = Object.hasOwn(entity.fields, name) ? entity.fields[name] : undefined;
    if (!field) throw refused(entity, name, `is no field: use ${Object.keys(entity.fields).join(', ')}`);
    if (field.kind === 'relation_one' || field.kind === 'relation_many') {
      const found = await recordsNamed(writing, requireEntity(field.to), textsOf(entity, name, value));
      if ('answer' in found) return found;
      if (field.kind === 'relation_many') links.push({ field, ids: found.ids });
      else if (found.ids.length > 1) throw refused(entity, name, 'leads to one record at most');
      else columns[name] = found.ids[0] ?? null;
    } else Object.assign(columns, await columnsFor(writing, entity, { name, field, value }));
  }
  return { columns, links };
}

interface NamedValue {
  readonly name: string;
  readonly field: Field;
  readonly value: Given;
}

async function columnsFor(writing: Writing, entity: Entity, { name, field, value }: NamedValue): Promise<Values> {
  if (field.kind === 'computed' || field.kind === 'back_link') throw refused(entity, name, 'is read-only');
  if (isListField(field)) return { [name]: textsOf(entity, name, value) };
  if (value === null || value === '') return emptied(entity, name, field);
  if (field.kind === 'checkbox') {
    if (typeof value === 'boolean') return { [name]: value };
    throw refused(entity, name, 'needs true or false');
  }
  if (field.kind === 'number') {
    const problem = numberProblem(field, value);
    if (problem !== null) throw refused(entity, name, problem);
    return { [name]: value };
  }
  if (typeof value !== 'string') throw refused(entity, name, 'needs a text');
  switch (field.kind) {
    case 'select':
      return { [name]: await optionNamed(writing, entity, name, value) };
    case 'date': {
      const when = readDate(value, writing);
      if (!when) throw refused(entity, name, `cannot be "${value}": use 2026-03-01 or 2026-03-01T14:30`);
      return { [name]: when.date, ...(field.timeColumn ? { [field.timeColumn]: when.time } : {}) };
    }
    case 'timestamp': {
      const at = new Date(value);
      if (Number.isNaN(at.getTime())) throw refused(entity, name, `cannot be "${value}": use 2026-03-01T14:30:00Z`);
      return { [name]: at };
    }
    default:
      return { [name]: value };
  }
}

function emptied(entity: Entity, name: string, field: Field): Values {
  if (field.kind === 'title') throw refused(entity, name, 'cannot be empty');
  if (field.kind === 'checkbox') return { [name]: false };
  const more = [
    field.kind === 'date' ? field.timeColumn : undefined,
    field.kind === 'date' || field.kind === 'timestamp' ? field.endColumn : undefined,
  ];
  return Object.fromEntries([name, ...more].flatMap((column) => (column === undefined ? [] : [[column, null]])));
}

const refused = (entity: Entity, name: string, why: string): FinalError =>
  new FinalError('invalid_input', `${entity.name}.${name} ${why}`);

function textsOf(entity: Entity, name: string, value: Given): readonly string[] {
  if (value === null || value === '') return [];
  if (typeof value === 'string') return [value];
  if (typeof value === 'object') return value;
  throw refused(entity, name, 'needs a list of texts');
}

/** The ids of records, or the answer when one of the titles matches none or several. */
async function recordsNamed(
  writing: Writing,
  entity: Entity,
  titles: readonly string[],
): Promise<{ readonly ids: readonly string[] } | { readonly answer: Answer }> {
  const ids: string[] = [];
  for (const title of titles) {
    const found = await findOneRecord(writing, [entity], title);
    if ('answer' in found) return found;
    ids.push(found.record.id);
  }
  return { ids };
}

async function saveLinks(writing: Writing, id: string, links: readonly Links[]): Promise<void> {
  for (const { field, ids } of links) {
    const [own, other] = field.joinColumns.map(quote);
    const table = quote(field.joinTable);
    await writing.execute(`DELETE FROM ${table} WHERE ${own} = $1 AND ${other} <> ALL ($2::uuid[])`, [id, ids]);
    await writing.execute(
      `INSERT INTO ${table} (${own}, ${other}) SELECT $1::uuid, unnest($2::uuid[]) ON CONFLICT DO NOTHING`,
      [id, ids],
    );
  }
}
