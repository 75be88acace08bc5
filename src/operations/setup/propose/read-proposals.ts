import { type Entity, tablesOf } from '../../../entities/define.ts';
import { entities as builtIn, isBuiltIn } from '../../../entities/index.ts';
import type { NotionApi } from '../../../notion/notion-api.ts';
import { withRetries } from '../init/create-databases.ts';
import type { SharedSource } from '../init/survey.ts';
import { readSamples } from './page-samples.ts';
import { type ChosenSource, type Linker, type Proposals, proposeEntities } from './propose-entities.ts';

/** A data source, and the name of its entity. */
export interface NamedSource {
  readonly name: string;
  readonly source: SharedSource;
}

export interface ProposalContext {
  readonly shared: readonly SharedSource[];
  /** What is synced. */
  readonly entities: readonly Entity[];
  /** The names of these entities by data source id. */
  readonly known: ReadonlyMap<string, string>;
  /** The data sources of built-in entities that are added. */
  readonly addedBuiltIn?: ReadonlyMap<string, string>;
  readonly one?: readonly string[];
  readonly many?: readonly string[];
}

/** Reads the first pages of databases, and proposes entities for them. @throws one of the errors of `src/errors.ts` */
export async function readProposals(
  api: NotionApi,
  chosen: readonly NamedSource[],
  { shared, entities, known, addedBuiltIn = new Map(), one = [], many = [] }: ProposalContext,
): Promise<Proposals> {
  const sampled = async ({ name, source }: NamedSource): Promise<ChosenSource> => ({
    name,
    title: source.title,
    databaseId: linkedId(source, shared),
    dataSourceId: source.id,
    schema: source.schema,
    samples: await withRetries(() => readSamples(api, source.id)),
  });
  const added = new Set([...chosen.map(({ source }) => source.id), ...addedBuiltIn.keys()]);
  const linkers: Linker[] = [];
  for (const { name, fields } of entities.filter((entity) => !isBuiltIn(entity.name))) {
    const source = shared.find(({ id }) => known.get(id) === name);
    if (source && linksTo(source, added)) linkers.push({ ...(await sampled({ name, source })), fields });
  }
  const sources: ChosenSource[] = [];
  for (const each of chosen) sources.push(await sampled(each));
  return proposeEntities(sources, {
    ...{ known: new Map([...known, ...addedBuiltIn]), added, linkers, one, many },
    tables: takenNames(entities),
  });
}

const linksTo = ({ schema }: SharedSource, dataSources: ReadonlySet<string>): boolean =>
  Object.values(schema).some(
    (property) => property.type === 'relation' && dataSources.has(property.relation.data_source_id),
  );

/** The id of the database, as in its link, or of the data source if the database has several. */
const linkedId = ({ id, databaseId }: SharedSource, shared: readonly SharedSource[]): string =>
  shared.filter((source) => source.databaseId === databaseId).length > 1 ? id : databaseId;

/** The names of entities and tables that another entity cannot have; those of built-in entities are always taken. */
export const takenNames = (entities: readonly Entity[]): ReadonlySet<string> =>
  new Set([...builtIn, ...entities].flatMap((entity) => [entity.name, ...tablesOf(entity)]));
