import type { Property, Schema } from '../../../../src/notion/schema.ts';
import { toSamples } from '../../../../src/operations/setup/propose/page-samples.ts';
import { type ChosenSource, proposeEntities } from '../../../../src/operations/setup/propose/propose-entities.ts';
import type { Proposal } from '../../../../src/operations/setup/propose/propose-entity.ts';

/** Properties as Notion returns them, by name. @param configs e.g. `{ Pages: { number: { format: 'number' } } }` */
export const schemaOf = (configs: Readonly<Record<string, object>>): Schema =>
  Object.fromEntries(
    Object.entries(configs).map(([name, config], index): [string, Property] => {
      const [type = ''] = Object.keys(config);
      // Each has the shape of the API for its type.
      return [name, { id: `p${index}`, name, description: null, type, ...config } as unknown as Property];
    }),
  );

export const optionsNamed = (...names: string[]) => names.map((name) => ({ id: `id of ${name}`, name }));

export const propose = (
  configs: Readonly<Record<string, object>>,
  { name = 'books', pages = [], toOne = [], toMany = [] }: ProposeOptions = {},
): Proposal => {
  const source = sourceOf(name, configs, { dataSourceId: 'own', pages });
  const { proposals } = proposeEntities([source], {
    known: new Map([
      ['tags source', 'tags'],
      ['people source', 'people'],
    ]),
    added: new Set(['own']),
    linkers: [],
    one: toOne,
    many: toMany,
    tables: ['tags', 'people', 'task_tags'],
  });
  const [proposal] = proposals;
  if (!proposal) throw new Error('no proposal');
  return proposal;
};

/** A database as it is read. */
export const sourceOf = (
  name: string,
  configs: Readonly<Record<string, object>>,
  { dataSourceId = `${name} source`, pages = [] }: { dataSourceId?: string; pages?: Pages } = {},
): ChosenSource => ({
  ...{ name, title: 'Books', dataSourceId, samples: toSamples(pages) },
  databaseId: '00000000-0000-4000-8000-000000000001',
  schema: schemaOf(configs),
});

type Pages = Parameters<typeof toSamples>[0];

interface ProposeOptions {
  readonly name?: string;
  readonly pages?: Pages;
  readonly toOne?: readonly string[];
  readonly toMany?: readonly string[];
}
