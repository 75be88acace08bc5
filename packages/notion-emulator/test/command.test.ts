import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@notionhq/client';
import { afterEach, expect, test, vi } from 'vitest';
import { runCommand } from '../src/command.ts';
import { databaseOf } from './support.ts';

const COMMAND = new URL('../src/command.ts', import.meta.url).href;
const DATABASES = fileURLToPath(new URL('./databases.json', import.meta.url));

type Process = ChildProcessByStdio<null, Readable, Readable>;
const running: Process[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Runs the sources of the command, so that the test does not depend on what was compiled last. */
function run(...args: string[]): Process {
  const script = `import { runCommand } from '${COMMAND}'; await runCommand(process.argv.slice(1));`;
  const options = ['--import', 'tsx', '--input-type=module', '--eval', script, '--', ...args];
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  return child;
}

/** Runs the command in this process, for calls that end by themselves. */
async function call(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await runCommand(args);
  const code = process.exitCode ?? 0;
  process.exitCode = undefined;
  const printed = { code, stdout: log.mock.calls.join('\n'), stderr: error.mock.calls.join('\n') };
  vi.restoreAllMocks();
  return printed;
}

/** Everything that the command prints at start. */
async function started(child: Process): Promise<string> {
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  while (!output.includes('Ctrl-C') && child.exitCode === null) await sleep(20);
  return output;
}

test('the command serves a workspace until it is interrupted', async () => {
  const child = run('--port', '0', '--token', 'ntn_mine', '--requests-per-minute', '2', '--databases', DATABASES);
  const output = await started(child);
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
  expect(output).toContain(`new Client({ auth: 'ntn_mine', baseUrl: '${url}' })`);
  const client = new Client({ auth: 'ntn_mine', baseUrl: url, retry: false, logger: () => undefined });
  expect(await client.users.me({})).toMatchObject({ name: 'Integration' });
  expect(await client.databases.retrieve({ database_id: databaseOf('tags') })).toMatchObject({ object: 'database' });
  await expect(client.users.me({})).rejects.toMatchObject({ status: 429 });
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('the default workspace has one page to create databases in', async () => {
  const output = await started(run('--port', '0'));
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
  const [, page_id = ''] = /^Page for new databases: (\S+)$/m.exec(output) ?? [];
  const client = new Client({ auth: 'ntn_emulator', baseUrl: url });
  expect((await client.search({})).results.map(({ id }) => id)).toEqual([page_id]);
  const { id } = await client.databases.create({
    parent: { type: 'page_id', page_id },
    title: [{ text: { content: 'Tasks' } }],
    initial_data_source: { properties: { Name: { title: {} } } },
  });
  expect(await client.databases.retrieve({ database_id: id })).toMatchObject({ parent: { page_id } });
});

test.each([
  [['--frob'], /^notion-emulator: Unknown option '--frob'\. See notion-emulator --help$/],
  [['--port', 'x'], /^notion-emulator: --port must be a whole number from 0 to 65535, not x$/],
  [['--host', '0.0.0.0'], /^notion-emulator: --host must be 127\.0\.0\.1, ::1 or localhost, not 0\.0\.0\.0$/],
  [['--requests-per-minute', '0'], /^notion-emulator: --requests-per-minute must be a whole number of 1 or more.*$/],
  [['--databases', 'missing.json'], /^notion-emulator: cannot read missing\.json: .*$/],
])('%j is refused in one line', async (args, message) => {
  const { code, stdout, stderr } = await call(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
});

test('a port that is in use is refused in one line', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a listening TCP server always has one
  const { code, stderr } = await call('--port', String(port));
  server.close();
  expect([code, stderr]).toEqual([2, `notion-emulator: port ${port} is in use; choose another with --port`]);
});

test('help and version are printed', async () => {
  expect(await call('--help')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('--requests-per-minute'),
  });
  expect((await call('--version')).stdout).toMatch(/^\d+\.\d+\.\d+$/);
});
