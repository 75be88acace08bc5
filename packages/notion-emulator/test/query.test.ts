import { iterateAllDataSourceRows, type QueryDataSourceParameters } from '@notionhq/client';
import { expect, test } from 'vitest';
import type { NotionEmulator } from '../src/index.ts';
import { clientOf, full, raw, sourceOf, start, titled } from './support.ts';

const titlesOf = (results: readonly { object: string; id: string }[]): string[] =>
  results.map((page) => {
    const value = Object.values(full(page).properties).find((each) => each.type === 'title');
    return value?.type === 'title' ? value.title.map((item) => item.plain_text).join('') : '';
  });

async function tasks(): Promise<NotionEmulator> {
  const emulator = await start();
  const { workspace } = emulator;
  workspace.createPage('Tasks', { Title: 'Beans', Status: 'Todo', 'Due Date': '2026-03-01' });
  workspace.clock.advance(60_000);
  workspace.createPage('Tasks', { Title: 'Apples', Status: 'Done', 'Due Date': '2026-03-02T10:00:00Z' });
  workspace.clock.advance(60_000);
  workspace.createPage('Tasks', { Title: 'Corn' });
  return emulator;
}

type Query = Omit<QueryDataSourceParameters, 'data_source_id'>;

test.each<[string, Query, string[]]>([
  ['text', { filter: { property: 'Title', title: { contains: 'app' } } }, ['Apples']],
  ['select', { filter: { property: 'Status', select: { equals: ['Todo', 'Done'] } } }, ['Beans', 'Apples']],
  ['emptiness', { filter: { property: 'Status', select: { is_empty: true } } }, ['Corn']],
  ['a day', { filter: { property: 'Due Date', date: { equals: '2026-03-02' } } }, ['Apples']],
  ['a time', { filter: { property: 'Due Date', date: { before: '2026-03-02T10:00:00Z' } } }, ['Beans']],
  [
    'time of creation',
    { filter: { timestamp: 'created_time', created_time: { on_or_after: '2026-03-01T12:01:00Z' } } },
    ['Apples', 'Corn'],
  ],
  [
    'time of edit',
    { filter: { timestamp: 'last_edited_time', last_edited_time: { before: '2026-03-01T12:01:00Z' } } },
    ['Beans'],
  ],
  [
    'two levels',
    {
      filter: {
        or: [
          { property: 'Title', title: { equals: 'Corn' } },
          { and: [{ property: 'Status', select: { equals: 'Todo' } }] },
        ],
      },
    },
    ['Beans', 'Corn'],
  ],
  ['sorted by title', { sorts: [{ property: 'Title', direction: 'ascending' }] }, ['Apples', 'Beans', 'Corn']],
  [
    'sorted by date, empty last',
    { sorts: [{ property: 'Due Date', direction: 'descending' }] },
    ['Apples', 'Beans', 'Corn'],
  ],
  [
    'newest first',
    { sorts: [{ timestamp: 'last_edited_time', direction: 'descending' }] },
    ['Corn', 'Apples', 'Beans'],
  ],
])('a query by %s', async (_, query, expected) => {
  const emulator = await tasks();
  const { results } = await clientOf(emulator).dataSources.query({ data_source_id: sourceOf('tasks'), ...query });
  expect(titlesOf(results)).toEqual(expected);
});

test.each<[object, RegExp | string]>([
  [{ filter: { property: 'Gone', select: { equals: 'x' } } }, 'Could not find property with name or id: Gone'],
  [{ sorts: [{ property: 'Gone', direction: 'ascending' }] }, 'Could not find sort property with name or id: Gone'],
  [
    { filter: { property: 'Status', rich_text: { equals: 'x' } } },
    'The property type in the database does not match the property type of the filter provided: database property select does not match filter rich_text',
  ],
  [{ filter: { and: [{ and: [{ and: [] }] }] } }, /two levels/],
  [{ start_cursor: 'nonsense' }, 'The start_cursor provided is invalid: nonsense'],
  [{ page_size: 101 }, /page_size should be ≤ `100`/],
  [{ is_archived: true }, /is_archived should be not present/],
])('a query %j is refused', async (body, message) => {
  const emulator = await tasks();
  const answer = await raw(emulator, 'POST', `/v1/data_sources/${sourceOf('tasks')}/query`, body);
  expect(answer.status).toBe(400);
  expect(answer.body.message).toMatch(message);
});

test('both spellings of filter_properties select the returned properties', async () => {
  const emulator = await tasks();
  const id = emulator.workspace.dataSource('Tasks').properties['Due Date']?.id ?? '';
  for (const spelling of ['filter_properties', 'filter_properties[]']) {
    const path = `/v1/data_sources/${sourceOf('tasks')}/query?${spelling}=${id}`;
    const { body } = await raw(emulator, 'POST', path, {});
    expect(body).toMatchObject({ results: [{ properties: { 'Due Date': { id } } }, {}, {}] });
    const [page] = body.results as { properties: object }[];
    expect(Object.keys(page?.properties ?? {})).toEqual(['Due Date']);
  }
  const [page] = (
    await clientOf(emulator).dataSources.query({ data_source_id: sourceOf('tasks'), filter_properties: [id] })
  ).results;
  expect(page && Object.keys(full(page as never).properties)).toEqual(['Due Date']);
});

async function manyTags(count: number, options = {}): Promise<NotionEmulator> {
  const emulator = await start(options);
  for (let n = 0; n < count; n += 1) emulator.workspace.createPage('Tags', { Name: `Tag ${n}` });
  return emulator;
}

async function allPages(emulator: NotionEmulator, query: Query, between?: () => void) {
  const client = clientOf(emulator);
  const answers = [];
  let start_cursor: string | null = null;
  do {
    const answer = await client.dataSources.query({
      data_source_id: sourceOf('tags'),
      ...query,
      ...(start_cursor ? { start_cursor } : {}),
    });
    answers.push(answer);
    between?.();
    start_cursor = answer.next_cursor;
  } while (start_cursor);
  return answers;
}

test('a short page of results can have a next page', async () => {
  const emulator = await manyTags(7, { pageSizeCap: 3 });
  const answers = await allPages(emulator, { page_size: 100 });
  expect(answers.map(({ results, has_more }) => [results.length, has_more])).toEqual([
    [3, true],
    [3, true],
    [1, false],
  ]);
  expect(new Set(answers.flatMap(({ results }) => results.map(({ id }) => id))).size).toBe(7);
});

test('a cursor is valid for its own query only', async () => {
  const emulator = await manyTags(3);
  const client = clientOf(emulator);
  const data_source_id = sourceOf('tags');
  const { next_cursor } = await client.dataSources.query({ data_source_id, page_size: 1 });
  await expect(
    client.dataSources.query({
      data_source_id,
      start_cursor: next_cursor,
      filter: { property: 'Name', title: { contains: 'Tag' } },
    }),
  ).rejects.toThrow(/start_cursor provided is invalid/);
});

test('rows that leave the list hide no others with anchored cursors, but do with offsets', async () => {
  const query: Query = { page_size: 2, sorts: [{ timestamp: 'created_time', direction: 'ascending' }] };
  const seen = async (cursors: 'anchored' | 'offset') => {
    const emulator = await manyTags(6, { cursors });
    const [first] = emulator.workspace.pages('Tags');
    const answers = await allPages(emulator, query, () => emulator.workspace.trashPage(first?.id ?? ''));
    return answers.flatMap(({ results }) => titlesOf(results));
  };
  expect(await seen('anchored')).toEqual(['Tag 0', 'Tag 1', 'Tag 2', 'Tag 3', 'Tag 4', 'Tag 5']);
  expect(await seen('offset')).not.toContain('Tag 2');
});

test('only a query with more results than the limit is incomplete', async () => {
  const emulator = await manyTags(5, { queryLimit: 4 });
  const incomplete = { type: 'incomplete', incomplete_reason: 'query_result_limit_reached' };
  const answers = await allPages(emulator, { page_size: 3 });
  expect(answers.map(({ results, has_more, request_status }) => [results.length, has_more, request_status])).toEqual([
    [3, true, incomplete],
    [1, false, incomplete],
  ]);
  emulator.workspace.configure({ queryLimit: 5 });
  for (const answer of await allPages(emulator, {})) expect(answer).not.toHaveProperty('request_status');
});

test("the client's iteration past the limit finds every row", async () => {
  const emulator = await start({ queryLimit: 4 });
  for (let n = 0; n < 11; n += 1) {
    emulator.workspace.createPage('Tags', { Name: `Tag ${n}` });
    emulator.workspace.clock.advance(30_000);
  }
  const rows = [];
  for await (const row of iterateAllDataSourceRows(clientOf(emulator), { data_source_id: sourceOf('tags') }))
    rows.push(row);
  expect(titlesOf(rows).sort()).toEqual(Array.from({ length: 11 }, (_, n) => `Tag ${n}`).sort());
});

test('a lagging index returns old content and misses new pages', async () => {
  const emulator = await start({ indexLagMs: 5_000 });
  const { workspace } = emulator;
  const client = clientOf(emulator);
  const listed = async () => titlesOf((await client.dataSources.query({ data_source_id: sourceOf('tags') })).results);
  const found = async () =>
    (await client.search({ query: 'o', filter: { property: 'object', value: 'page' } })).results.length;
  const { id: page_id } = await client.pages.create({
    parent: { data_source_id: sourceOf('tags') },
    properties: { Name: titled('Old') },
  });
  expect(await listed()).toEqual([]);
  workspace.clock.advance(5_000);
  expect(await listed()).toEqual(['Old']);

  workspace.editPage(page_id, { Name: 'Gone' });
  expect(await listed()).toEqual(['Old']);
  expect(titlesOf([await client.pages.retrieve({ page_id })])).toEqual(['Gone']);
  workspace.clock.advance(5_000);
  expect(await listed()).toEqual(['Gone']);

  const before = await found();
  await client.pages.update({ page_id, in_trash: true });
  expect([await listed(), await found()]).toEqual([['Gone'], before]);
  workspace.clock.advance(5_000);
  expect([await listed(), await found()]).toEqual([[], before - 1]);
});

test('a repeated query reflects edits, sharing and the current day', async () => {
  const emulator = await tasks();
  const { workspace } = emulator;
  const dueToday: Query = { filter: { property: 'Due Date', date: { equals: 'today' } } };
  const ask = async (query: Query, token = emulator.token): Promise<string[]> => {
    const { results } = await clientOf(emulator, token).dataSources.query({
      data_source_id: sourceOf('tasks'),
      ...query,
    });
    return titlesOf(results);
  };
  expect(await ask({})).toEqual(['Beans', 'Apples', 'Corn']);
  expect(await ask(dueToday)).toEqual(['Beans']);
  workspace.clock.advance(86_400_000);
  expect(await ask(dueToday)).toEqual(['Apples']);
  const beans = workspace.pages('Tasks').find(({ title }) => title === 'Beans')?.id ?? '';
  workspace.editPage(beans, { Title: 'Broad beans' });
  expect(await ask({})).toEqual(['Broad beans', 'Apples', 'Corn']);
  workspace.addIntegration('another', 'Another');
  workspace.unshare(beans, 'another');
  expect(await ask({})).toEqual(['Broad beans', 'Apples', 'Corn']);
  expect(await ask({}, 'another')).toEqual(['Apples', 'Corn']);
});
