import { expect, test } from 'vitest';
import { clientOf, property, sourceOf, start } from './support.ts';

test('a property is added, renamed, given another type and deleted through the API', async () => {
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

test('a two-way relation made through the API makes its other side', async () => {
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
