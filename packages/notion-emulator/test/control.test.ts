import { request } from 'node:http';
import { expect, test } from 'vitest';
import { clientOf, databaseOf, property, sourceOf, start, when } from './support.ts';

/** `fetch` does not allow setting `Host` and `Origin`. */
function send(port: number, path: string, headers: Record<string, string>, body?: unknown): Promise<[number, unknown]> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request({ port, host: '127.0.0.1', path, method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => {
        const json = response.headers['content-type']?.includes('json');
        resolve([response.statusCode ?? 0, json ? JSON.parse(text) : text]);
      });
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

test('other processes can do what a person does through the control API', async () => {
  const emulator = await start();
  const client = clientOf(emulator);
  const act = async (action: string, body: unknown = {}) => {
    const [status, answer] = await send(
      emulator.port,
      `/_emulator/${action}`,
      { 'content-type': 'application/json' },
      body,
    );
    expect([status, answer]).toEqual([200, expect.anything()]);
    return answer as Record<string, unknown>;
  };
  const { id } = await act('createPage', { database: databaseOf('tasks'), values: { Title: 'T', Status: 'Todo' } });
  const page_id = String(id);
  await act('editPage', { id, values: { 'Due Date': '2026-03-05' } });
  expect(property(await client.pages.retrieve({ page_id }), 'Due Date', 'date').date?.start).toBe('2026-03-05');
  await act('trashPage', { id });
  expect(await act('page', { id })).toMatchObject({ trashed: true, title: 'T', dataSourceId: sourceOf('tasks') });
  await act('restorePage', { id });
  await act('duplicatePage', { id });
  expect(await act('pages', { database: 'Tasks' })).toHaveLength(2);
  await act('movePage', { id, database: 'System Fixes' });
  await act('unshare', { id });
  await expect(client.pages.retrieve({ page_id })).rejects.toMatchObject({ status: 404 });
  await act('renameProperty', { database: 'Tasks', property: 'Notes', name: 'Words' });
  await act('retypeProperty', { database: 'Tasks', property: 'Words', config: { number: {} } });
  await act('deleteProperty', { database: 'Tasks', property: 'Words' });
  await act('configure', { indexLagMs: 2_000, requestsPerMinute: 5 });
  expect(await act('clock', { at: '2027-01-01T00:00:00Z', advanceMs: 500 })).toEqual({
    now: '2027-01-01T00:00:00.500Z',
  });
  await act('addFault', when({ kind: 'me' }, { kind: 'status', status: 500 }));
  await expect(client.users.me({})).rejects.toMatchObject({ status: 500 });
  expect(await act('faults')).toMatchObject([{ fired: 1 }]);
  expect(await act('counters', { reset: true })).toMatchObject({ total: 3, byKind: { read: 2, me: 1 }, writes: 0 });
  expect(await act('state')).toMatchObject({ settings: { indexLagMs: 2_000 }, databases: expect.any(Array) });
});

test('other processes change options and data sources through the control API', async () => {
  const emulator = await start();
  const act = async (action: string, body: unknown) => {
    const json = { 'content-type': 'application/json' };
    const [status, answer] = await send(emulator.port, `/_emulator/${action}`, json, body);
    expect([status, answer]).toEqual([200, expect.anything()]);
    return answer as Record<string, unknown>;
  };
  await act('renameOption', { database: 'Tasks', property: 'Priority', option: 'High', name: 'Urgent' });
  await act('deleteOption', { database: 'Tasks', property: 'Priority', option: 'Low' });
  expect(emulator.workspace.dataSource('Tasks').properties.Priority).toMatchObject({
    select: { options: [{ name: 'Medium' }, { name: 'Urgent' }, { name: 'Critical' }] },
  });
  const { id } = await act('addDataSource', { database: 'Tasks', title: 'Someday' });
  await act('moveDataSource', { dataSource: id, database: 'Tags' });
  await act('trashDataSource', { dataSource: id });
  expect(emulator.workspace.dataSource('Someday')).toMatchObject({
    id,
    in_trash: true,
    parent: { database_id: databaseOf('tags') },
  });
  await act('restoreDataSource', { dataSource: id });
  expect(emulator.workspace.dataSource('Someday').in_trash).toBe(false);
});

test('a wrong action or body is refused with a message that names it', async () => {
  const emulator = await start();
  const act = (action: string, body: unknown) =>
    send(emulator.port, `/_emulator/${action}`, { 'content-type': 'application/json' }, body);
  expect(await act('explode', {})).toEqual([404, { error: expect.stringContaining('no action explode') }]);
  expect(await act('constructor', {})).toMatchObject([404, {}]);
  expect(await act('trashPage', { page: 'x' })).toMatchObject([400, { error: expect.stringContaining('id') }]);
  expect(await act('createPage', { database: 'Tags', values: { Gone: 1 } })).toEqual([
    400,
    { error: 'Tags has no property Gone' },
  ]);
});

test('web sites cannot use the control API', async () => {
  const { port, workspace } = await start();
  const json = { 'content-type': 'application/json' };
  const create = (headers: Record<string, string>) =>
    send(port, '/_emulator/createPage', headers, { database: 'Tags', values: { Name: 'x' } });
  for (const origin of ['https://evil.example', 'null', `http://evil.example:${port}`, 'http://127.0.0.1:1']) {
    expect((await create({ ...json, origin }))[0], origin).toBe(403);
  }
  // A foreign host name that resolves to this machine.
  expect((await create({ ...json, host: `evil.example:${port}`, origin: `http://evil.example:${port}` }))[0]).toBe(403);
  expect((await create({ 'content-type': 'text/plain' }))[0]).toBe(415);
  expect((await send(port, '/', { host: 'evil.example' }))[0]).toBe(403);
  expect((await send(port, '/v1/users/me', { host: `evil.example:${port}` }))[0]).toBe(403);
  expect(workspace.pages('Tags')).toEqual([]);
  expect((await create({ ...json, origin: `http://127.0.0.1:${port}` }))[0]).toBe(200);
});

test('the web page is served and never parses content as HTML', async () => {
  const { port } = await start();
  const [status, html] = await send(port, '/', {});
  expect(status).toBe(200);
  expect(html).toContain('Notion emulator');
  expect(html).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
});
