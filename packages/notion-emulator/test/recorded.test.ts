import { expect, test } from 'vitest';
import { clientOf, databaseOf, full, property, raw, sourceOf, start, titled } from './support.ts';

/** What recordings of the real Notion show, where it differs from its documentation. */
const tasks = { data_source_id: sourceOf('tasks') };

test.each([
  ['01', { start: '2026-06-27T18:01:15.377824', time_zone: 'Europe/London' }, '2026-06-27T18:01:00.000+01:00'],
  ['04', { start: '2023-12-31T00:00:00', time_zone: 'UTC' }, '2023-12-31T00:00:00.000+00:00'],
  ['05', { start: '2026-06-30T16:57:28.513237Z', time_zone: 'UTC' }, '2026-06-30T16:57:00.000+00:00'],
  ['05, elsewhere', { start: '2026-06-30T16:57:28Z', time_zone: 'Asia/Kolkata' }, '2026-06-30T22:27:00.000+05:30'],
])('case %s: a date has no seconds, and its time zone is an offset', async (_, date, kept) => {
  const emulator = await start();
  const page = await clientOf(emulator).pages.create({
    parent: tasks,
    properties: { 'Due Date': { date: date as { start: string } } },
  });
  expect(property(page, 'Due Date', 'date').date).toEqual({ start: kept, end: null, time_zone: null });
});

test('case 03: the operand of a date filter is rounded down to the minute', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const date = { start: '2026-06-27T18:01:15.377824', time_zone: 'Europe/London' } as const;
  await client.pages.create({ parent: tasks, properties: { 'Due Date': { date } } });
  const operand = '2026-06-27T18:01:15.377824+01:00';
  const found: Record<string, boolean> = {};
  for (const operator of ['equals', 'before', 'on_or_after', 'after', 'on_or_before']) {
    const filter = { property: 'Due Date', date: { [operator]: operand } };
    const { body } = await raw(emulator, 'POST', `/v1/data_sources/${tasks.data_source_id}/query`, { filter });
    found[operator] = Array.isArray(body.results) && body.results.length === 1;
  }
  expect(found).toEqual({ equals: true, before: false, on_or_after: true, after: false, on_or_before: true });
});

test('case 06: a rich_text filter works on every property of text', async () => {
  const emulator = await start();
  emulator.workspace.addProperty('Tasks', 'Link', { url: {} });
  emulator.workspace.addProperty('Tasks', 'Mail', { email: {} });
  emulator.workspace.addProperty('Tasks', 'Phone', { phone_number: {} });
  emulator.workspace.createPage('Tasks', { Title: 'x', Link: 'x', Mail: 'x', Phone: 'x' });
  for (const name of ['Title', 'Link', 'Mail', 'Phone']) {
    const filter = { property: name, rich_text: { equals: 'x' } };
    const { results } = await clientOf(emulator).dataSources.query({ ...tasks, filter });
    expect([name, results.length]).toEqual([name, 1]);
  }
});

test('case 07: mentions of people are not cut', async () => {
  const emulator = await start();
  const rich_text = Array.from({ length: 50 }, () => [
    { mention: { user: { id: emulator.botId } } },
    { text: { content: ' and ' } },
  ]).flat();
  const page = await clientOf(emulator).pages.create({ parent: tasks, properties: { Notes: { rich_text } } });
  expect(property(page, 'Notes', 'rich_text').rich_text).toHaveLength(100);
});

test('case 08: an id has the version and variant of a UUID', async () => {
  const emulator = await start();
  expect(await raw(emulator, 'GET', '/v1/pages/12345678-1234-1234-1234-123456789abc')).toMatchObject({
    status: 400,
    body: {
      code: 'validation_error',
      message:
        'path failed validation: path.page_id should be a valid uuid, instead was `"12345678-1234-1234-1234-123456789abc"`.',
    },
  });
  expect((await raw(emulator, 'GET', '/v1/pages/00000000-0000-0000-0000-000000000000')).status).toBe(404);
});

test.each([
  ['09', 'pages', 'page'],
  ['10', 'data_sources', 'database'],
  ['09, of databases', 'databases', 'database'],
  ['09, of blocks', 'blocks', 'block'],
])('case %s: what is not shared is named with the integration', async (_, path, kind) => {
  const emulator = await start();
  const id = '7855b161-f63e-4683-b7c7-8ca6e97ee266';
  expect(await raw(emulator, 'GET', `/v1/${path}/${id}`)).toMatchObject({
    status: 404,
    body: {
      code: 'object_not_found',
      message: `Could not find ${kind} with ID: ${id}. Make sure the relevant pages and databases are shared with your integration "Integration".`,
      additional_data: { integration_id: emulator.botId },
    },
  });
});

test('case 11: an unknown user has its own sentence', async () => {
  const emulator = await start();
  const id = '745e79dd-3e43-40de-9d51-39357c1c428f';
  expect((await raw(emulator, 'GET', `/v1/users/${id}`)).body).toMatchObject({
    message: `Could not find user with ID: ${id}. Make sure your integration has capabilities to read user information. With those capabilities, only members and guests in the integration's workspace are visible.`,
    additional_data: { integration_id: emulator.botId },
  });
});

test('cases 12 to 14: lists are numbered, children have addresses of the app, callouts are tags', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  const markdown = '7. first\n7. second\n<callout icon="💡">\n\tMind\n</callout>';
  const page_id = workspace.createPage('Notes', { Title: 'N' }, undefined, markdown);
  const child = workspace.addChildPage(page_id, 'Title');
  const database = await client.databases.create({
    parent: { type: 'page_id', page_id },
    title: [{ text: { content: 'Title' } }],
  });
  const source = 'data_sources' in database ? database.data_sources[0]?.id : '';
  const hex = (id: string): string => id.replaceAll('-', '');
  expect((await client.pages.retrieveMarkdown({ page_id })).markdown.split('\n')).toEqual([
    '1. first',
    '2. second',
    '<callout icon="💡">',
    '\tMind',
    '</callout>',
    `<page url="https://app.notion.com/p/${hex(child)}">Title</page>`,
    `<database url="https://app.notion.com/p/${hex(database.id)}" inline="false" data-source-url="collection://${source}">Title</database>`,
  ]);
});

test("case 15: the signed address of another page's file is lost", async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  const from = workspace.createPage('Notes', { Title: 'From' });
  workspace.addImage(from, 'a.png');
  const { markdown } = await client.pages.retrieveMarkdown({ page_id: from });
  const to = workspace.createPage('Notes', { Title: 'To' });
  await client.pages.updateMarkdown({ page_id: to, type: 'replace_content', replace_content: { new_str: markdown } });
  const { results } = await client.blocks.children.list({ block_id: to });
  expect(results).toMatchObject([{ type: 'image', image: { type: 'external', external: { url: '' } } }]);
  expect((await client.pages.retrieveMarkdown({ page_id: to })).markdown).toBe('');
});

test('case 18: a search finds single words of its query, and data sources in the trash', async () => {
  const emulator = await start();
  emulator.workspace.createDatabase({ title: 'DB with 110 pages' });
  emulator.workspace.trashDatabase('DB with 110 pages');
  const answer = await clientOf(emulator).search({
    query: 'Item DB 42',
    filter: { property: 'object', value: 'data_source' },
  });
  expect(answer.results).toMatchObject([{ object: 'data_source', in_trash: true }]);
});

test('case 19: times of databases have milliseconds and an offset', async () => {
  const emulator = await start();
  const database = await clientOf(emulator).databases.retrieve({ database_id: databaseOf('tasks') });
  expect(database).toMatchObject({ created_time: '2026-03-01T12:00:30.500+00:00' });
});

test('case 20: a page has 25 of its links, and the property item list has all', async () => {
  const emulator = await start();
  const tags = Array.from({ length: 30 }, (_, n) => emulator.workspace.createPage('Tags', { Name: `Tag ${n}` }));
  const client = clientOf(emulator);
  const page_id = emulator.workspace.createPage('Tasks', { Title: 'T', Tags: tags });
  const { relation, ...shown } = property(await client.pages.retrieve({ page_id }), 'Tags', 'relation');
  expect([relation.length, shown]).toMatchObject([25, { has_more: true }]);
  const list = await client.pages.properties.retrieve({ page_id, property_id: shown.id });
  expect(list).toMatchObject({ object: 'list', next_cursor: null, results: { length: 30 } });
});

test('case 21: a mention of a block has the anchor in its address, and a write through the API loses it', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  const id = workspace.createPage('Notes', { Title: 'N' });
  const href = `https://www.notion.so/${id.replaceAll('-', '')}#31dcd6cf1406805b829f000000000000`;
  const mention = { type: 'mention', mention: { type: 'page', page: { id } }, plain_text: 'Block mention', href };
  const page_id = workspace.createPage('Tasks', { Title: 'T', Notes: [mention] });
  const shown = property(await client.pages.retrieve({ page_id }), 'Notes', 'rich_text').rich_text;
  expect(shown).toMatchObject([mention]);
  const properties = { Notes: { rich_text: shown } };
  const { body } = await raw(emulator, 'PATCH', `/v1/pages/${page_id}`, { properties });
  const written = property(body as never, 'Notes', 'rich_text').rich_text;
  expect(written).toMatchObject([{ mention: { page: { id } }, plain_text: 'N', href: href.split('#')[0] }]);
});

test('case 22: a link mention is read, and the API cannot write it', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const href = 'https://hkob.hatenablog.com/';
  const mention = {
    type: 'mention',
    mention: { type: 'link_mention', link_mention: { href, title: 'a blog' } },
    plain_text: href,
    href,
  };
  const page_id = workspace.createPage('Tasks', { Title: 'T', Notes: [mention] });
  const page = await clientOf(emulator).pages.retrieve({ page_id });
  expect(property(page, 'Notes', 'rich_text').rich_text).toMatchObject([mention]);
  const properties = { Notes: { rich_text: [mention] } };
  const { status, body } = await raw(emulator, 'PATCH', `/v1/pages/${page_id}`, { properties });
  expect([status, body.message]).toEqual([400, expect.stringContaining('link_mention should be not present')]);
});

test('cases 23 and 24: no edits, and has_more beside a relation, are accepted', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const page_id = emulator.workspace.createPage('Tasks', { Title: 'T' }, undefined, 'text');
  const answer = await client.pages.updateMarkdown({
    page_id,
    type: 'update_content',
    update_content: { content_updates: [] },
  });
  expect(answer).toMatchObject({ markdown: 'text' });
  const properties = { Tags: { type: 'relation', relation: [], has_more: false } };
  expect((await raw(emulator, 'PATCH', `/v1/pages/${page_id}`, { properties })).status).toBe(200);
});

test('case 25: a page with a bookmark refuses every edit as Markdown', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const page_id = emulator.workspace.createPage('Notes', { Title: 'N' }, undefined, 'text');
  await client.blocks.children.append({
    block_id: page_id,
    children: [{ bookmark: { url: 'https://example.com' } }],
  });
  for (const command of [
    { type: 'update_content', update_content: { content_updates: [{ old_str: 'text', new_str: 'words' }] } },
    { type: 'replace_content', replace_content: { new_str: 'words', allow_deleting_content: true } },
    { type: 'insert_content', insert_content: { content: 'words' } },
  ]) {
    const { status, body } = await raw(emulator, 'PATCH', `/v1/pages/${page_id}/markdown`, command);
    expect([status, body.message]).toEqual([400, 'Invalid Notion page or block URL: https://example.com']);
  }
});

test('the address of a page has its title', async () => {
  const emulator = await start();
  const page = await clientOf(emulator).pages.create({
    parent: tasks,
    properties: { Title: titled('Buy: milk & tea') },
  });
  expect(full(page).url).toBe(`https://app.notion.com/p/Buy-milk-tea-${page.id.replaceAll('-', '')}`);
});

test('a deleted block is read and restored, and a title outside a data source is read', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const page_id = emulator.workspace.createPage('Notes', { Title: 'N' }, undefined, 'one\n- two\n\t- three\nfour');
  const [, two] = (await client.blocks.children.list({ block_id: page_id })).results;
  const block_id = two?.id ?? '';
  const [three] = (await client.blocks.children.list({ block_id })).results;
  await client.blocks.delete({ block_id });
  expect(await client.blocks.retrieve({ block_id })).toMatchObject({ in_trash: true, has_children: true });
  expect(await client.blocks.retrieve({ block_id: three?.id ?? '' })).toMatchObject({ in_trash: true });
  expect(await client.blocks.update({ block_id, in_trash: false })).toMatchObject({ in_trash: false });
  expect(emulator.workspace.body(page_id).markdown).toBe('one\n- two\n\t- three\nfour');
  const { rootPageId } = emulator.workspace;
  const title = await client.pages.properties.retrieve({ page_id: rootPageId, property_id: 'title' });
  expect(title).toMatchObject({ object: 'list', results: [{ title: { plain_text: 'Home' } }] });
});
