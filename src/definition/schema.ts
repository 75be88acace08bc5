import { z } from 'zod';
import { type Entity, type Field, tablesOf } from '../entities/define.ts';
import { ConfigurationError } from '../errors.ts';
import { parseNotionId } from '../shared/notion-id.ts';
import { withBackLinks } from './back-links.ts';
import { renameProblem } from './check-renames.ts';
import { COMMON_COLUMNS, isReservedTable, isReservedWord, MAX_NAME_LENGTH, SNAKE_CASE } from './reserved-words.ts';
import { ROLES, roleProblem } from './roles.ts';

const name = z.string().max(MAX_NAME_LENGTH).regex(SNAKE_CASE, 'is not in snake case, such as reading_lists');
const text = z.string().min(1);
const named = { property: text, renamedFrom: name.exactOptional() };

const field = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('title'), ...named }),
  z.strictObject({ kind: z.literal('rich_text'), ...named }),
  z.strictObject({ kind: z.literal('select'), ...named, options: z.array(text), default: text.exactOptional() }),
  z.strictObject({
    kind: z.literal('number'),
    ...named,
    min: z.number().exactOptional(),
    max: z.number().exactOptional(),
  }),
  z.strictObject({
    ...{ kind: z.literal('date'), ...named },
    ...{ timeColumn: name.exactOptional(), endColumn: name.exactOptional() },
  }),
  z.strictObject({ kind: z.literal('timestamp'), ...named, endColumn: name.exactOptional() }),
  z.strictObject({ kind: z.literal('multi_select'), ...named, options: z.array(text) }),
  z.strictObject({
    kind: z.enum(['url', 'email', 'phone_number', 'checkbox', 'people', 'files', 'place', 'verification']),
    ...named,
  }),
  z.strictObject({ kind: z.literal('body'), ...named, property: z.literal('page body') }),
  z.strictObject({ kind: z.literal('relation_one'), ...named, to: name, dual: text.exactOptional() }),
  z.strictObject({
    ...{ kind: z.literal('relation_many'), ...named, to: name, dual: text.exactOptional() },
    ...{ joinTable: name, joinColumns: z.tuple([name, name]) },
  }),
  z.strictObject({ kind: z.literal('back_link'), ...named, of: name, through: name }),
  z.strictObject({
    ...{ kind: z.literal('computed'), ...named },
    as: z.enum(['text', 'number', 'boolean', 'timestamp', 'date']),
  }),
]);

/** An entity of the owner. Its table has its name. A link to the database is as good as its id. */
const ownEntity = z.strictObject({
  name,
  renamedFrom: name.exactOptional(),
  databaseId: z.string().transform((given, context) => {
    const id = parseNotionId(given);
    if (id !== null) return id;
    context.addIssue({
      code: 'custom',
      message: `"${given}" is neither the id of a Notion database nor a link to one`,
    });
    return z.NEVER;
  }),
  title: text,
  archivedStatus: text.exactOptional(),
  closedStatuses: z.array(text).exactOptional(),
  fields: z.record(name, field),
  role: z.enum(Object.keys(ROLES)).exactOptional(),
  roleFields: z.record(z.string(), name).exactOptional(),
  roleOptions: z.record(z.string(), z.record(z.string(), text)).exactOptional(),
}) satisfies z.ZodType<EntityDefinition>;

/** What a definition file contains: built-in entities by name, and the owner's own. */
const file = z.strictObject({
  entities: z.array(z.string().or(z.looseObject({ name: z.string() }))).min(1),
});

/** An entity of the owner; `databaseId` may be a link to the database. */
export type EntityDefinition = Omit<Entity, 'table' | 'oneValue' | 'remote' | 'only'>;

/** The typed form of a definition file. */
export interface WorkspaceDefinition {
  readonly entities: readonly (string | EntityDefinition)[];
}

/**
 * Reads what a definition file contains.
 * @param path its name, for messages
 * @throws ConfigurationError with the file, the entity and the field of the first problem
 */
export function parseDefinition(content: unknown, path: string, builtIn: readonly Entity[]): readonly Entity[] {
  const { entities } = parsed(file, content, path);
  const found = entities.map((one) => {
    if (typeof one !== 'string') return withTable(parsed(ownEntity, one, `${path}: ${one.name}`));
    const named = builtIn.find((entity) => entity.name === one);
    if (named) return named;
    throw new ConfigurationError(
      `${path}: there is no built-in entity "${one}": use ${builtIn.map((entity) => entity.name).join(', ')}, or define it with its fields`,
    );
  });
  const problem = findProblem(found, builtIn);
  if (problem !== undefined) throw new ConfigurationError(`${path}: ${problem}`);
  return withBackLinks(
    found.map((entity) => (builtIn.includes(entity) ? withoutMissingTargets(entity, found) : entity)),
    builtIn,
  );
}

const withTable = (entity: EntityDefinition): Entity => ({ ...entity, table: entity.name });

/** A built-in entity without its relations with built-in entities that are not synced. Their columns stay. */
function withoutMissingTargets(entity: Entity, entities: readonly Entity[]): Entity {
  const isThere = (field: Field): boolean => {
    const target = targetOf(field);
    return target === undefined || entities.some(({ name }) => name === target);
  };
  return { ...entity, fields: Object.fromEntries(Object.entries(entity.fields).filter(([, field]) => isThere(field))) };
}

/** The entity that a relation or a back-link leads to. */
const targetOf = (field: Field): string | undefined =>
  'to' in field ? field.to : 'of' in field ? field.of : undefined;

function parsed<T extends z.ZodType>(schema: T, content: unknown, where: string): z.output<T> {
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = (issue?.path ?? []).map(String).join('.');
  throw new ConfigurationError(`${where}${at && `: ${at}`}: ${issue?.message}`);
}

/** What is wrong with entities that are each well-formed, with the name of the entity. */
function findProblem(entities: readonly Entity[], builtIn: readonly Entity[]): string | undefined {
  const names = entities.map((entity) => entity.name);
  for (const [index, entity] of entities.entries()) {
    if (names.indexOf(entity.name) !== index) return `there are two entities "${entity.name}"`;
    const problem = builtIn.includes(entity)
      ? undefined
      : (clashWith(builtIn, entity) ??
        problemOf(entity, names) ??
        renameProblem(entity, { entities, columns: columnsOf(entity.fields), taken: namesOf(builtIn) }));
    if (problem !== undefined) return `${entity.name}: ${problem}`;
  }
  const tables = entities.flatMap(tablesOf);
  const twice = tables.find((table, index) => tables.indexOf(table) !== index);
  return twice === undefined ? roleProblem(entities) : `two entities or relations have the table "${twice}"`;
}

/** The tables of the built-in entities exist in every database. */
const namesOf = (entities: readonly Entity[]): readonly string[] =>
  entities.flatMap((entity) => [entity.name, ...tablesOf(entity)]);

function clashWith(builtIn: readonly Entity[], entity: Entity): string | undefined {
  const taken = namesOf(builtIn);
  const clash = namesOf([entity]).find((name) => taken.includes(name));
  return clash === undefined ? undefined : `the name "${clash}" belongs to a built-in entity: choose another one`;
}

function problemOf(entity: Entity, names: readonly string[]) {
  const { table, fields, archivedStatus, closedStatuses = [] } = entity;
  const titles = Object.values(fields).filter(({ kind }) => kind === 'title').length;
  if (titles !== 1) return `it has ${titles} fields of the kind title, and needs one`;
  const reserved = tablesOf(entity).find(isReservedTable);
  if (reserved !== undefined) return `the name "${reserved}" is reserved for Lockstep: choose another name`;
  const columns = columnsOf(fields);
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) return `two fields have the column "${twice}"`;
  const taken = columns.find((column) => COMMON_COLUMNS.has(column));
  if (taken !== undefined) return `fields.${taken}: every table has this column already: choose another name`;
  const word = [table, ...columns].find(isReservedWord);
  if (word !== undefined) return `"${word}" is a reserved word: choose another name`;
  for (const [column, field] of Object.entries(fields)) {
    const target = targetOf(field);
    if (target !== undefined && !names.includes(target))
      return `fields.${column}: there is no entity "${target}" in this definition`;
  }
  const { status } = fields;
  for (const name of [...(archivedStatus === undefined ? [] : [archivedStatus]), ...closedStatuses]) {
    if (status?.kind !== 'select' || !status.options.includes(name))
      return `the status "${name}" is no option of a field "status" of the kind select`;
  }
  return undefined;
}

const columnsOf = (fields: Entity['fields']): readonly string[] =>
  Object.entries(fields).flatMap(([column, field]) => [column, ...extraColumns(field)]);

/** The columns of a date besides its own. */
export const extraColumns = (field: Field): readonly string[] =>
  field.kind === 'date' || field.kind === 'timestamp'
    ? [...('timeColumn' in field ? [field.timeColumn] : []), field.endColumn].filter((column) => column !== undefined)
    : [];
