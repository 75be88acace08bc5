import { expect, test } from 'vitest';
import { clientOf, property, raw, sourceOf, start, titled } from './support.ts';

const file = (content: string, type = 'text/plain') => ({
  filename: 'a.txt',
  data: new Blob([content], { type }),
});

test('a file is announced, sent and attached to a property and a body', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  emulator.workspace.addProperty('Tasks', 'Files', { files: {} });
  const made = await client.fileUploads.create({ filename: 'a.txt', content_type: 'text/plain' });
  expect(made).toMatchObject({ object: 'file_upload', status: 'pending', filename: 'a.txt', content_length: null });
  const properties = { Title: titled('T'), Files: { files: [{ file_upload: { id: made.id } }] } };
  const parent = { data_source_id: sourceOf('tasks') };
  await expect(client.pages.create({ parent, properties })).rejects.toThrow(/is not ready to attach/);
  const sent = await client.fileUploads.send({ file_upload_id: made.id, file: file('hello') });
  expect(sent).toMatchObject({ status: 'uploaded', content_type: 'text/plain', content_length: 5 });
  const page = await client.pages.create({
    parent,
    properties,
    children: [{ file: { file_upload: { id: made.id } } }],
  });
  expect(property(page, 'Files', 'files').files).toMatchObject([
    { name: 'a.txt', type: 'file', file: { url: expect.stringContaining('X-Amz-Signature=') } },
  ]);
  const { results } = await client.blocks.children.list({ block_id: page.id });
  expect(results).toMatchObject([{ type: 'file', file: { type: 'file' } }]);
  expect((await client.fileUploads.retrieve({ file_upload_id: made.id })).expiry_time).toBeNull();
});

test('a file in parts is complete when all of them were sent', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const { id } = await client.fileUploads.create({ mode: 'multi_part', filename: 'a.txt', number_of_parts: 2 });
  const part = (number: string) =>
    client.fileUploads.send({ file_upload_id: id, file: file('half'), part_number: number });
  await expect(client.fileUploads.send({ file_upload_id: id, file: file('half') })).rejects.toThrow(/part_number/);
  expect(await part('1')).toMatchObject({ status: 'pending', number_of_parts: { total: 2, sent: 1 } });
  await expect(client.fileUploads.complete({ file_upload_id: id })).rejects.toThrow(/Only 1 of 2 parts/);
  await part('2');
  expect(await client.fileUploads.complete({ file_upload_id: id })).toMatchObject({
    status: 'uploaded',
    content_length: 8,
  });
});

test('an upload expires after an hour, and uploads are listed by status', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const old = await client.fileUploads.create({ filename: 'old.txt' });
  emulator.workspace.clock.advance(3_600_001);
  const { id } = await client.fileUploads.create({ filename: 'new.txt' });
  const listed = async (status: 'pending' | 'expired') =>
    (await client.fileUploads.list({ status })).results.map((each) => each.id);
  expect([await listed('expired'), await listed('pending')]).toEqual([[old.id], [id]]);
  await expect(client.fileUploads.send({ file_upload_id: old.id, file: file('x') })).rejects.toThrow(/not pending/);
  const image = client.fileUploads.create({ filename: 'a.png', content_type: 'image/png' });
  const wrong = client.fileUploads.send({ file_upload_id: (await image).id, file: file('x') });
  await expect(wrong).rejects.toThrow(/does not match the expected content type/);
  expect((await raw(emulator, 'POST', '/v1/file_uploads', { mode: 'multi_part', filename: 'a' })).status).toBe(400);
  expect((await raw(emulator, 'GET', `/v1/file_uploads/${sourceOf('tags')}`)).body.code).toBe('object_not_found');
});
