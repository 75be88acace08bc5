import { extraColumns } from '../../../definition/schema.ts';
import type { Field } from '../../../entities/define.ts';
import type { Property, Schema } from '../../../notion/schema.ts';
import type { AddedField } from '../definition-file/definition-edit.ts';
import { columnNameOf, columnNames, UniqueNames } from './column-names.ts';
import type { Samples } from './page-samples.ts';
import {
  type OtherSide,
  type Proposal,
  type ProposalInput,
  proposeEntity,
  type RelationProperty,
  relationOf,
} from './propose-entity.ts';

/** A database that becomes an entity. */
export interface ChosenSource {
  /** Of the entity. */
  readonly name: string;
  readonly title: string;
  readonly databaseId: string;
  readonly dataSourceId: string;
  readonly schema: Schema;
  readonly samples: Samples;
}

/** An entity of the owner that is synced already: a relation of its database may lead to a chosen one. */
export interface Linker extends ChosenSource {
  readonly fields: Readonly<Record<string, Field>>;
}

export interface Surroundings {
  /** The synced entities by data source id. */
  readonly known: ReadonlyMap<string, string>;
  /** The data sources that are not synced yet. */
  readonly added: ReadonlySet<string>;
  readonly linkers: readonly Linker[];
  /** The names of the tables that there are. */
  readonly tables: Iterable<string>;
  /** The owner's word about relations to one page at most: `Cliente`, or `Facturas/Cliente`. */
  readonly one: readonly string[];
  /** The same for relations to many pages. */
  readonly many: readonly string[];
}

export interface Proposals {
  readonly proposals: readonly Proposal[];
  /** Relations of synced entities that lead to the new ones. */
  readonly links: readonly AddedField[];
}

/** A relation of a database to another one, or to itself. */
interface Side {
  readonly source: ChosenSource;
  readonly property: RelationProperty;
}

/** Proposes an entity for each database. Of the two sides of a relation, one is written, and Notion maintains the other. */
export function proposeEntities(chosen: readonly ChosenSource[], around: Surroundings): Proposals {
  const entities = new Map([...around.known, ...chosen.map(({ dataSourceId, name }) => [dataSourceId, name] as const)]);
  const sides = [...around.linkers.flatMap((linker) => newSidesOf(linker, around.added)), ...chosen.flatMap(sidesOf)];
  const otherSides = otherSidesIn(sides, around);
  const shared = { entities, tables: new UniqueNames([...around.tables, ...entities.values()]) };
  const inputFor = (source: ChosenSource): ProposalInput => ({
    ...source,
    ...shared,
    isToOne: (property) => isToOne(source, property, around),
    otherSides: [...otherSides].flatMap(([side, other]) => (side.source === source ? [other] : [])),
  });
  return {
    proposals: chosen.map((source) => proposeEntity(inputFor(source))),
    links: around.linkers.flatMap((linker) => {
      const columns = columnNames(
        Object.entries(linker.fields).flatMap(([name, field]) => [name, ...extraColumns(field)]),
      );
      const written = sides.filter((side) => side.source === linker && !otherSides.has(side));
      return written.flatMap(({ property }): AddedField[] => {
        const position = Object.keys(linker.schema).indexOf(property.name) + 1;
        const made = relationOf(property, columnNameOf(property.name, position), {
          findings: inputFor(linker),
          columns,
        });
        return 'why' in made ? [] : [{ entity: linker.name, ...made }];
      });
    }),
  };
}

const sidesOf = (source: ChosenSource): Side[] =>
  Object.values(source.schema).flatMap((property) => (property.type === 'relation' ? [{ source, property }] : []));

/** The relations of a synced entity that lead to an added database. */
const newSidesOf = (linker: Linker, added: ReadonlySet<string>): Side[] =>
  sidesOf(linker).filter(
    ({ property }) =>
      added.has(property.relation.data_source_id) &&
      !Object.values(linker.fields).some((field) => field.kind !== 'back_link' && field.property === property.name),
  );

function isToOne(source: ChosenSource, property: Property, { one, many }: Surroundings): boolean {
  const isNamed = (names: readonly string[]): boolean =>
    [property.name, `${source.title}/${property.name}`, `${source.name}/${property.name}`].some((name) =>
      names.includes(name),
    );
  return isNamed(one) || (!isNamed(many) && source.samples.isToOne(property.id));
}

/** The sides that are not written, with what writes them. The side to one page is written; if both are alike, the first. */
function otherSidesIn(sides: readonly Side[], around: Surroundings): ReadonlyMap<Side, OtherSide> {
  const rank = ({ source, property }: Side): number => (isToOne(source, property, around) ? 0 : 1);
  const written: Side[] = [];
  const found = new Map<Side, OtherSide>();
  for (const side of sides.toSorted((a, b) => rank(a) - rank(b))) {
    const writer = written.find((other) => isOtherSide(side, other));
    if (!writer) written.push(side);
    else found.set(side, { property: side.property.name, of: writer.source.name, through: writer.property.name });
  }
  return found;
}

const isOtherSide = ({ source, property: { relation } }: Side, other: Side): boolean =>
  relation.data_source_id === other.source.dataSourceId &&
  other.property.relation.data_source_id === source.dataSourceId &&
  relation.type === 'dual_property' &&
  relation.dual_property.synced_property_name === other.property.name;
