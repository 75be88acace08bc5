import type { Property, Schema } from '../../../../src/notion/schema.ts';
import { toSamples } from '../../../../src/operations/setup/add-entity/page-samples.ts';
import { type Proposal, proposeEntity } from '../../../../src/operations/setup/add-entity/propose-entity.ts';

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
  { name = 'books', pages = [], toOne = [] }: ProposeOptions = {},
): Proposal =>
  proposeEntity({
    name,
    title: 'Books',
    databaseId: '00000000-0000-4000-8000-000000000001',
    dataSourceId: 'own',
    schema: schemaOf(configs),
    samples: toSamples(pages),
    entities: new Map([
      ['tags source', 'tags'],
      ['people source', 'people'],
    ]),
    toOne,
    tables: ['tags', 'people', 'task_tags'],
  });

interface ProposeOptions {
  readonly name?: string;
  readonly pages?: Parameters<typeof toSamples>[0];
  readonly toOne?: readonly string[];
}
