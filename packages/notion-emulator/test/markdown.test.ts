import { expect, test } from 'vitest';
import { OWNER } from '../src/index.ts';
import { clientOf, full, property, raw, sourceOf, start, titled, when } from './support.ts';

const parent = { data_source_id: sourceOf('notes') };

async function withBody(markdown: string) {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  const page_id = workspace.createPage('Notes', { Title: 'N' });
  workspace.editBody(page_id, markdown);
  return {
    emulator,
    workspace,
    client,
    page_id,
    read: () => client.pages.retrieveMarkdown({ page_id }),
    replace: (new_str: string, allow_deleting_content?: boolean) =>
      client.pages.updateMarkdown({
        page_id,
        type: 'replace_content',
        replace_content: { new_str, ...(allow_deleting_content === undefined ? {} : { allow_deleting_content }) },
      }),
    edit: (old_str: string, new_str: string, replace_all_matches = false) =>
      client.pages.updateMarkdown({
        page_id,
        type: 'update_content',
        update_content: { content_updates: [{ old_str, new_str, replace_all_matches }] },
      }),
    ids: () => workspace.body(page_id).blocks.map(({ id }) => id),
  };
}

const note = ['# Plan', 'Some **words**.', '- one', '\t- [x] done', '1. first', '2. second', '---', '> quoted'].join(
  '\n',
);

test('a body is read as Markdown, and the page is unchanged', async () => {
  const { client, page_id, read } = await withBody(note);
  expect(await read()).toMatchObject({
    object: 'page_markdown',
    id: page_id,
    markdown: note,
    truncated: false,
    unknown_block_ids: [],
  });
  expect(Object.keys(full(await client.pages.retrieve({ page_id })))).not.toContain('markdown');
});

test('a page is created with a body, and its title from the first heading 1', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const made = await client.pages.create({ parent, markdown: '# From the text\n\nBody\n' });
  expect(property(made, 'Title', 'title').title[0]?.plain_text).toBe('From the text');
  expect((await client.pages.retrieveMarkdown({ page_id: made.id })).markdown).toBe('Body');
  const titledPage = await client.pages.create({ parent, properties: { Title: titled('T') }, markdown: '# Heading' });
  expect((await client.pages.retrieveMarkdown({ page_id: titledPage.id })).markdown).toBe('# Heading');
  await expect(client.pages.create({ parent, markdown: 'x', children: [] })).rejects.toMatchObject({ status: 400 });
});

test('text that is found once is replaced, and the page counts as edited', async () => {
  const { emulator, client, page_id, edit } = await withBody('one\ntwo\nthree');
  emulator.workspace.clock.advance(120_000);
  const before = emulator.workspace.body(page_id).blocks;
  expect((await edit('two', '2')).markdown).toBe('one\n2\nthree');
  expect(emulator.workspace.body(page_id).blocks.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  const page = full(await client.pages.retrieve({ page_id }));
  expect([page.last_edited_time, page.last_edited_by.id]).toEqual(['2026-03-01T12:02:00.000Z', emulator.botId]);
  expect(emulator.counters.read()).toMatchObject({ writes: 1, byKind: { update_markdown: 1 } });
});

test('text that is missing or ambiguous changes nothing', async () => {
  const { workspace, client, page_id, read, edit } = await withBody('one\none\ntwo');
  await expect(edit('zero', '0')).rejects.toMatchObject({ status: 400, code: 'validation_error' });
  await expect(edit('one', '1')).rejects.toMatchObject({ status: 400, code: 'validation_error' });
  const content_updates = [
    { old_str: 'two', new_str: '2' },
    { old_str: 'zero', new_str: '0' },
  ];
  const both = () =>
    client.pages.updateMarkdown({ page_id, type: 'update_content', update_content: { content_updates } });
  await expect(both()).rejects.toMatchObject({ status: 400 });
  expect((await read()).markdown).toBe('one\none\ntwo');
  expect(workspace.page(page_id).editedBy).toBe(OWNER.id);
  expect((await edit('one', '1', true)).markdown).toBe('1\n1\ntwo');
  workspace.configure({ skipsMissingEdits: true });
  expect((await both()).markdown).toBe('1\n1\n2');
});

test("written Markdown is returned in Notion's form", async () => {
  const { replace } = await withBody('');
  const cases: [sent: string, answered: string][] = [
    ['* item\r\n+ item', '- item\n- item'],
    ['7. seven\n8) eight', '1. seven\n2. eight'],
    ['_x_ and __y__', '*x* and **y**'],
    ['##### five\n###### six', '#### five\n#### six'],
    ['one\n\n\ntwo', 'one\ntwo'],
    ['***', '---'],
    ['```js\nlet a = "*";\n```', '```javascript\nlet a = "*";\n```'],
    ['see https://example.com/a_b.', 'see [https://example.com/a_b](https://example.com/a_b).'],
    ['1 < 2 & $3 {x} [y]', '1 \\< 2 & \\$3 \\{x\\} \\[y\\]'],
    [
      '| a | b |\n|---|---|\n| 1 |',
      '<table header-row="true">\n<tr>\n<td>a</td>\n<td>b</td>\n</tr>\n<tr>\n<td>1</td>\n<td></td>\n</tr>\n</table>',
    ],
    ['# No children\n\tso beside it', '# No children\nso beside it'],
    ['> [!NOTE]\n> two quotes', '> \\[!NOTE\\]\n> two quotes'],
    ['- # heading in a list', '-\n\t# heading in a list'],
    ['  - two spaces are no child', '- two spaces are no child'],
    ['<empty-block/>', '<empty-block/>'],
    ['\\- not a list\n1\\. nor this', '\\- not a list\n1\\. nor this'],
  ];
  for (const [sent, answered] of cases) expect([sent, (await replace(sent)).markdown]).toEqual([sent, answered]);
});

test('unchanged blocks and edited blocks keep their ids', async () => {
  const { replace, ids } = await withBody('one\ntwo\n- three\nfour');
  const [one, two, three, four] = ids();
  await replace('one\nTWO\n- three\nfour');
  expect(ids()).toEqual([one, two, three, four]);
  await replace('zero\none\n- three\n\tbelow\nfour');
  expect(ids().slice(1)).toEqual([one, three, four]);
  await replace('four\none');
  expect(new Set(ids()).size).toBe(2);
  await replace('');
  expect(ids()).toEqual([]);
});

test('a block that Markdown cannot represent is unknown, and is deleted when its tag is removed', async () => {
  const { workspace, page_id, read, replace, edit, ids } = await withBody('before');
  const button = workspace.addUnsupportedBlock(page_id, 'button');
  const shown = await read();
  const tag = shown.markdown.split('\n')[1] ?? '';
  expect(tag).toBe(
    `<unknown url="https://www.notion.so/${page_id.replaceAll('-', '')}#${button.replaceAll('-', '')}" alt="button"/>`,
  );
  expect(shown).toMatchObject({ truncated: false, unknown_block_ids: [button] });
  workspace.configure({ unsupportedTruncates: true });
  expect((await read()).truncated).toBe(true);

  await edit('before', 'after');
  expect(ids()).toContain(button);
  await replace(`- item\n\t${tag}\nend`);
  expect((await read()).markdown).toBe(`- item\n\t${tag}\nend`);
  await expect(replace(`${tag}\n${tag}`)).rejects.toMatchObject({ status: 400 });
  await expect(replace(tag.replace(button.replaceAll('-', ''), '0'.repeat(32)))).rejects.toMatchObject({ status: 400 });
  await replace('end');
  await expect(replace(tag)).rejects.toMatchObject({ status: 400, code: 'validation_error' });
});

test('a child page is deleted only when that is allowed', async () => {
  const { workspace, client, page_id, read, replace, edit } = await withBody('before');
  const child = workspace.addChildPage(page_id, 'A *child*');
  const tag = `<page url="https://app.notion.com/p/${child.replaceAll('-', '')}">A \\*child\\*</page>`;
  expect((await read()).markdown).toBe(`before\n${tag}`);
  expect(full(await client.pages.retrieve({ page_id: child })).parent).toEqual({ type: 'page_id', page_id });
  for (const refused of [replace('after'), edit(tag, ''), replace('after', false)]) {
    await expect(refused).rejects.toThrow('This operation would delete 1 child page(s) or database(s)');
  }
  expect((await replace(`${tag}\nafter`)).markdown).toBe(`${tag}\nafter`);
  await expect(replace(`${tag}\n<page>New</page>`)).rejects.toMatchObject({ status: 501 });
  expect((await replace('after', true)).markdown).toBe('after');
  expect(full(await client.pages.retrieve({ page_id: child })).in_trash).toBe(true);
});

test('a child page that is not shared is unknown and marks the body as truncated', async () => {
  const { workspace, page_id, read, replace } = await withBody('');
  const child = workspace.addChildPage(page_id, 'Secret');
  workspace.unshare(child);
  const { markdown, ...rest } = await read();
  expect(markdown).toMatch(/^<unknown url=".*" alt="page"\/>$/);
  expect(rest).toMatchObject({ truncated: true, unknown_block_ids: [child] });
  await expect(replace('x')).rejects.toMatchObject({ status: 400 });
  expect((await replace(`${markdown}\nx`)).markdown).toBe(`${markdown}\nx`);
});

test('the rest of a truncated body can be read by id, and blocks that the text names are kept', async () => {
  const { workspace, client, page_id, read, edit } = await withBody('one\n- two\n\t- three\nfour');
  workspace.truncateBody(page_id, 1);
  const { markdown, truncated, unknown_block_ids } = await read();
  expect(markdown.split('\n').map((line) => line.replace(/url="[^"]*" /, ''))).toEqual([
    'one',
    '<unknown alt="bulleted_list_item"/>',
    '<unknown alt="paragraph"/>',
  ]);
  expect(truncated).toBe(true);
  const [list = ''] = unknown_block_ids;
  expect(await client.pages.retrieveMarkdown({ page_id: list })).toMatchObject({
    id: list,
    markdown: '- two\n\t- three',
    truncated: false,
  });
  await edit('one', '1');
  workspace.truncateBody(page_id, null);
  expect((await read()).markdown).toBe('1\n- two\n\t- three\nfour');
});

test('an uploaded file has another URL on every read, and stays the same file', async () => {
  const { workspace, page_id, read, replace, edit } = await withBody('one');
  workspace.addImage(page_id, 'Plan of the kitchen.png');
  const before = workspace.body(page_id).blocks[1];
  const first = (await read()).markdown;
  const second = (await read()).markdown;
  expect(first).toMatch(/!\[\]\(https:\/\/prod-files-secure\S+\?X-Amz-\S+X-Amz-Signature=\w+\)$/);
  expect(second).not.toBe(first);
  await replace(first.replace('one', 'two'));
  await edit('two', 'three');
  expect(workspace.body(page_id).blocks[1]).toEqual(before);
  await expect(edit(first.split('\n')[1] ?? '', '')).rejects.toMatchObject({ status: 400 });
});

test('body writes that Notion does not allow are refused', async () => {
  const { emulator, workspace, client, page_id, read } = await withBody('one');
  const path = `/v1/pages/${page_id}/markdown`;
  const patch = async (body: unknown) => (await raw(emulator, 'PATCH', path, body)).status;
  const replace_content = { new_str: 'two' };
  expect(await patch({ replace_content })).toBe(400);
  expect(await patch({ type: 'replace_content' })).toBe(400);
  expect(await patch({ type: 'replace_content', replace_content, update_content: {} })).toBe(400);
  expect(await patch({ type: 'replace_content', replace_content: { ...replace_content, force: true } })).toBe(400);
  expect(await patch({ type: 'insert_content', insert_content: { content: 'x', after: 'two...' } })).toBe(400);
  const update = (content_updates: unknown[]) => patch({ type: 'update_content', update_content: { content_updates } });
  expect(await update([])).toBe(200);
  expect(await update([{ old_str: '', new_str: 'x' }])).toBe(400);
  expect(await update(Array.from({ length: 101 }, () => ({ old_str: 'one', new_str: 'one' })))).toBe(400);
  expect(await update(Array.from({ length: 100 }, () => ({ old_str: 'one', new_str: 'one' })))).toBe(200);

  workspace.addIntegration('reader', 'Reader', { update: false });
  workspace.addIntegration('writer', 'Writer', { read: false });
  const write = { page_id, type: 'replace_content' as const, replace_content };
  await expect(clientOf(emulator, 'reader').pages.updateMarkdown(write)).rejects.toMatchObject({ status: 403 });
  await expect(clientOf(emulator, 'writer').pages.retrieveMarkdown({ page_id })).rejects.toMatchObject({ status: 403 });
  const unknown = '<mention-page url="https://www.notion.so/00000000000000000000000000000000"/>';
  await expect(client.pages.updateMarkdown({ ...write, replace_content: { new_str: unknown } })).rejects.toMatchObject({
    status: 404,
  });
  workspace.trashPage(page_id);
  await expect(client.pages.updateMarkdown(write)).rejects.toMatchObject({ status: 400 });
  expect((await read()).markdown).toBe('one');
  workspace.restorePage(page_id);
  workspace.unshare(page_id);
  await expect(read()).rejects.toMatchObject({ status: 404 });
});

test('the new body is stored when the answer is lost after the commit', async () => {
  const { emulator, read, replace } = await withBody('one');
  emulator.faults.add(when({ kind: 'update_markdown' }, { kind: 'reset', afterCommit: true }));
  emulator.faults.add(when({ kind: 'read_markdown' }, { kind: 'status', status: 503 }));
  await expect(replace('two')).rejects.toThrow('fetch failed');
  await expect(read()).rejects.toMatchObject({ status: 503 });
  expect((await read()).markdown).toBe('two');
});

test("Notion's Duplicate copies the body with new block ids", async () => {
  const { workspace, page_id, ids } = await withBody(note);
  const copy = workspace.body(workspace.duplicatePage(page_id));
  expect(copy.markdown).toBe(note);
  expect(copy.blocks.filter(({ id }) => ids().includes(id))).toEqual([]);
});
