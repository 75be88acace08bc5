import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientOf, raw, relatedIn, sourceOf, start, stop, titled } from './support.ts';

let folder = '';
let dataFile = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'notion-emulator-'));
  dataFile = join(folder, 'workspace.jsonl');
});

afterEach(() => rmSync(folder, { recursive: true }));

test('a workspace survives a restart, and its file has no token', async () => {
  const first = await start({ dataFile, token: 'ntn_very_secret' });
  const project = first.workspace.createPage('Projects', { Name: 'P' });
  const { id } = await clientOf(first).pages.create({
    parent: { data_source_id: sourceOf('tasks') },
    properties: {
      Title: titled('T'),
      Priority: { select: { name: 'Whenever' } },
      Project: { relation: [{ id: project }] },
    },
  });
  first.workspace.trashPage(first.workspace.createPage('Tags', { Name: 'Gone' }));
  const before = first.workspace.pages();
  const schema = first.workspace.databases();
  await stop(first);
  expect(readFileSync(dataFile, 'utf8')).not.toContain('ntn_very_secret');

  const second = await start({ dataFile });
  expect(second.workspace.pages()).toEqual(before);
  expect(second.workspace.databases()).toEqual(schema);
  expect(second.botId).toBe(first.botId);
  expect(relatedIn(await clientOf(second).pages.retrieve({ page_id: project }), 'Tasks')).toEqual([id]);
});

test('bodies are stored, and a journal without bodies can be read', async () => {
  const first = await start({ dataFile });
  const id = first.workspace.createPage('Notes', { Title: 'N' });
  first.workspace.createPage('Notes', { Title: 'Empty' });
  const { counters } = first;
  await clientOf(first).pages.updateMarkdown({
    page_id: id,
    type: 'replace_content',
    replace_content: { new_str: '# Body\n- one' },
  });
  expect(counters.read().writes).toBe(1);
  const body = first.workspace.body(id);
  await stop(first);
  const second = await start({ dataFile });
  expect(second.workspace.body(id)).toEqual(body);
  await stop(second);
  // The second start compacted the journal.
  const lines = readFileSync(dataFile, 'utf8').split('\n');
  const older = lines.filter((line) => !line.includes('"table":"body"'));
  // The body of the note, and that of the page that contains the databases.
  expect(older).toHaveLength(lines.length - 2);
  writeFileSync(dataFile, older.join('\n'));
  const third = await start({ dataFile });
  expect(third.workspace.body(id)).toEqual({ markdown: '', blocks: [] });
});

test('a table of an older journal gets its rows as blocks', async () => {
  const first = await start({ dataFile });
  const page = first.workspace.createPage('Notes', { Title: 'N' }, undefined, 'text');
  await stop(first);
  const table = {
    id: '745e79dd-3e43-40de-9d51-39357c1c428f',
    type: 'table',
    headerRow: false,
    headerColumn: false,
    rows: [[[]], [[]]],
  };
  const puts = [{ table: 'body', row: { pageId: page, blocks: [table], loaded: null } }];
  appendFileSync(dataFile, `${JSON.stringify({ at: 0, puts })}\n`);
  const second = await start({ dataFile });
  const client = clientOf(second);
  const [shown] = (await client.blocks.children.list({ block_id: page })).results;
  const rows = (await client.blocks.children.list({ block_id: shown?.id ?? '' })).results;
  expect(rows).toMatchObject([{ type: 'table_row' }, { type: 'table_row' }]);
  expect(await client.blocks.retrieve({ block_id: rows[1]?.id ?? '' })).toMatchObject({ type: 'table_row' });
});

test('a start compacts the journal', async () => {
  const first = await start({ dataFile });
  const id = first.workspace.createPage('Tags', { Name: 'One' });
  for (let n = 0; n < 50; n += 1) {
    first.workspace.clock.advance(60_000);
    first.workspace.editPage(id, { Name: `Edit ${n}` });
  }
  await stop(first);
  const lines = () => readFileSync(dataFile, 'utf8').split('\n').length;
  const before = lines();
  const second = await start({ dataFile });
  expect(lines()).toBeLessThan(before - 20);
  expect(second.workspace.page(id).title).toBe('Edit 49');
});

test('an incomplete last line is dropped, and a damaged line is an error', async () => {
  const first = await start({ dataFile });
  const id = first.workspace.createPage('Tags', { Name: 'One' });
  await stop(first);
  appendFileSync(dataFile, '{"at":1,"puts":[{"table":"pa');
  const second = await start({ dataFile });
  expect(second.workspace.pages('Tags').map((page) => page.id)).toEqual([id]);
  await stop(second);
  writeFileSync(dataFile, `broken\n${readFileSync(dataFile, 'utf8')}`);
  await expect(start({ dataFile })).rejects.toThrow(/line 1 is damaged/);
});

test('answered writes survive kill -9', async () => {
  const script = fileURLToPath(new URL('./journal-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, dataFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = await once(createInterface({ input: child.stdout }), 'line');
  const made: unknown[] = [];
  for (let n = 0; n < 5; n += 1) {
    const body = { parent: { data_source_id: sourceOf('tags') }, properties: { Name: titled(`Tag ${n}`) } };
    made.push((await raw({ url, token: 'token' }, 'POST', '/v1/pages', body)).body.id);
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  const emulator = await start({ dataFile });
  expect(emulator.workspace.pages('Tags').map((page) => page.id)).toEqual(made);
}, 30_000);
