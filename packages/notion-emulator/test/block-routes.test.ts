import { isFullBlock } from '@notionhq/client';
import { expect, test } from 'vitest';
import { clientOf, raw, start } from './support.ts';

const note = [
  '# Plan {color="red"}',
  '- one',
  '\t- [x] done',
  '```typescript',
  'let a;',
  '```',
  '<table header-row="true">',
  '<tr>',
  '<td>a</td>',
  '</tr>',
  '</table>',
  '![cat](https://example.com/cat.png)',
  '<callout icon="💡">',
  '\tMind',
  '</callout>',
].join('\n');

async function withBody(markdown: string) {
  const emulator = await start();
  const page_id = emulator.workspace.createPage('Notes', { Title: 'N' }, undefined, markdown);
  const client = clientOf(emulator);
  const children = async (block_id: string) =>
    (await client.blocks.children.list({ block_id })).results.map((block) => {
      if (!isFullBlock(block)) throw new Error('a block came without its content');
      return block;
    });
  const markdownNow = () => emulator.workspace.body(page_id).markdown;
  return { emulator, workspace: emulator.workspace, client, page_id, children, markdownNow };
}

test('blocks are listed one level at a time, and read one by one', async () => {
  const { workspace, client, page_id, children } = await withBody(note);
  workspace.addUnsupportedBlock(page_id, 'button');
  workspace.addImage(page_id, 'cat.png');
  const child = workspace.addChildPage(page_id, 'Child');
  const top = await children(page_id);
  expect(top).toMatchObject([
    { type: 'heading_1', heading_1: { color: 'red', is_toggleable: false }, parent: { page_id }, has_children: false },
    { type: 'bulleted_list_item', has_children: true },
    { type: 'code', code: { language: 'typescript', rich_text: [{ plain_text: 'let a;' }] } },
    { type: 'table', table: { table_width: 1, has_column_header: true }, has_children: true },
    { type: 'image', image: { type: 'external', external: { url: 'https://example.com/cat.png' } } },
    { type: 'callout', callout: { icon: { emoji: '💡' }, rich_text: [{ plain_text: 'Mind' }] } },
    { type: 'unsupported', unsupported: { block_type: 'button' } },
    { type: 'image', image: { type: 'file', file: { url: expect.stringContaining('X-Amz-Signature=') } } },
    { type: 'child_page', id: child, child_page: { title: 'Child' } },
  ]);
  const [, list, , table] = top;
  const [todo] = await children(list?.id ?? '');
  expect(todo).toMatchObject({ type: 'to_do', to_do: { checked: true }, parent: { block_id: list?.id } });
  expect(await children(table?.id ?? '')).toMatchObject([
    { type: 'table_row', table_row: { cells: [[{ plain_text: 'a' }]] } },
  ]);
  expect(await client.blocks.retrieve({ block_id: todo?.id ?? '' })).toMatchObject(todo ?? {});
  workspace.unshare(child);
  expect((await children(page_id)).map(({ type }) => type)).not.toContain('child_page');
  workspace.unshare(page_id);
  await expect(client.blocks.retrieve({ block_id: todo?.id ?? '' })).rejects.toMatchObject({ status: 404 });
});

test('a long list of children is paginated', async () => {
  const { client, page_id } = await withBody(Array.from({ length: 130 }, (_, n) => `line ${n}`).join('\n'));
  const first = await client.blocks.children.list({ block_id: page_id });
  expect([first.results.length, first.has_more]).toEqual([100, true]);
  const rest = await client.blocks.children.list({ block_id: page_id, start_cursor: first.next_cursor ?? '' });
  expect([rest.results.length, rest.has_more, rest.next_cursor]).toEqual([30, false, null]);
});

test('blocks are added, edited and deleted', async () => {
  const { workspace, client, page_id, children, markdownNow } = await withBody('one\nthree');
  const [one] = await children(page_id);
  const paragraph = (content: string) => ({ paragraph: { rich_text: [{ text: { content } }] } });
  await client.blocks.children.append({ block_id: page_id, after: one?.id ?? '', children: [paragraph('two')] });
  await client.blocks.children.append({
    block_id: page_id,
    children: [
      { to_do: { rich_text: [{ text: { content: 'four' } }], checked: true, children: [paragraph('below')] } },
      { divider: {} },
    ],
  });
  expect(markdownNow()).toBe('one\ntwo\nthree\n- [x] four\n\tbelow\n---');
  const edited = { block_id: one?.id ?? '', paragraph: { rich_text: [{ text: { content: 'ONE' } }] } };
  await client.blocks.update(edited);
  const [, two] = await children(page_id);
  expect(await client.blocks.delete({ block_id: two?.id ?? '' })).toMatchObject({ id: two?.id, in_trash: true });
  expect(markdownNow()).toBe('ONE\nthree\n- [x] four\n\tbelow\n---');
  expect(await client.blocks.retrieve({ block_id: two?.id ?? '' })).toMatchObject({ in_trash: true });
  workspace.trashPage(page_id);
  await expect(client.blocks.update(edited)).rejects.toMatchObject({ status: 400 });
});

test('invalid block requests are 400, and requests that are not supported are 501', async () => {
  const { emulator, page_id, children } = await withBody('---\none');
  const [divider, paragraph] = await children(page_id);
  const append = async (id: string | undefined, ...blocks: unknown[]) =>
    (await raw(emulator, 'PATCH', `/v1/blocks/${id}/children`, { children: blocks })).status;
  const text = { rich_text: [{ text: { content: 'x' } }] };
  expect(await append(divider?.id, { paragraph: text })).toBe(400);
  expect(await append(page_id, { paragraph: { ...text, checked: true } })).toBe(400);
  expect(await append(page_id, { type: 'quote', paragraph: text })).toBe(400);
  expect(await append(page_id, ...Array.from({ length: 101 }, () => ({ paragraph: text })))).toBe(400);
  expect(await append(page_id, { bookmark: { url: 'example' } })).toBe(400);
  expect(await append(page_id, { tab: {} })).toBe(501);
  const below = (children: unknown[]) => ({ paragraph: { ...text, children } });
  const deep = below([below([below([{ paragraph: text }])])]);
  expect(await append(page_id, deep)).toBe(400);
  const quote = await raw(emulator, 'PATCH', `/v1/blocks/${paragraph?.id}`, { quote: text });
  expect(quote.status).toBe(400);
  expect((await raw(emulator, 'GET', '/v1/blocks/00000000-0000-4000-8000-000000000000')).body.code).toBe(
    'object_not_found',
  );
});
