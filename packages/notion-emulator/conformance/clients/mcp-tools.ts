import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { NotionEmulator } from '../../src/index.ts';

const answerShape = z.object({
  id: z.number().optional(),
  result: z
    .object({
      tools: z.array(z.object({ name: z.string() })).optional(),
      content: z.array(z.object({ text: z.string().optional() })).optional(),
    })
    .optional(),
  error: z.object({ message: z.string() }).optional(),
});
type Answer = z.infer<typeof answerShape>;

/** Calls every tool of the official MCP server. @returns a line for each tool that fails */
export async function callEveryTool(script: string, emulator: NotionEmulator): Promise<string[]> {
  // With NOTION_TOKEN alone, the server sends some requests without a version, which Notion refuses.
  const headers = JSON.stringify({ Authorization: `Bearer ${emulator.token}`, 'Notion-Version': '2025-09-03' });
  const server = spawn('node', [script], {
    env: { ...process.env, OPENAPI_MCP_HEADERS: headers, BASE_URL: emulator.url },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  createInterface({ input: server.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const answer = answerShape.parse(JSON.parse(line));
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  let last = 0;
  const send = (method: string, params: object): Promise<Answer> => {
    last += 1;
    const id = last;
    server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  try {
    const clientInfo = { name: 'notion-emulator', version: '0' };
    await send('initialize', { protocolVersion: '2024-11-05', capabilities: {}, clientInfo });
    server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
    const failures: string[] = [];
    const call = async (name: string, input: object): Promise<Record<string, unknown>> => {
      const { result, error } = await send('tools/call', { name: `API-${name}`, arguments: input });
      const text = result?.content?.[0]?.text ?? error?.message ?? '';
      const value: unknown = text.startsWith('{') ? JSON.parse(text) : { status: 'error', message: text };
      const answer = z.record(z.string(), z.unknown()).parse(value);
      if (answer.status === 'error' || answer.object === 'error' || error)
        failures.push(`${name}: ${text.slice(0, 200)}`);
      called.add(`API-${name}`);
      return answer;
    };
    const called = new Set<string>();
    const offered = (await send('tools/list', {})).result?.tools ?? [];
    await session(call, emulator);
    for (const { name } of offered) if (!called.has(name)) failures.push(`${name} was not called`);
    return failures;
  } finally {
    server.kill();
  }
}

type Call = (name: string, input: object) => Promise<Record<string, unknown>>;

const idOf = (answer: Record<string, unknown>): string => String(answer.id);
const text = (content: string) => [{ text: { content } }];
const paragraph = (content: string) => ({ type: 'paragraph', paragraph: { rich_text: text(content) } });

async function session(call: Call, { workspace }: NotionEmulator): Promise<void> {
  await call('get-users', {});
  const me = await call('get-self', {});
  await call('get-user', { user_id: idOf(me) });
  await call('post-search', { query: 'Home' });

  const home = workspace.rootPageId;
  const page = await call('post-page', {
    parent: { page_id: home },
    properties: { title: text('From a tool') },
  });
  const page_id = idOf(page);
  await call('retrieve-a-page', { page_id });
  await call('patch-page', { page_id, properties: { title: { title: text('Renamed') } } });
  await call('retrieve-a-page-property', { page_id, property_id: 'title' });
  await call('patch-block-children', { block_id: page_id, children: [paragraph('one')] });
  const children = await call('get-block-children', { block_id: page_id });
  const [block] = z.array(z.object({ id: z.string() })).parse(children.results);
  const block_id = block?.id ?? '';
  await call('retrieve-a-block', { block_id });
  await call('update-a-block', { block_id, paragraph: { rich_text: text('two') } });
  await call('create-a-comment', { parent: { page_id }, rich_text: text('A comment') });
  await call('retrieve-a-comment', { block_id: page_id });
  await call('update-page-markdown', { page_id, type: 'insert_content', insert_content: { content: 'three' } });
  await call('retrieve-page-markdown', { page_id });
  await call('delete-a-block', { block_id });

  const database = workspace.createDatabase({ title: 'Tasks', properties: { Name: { title: {} } } });
  await call('retrieve-a-database', { database_id: database.id });
  const source = { data_source_id: database.dataSourceId };
  await call('retrieve-a-data-source', source);
  await call('update-a-data-source', { ...source, properties: { Done: { checkbox: {} } } });
  await call('list-data-source-templates', source);
  await call('query-data-source', source);
  await call('create-a-data-source', {
    parent: { type: 'database_id', database_id: database.id },
    properties: { Name: { title: {} } },
    title: text('More tasks'),
  });
  await call('move-page', { page_id, parent: { type: 'data_source_id', ...source } });
}
