import * as define from '../../../entities/define.ts';
import {
  backLink,
  type ComputedType,
  computed,
  type Entity,
  type Field,
  relationToMany,
  relationToOne,
  select,
} from '../../../entities/define.ts';
import type { Property, Schema } from '../../../notion/schema.ts';
import { optionsOf, SYNC_KEY } from '../../../notion/schema.ts';
import { archivedOption } from './archived-status.ts';
import { columnNameOf, columnNames, cut, LONGEST_TABLE, Names } from './names.ts';
import type { Samples } from './samples.ts';
import { singular } from './words.ts';

/** A line that another entity's file gets: the other side of a two-way relation. */
export interface FarSide {
  readonly entity: string;
  readonly property: string;
  /** The new entity's field. */
  readonly through: string;
}

export interface LeftOut {
  readonly property: string;
  readonly type: string;
  readonly why: string;
}

export interface Proposal {
  readonly entity: Entity;
  readonly farSides: readonly FarSide[];
  readonly leftOut: readonly LeftOut[];
}

/** What an entity is made of. */
export interface Findings {
  readonly name: string;
  readonly title: string;
  readonly databaseId: string;
  readonly dataSourceId: string;
  readonly schema: Schema;
  readonly samples: Samples;
  /** Entity names by data source id. */
  readonly entities: ReadonlyMap<string, string>;
  /** Names of the relations that lead to one page at most. */
  readonly toOne: readonly string[];
  /** Tables that are there. */
  readonly tables: Iterable<string>;
}

/** What SQL can only read. */
const COMPUTED: Readonly<Record<string, ComputedType>> = {
  checkbox: 'boolean',
  multi_select: 'text',
  people: 'text',
  files: 'text',
  created_by: 'text',
  last_edited_by: 'text',
  unique_id: 'text',
  verification: 'text',
  place: 'text',
};
const LEFT_OUT: Readonly<Record<string, string>> = {
  created_time: 'created_at says it',
  last_edited_time: 'notion_last_edited_at says it',
  button: 'it holds nothing',
};
const STATUS = 'status';

/** A data source as an entity's file would declare it: every property that SQL can hold. */
export function proposeEntity(findings: Findings): Proposal {
  const { name, title, databaseId, schema, toOne } = findings;
  const properties = Object.values(schema).filter((property) => property.name !== SYNC_KEY);
  const status = statusOf(properties);
  const making: Making = { findings, columns: columnNames(), tables: new Names(findings.tables), fields: new Map() };
  const leftOut: LeftOut[] = [];
  const inOrder = properties.map((property, index) => ({ property, position: index + 1 }));

  // Of a relation with itself, the side that is declared first is the one that is written.
  for (const { property, position } of sortBy(inOrder, ({ property: { name: called } }) => !toOne.includes(called))) {
    const wanted = property === status ? STATUS : columnNameOf(property.name, position);
    const made = fieldFor(property, wanted, making);
    if ('why' in made) leftOut.push({ property: property.name, type: property.type, why: made.why });
    else making.fields.set(property, made);
  }
  const made = inOrder.flatMap(({ property }) => making.fields.get(property) ?? []);
  const fields = Object.fromEntries(
    sortBy(made, ({ field }) => field.kind !== 'title').map(({ name: column, field }) => [column, field]),
  );
  const entity: Entity = { name, table: name, databaseId, title, fields };
  return { entity, farSides: farSidesOf(findings, fields), leftOut };
}

/** Those first for which it is false. */
const sortBy = <T>(items: readonly T[], isLater: (item: T) => boolean): T[] =>
  items.toSorted((a, b) => Number(isLater(a)) - Number(isLater(b)));

/** What is called status, else what has an option that archives. */
function statusOf(properties: readonly Property[]): Property | undefined {
  const choices = properties.filter(({ type }) => type === 'select' || type === 'status');
  return (
    choices.find((property) => columnNameOf(property.name, 0) === STATUS) ??
    choices.find((property) => archivedOption(optionsOf(property).map((option) => option.name)) !== undefined)
  );
}

interface Making {
  readonly findings: Findings;
  readonly columns: Names;
  readonly tables: Names;
  /** What has been made so far. */
  readonly fields: Map<Property, NamedField>;
}

interface NamedField {
  readonly name: string;
  readonly field: Field;
}

type Made = NamedField | { readonly why: string };

function fieldFor(property: Property, wanted: string, making: Making): Made {
  const { columns, findings } = making;
  const { name: called, id } = property;
  const named = (field: Field): Made => ({ name: columns.give(wanted), field });
  switch (property.type) {
    case 'title':
      return named(define.title(called));
    case 'rich_text':
      return named(define.richText(called));
    case 'number':
      return named(define.number(called));
    case 'url':
      return named(define.url(called));
    case 'email':
      return named(define.email(called));
    case 'phone_number':
      return named(define.phoneNumber(called));
    case 'select':
    case 'status':
      return named(choiceOf(property));
    case 'date':
      return named(dateOf(property, wanted, making));
    case 'relation':
      return relationOf(property, wanted, making);
    case 'formula':
    case 'rollup':
      return named(computed(called, findings.samples.computedType(id)));
    default: {
      const as = COMPUTED[property.type];
      if (as) return named(computed(called, as));
      return { why: LEFT_OUT[property.type] ?? 'Lockstep does not know this type' };
    }
  }
}

type OfType<T extends Property['type']> = Extract<Property, { type: T }>;

/** Notion itself gives a page the first option of a status. */
function choiceOf(property: OfType<'select' | 'status'>): Field {
  const options = optionsOf(property);
  const first = property.type === 'status' ? property.status.groups[0]?.option_ids[0] : undefined;
  const byDefault = options.find((option) => option.id === first)?.name;
  return select(
    property.name,
    options.map((option) => option.name),
    byDefault === undefined ? {} : { default: byDefault },
  );
}

/** The day; with a time of day where pages have one, and as a moment where all have. */
function dateOf({ name, id }: OfType<'date'>, wanted: string, { findings, columns }: Making): Field {
  const times = findings.samples.times(id);
  if (times === 'all') return define.timestamp(name);
  if (times === 'none') return define.date(name);
  return define.date(name, { timeColumn: columns.give(`${wanted.replace(/_date$/, '')}_time`) });
}

function relationOf(
  { name: called, relation }: OfType<'relation'>,
  wanted: string,
  { findings, columns, tables, fields }: Making,
): Made {
  const { name, dataSourceId, toOne } = findings;
  const to = relation.data_source_id === dataSourceId ? name : findings.entities.get(relation.data_source_id);
  if (to === undefined) return { why: 'Lockstep does not sync the database that it leads to' };
  const dual = relation.type === 'dual_property' ? relation.dual_property.synced_property_name : undefined;
  if (to === name) {
    const other = [...fields.values()].find(
      ({ field }) => 'dual' in field && field.to === name && field.dual === called,
    );
    if (other) return { name: columns.give(wanted), field: backLink(called, name, other.name) };
  }
  const more = dual === undefined || dual === called ? {} : { dual };
  if (toOne.includes(called)) {
    return {
      name: columns.give(wanted.endsWith('_id') ? wanted : `${wanted}_id`),
      field: relationToOne(called, to, more),
    };
  }
  const field = columns.give(wanted);
  const own = singular(name);
  const isOnly = relationsTo(findings, relation.data_source_id) === 1 && to !== name;
  const other = singular(to) === own ? `related_${own}` : singular(to);
  const joinTable = tables.give(cut(`${own}_${isOnly ? to : field}`, LONGEST_TABLE));
  return { name: field, field: relationToMany(called, to, joinTable, [`${own}_id`, `${other}_id`], more) };
}

const relationsTo = ({ schema }: Findings, dataSourceId: string): number =>
  Object.values(schema).filter(
    (property) => property.type === 'relation' && property.relation.data_source_id === dataSourceId,
  ).length;

const farSidesOf = ({ name }: Findings, fields: Readonly<Record<string, Field>>): FarSide[] =>
  Object.entries(fields).flatMap(([through, field]) =>
    (field.kind === 'relation_one' || field.kind === 'relation_many') && field.dual !== undefined && field.to !== name
      ? [{ entity: field.to, property: field.dual, through }]
      : [],
  );
