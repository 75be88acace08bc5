import { expect, test } from 'vitest';
import { clientOf, databaseOf, full, property, raw, relatedIn, sourceOf, start, titled } from './support.ts';

test('a page moves to another data source with the properties of the same name and type', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  workspace.addProperty('Tags', 'Notes', { rich_text: {} });
  const project = workspace.createPage('Projects', { Name: 'P' });
  const page_id = workspace.createPage('Tasks', { Title: 'T', Notes: 'kept', Project: [project] }, undefined, 'body');
  const data_source_id = sourceOf('tags');
  const moved = await client.pages.move({ page_id, parent: { type: 'data_source_id', data_source_id } });
  expect(moved).toMatchObject({ id: page_id, parent: { data_source_id, database_id: databaseOf('tags') } });
  expect(property(moved, 'Name', 'title').title[0]?.plain_text).toBe('T');
  expect(property(moved, 'Notes', 'rich_text').rich_text[0]?.plain_text).toBe('kept');
  expect(workspace.body(page_id).markdown).toBe('body');
  expect(relatedIn(await client.pages.retrieve({ page_id: project }), 'Tasks')).toEqual([]);
});

test('a page moves into another page and back, with its title only', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  const to = workspace.createPage('Notes', { Title: 'To' }, undefined, 'text');
  const page_id = workspace.createPage('Tasks', { Title: 'T', Notes: 'lost' });
  const moved = await client.pages.move({ page_id, parent: { type: 'page_id', page_id: to } });
  expect([full(moved).parent, Object.keys(full(moved).properties)]).toEqual([
    { type: 'page_id', page_id: to },
    ['title'],
  ]);
  const types = async () => (await client.blocks.children.list({ block_id: to })).results;
  expect(await types()).toMatchObject([{ type: 'paragraph' }, { type: 'child_page', id: page_id }]);
  await client.pages.move({ page_id, parent: { type: 'data_source_id', data_source_id: sourceOf('tasks') } });
  expect(await types()).toMatchObject([{ type: 'paragraph' }]);
  workspace.trashPage(page_id);
  const again = await raw(emulator, 'POST', `/v1/pages/${page_id}/move`, { parent: { page_id: to } });
  expect(again.status).toBe(400);
});

test('erase_content removes the whole body and keeps the properties', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  const page_id = workspace.createPage('Tasks', { Title: 'T' }, undefined, 'one\n- two\n\t- three');
  workspace.addChildPage(page_id, 'Child');
  await client.pages.update({ page_id, erase_content: false });
  expect((await client.blocks.children.list({ block_id: page_id })).results).toHaveLength(3);
  const erased = await client.pages.update({ page_id, erase_content: true, properties: { Title: titled('U') } });
  expect(property(erased, 'Title', 'title').title[0]?.plain_text).toBe('U');
  expect((await client.blocks.children.list({ block_id: page_id })).results).toEqual([]);
});
