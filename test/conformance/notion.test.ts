import { Client, isFullDatabase, isFullDataSource } from '@notionhq/client';
import fc from 'fast-check';
import { startNotionEmulator } from 'notion-emulator';
import { describe, expect, it } from 'vitest';
import { createEntityDatabases } from '../../src/embedded/sample-workspace/entity-databases.ts';
import { entities } from '../../src/entities/index.ts';
import { endpointOf, type NotionOperation, notionDescription, openApi } from './notion/description.ts';
import { WITHOUT_PARAMETER, WITHOUT_ROUTE } from './notion/exceptions.ts';
import { asObject, isObject, type JsonObject } from './schema.ts';
import { afterwards, droppedFrom, mutationsOf, recorded } from './support.ts';

/** The schemas are generated once, and compiled in each run. */
const PATIENCE = 120_000;

const description = await notionDescription();
const operations = description.operations as readonly NotionOperation[]; // the table is made of that type
const USED = [
  ...['getSelf', 'getDatabase', 'getDataSource', 'updateDataSource', 'queryDataSource'],
  ...['createPage', 'getPage', 'updatePage', 'getPageProperty'],
];

/** The requests of the product, and the other operations of the emulator. */
async function conversation() {
  const emulator = await startNotionEmulator();
  afterwards(() => emulator.close());
  createEntityDatabases(emulator.workspace, entities);
  const proxy = await recorded(emulator.url, description);
  const notion = new Client({ auth: emulator.token, baseUrl: proxy.url, retry: false, logger: () => undefined });

  const { id: botId } = await notion.users.me({});
  await notion.users.list({});
  await notion.users.retrieve({ user_id: botId });
  const sources = new Map<string, string>();
  for (const { name, databaseId } of entities) {
    const database = await notion.databases.retrieve({ database_id: databaseId });
    const [source] = isFullDatabase(database) ? database.data_sources : [];
    const id = source?.id ?? '';
    sources.set(name, id);
    await notion.dataSources.retrieve({ data_source_id: id });
    await notion.dataSources.update({ data_source_id: id, properties: { 'Sync Key': { rich_text: {} } } });
  }
  const data_source_id = sources.get('tasks') ?? '';
  const tags = await Promise.all(
    Array.from({ length: 30 }, (_, at) =>
      notion.pages.create({
        parent: { type: 'data_source_id', data_source_id: sources.get('tags') ?? '' },
        properties: { title: { title: [{ text: { content: `Tag ${at}` } }] } },
      }),
    ),
  );
  const source = await notion.dataSources.retrieve({ data_source_id });
  const properties = isFullDataSource(source) ? Object.values(source.properties) : [];
  const named = (type: string) => properties.filter((property) => property.type === type).map(({ name }) => name);
  const texts = {
    rich_text: [{ text: { content: 'Some ' } }, { text: { content: 'words' }, annotations: { bold: true } }],
  };
  const page = await notion.pages.create({
    parent: { type: 'data_source_id', data_source_id },
    properties: {
      title: { title: [{ text: { content: 'A task', link: { url: 'https://example.com' } } }] },
      ...Object.fromEntries(named('rich_text').map((name) => [name, texts])),
      ...Object.fromEntries(named('date').map((name) => [name, { date: { start: '2026-03-01' } }])),
      Tags: { relation: tags.map(({ id }) => ({ id })) },
    },
  });
  await notion.pages.retrieve({ page_id: page.id });
  for (const { id } of properties)
    await notion.pages.properties.retrieve({ page_id: page.id, property_id: id, page_size: 10 });
  await notion.dataSources.query({
    data_source_id,
    page_size: 100,
    filter: { timestamp: 'last_edited_time', last_edited_time: { on_or_after: '2026-01-01T00:00:00.000Z' } },
    sorts: [{ timestamp: 'last_edited_time', direction: 'ascending' }],
  });
  await notion.dataSources.query({
    data_source_id,
    filter: { or: [{ property: 'Sync Key', rich_text: { equals: 'a' } }] },
  });
  await notion.search({ query: 'task', filter: { property: 'object', value: 'page' } });
  await notion.search({});
  await notion.pages.update({ page_id: page.id, properties: { Tags: { relation: [] } } });
  await notion.pages.update({ page_id: page.id, in_trash: true });
  const refusals = [
    notion.pages.retrieve({ page_id: '00000000-0000-4000-8000-000000000000' }),
    notion.pages.update({ page_id: page.id, properties: {} }),
    notion.dataSources.query({ data_source_id, start_cursor: 'nonsense' }),
  ];
  for (const refusal of refusals) await expect(refusal).rejects.toThrow();
  return proxy;
}

describe('Notion, by the types of its client', () => {
  it('the emulator’s answers and the product’s requests conform', { timeout: PATIENCE }, async () => {
    // The proxy throws when it is closed.
    const { exercised } = await conversation();
    expect([...exercised]).toEqual(expect.arrayContaining(USED));
  });

  it('detects a wrong type, an unknown key and a missing key', { timeout: PATIENCE }, async () => {
    const { exchanges } = await conversation();
    for (const operation of USED) {
      const good = exchanges.filter((exchange) => exchange.operation === operation && exchange.answer.status === 200);
      const wrong = good.flatMap((exchange) => {
        const { answer, requestBody } = exchange;
        const answered: JsonObject = asObject(JSON.parse(answer.body));
        // Only versions before 2026-03-11 have `archived`.
        const keys = Object.keys(answered).filter((key) => key !== 'archived');
        return [
          ...[...mutationsOf(answered), ...droppedFrom(answered, keys)].map(({ what, mutated }) => ({
            what: `answer: ${what}`,
            exchange: { ...exchange, answer: { ...answer, body: JSON.stringify(mutated) } },
          })),
          ...(requestBody === '' ? [] : mutationsOf(JSON.parse(requestBody))).map(({ what, mutated }) => ({
            what: `request: ${what}`,
            exchange: { ...exchange, requestBody: JSON.stringify(mutated) },
          })),
        ];
      });
      fc.assert(
        fc.property(fc.constantFrom(...wrong), ({ what, exchange }) => {
          const { problems } = description.judge(exchange);
          if (problems.length === 0) throw new Error(`${operation}, ${what}: not noticed`);
        }),
        { numRuns: 300 },
      );
    }
  });

  it('detects a parameter in the wrong place', () => {
    const id = '00000000-0000-4000-8000-000000000000';
    const ask = (method: string, url: string, body: object | null) =>
      description.judge({ method, url, requestBody: body ? JSON.stringify(body) : '', answer: null });
    expect(ask('POST', `/v1/data_sources/${id}/query`, { page_size: 10 }).problems).toEqual([]);
    expect(ask('POST', `/v1/data_sources/${id}/query?page_size=10`, {}).problems).toHaveLength(1);
    expect(ask('PATCH', `/v1/pages/${id}`, { page_id: id }).problems).toHaveLength(1);
    expect(ask('GET', '/v1/pages/nonsense', null).problems).toHaveLength(1);
    expect(ask('GET', `/v1/pages/${id}/everything`, null)).toMatchObject({ operation: null, problems: [{}] });
    expect(ask('PUT', `/v1/pages/${id}`, {})).toMatchObject({ operation: null });
  });

  it('has every operation in Notion’s OpenAPI too, except those listed', () => {
    const paths = asObject(openApi.paths);
    for (const operation of operations) {
      const { method, path, queryParams } = endpointOf(operation);
      const route = asObject(paths[path] ?? {})[method.toLowerCase()];
      expect(isObject(route), operation).toBe(!WITHOUT_ROUTE.includes(operation));
      if (!isObject(route)) continue;
      const described = Array.isArray(route.parameters) ? route.parameters.map((each) => asObject(each).name) : [];
      expect(
        queryParams.filter((name) => !described.includes(name)),
        operation,
      ).toEqual(WITHOUT_PARAMETER[operation] ?? []);
    }
  });
});
