import { expect, test } from 'vitest';
import { clientOf, databaseOf, property, sourceOf, start } from './support.ts';

test('a property is added, renamed, retyped and deleted through the API', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const data_source_id = sourceOf('tags');
  const page_id = emulator.workspace.createPage('Tags', { Name: 'One', Description: '42' });
  const change = (properties: NonNullable<Parameters<typeof client.dataSources.update>[0]['properties']>) =>
    client.dataSources.update({ data_source_id, properties });

  const added = await change({ 'Sync Key': { rich_text: {} } });
  const id = added.properties['Sync Key']?.id ?? '';
  expect(added.properties['Sync Key']?.type).toBe('rich_text');
  const renamed = await change({ [id]: { name: 'Key' } });
  expect(renamed.properties.Key?.id).toBe(id);
  expect(renamed.properties['Sync Key']).toBeUndefined();
  const described = renamed.properties.Description?.id;
  const retyped = await change({ Description: { number: {} } });
  expect(retyped.properties.Description).toMatchObject({ id: described, type: 'number' });
  expect(property(await client.pages.retrieve({ page_id }), 'Description', 'number').number).toBe(42);
  expect((await change({ Key: null })).properties.Key).toBeUndefined();
  await expect(change({ Name: null })).rejects.toThrow(/title/);
  await expect(change({ Gone: null })).rejects.toThrow('Could not find property with name or id: Gone');
  await expect(change({ Type: { name: 'Name' } })).rejects.toThrow(/exists already/);
});

test('creating a two-way relation through the API creates its other side', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  await client.dataSources.update({
    data_source_id: sourceOf('notes'),
    properties: { Goal: { relation: { data_source_id: sourceOf('goals'), dual_property: {} } } },
  });
  const goals = emulator.workspace.dataSource('Goals');
  expect(goals.properties['Related to Notes (Goal)']).toMatchObject({
    type: 'relation',
    relation: { data_source_id: sourceOf('notes'), dual_property: { synced_property_name: 'Goal' } },
  });
});

test('a person renames, retypes and deletes properties', async () => {
  const { workspace } = await start();
  const before = workspace.dataSource('Tasks').properties.Status?.id;
  workspace.renameProperty('Tasks', 'Status', 'State');
  expect(workspace.dataSource('Tasks').properties.State?.id).toBe(before);
  workspace.retypeProperty('Tasks', 'State', { rich_text: {} });
  expect(workspace.dataSource('Tasks').properties.State?.type).toBe('rich_text');
  workspace.deleteProperty('Tasks', 'Project');
  expect(workspace.dataSource('Tasks').properties.Project).toBeUndefined();
  expect(workspace.dataSource('Projects').properties.Tasks).toMatchObject({ relation: { type: 'single_property' } });
});

test('renamed options keep their ids, and a list through the API replaces the previous one', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const data_source_id = sourceOf('tasks');
  const page_id = emulator.workspace.createPage('Tasks', { Title: 'T', Priority: 'Low' });
  const priority = async () => {
    const config = emulator.workspace.dataSource('Tasks').properties.Priority;
    return config?.type === 'select' ? config.select.options : [];
  };
  const before = await priority();
  const [low, ...others] = before.map(({ id, name, color }) => ({ id, name, color }));
  if (!low) throw new Error('Priority has no options');
  emulator.workspace.renameOption('Tasks', 'Priority', 'Low', 'Whenever');
  expect((await priority())[0]).toMatchObject({ id: low.id, name: 'Whenever' });
  expect(property(await client.pages.retrieve({ page_id }), 'Priority', 'select').select?.name).toBe('Whenever');

  const replace = (options: { id?: string; name: string; color?: typeof low.color }[]) =>
    client.dataSources.update({ data_source_id, properties: { Priority: { select: { options } } } });
  await replace([low, ...others, { name: 'Never' }]);
  // A name is ignored when the id is given.
  expect((await priority()).map(({ name }) => name)).toEqual(['Whenever', 'Medium', 'High', 'Critical', 'Never']);
  await expect(replace([{ ...low, color: low.color === 'red' ? 'blue' : 'red' }])).rejects.toThrow(
    /Cannot update color/,
  );
  await expect(replace([{ id: 'nobody', name: 'X' }])).rejects.toThrow(/no select option with the id nobody/);
  await replace(others);
  expect(property(await client.pages.retrieve({ page_id }), 'Priority', 'select').select).toBeNull();
});

test('a select becomes a status and back: values are kept, empty ones become the first option, new options come from the schema', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const { workspace } = emulator;
  const done = workspace.createPage('Tasks', { Title: 'T', Status: 'Done' });
  const empty = workspace.createPage('Tasks', { Title: 'U' });
  const editedAt = workspace.page(empty).editedAt;
  workspace.clock.advance(60_000);
  workspace.retypeProperty('Tasks', 'Status', { status: {} });
  const nameOn = async (page_id: string) =>
    property(await client.pages.retrieve({ page_id }), 'Status', 'status').status?.name;
  expect([await nameOn(done), await nameOn(empty)]).toEqual(['Done', 'Todo']);
  expect(workspace.page(empty).editedAt).toBe(editedAt);

  const write = (name: string) => client.pages.update({ page_id: done, properties: { Status: { status: { name } } } });
  await expect(write('Waiting')).rejects.toThrow(/"Waiting" does not exist/);
  const config = workspace.dataSource('Tasks').properties.Status;
  const options = config?.type === 'status' ? config.status.options.map(({ id, name }) => ({ id, name })) : [];
  const data_source_id = sourceOf('tasks');
  await client.dataSources.update({
    data_source_id,
    properties: { Status: { status: { options: [...options, { name: 'Waiting' }] } } },
  });
  await write('Waiting');
  workspace.deleteOption('Tasks', 'Status', 'Waiting');
  expect(await nameOn(done)).toBe('Todo');
  workspace.editPage(done, { Status: 'Done' });
  workspace.retypeProperty('Tasks', 'Status', { select: {} });
  expect(property(await client.pages.retrieve({ page_id: done }), 'Status', 'select').select?.name).toBe('Done');
});

test('a data source is added, and moved to another database with its pages', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const { workspace } = emulator;
  const page_id = workspace.createPage('Tags', { Name: 'T' });
  const sources = async (database_id: string) => {
    const database = await client.databases.retrieve({ database_id });
    return 'data_sources' in database ? database.data_sources.map(({ id }) => id) : [];
  };
  const second = workspace.addDataSource('Tags', { title: 'More' });
  expect(await sources(databaseOf('tags'))).toEqual([sourceOf('tags'), second]);
  workspace.moveDataSource(sourceOf('tags'), 'Games Backlog');
  expect(await sources(databaseOf('tags'))).toEqual([second]);
  expect(await sources(databaseOf('games'))).toEqual([sourceOf('games'), sourceOf('tags')]);
  expect(await client.pages.retrieve({ page_id })).toMatchObject({
    parent: { data_source_id: sourceOf('tags'), database_id: databaseOf('games') },
  });
  workspace.trashDataSource('More');
  expect(await sources(databaseOf('tags'))).toEqual([]);
  expect(await client.dataSources.retrieve({ data_source_id: second })).toMatchObject({ in_trash: true });
});
