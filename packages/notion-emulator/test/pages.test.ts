import { expect, test } from 'vitest';
import { OWNER } from '../src/index.ts';
import { clientOf, databaseOf, full, NOON, property, relatedIn, sourceOf, start, titled } from './support.ts';

test('times are rounded down to the minute, and exact for tests', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const { id } = await client.pages.create({
    parent: { data_source_id: sourceOf('tags') },
    properties: { Name: titled('One') },
  });
  emulator.workspace.clock.advance(61_000);
  const page = full(await client.pages.update({ page_id: id, properties: {} }));
  expect([page.created_time, page.last_edited_time]).toEqual(['2026-03-01T12:00:00.000Z', '2026-03-01T12:01:00.000Z']);
  const exact = emulator.workspace.page(id);
  expect(Date.parse(exact.createdAt)).toBe(NOON);
  expect(Date.parse(exact.editedAt)).toBe(NOON + 61_000);
});

test('a page has its creator and its last editor', async () => {
  const { workspace, ...emulator } = await start();
  const client = clientOf({ workspace, ...emulator });
  const page_id = workspace.createPage('Tags', { Name: 'One' });
  await client.pages.update({ page_id, properties: { Name: titled('Two') } });
  const page = full(await client.pages.retrieve({ page_id }));
  expect([page.created_by.id, page.last_edited_by.id]).toEqual([OWNER.id, emulator.botId]);
});

test('a page in the trash can only be restored', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const page_id = emulator.workspace.createPage('Tags', { Name: 'One' });
  const trashed = full(await client.pages.update({ page_id, in_trash: true }));
  expect([trashed.in_trash, trashed.archived]).toEqual([true, true]);
  const message = "Can't edit block that is archived. You must unarchive the block before editing.";
  await expect(client.pages.update({ page_id, properties: { Name: titled('Two') } })).rejects.toThrow(message);
  await expect(client.pages.update({ page_id, in_trash: false, properties: {} })).rejects.toThrow(message);
  await expect(client.pages.update({ page_id, in_trash: true })).rejects.toThrow(message);
  expect((await client.dataSources.query({ data_source_id: sourceOf('tags') })).results).toEqual([]);
  expect(full(await client.pages.retrieve({ page_id })).in_trash).toBe(true);
  expect(full(await client.pages.update({ page_id, in_trash: false })).in_trash).toBe(false);
});

test('the pages of a database in the trash are in the trash', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const page_id = emulator.workspace.createPage('Tags', { Name: 'One' });
  emulator.workspace.trashDatabase(databaseOf('tags'));
  expect(full(await client.pages.retrieve({ page_id })).in_trash).toBe(true);
  await expect(client.pages.update({ page_id, in_trash: false })).rejects.toMatchObject({ status: 400 });
  emulator.workspace.restoreDatabase(databaseOf('tags'));
  expect(full(await client.pages.retrieve({ page_id })).in_trash).toBe(false);
});

test('both sides of a two-way relation are stored, and only the written page counts as edited', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  const first = workspace.createPage('Projects', { Name: 'First' });
  const second = workspace.createPage('Projects', { Name: 'Second' });
  const task = workspace.createPage('Tasks', { Title: 'T', Project: [first] });
  expect(relatedIn(await client.pages.retrieve({ page_id: first }), 'Tasks')).toEqual([task]);

  workspace.clock.advance(10 * 60_000);
  await client.pages.update({ page_id: task, properties: { Project: { relation: [{ id: second }] } } });
  expect(relatedIn(await client.pages.retrieve({ page_id: first }), 'Tasks')).toEqual([]);
  const other = full(await client.pages.retrieve({ page_id: second }));
  expect(relatedIn(other, 'Tasks')).toEqual([task]);
  expect(other.last_edited_time).toBe('2026-03-01T12:00:00.000Z');

  await client.pages.update({ page_id: second, properties: { Tasks: { relation: [] } } });
  expect(relatedIn(await client.pages.retrieve({ page_id: task }), 'Project')).toEqual([]);
});

test('relations omit a page while it is trashed or unshared', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const tag = workspace.createPage('Tags', { Name: 'Garden' });
  const task = workspace.createPage('Tasks', { Title: 'T', Tags: [tag] });
  const read = async () => relatedIn(await clientOf(emulator).pages.retrieve({ page_id: task }), 'Tags');
  workspace.trashPage(tag);
  expect(await read()).toEqual([]);
  workspace.restorePage(tag);
  expect(await read()).toEqual([tag]);
  workspace.unshare(tag);
  expect(await read()).toEqual([]);
});

test('a page has 25 related pages, and the property item endpoint lists all', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  const tags = Array.from({ length: 130 }, (_, n) => workspace.createPage('Tags', { Name: `Tag ${n}` }));
  const page_id = workspace.createPage('Tasks', { Title: 'T', Tags: tags });
  const shown = property(await client.pages.retrieve({ page_id }), 'Tags', 'relation');
  expect(shown.relation.map(({ id }) => id)).toEqual(tags.slice(0, 25));
  expect(shown).toHaveProperty('has_more', true);

  const all: string[] = [];
  let start_cursor: string | null = null;
  do {
    const list = await client.pages.properties.retrieve({
      page_id,
      property_id: shown.id,
      ...(start_cursor ? { start_cursor } : {}),
    });
    if (list.object !== 'list') throw new Error('no list');
    expect(list.property_item.next_url === null).toBe(!list.has_more);
    all.push(...list.results.flatMap((item) => (item.type === 'relation' ? [item.relation.id] : [])));
    start_cursor = list.next_cursor;
  } while (start_cursor);
  expect(all).toEqual(tags);
});

test('a page has texts up to the 25th mentioned page and 25 people, and the property item endpoint has all', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  workspace.addProperty('Tasks', 'Team', { people: {} });
  const people = Array.from({ length: 30 }, (_, n) => workspace.addPerson(`Person ${n}`));
  const pages = people.map((_, n) => workspace.createPage('Tags', { Name: `Tag ${n}` }));
  const text = (content: string) => ({ text: { content } });
  const mentions = (count: number) =>
    pages.slice(0, count).flatMap((id) => [{ mention: { page: { id } } }, text(' and ')]);
  const page_id = workspace.createPage('Tasks', { Title: 'T', Notes: { rich_text: mentions(30) }, Team: people });
  const page = await client.pages.retrieve({ page_id });
  const shown = property(page, 'Notes', 'rich_text').rich_text;
  expect([shown.length, shown.filter(({ type }) => type === 'mention').length]).toEqual([49, 25]);
  expect(shown.at(-1)).toMatchObject({ type: 'mention', mention: { page: { id: pages[24] } } });
  expect(property(page, 'Team', 'people').people.map(({ id }) => id)).toEqual(people.slice(0, 25));

  const all = async (name: 'Notes' | 'Team') => {
    const first = full(page).properties[name];
    const items: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const list = await client.pages.properties.retrieve({
        page_id,
        property_id: first?.id ?? '',
        page_size: 25,
        ...(cursor === undefined ? {} : { start_cursor: cursor }),
      });
      if (list.object !== 'list') throw new Error('no list');
      items.push(...list.results.map((item) => (item.type === 'people' ? item.people.id : item.type)));
      cursor = list.next_cursor;
    }
    return items;
  };
  expect(await all('Notes')).toHaveLength(60);
  expect(await all('Team')).toEqual(people);

  workspace.editPage(page_id, { Notes: { rich_text: mentions(25) } });
  expect(property(await client.pages.retrieve({ page_id }), 'Notes', 'rich_text').rich_text).toHaveLength(50);
});

test("Notion's Duplicate copies all properties, and the person is the creator", async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  workspace.addProperty('Tasks', 'Sync Key', { rich_text: {} });
  const project = workspace.createPage('Projects', { Name: 'P' });
  const made = await client.pages.create({
    parent: { data_source_id: sourceOf('tasks') },
    properties: {
      Title: titled('T'),
      Project: { relation: [{ id: project }] },
      'Sync Key': { rich_text: [{ text: { content: 'key' } }] },
    },
  });
  const copy = full(await client.pages.retrieve({ page_id: workspace.duplicatePage(made.id) }));
  expect(property(copy, 'Sync Key', 'rich_text').rich_text[0]?.plain_text).toBe('key');
  expect(copy.created_by.id).toBe(OWNER.id);
  expect(relatedIn(await client.pages.retrieve({ page_id: project }), 'Tasks')).toEqual([made.id, copy.id]);
});

test('a moved page keeps the properties that the other database has, and loses its relations', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  const project = workspace.createPage('Projects', { Name: 'P' });
  const page_id = workspace.createPage('Tasks', { Title: 'T', Notes: 'kept', Status: 'Todo', Project: [project] });
  workspace.movePage(page_id, 'System Fixes');
  const moved = full(await client.pages.retrieve({ page_id }));
  expect(moved.parent).toMatchObject({ data_source_id: sourceOf('system_fixes') });
  expect(property(moved, 'Title', 'title').title[0]?.plain_text).toBe('T');
  expect(property(moved, 'Status', 'select').select).toBeNull();
  expect(relatedIn(await client.pages.retrieve({ page_id: project }), 'Tasks')).toEqual([]);
  expect((await client.dataSources.query({ data_source_id: sourceOf('tasks') })).results).toEqual([]);
});
