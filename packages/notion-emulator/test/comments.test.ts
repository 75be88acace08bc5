import { expect, test } from 'vitest';
import { clientOf, raw, start } from './support.ts';

const words = (content: string) => [{ text: { content } }];

async function withPage() {
  const emulator = await start();
  const page_id = emulator.workspace.createPage('Notes', { Title: 'N' }, undefined, 'one');
  return { emulator, workspace: emulator.workspace, client: clientOf(emulator), page_id };
}

test('a page and a block have comments of their own, and an answer is in the same discussion', async () => {
  const { client, page_id } = await withPage();
  const [block] = (await client.blocks.children.list({ block_id: page_id })).results;
  const block_id = block?.id ?? '';
  const first = await client.comments.create({ parent: { page_id }, rich_text: words('First') });
  if (!('discussion_id' in first)) throw new Error('the comment came without its content');
  const { discussion_id } = first;
  expect(first).toMatchObject({ object: 'comment', parent: { type: 'page_id', page_id } });
  const answer = await client.comments.create({ discussion_id, rich_text: words('Answer') });
  expect(answer).toMatchObject({ discussion_id, parent: { page_id }, rich_text: [{ plain_text: 'Answer' }] });
  await client.comments.create({ parent: { block_id }, rich_text: words('Of the block') });
  const of = async (id: string) =>
    (await client.comments.list({ block_id: id })).results.map(({ rich_text }) => rich_text[0]?.plain_text);
  expect([await of(page_id), await of(block_id)]).toEqual([['First', 'Answer'], ['Of the block']]);
  const page = await client.comments.list({ block_id: page_id, page_size: 1 });
  expect([page.results.length, page.has_more, page.next_cursor === null]).toEqual([1, true, false]);
});

test('a comment is edited and deleted, and then it is not found', async () => {
  const { emulator, client, page_id } = await withPage();
  const { id } = await client.comments.create({ parent: { page_id }, rich_text: words('One') });
  const edited = await raw(emulator, 'PATCH', `/v1/comments/${id}`, { rich_text: words('Two') });
  expect(edited.body).toMatchObject({ id, rich_text: [{ plain_text: 'Two' }] });
  expect((await raw(emulator, 'GET', `/v1/comments/${id}`)).body).toMatchObject({
    id,
    rich_text: [{ plain_text: 'Two' }],
  });
  expect((await raw(emulator, 'DELETE', `/v1/comments/${id}`)).status).toBe(200);
  expect((await raw(emulator, 'GET', `/v1/comments/${id}`)).body.code).toBe('object_not_found');
  expect((await client.comments.list({ block_id: page_id })).results).toEqual([]);
});

test('comments of what is trashed or not shared are refused, also by their discussion', async () => {
  const { emulator, workspace, client, page_id } = await withPage();
  const first = await client.comments.create({ parent: { page_id }, rich_text: words('First') });
  const discussion_id = 'discussion_id' in first ? first.discussion_id : '';
  const send = (body: object) => raw(emulator, 'POST', '/v1/comments', { rich_text: words('x'), ...body });
  expect((await send({})).status).toBe(400);
  expect((await send({ parent: { page_id }, discussion_id })).status).toBe(400);
  expect((await send({ parent: { page_id }, rich_text: words('x'.repeat(2001)) })).status).toBe(400);
  workspace.trashPage(page_id);
  expect([(await send({ parent: { page_id } })).status, (await send({ discussion_id })).status]).toEqual([400, 400]);
  workspace.restorePage(page_id);
  workspace.unshare(page_id);
  const codes = await Promise.all([{ parent: { page_id } }, { discussion_id }].map(send));
  expect(codes.map(({ body }) => body.code)).toEqual(['object_not_found', 'object_not_found']);
  expect((await raw(emulator, 'GET', `/v1/comments?block_id=${page_id}`)).status).toBe(404);
});
