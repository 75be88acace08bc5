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
import { columnNameOf, columnNames, MAX_TABLE_LENGTH, truncateName, UniqueNames } from './column-names.ts';
import type { Samples } from './page-samples.ts';
import { toSingular } from './word-forms.ts';

/** Another entity that gets a back-link: the other side of a two-way relation. */
export interface BackLinkTarget {
  readonly entity: string;
  readonly property: string;
  /** The new entity's field. */
  readonly through: string;
}

export interface OmittedProperty {
  readonly property: string;
  readonly type: string;
  readonly why: string;
}

export interface Proposal {
  readonly entity: Entity;
  readonly backLinkTargets: readonly BackLinkTarget[];
  readonly omitted: readonly OmittedProperty[];
}

/** What a proposal is made from. */
export interface ProposalInput {
  readonly name: string;
  readonly title: string;
  readonly databaseId: string;
  readonly dataSourceId: string;
  readonly schema: Schema;
  readonly samples: Samples;
  /** Entity names by data source id. */
  readonly entities: ReadonlyMap<string, string>;
  /** Names of the relations to at most one page. */
  readonly toOne: readonly string[];
  /** Existing tables. */
  readonly tables: Iterable<string>;
}

/** Types that are read-only in SQL. */
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
const OMITTED: Readonly<Record<string, string>> = {
  created_time: 'same as created_at',
  last_edited_time: 'same as notion_last_edited_at',
  button: 'it has no value',
};
const STATUS = 'status';

/** Proposes an entity for a data source, with every property that SQL can store. */
export function proposeEntity(findings: ProposalInput): Proposal {
  const { name, title, databaseId, schema, toOne } = findings;
  const properties = Object.values(schema).filter((property) => property.name !== SYNC_KEY);
  const status = statusOf(properties);
  const progress: Progress = {
    findings,
    columns: columnNames(),
    tables: new UniqueNames(findings.tables),
    fields: new Map(),
  };
  const omitted: OmittedProperty[] = [];
  const inOrder = properties.map((property, index) => ({ property, position: index + 1 }));

  // For a relation of a database with itself, the first side is the writable one.
  for (const { property, position } of sortBy(inOrder, ({ property }) => !toOne.includes(property.name))) {
    const wanted = property === status ? STATUS : columnNameOf(property.name, position);
    const made = fieldFor(property, wanted, progress);
    if ('why' in made) omitted.push({ property: property.name, type: property.type, why: made.why });
    else progress.fields.set(property, made);
  }
  const made = inOrder.flatMap(({ property }) => progress.fields.get(property) ?? []);
  const fields = Object.fromEntries(
    sortBy(made, ({ field }) => field.kind !== 'title').map(({ name: column, field }) => [column, field]),
  );
  const entity: Entity = { name, table: name, databaseId, title, fields };
  return { entity, backLinkTargets: backLinkTargetsOf(findings, fields), omitted };
}

/** Moves the items for which `isLater` is true to the end. */
const sortBy = <T>(items: readonly T[], isLater: (item: T) => boolean): T[] =>
  items.toSorted((a, b) => Number(isLater(a)) - Number(isLater(b)));

/** The property named "Status", or else one with an "archived" option. */
function statusOf(properties: readonly Property[]): Property | undefined {
  const choices = properties.filter(({ type }) => type === 'select' || type === 'status');
  return (
    choices.find((property) => columnNameOf(property.name, 0) === STATUS) ??
    choices.find((property) => archivedOption(optionsOf(property).map((option) => option.name)) !== undefined)
  );
}

interface Progress {
  readonly findings: ProposalInput;
  readonly columns: UniqueNames;
  readonly tables: UniqueNames;
  /** The fields made so far. */
  readonly fields: Map<Property, NamedField>;
}

interface NamedField {
  readonly name: string;
  readonly field: Field;
}

type FieldOrReason = NamedField | { readonly why: string };

function fieldFor(property: Property, wanted: string, progress: Progress): FieldOrReason {
  const { columns, findings } = progress;
  const { name: propertyName, id } = property;
  const named = (field: Field): FieldOrReason => ({ name: columns.assign(wanted), field });
  switch (property.type) {
    case 'title':
      return named(define.title(propertyName));
    case 'rich_text':
      return named(define.richText(propertyName));
    case 'number':
      return named(define.number(propertyName));
    case 'url':
      return named(define.url(propertyName));
    case 'email':
      return named(define.email(propertyName));
    case 'phone_number':
      return named(define.phoneNumber(propertyName));
    case 'select':
    case 'status':
      return named(choiceOf(property));
    case 'date':
      return named(dateOf(property, wanted, progress));
    case 'relation':
      return relationOf(property, wanted, progress);
    case 'formula':
    case 'rollup':
      return named(computed(propertyName, findings.samples.computedType(id)));
    default: {
      const as = COMPUTED[property.type];
      if (as) return named(computed(propertyName, as));
      return { why: OMITTED[property.type] ?? 'Lockstep does not know this type' };
    }
  }
}

type OfType<T extends Property['type']> = Extract<Property, { type: T }>;

/** The default of a status property is its first option, as in Notion. */
function choiceOf(property: OfType<'select' | 'status'>): Field {
  const options = optionsOf(property);
  const first = property.type === 'status' ? property.status.groups[0]?.option_ids[0] : undefined;
  const defaultOption = options.find((option) => option.id === first)?.name;
  return select(
    property.name,
    options.map((option) => option.name),
    defaultOption === undefined ? {} : { default: defaultOption },
  );
}

/** A day, a day with a time column if some pages have a time, or a timestamp if all have. */
function dateOf({ name, id }: OfType<'date'>, wanted: string, { findings, columns }: Progress): Field {
  const times = findings.samples.times(id);
  if (times === 'all') return define.timestamp(name);
  if (times === 'none') return define.date(name);
  return define.date(name, { timeColumn: columns.assign(`${wanted.replace(/_date$/, '')}_time`) });
}

function relationOf(
  { name: propertyName, relation }: OfType<'relation'>,
  wanted: string,
  { findings, columns, tables, fields }: Progress,
): FieldOrReason {
  const { name, dataSourceId, toOne } = findings;
  const to = relation.data_source_id === dataSourceId ? name : findings.entities.get(relation.data_source_id);
  if (to === undefined) return { why: 'Lockstep does not sync the related database' };
  const dual = relation.type === 'dual_property' ? relation.dual_property.synced_property_name : undefined;
  if (to === name) {
    const other = [...fields.values()].find(
      ({ field }) => 'dual' in field && field.to === name && field.dual === propertyName,
    );
    if (other) return { name: columns.assign(wanted), field: backLink(propertyName, name, other.name) };
  }
  const more = dual === undefined || dual === propertyName ? {} : { dual };
  if (toOne.includes(propertyName)) {
    return {
      name: columns.assign(wanted.endsWith('_id') ? wanted : `${wanted}_id`),
      field: relationToOne(propertyName, to, more),
    };
  }
  const field = columns.assign(wanted);
  const own = toSingular(name);
  const isOnly = relationsTo(findings, relation.data_source_id) === 1 && to !== name;
  const other = toSingular(to) === own ? `related_${own}` : toSingular(to);
  const joinTable = tables.assign(truncateName(`${own}_${isOnly ? to : field}`, MAX_TABLE_LENGTH));
  return { name: field, field: relationToMany(propertyName, to, joinTable, [`${own}_id`, `${other}_id`], more) };
}

const relationsTo = ({ schema }: ProposalInput, dataSourceId: string): number =>
  Object.values(schema).filter(
    (property) => property.type === 'relation' && property.relation.data_source_id === dataSourceId,
  ).length;

const backLinkTargetsOf = ({ name }: ProposalInput, fields: Readonly<Record<string, Field>>): BackLinkTarget[] =>
  Object.entries(fields).flatMap(([through, field]) =>
    (field.kind === 'relation_one' || field.kind === 'relation_many') && field.dual !== undefined && field.to !== name
      ? [{ entity: field.to, property: field.dual, through }]
      : [],
  );
