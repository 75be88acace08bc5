import { isFullDatabase, isFullDataSource, isFullPage, isFullUser } from '@notionhq/client';
import { expect, test } from 'vitest';
import { databases } from './databases.ts';
import { clientOf, databaseOf, raw, sourceOf, start, titled } from './support.ts';

test('the official client gets a complete answer from every route', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const data_source_id = sourceOf('tasks');

  const me = await client.users.me({});
  expect(isFullUser(me) && me.type).toBe('bot');
  expect(me.id).toBe(emulator.botId);
  const users = await client.users.list({});
  expect(users.results.map((user) => user.type).sort()).toEqual(['bot', 'person']);
  expect((await client.users.retrieve({ user_id: me.id })).id).toBe(me.id);

  const database = await client.databases.retrieve({ database_id: databaseOf('tasks') });
  expect(isFullDatabase(database) && database.data_sources).toEqual([{ id: data_source_id, name: 'Tasks' }]);
  const source = await client.dataSources.retrieve({ data_source_id });
  expect(isFullDataSource(source) && source.parent).toEqual({
    type: 'database_id',
    database_id: databaseOf('tasks'),
  });

  const page = await client.pages.create({ parent: { data_source_id }, properties: { Title: titled('Write') } });
  expect(isFullPage(page)).toBe(true);
  const read = await client.pages.retrieve({ page_id: page.id.replaceAll('-', '') });
  expect(isFullPage(read) && read.parent).toEqual({
    type: 'data_source_id',
    data_source_id,
    database_id: databaseOf('tasks'),
  });
  const updated = await client.pages.update({ page_id: page.id, properties: { Title: titled('Rewrite') } });
  expect(isFullPage(updated)).toBe(true);
  const item = await client.pages.properties.retrieve({ page_id: page.id, property_id: 'title' });
  expect(item.object === 'list' && item.results).toMatchObject([{ type: 'title', title: { plain_text: 'Rewrite' } }]);

  const found = await client.dataSources.query({ data_source_id });
  expect(found.results.map(({ id }) => id)).toEqual([page.id]);
  expect(found.results.every((result) => result.object === 'page' && isFullPage(result))).toBe(true);
  expect(found).not.toHaveProperty('request_status');
  const search = await client.search({ query: 'rewr', filter: { property: 'object', value: 'page' } });
  expect(search.results.map(({ id }) => id)).toEqual([page.id]);
  const sources = await client.search({ query: 'tasks', filter: { property: 'object', value: 'data_source' } });
  expect(sources.results.map(({ id }) => id)).toEqual([data_source_id]);
});

test('a database is created inside a page, with its data source', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const database = await client.databases.create({
    parent: { type: 'page_id', page_id: emulator.workspace.rootPageId },
    title: [{ text: { content: 'Recipes' } }],
    initial_data_source: { properties: { Dish: { title: {} }, Rating: { number: { format: 'number' } } } },
  });
  if (!isFullDatabase(database)) throw new Error('not full');
  const [source] = database.data_sources;
  expect(source?.name).toBe('Recipes');
  const schema = await client.dataSources.retrieve({ data_source_id: source?.id ?? '' });
  expect(Object.keys(schema.properties)).toEqual(['Dish', 'Rating']);
  const renamed = await client.databases.update({ database_id: database.id, title: [{ text: { content: 'Food' } }] });
  expect(isFullDatabase(renamed) && renamed.title[0]?.plain_text).toBe('Food');
});

test('every database has the properties of its definition', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  for (const database of databases) {
    const source = await client.dataSources.retrieve({ data_source_id: sourceOf(database.name) });
    for (const [property, config] of Object.entries(database.properties ?? {})) {
      expect(Object.keys(config as object), `${database.name}.${property}`).toEqual([
        source.properties[property]?.type,
      ]);
    }
  }
  const { properties } = emulator.workspace.dataSource('Tasks');
  const project = properties.Project;
  if (project?.type !== 'relation') throw new Error('Project is no relation');
  expect(project.relation).toMatchObject({
    type: 'dual_property',
    dual_property: { synced_property_name: 'Tasks' },
    database_id: databaseOf('projects'),
  });
  expect(properties.Title?.id).toBe('title');
});

test('requests that Notion refuses before reading the body are refused', async () => {
  const emulator = await start();
  const me = '/v1/users/me';
  expect(await raw(emulator, 'GET', me, undefined, { authorization: null })).toMatchObject({
    status: 401,
    body: { object: 'error', code: 'unauthorized', message: 'API token is invalid.' },
  });
  expect((await raw(emulator, 'GET', me, undefined, { authorization: 'Bearer other' })).status).toBe(401);
  expect((await raw(emulator, 'GET', me, undefined, { 'notion-version': null })).body.code).toBe('missing_version');
  expect((await raw(emulator, 'GET', me, undefined, { 'notion-version': '2021-05-13' })).status).toBe(400);
  expect((await raw(emulator, 'GET', '/v1/nothing')).body.code).toBe('invalid_request_url');
  expect((await raw(emulator, 'DELETE', '/v1/pages')).body.code).toBe('invalid_request_url');
  expect((await raw(emulator, 'POST', '/v1/oauth/token')).body).toMatchObject({
    status: 501,
    code: 'invalid_request',
    message: 'The emulator does not support POST /v1/oauth/token.',
  });
  expect((await raw(emulator, 'POST', '/v1/search', '{broken')).body.code).toBe('invalid_json');
  expect((await raw(emulator, 'POST', '/v1/search', '{}', { 'content-type': 'text/plain' })).body.code).toBe(
    'invalid_json',
  );
  const answer = await raw(emulator, 'GET', me);
  expect(answer.headers.get('x-notion-request-id')).toBe(answer.body.request_id);
});

test('ids of databases, data sources and pages are not interchangeable', async () => {
  const emulator = await start();
  const page = emulator.workspace.createPage('Tags', { Name: 'One' });
  const ids = { databases: databaseOf('tags'), data_sources: sourceOf('tags'), pages: page };
  for (const [kind, own] of Object.entries(ids)) {
    for (const id of Object.values(ids)) {
      const { status, body } = await raw(emulator, 'GET', `/v1/${kind}/${id}`);
      expect([status, body.code ?? 'found'], `${kind} ${id}`).toEqual(
        id === own ? [200, 'found'] : [404, 'object_not_found'],
      );
    }
  }
  expect((await raw(emulator, 'GET', '/v1/pages/x')).body.message).toBe(
    'path failed validation: path.page_id should be a valid uuid, instead was `"x"`.',
  );
});

test('a token is limited by its capabilities and by what is shared with it', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const page = workspace.createPage('Tags', { Name: 'One' });
  workspace.addIntegration('reader', 'Reader', { insert: false, update: false });
  workspace.addIntegration('writer', 'Writer', { read: false });
  const reader = clientOf(emulator, 'reader');
  const properties = { Name: titled('Two') };
  const parent = { data_source_id: sourceOf('tags') };
  await expect(reader.pages.create({ parent, properties })).rejects.toMatchObject({ code: 'restricted_resource' });
  await expect(reader.pages.update({ page_id: page, properties })).rejects.toMatchObject({ status: 403 });
  workspace.addIntegration('private', 'Private', { users: false });
  const withoutUsers = clientOf(emulator, 'private');
  await expect(withoutUsers.users.list({})).rejects.toMatchObject({ status: 403, code: 'restricted_resource' });
  expect((await withoutUsers.users.me({})).name).toBe('Private');
  const writer = clientOf(emulator, 'writer');
  await expect(writer.pages.retrieve({ page_id: page })).rejects.toMatchObject({ status: 403 });
  const made = await writer.pages.create({ parent, properties });
  expect(isFullPage(made)).toBe(false);

  workspace.unshare(page, 'reader');
  await expect(reader.pages.retrieve({ page_id: page })).rejects.toMatchObject({ code: 'object_not_found' });
  expect((await reader.dataSources.query(parent)).results.map(({ id }) => id)).toEqual([made.id]);
  expect((await clientOf(emulator).pages.retrieve({ page_id: page })).id).toBe(page);
  workspace.unshare(databaseOf('tags'), 'reader');
  await expect(reader.dataSources.query(parent)).rejects.toMatchObject({ code: 'object_not_found' });
  workspace.share(databaseOf('tags'), 'reader');
  workspace.share(page, 'reader');
  expect((await reader.dataSources.query(parent)).results).toHaveLength(2);
});
