import { expect, test } from 'vitest';
import { clientOf, property, raw, sourceOf, start, titled } from './support.ts';

const data_source_id = sourceOf('tasks');
const parent = { data_source_id };

async function withTemplates() {
  const emulator = await start();
  const { workspace } = emulator;
  const bug = workspace.addTemplate(
    'Tasks',
    { Title: 'Bug', Status: 'Todo', Notes: 'steps' },
    { markdown: '- [ ] fix' },
  );
  const plain = workspace.addTemplate('Tasks', { Title: 'Plain' }, { isDefault: true, markdown: 'plain' });
  return { emulator, workspace, client: clientOf(emulator), bug, plain };
}

test('templates are listed, also by name, and no query or search finds them', async () => {
  const { client, workspace, bug, plain } = await withTemplates();
  const page = workspace.createPage('Tasks', { Title: 'Bug in the field' });
  const list = (more: object = {}) => client.dataSources.listTemplates({ data_source_id, ...more });
  expect(await list()).toMatchObject({
    templates: [
      { id: bug, name: 'Bug', is_default: false },
      { id: plain, name: 'Plain', is_default: true },
    ],
    has_more: false,
    next_cursor: null,
  });
  expect(await list({ page_size: 1 })).toMatchObject({ has_more: true, next_cursor: plain });
  expect((await list({ name: 'bug' })).templates).toMatchObject([{ id: bug }]);
  expect((await client.dataSources.query({ data_source_id })).results.map(({ id }) => id)).toEqual([page]);
  expect((await client.search({ query: 'Bug' })).results.map(({ id }) => id)).toEqual([page]);
  expect(workspace.pages('Tasks').map(({ id }) => id)).toEqual([page]);
});

test('a new page gets the values and the body of its template after the answer', async () => {
  const { client, workspace, bug } = await withTemplates();
  const made = await client.pages.create({
    parent,
    properties: { Title: titled('Mine'), Status: { select: { name: 'Done' } } },
    template: { type: 'template_id', template_id: bug },
  });
  expect(property(made, 'Notes', 'rich_text').rich_text).toEqual([]);
  const page = await client.pages.retrieve({ page_id: made.id });
  expect(property(page, 'Title', 'title').title[0]?.plain_text).toBe('Mine');
  expect(property(page, 'Status', 'select').select?.name).toBe('Done');
  expect(property(page, 'Notes', 'rich_text').rich_text[0]?.plain_text).toBe('steps');
  expect(workspace.body(made.id).markdown).toBe('- [ ] fix');
  await client.pages.update({ page_id: made.id, template: { type: 'default' } });
  expect(workspace.body(made.id).markdown).toBe('- [ ] fix\nplain');
});

test('a template that is not there, and a template beside a body, are refused', async () => {
  const { emulator, workspace, bug, plain } = await withTemplates();
  const create = async (body: object) => (await raw(emulator, 'POST', '/v1/pages', { parent, ...body })).body;
  const template = { type: 'template_id', template_id: bug };
  expect((await create({ template, markdown: 'text' })).message).toMatch(/a template cannot be used together/);
  expect((await create({ template, parent: { data_source_id: sourceOf('tags') } })).code).toBe('object_not_found');
  workspace.trashPage(plain);
  expect((await create({ template: { type: 'default' } })).message).toMatch(/does not have a default template/);
  expect((await create({ template: { type: 'none' }, markdown: 'text' })).object).toBe('page');
});
