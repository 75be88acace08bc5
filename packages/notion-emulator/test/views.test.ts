import { expect, test } from 'vitest';
import { databaseOf, raw, sourceOf, start } from './support.ts';

const database_id = databaseOf('tasks');
const data_source_id = sourceOf('tasks');
const open = { property: 'Status', select: { equals: 'Todo' } };

async function withView(more: object = {}) {
  const emulator = await start();
  const send = (method: string, path: string, body?: unknown) => raw(emulator, method, `/v1/views${path}`, body);
  const made = await send('POST', '', { database_id, data_source_id, name: 'Open', type: 'table', ...more });
  return { emulator, workspace: emulator.workspace, send, made, id: String(made.body.id) };
}

test('a database has a table from the start, and further views are created, changed and deleted', async () => {
  const { send, made, id } = await withView({ filter: open });
  expect(made.body).toMatchObject({ object: 'view', name: 'Open', type: 'table', data_source_id, filter: open });
  const listed = async () => (await send('GET', `?database_id=${database_id}`)).body.results;
  expect(await listed()).toEqual([
    { object: 'view', id: expect.any(String) },
    { object: 'view', id },
  ]);
  const changed = await send('PATCH', `/${id}`, { name: 'All', filter: null });
  expect(changed.body).toMatchObject({ id, name: 'All', filter: null, sorts: null });
  expect((await send('GET', `/${id}`)).body).toMatchObject({ name: 'All' });
  expect((await send('DELETE', `/${id}`)).body).toMatchObject({ object: 'view', id });
  expect((await send('GET', `/${id}`)).body.code).toBe('object_not_found');
  expect(await listed()).toHaveLength(1);
});

test('a query of a view has its filter and sorts, and is kept for 15 minutes', async () => {
  const sorts = [{ property: 'Title', direction: 'descending' }];
  const { workspace, send, id } = await withView({ filter: open, sorts });
  const ids = ['A', 'B', 'C'].map((Title) => workspace.createPage('Tasks', { Title, Status: 'Todo' }));
  workspace.createPage('Tasks', { Title: 'D', Status: 'Done' });
  const query = (await send('POST', `/${id}/queries`, {})).body;
  expect(query).toMatchObject({ object: 'view_query', view_id: id, total_count: 3 });
  const pages = ids.toReversed().map((page) => ({ object: 'page', id: page }));
  expect(query.results).toEqual(pages);
  workspace.trashPage(ids[0] ?? '');
  const kept = `/${id}/queries/${String(query.id)}`;
  expect((await send('GET', `${kept}?page_size=2`)).body).toMatchObject({ results: pages.slice(0, 2), has_more: true });
  workspace.clock.advance(15 * 60_000 + 1);
  expect((await send('GET', kept)).status).toBe(404);
  const again = `/${id}/queries/${String((await send('POST', `/${id}/queries`, {})).body.id)}`;
  expect((await send('DELETE', again)).body).toMatchObject({ deleted: true });
  expect((await send('GET', again)).status).toBe(404);
});

test('a filter that does not fit is refused, and so is what is not shared', async () => {
  const { workspace, send, id } = await withView();
  const wrong = { filter: { property: 'Gone', select: { equals: 'x' } } };
  expect((await send('PATCH', `/${id}`, wrong)).body.message).toMatch(/Could not find property/);
  expect((await send('POST', '', { database_id, data_source_id, type: 'table' })).status).toBe(400);
  expect((await send('GET', '')).status).toBe(400);
  workspace.unshare(database_id);
  for (const path of [`/${id}`, `?database_id=${database_id}`, `?data_source_id=${data_source_id}`]) {
    expect([path, (await send('GET', path)).status]).toEqual([path, 404]);
  }
});
