import { MAX_NAME_LENGTH } from '../../../definition/reserved-words.ts';
import type { EntityDefinition } from '../../../definition/schema.ts';
import * as define from '../../../entities/define.ts';
import {
  type ComputedType,
  computed,
  type Field,
  relationToMany,
  relationToOne,
  select,
} from '../../../entities/define.ts';
import type { Property, Schema } from '../../../notion/schema.ts';
import { optionsOf, SYNC_KEY } from '../../../notion/schema.ts';
import { archivedOption } from './archived-status.ts';
import { columnNameOf, columnNames, truncateName, type UniqueNames } from './column-names.ts';
import type { Samples } from './page-samples.ts';
import { toSingular } from './word-forms.ts';

export interface OmittedProperty {
  readonly property: string;
  readonly type: string;
  readonly why: string;
}

/** A property that is the other side of a relation, which Notion maintains. */
export interface OtherSide {
  readonly property: string;
  /** The entity that has the relation, and the property there. */
  readonly of: string;
  readonly through: string;
}

export interface Proposal {
  readonly entity: EntityDefinition;
  readonly otherSides: readonly OtherSide[];
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
  /** Entity names by data source id, its own included. */
  readonly entities: ReadonlyMap<string, string>;
  /** Whether a relation leads to one page at most. */
  readonly isToOne: (property: Property) => boolean;
  readonly otherSides: readonly OtherSide[];
  /** The names of the tables that there are. */
  readonly tables: UniqueNames;
}

/** Types that are read-only in SQL. */
const COMPUTED: Readonly<Record<string, ComputedType>> = {
  created_by: 'text',
  last_edited_by: 'text',
  unique_id: 'text',
};
/** Types that Notion's client leaves out of its type of a schema. */
const NOT_IN_SCHEMA_TYPES: Readonly<Record<string, (property: string) => Field>> = {
  place: define.place,
  verification: define.verification,
};
const OMITTED: Readonly<Record<string, string>> = {
  created_time: 'same as created_at',
  last_edited_time: 'same as notion_last_edited_at',
  button: 'it has no value',
};
const STATUS = 'status';

/** Proposes an entity for a data source, with every property that SQL can store. */
export function proposeEntity(findings: ProposalInput): Proposal {
  const { name, title, databaseId, schema, otherSides } = findings;
  const isOtherSide = (property: Property): boolean => otherSides.some((side) => side.property === property.name);
  const properties = Object.values(schema).filter((property) => property.name !== SYNC_KEY);
  const status = statusOf(properties);
  const progress: Progress = { findings, columns: columnNames() };
  const omitted: OmittedProperty[] = [];
  const made: NamedField[] = [];
  for (const [index, property] of properties.entries()) {
    if (isOtherSide(property)) continue;
    const wanted = property === status ? STATUS : columnNameOf(property.name, index + 1);
    const one = fieldFor(property, wanted, progress);
    if ('why' in one) omitted.push({ property: property.name, type: property.type, why: one.why });
    else made.push(one);
  }
  const titleFirst = made.toSorted((a, b) => Number(a.field.kind !== 'title') - Number(b.field.kind !== 'title'));
  const fields = Object.fromEntries(titleFirst.map(({ name: column, field }) => [column, field]));
  return { entity: { name, databaseId, title, fields }, otherSides, omitted };
}

/** The property named "Status", or else one with an "archived" option. */
function statusOf(properties: readonly Property[]): Property | undefined {
  const choices = properties.filter(({ type }) => type === 'select' || type === 'status');
  return (
    choices.find((property) => columnNameOf(property.name, 0) === STATUS) ??
    choices.find((property) => archivedOption(optionsOf(property).map((option) => option.name)) !== undefined)
  );
}

interface Progress {
  readonly findings: Pick<ProposalInput, 'name' | 'schema' | 'samples' | 'entities' | 'isToOne' | 'tables'>;
  readonly columns: UniqueNames;
}

export interface NamedField {
  readonly name: string;
  readonly field: Field;
}

export type FieldOrReason = NamedField | { readonly why: string };

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
    case 'checkbox':
      return named(define.checkbox(propertyName));
    case 'multi_select':
      return named(
        define.multiSelect(
          propertyName,
          optionsOf(property).map((option) => option.name),
        ),
      );
    case 'people':
      return named(define.people(propertyName));
    case 'files':
      return named(define.files(propertyName));
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
      const declare = NOT_IN_SCHEMA_TYPES[property.type];
      if (declare) return named(declare(propertyName));
      const as = COMPUTED[property.type];
      if (as) return named(computed(propertyName, as));
      return { why: OMITTED[property.type] ?? 'Lockstep does not know this type' };
    }
  }
}

type OfType<T extends Property['type']> = Extract<Property, { type: T }>;
export type RelationProperty = OfType<'relation'>;

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

/**
 * A day, with a column for its time or its end if some pages have one, or a timestamp if all have a time. A day has no
 * place for both.
 */
function dateOf({ name, id }: OfType<'date'>, wanted: string, { findings, columns }: Progress): Field {
  const times = findings.samples.times(id);
  const hasEnds = findings.samples.hasEnds(id);
  const stem = wanted.replace(/_date$/, '');
  if (times === 'some') return define.date(name, { timeColumn: columns.assign(stem, '_time') });
  const make = times === 'all' ? define.timestamp : define.date;
  return hasEnds ? make(name, { endColumn: columns.assign(stem, '_end') }) : make(name);
}

/** Proposes a field for a relation. @param wanted the name of its column */
export function relationOf(property: RelationProperty, wanted: string, { findings, columns }: Progress): FieldOrReason {
  const { name, entities, isToOne, tables } = findings;
  const { name: propertyName, relation } = property;
  const to = entities.get(relation.data_source_id);
  if (to === undefined) return { why: 'Lockstep does not sync the related database' };
  const dual = relation.type === 'dual_property' ? relation.dual_property.synced_property_name : undefined;
  const more = dual === undefined || dual === propertyName ? {} : { dual };
  if (isToOne(property)) {
    const column = columns.assign(wanted.replace(/_id$/, ''), '_id');
    return { name: column, field: relationToOne(propertyName, to, more) };
  }
  const field = columns.assign(wanted);
  const own = toSingular(name);
  const isOnly = relationsTo(findings, relation.data_source_id) === 1 && to !== name;
  const other = toSingular(to) === own ? `related_${own}` : toSingular(to);
  const joinTable = tables.assign(`${own}_${isOnly ? to : field}`);
  const joinColumns = [keyOf(own), keyOf(other)] as const;
  return { name: field, field: relationToMany(propertyName, to, joinTable, joinColumns, more) };
}

/** The column of a join table that holds the id of a row. */
const keyOf = (word: string): string => `${truncateName(word, MAX_NAME_LENGTH - 3)}_id`;

const relationsTo = ({ schema }: Pick<ProposalInput, 'schema'>, dataSourceId: string): number =>
  Object.values(schema).filter(
    (property) => property.type === 'relation' && property.relation.data_source_id === dataSourceId,
  ).length;
