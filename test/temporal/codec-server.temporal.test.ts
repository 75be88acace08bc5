import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporalBinary } from '../../src/embedded/temporal-binary.ts';
import { dataConverter } from '../../src/temporal/payload-codec.ts';
import { emptyFolder, type RunningCli, runCli, startCli } from '../support/cli.ts';
import { testTemporal } from '../support/temporal.ts';

const [key, other] = [0, 1].map(() => randomBytes(32).toString('base64')) as [string, string];
const UI = 'http://127.0.0.1:8233';
const SECRET = 'a quagga';
/** As the command prints it. */
const SHOWN = Buffer.from(JSON.stringify(SECRET)).toString('base64');

const folder = emptyFolder();
let connection: Connection;
let server: RunningCli;
let url: string;

beforeAll(async () => {
  connection = await Connection.connect({ address: testTemporal().address });
  server = startCli(['codec-server', '--port', '0'], folder.path, { LOCKSTEP_TEMPORAL_ENCRYPTION_KEY: key });
  let said = '';
  server.process.stderr?.on('data', (text: string) => {
    said += text;
  });
  await server.waitForOutput(/codec server on \S+ for \S+ /);
  url = /codec server on (\S+)/.exec(said)?.[1] ?? expect.fail('no address was printed');
});
afterAll(async () => {
  server.process.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
  await connection.close();
  folder.remove();
});

interface Reply {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
}

/** With headers that `fetch` would not send. */
function send(path: string, headers: Record<string, string>, body: string | null): Promise<Reply> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const method = body === null ? 'OPTIONS' : 'POST';
    const sent = request({ hostname, port, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body ?? '');
  });
}

/** Encrypted payloads as the Web UI sends them. */
async function sealed(keys = key): Promise<string> {
  const [codec] = dataConverter(keys).payloadCodecs ?? [];
  const [payload] =
    (await codec?.encode([{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(`"${SECRET}"`) }])) ??
    [];
  const metadata = Object.entries(payload?.metadata ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString('base64'),
  ]);
  return JSON.stringify({
    payloads: [{ metadata: Object.fromEntries(metadata), data: Buffer.from(payload?.data ?? []).toString('base64') }],
  });
}

const dataOf = (text: string): string => Buffer.from(JSON.parse(text).payloads[0].data, 'base64').toString();

describe('lockstep codec-server', () => {
  test('lets the temporal command read an encrypted workflow', async () => {
    const { address, namespace } = testTemporal();
    const client = new Client({ connection, namespace, dataConverter: dataConverter(key) });
    const workflowId = `codec-${randomUUID()}`;
    const handle = await client.workflow.start('nothing', { taskQueue: workflowId, workflowId, args: [SECRET] });
    const show = async (...more: string[]): Promise<string> => {
      const where = ['--address', address, '--namespace', namespace, '--workflow-id', workflowId];
      const command = await temporalBinary(undefined, () => undefined);
      return (await promisify(execFile)(command, ['workflow', 'show', ...where, '--output', 'json', ...more])).stdout;
    };
    expect(await show()).not.toContain(SHOWN);
    expect(await show('--codec-endpoint', url)).toContain(SHOWN);
    expect(await show('--codec-endpoint', `${url}/{namespace}`)).toContain(SHOWN);
    await handle.terminate();
  });

  test('answers the Web UI, by both names of this machine, and encrypts what it starts', async () => {
    const preflight = await send('/decode', { origin: UI, 'access-control-request-method': 'POST' }, null);
    expect(preflight).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': UI } });
    expect(preflight.headers['access-control-allow-headers']).toContain('x-namespace');
    for (const origin of [UI, UI.replace('127.0.0.1', 'localhost')]) {
      const reply = await send('/decode', { origin }, await sealed());
      expect(reply).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': origin } });
      expect(dataOf(reply.text)).toBe(`"${SECRET}"`);
    }
    const plain = JSON.stringify({ payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'MQ==' }] });
    const encoded = (await send('/encode', { origin: UI }, plain)).text;
    expect(encoded).not.toContain('MQ==');
    expect(dataOf((await send('/decode', { origin: UI }, encoded)).text)).toBe('1');
  });

  test.each<[string, Record<string, string>, string, number, RegExp]>([
    ['a page of another site', { origin: 'https://evil.example' }, '/decode', 403, /pages of https:\/\/evil\.example/],
    ['a page without an origin', { origin: 'null' }, '/decode', 403, /are refused/],
    ['a name that points at this machine', { host: 'evil.example' }, '/decode', 421, /not served/],
    ['another path', { origin: UI }, '/download', 404, /not found/],
  ])('refuses %s', async (_, headers, path, status, message) => {
    const reply = await send(path, headers, await sealed());
    expect(reply.status).toBe(status);
    expect(reply.text).toMatch(message);
    expect(reply.text).not.toContain(SECRET);
  });

  test('says which key is missing, and refuses what is no payload', async () => {
    const unknown = await send('/decode', { origin: UI }, await sealed(other));
    expect(unknown).toMatchObject({ status: 400, headers: { 'access-control-allow-origin': UI } });
    expect(unknown.text).toMatch(/^payloads in Temporal are encrypted with another key: [^\n]+\n$/);
    for (const body of ['', '{}', '{"payloads":[{"data":1}]}', '{"payloads":[{"data":"?"}]}']) {
      expect(await send('/decode', { origin: UI }, body)).toMatchObject({ status: 400 });
    }
  });

  test.each<[string, string[], Record<string, string>, RegExp]>([
    ['without a key', [], {}, /LOCKSTEP_TEMPORAL_ENCRYPTION_KEY is not set/],
    [
      'for an origin that is no URL',
      ['--origin', 'null'],
      { LOCKSTEP_TEMPORAL_ENCRYPTION_KEY: key },
      /--origin must be a URL/,
    ],
  ])('does not start %s', async (_, args, env, says) => {
    const { code, stderr } = await runCli(['codec-server', ...args], folder.path, env);
    expect(code).toBe(78);
    expect(stderr).toMatch(says);
  });
});
