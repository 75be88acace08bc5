import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { auth, calendar } from '@googleapis/calendar';
import { afterEach, expect, test, vi } from 'vitest';
import { runCommand } from '../src/command.ts';
import { failureOf, lunch } from './support.ts';

const COMMAND = new URL('../src/command.ts', import.meta.url).href;

type Process = ChildProcessByStdio<null, Readable, null>;
const running: Process[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Runs the sources of the command, so that the test does not depend on what was compiled last. */
async function run(...args: string[]): Promise<{ child: Process; output: string }> {
  const script = `import { runCommand } from '${COMMAND}'; await runCommand(process.argv.slice(1));`;
  const options = ['--import', 'tsx', '--input-type=module', '--eval', script, '--', ...args];
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  while (!output.includes('Ctrl-C') && child.exitCode === null) await sleep(20);
  return { child, output };
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

test('the command serves calendars until it is interrupted', async () => {
  const calendars = 'ann@example.com,team@example.com:reader';
  const { child, output } = await run('--port', '0', '--calendars', calendars, '--time-zone', 'Europe/Berlin');
  const [rootUrl = ''] = /http:\/\/127\.0\.0\.1:\d+\//.exec(output) ?? [];
  const [, oauth2TokenUrl = ''] = /oauth2TokenUrl: '(.*?)'/.exec(output) ?? [];
  expect(output).toContain('Refresh token: emulator-refresh-token');
  const client = new auth.OAuth2({
    clientId: 'emulator-client',
    clientSecret: 'emulator-secret',
    endpoints: { oauth2TokenUrl },
  });
  client.setCredentials({ refresh_token: 'emulator-refresh-token' });
  const { events } = calendar({ version: 'v3', auth: client, rootUrl, retry: false });
  const { data } = await events.insert({ calendarId: 'primary', requestBody: lunch });
  expect(data.start?.dateTime).toBe('2026-03-01T21:00:00+01:00');
  expect((await events.list({ calendarId: 'team@example.com' })).data.accessRole).toBe('reader');
  const write = events.insert({ calendarId: 'team@example.com', requestBody: lunch });
  expect(await failureOf(write)).toMatchObject({ status: 403 });
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test.each([
  [['--frob'], /^google-emulator: Unknown option '--frob'\. See google-emulator --help$/],
  [['--port', '65536'], /^google-emulator: --port must be a whole number from 0 to 65535, not 65536$/],
  [['--host', '0.0.0.0'], /^google-emulator: --host must be 127\.0\.0\.1, ::1 or localhost, not 0\.0\.0\.0$/],
  [['--time-zone', 'Mars'], /^google-emulator: --time-zone must be a time zone such as Europe\/Berlin, not Mars$/],
  [['--calendars', 'me@example.com:boss'], /^google-emulator: --calendars must be a list such as .*$/],
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
  expect([code, stderr]).toEqual([2, `google-emulator: port ${port} is in use; choose another with --port`]);
});

test('help and version are printed', async () => {
  expect(await call('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('--calendars') });
  expect((await call('--version')).stdout).toMatch(/^\d+\.\d+\.\d+$/);
});
