import { expect, test } from 'vitest';
import { databaseOf, raw, sourceOf, start } from './support.ts';

type Emulator = Awaited<ReturnType<typeof start>>;

const inVersion = (emulator: Emulator, version: string) => (method: string, path: string, body?: unknown) =>
  raw(emulator, method, path, body, { 'notion-version': version });

test.each([
  ['2025-09-03', true],
  ['2026-03-11', false],
])('version %s has archived beside in_trash: %s', async (version, hasArchived) => {
  const emulator = await start();
  const send = inVersion(emulator, version);
  const page = emulator.workspace.createPage('Notes', { Title: 'N' }, undefined, 'text');
  const children = await send('GET', `/v1/blocks/${page}/children`);
  const [block] = children.body.results as Record<string, unknown>[];
  const answers = {
    page: (await send('GET', `/v1/pages/${page}`)).body,
    database: (await send('GET', `/v1/databases/${databaseOf('notes')}`)).body,
    source: (await send('GET', `/v1/data_sources/${sourceOf('notes')}`)).body,
    block,
  };
  for (const [kind, answer] of Object.entries(answers)) {
    expect([kind, answer && 'archived' in answer, answer?.in_trash]).toEqual([kind, hasArchived, false]);
  }
  const archive = await send('PATCH', `/v1/pages/${page}`, { archived: true });
  expect([archive.status, archive.body.message ?? null]).toEqual(
    hasArchived
      ? [200, null]
      : [400, 'body failed validation: body.archived should be not present, instead was `true`.'],
  );
  await send('PATCH', `/v1/pages/${page}`, { in_trash: false });
  const paragraph = { paragraph: { rich_text: [{ text: { content: 'new' } }] } };
  const after = await send('PATCH', `/v1/blocks/${page}/children`, { after: block?.id, children: [paragraph] });
  expect(after.status).toBe(hasArchived ? 200 : 400);
  const position = { type: 'after_block', after_block: { id: block?.id } };
  expect((await send('PATCH', `/v1/blocks/${page}/children`, { position, children: [paragraph] })).status).toBe(200);
});

test('in version 2022-06-28 a database is a table', async () => {
  const emulator = await start();
  const send = inVersion(emulator, '2022-06-28');
  const made = await send('POST', '/v1/databases', {
    parent: { type: 'page_id', page_id: emulator.workspace.rootPageId },
    title: [{ text: { content: 'Recipes' } }],
    properties: { Dish: { title: {} }, Tags: { relation: { database_id: databaseOf('tags'), single_property: {} } } },
  });
  expect(made).toMatchObject({
    status: 200,
    body: {
      object: 'database',
      parent: { type: 'page_id' },
      properties: { Dish: { type: 'title' }, Tags: { relation: { database_id: databaseOf('tags') } } },
    },
  });
  expect(made.body).not.toHaveProperty('data_sources');
  const path = `/v1/databases/${String(made.body.id)}`;
  const parent = { database_id: made.body.id };
  const page = await send('POST', '/v1/pages', {
    parent,
    properties: { Dish: { title: [{ text: { content: 'Soup' } }] } },
  });
  expect(page.body.parent).toEqual({ type: 'database_id', database_id: made.body.id });
  const found = await send('POST', `${path}/query`, { filter: { property: 'Dish', rich_text: { equals: 'soup' } } });
  expect(found.body).toMatchObject({
    type: 'page_or_database',
    results: [{ id: page.body.id, parent: { type: 'database_id' } }],
  });
  const changed = await send('PATCH', path, { properties: { Dish: { name: 'Meal' }, Rating: { number: {} } } });
  expect(Object.keys(changed.body.properties as object)).toEqual(['Meal', 'Tags', 'Rating']);
  const search = await send('POST', '/v1/search', {
    query: 'Recipes',
    filter: { property: 'object', value: 'database' },
  });
  expect(search.body.results).toMatchObject([{ object: 'database', id: made.body.id }]);
  expect((await send('GET', `/v1/data_sources/${sourceOf('tags')}`)).body.code).toBe('invalid_request_url');
});

test('an older client is told of several data sources, and an unknown version is refused', async () => {
  const emulator = await start();
  emulator.workspace.addDataSource('Tags', { title: 'More tags' });
  const answer = await inVersion(emulator, '2022-06-28')('POST', `/v1/databases/${databaseOf('tags')}/query`, {});
  expect(answer).toMatchObject({
    status: 400,
    body: { additional_data: { error_type: 'multiple_data_sources_for_database' } },
  });
  expect((await inVersion(emulator, '2021-05-13')('GET', '/v1/users/me')).body.message).toBe(
    'Notion-Version header failed validation: Notion-Version header should be `"2022-06-28"`, or `"2025-09-03"`, or `"2026-03-11"`, instead was `"2021-05-13"`.',
  );
});
