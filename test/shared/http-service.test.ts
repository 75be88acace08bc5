import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors.ts';
import {
  HttpService,
  type HttpServiceOptions,
  routeByPath,
  type StreamConnection,
  textReply,
} from '../../src/shared/http-service.ts';
import { formatListenAddress, parseListenAddress } from '../../src/shared/listen-address.ts';

const MAX_BODY_BYTES = 1_000;

const lines: string[] = [];
const running: HttpService[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
  lines.length = 0;
});

async function run(options: Partial<HttpServiceOptions> = {}): Promise<HttpService> {
  const service = new HttpService({
    id: 'test',
    address: { host: '127.0.0.1', port: 0 },
    maxBodyBytes: MAX_BODY_BYTES,
    say: (line) => lines.push(line),
    handle: routeByPath({
      '/echo': { method: 'POST', handle: async ({ readBody }) => textReply(200, String(await readBody())) },
      '/fail': { method: 'GET', handle: () => Promise.reject(new Error('secret details')) },
    }),
    ...options,
  });
  await service.run();
  running.push(service);
  return service;
}

/** Sends the text as it is, and reads until the server closes the connection. */
async function sendRaw(url: string, content: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(content);
  return text(socket);
}

const post = (url: string, body: string) => fetch(url, { method: 'POST', body });

describe('a request', () => {
  test('is routed by path and method', async () => {
    const { url } = await run();
    const echoed = await post(`${url}/echo?x=1`, 'hello');
    expect([echoed.status, await echoed.text()]).toEqual([200, 'hello\n']);
    expect((await fetch(`${url}/constructor`)).status).toBe(404);
    const refused = await fetch(`${url}/echo`);
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test.each(['//', 'http://[', 'http://a:b/'])('for %s is malformed: 400, and nothing in the log', async (target) => {
    const { url } = await run();
    const reply = await sendRaw(url, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(reply).toMatch(/^HTTP\/1\.1 400 /);
    expect(reply).toContain('malformed request');
    expect(lines).toEqual([]);
  });

  test('that is not HTTP gets 400', async () => {
    const { url } = await run();
    expect(await sendRaw(url, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('with too large a body gets 413, whether it declares its length or not', async () => {
    const { url } = await run();
    expect((await post(`${url}/echo`, 'x'.repeat(MAX_BODY_BYTES))).status).toBe(200);
    expect((await post(`${url}/echo`, 'x'.repeat(1_000_000))).status).toBe(413);
    const chunked = request(`${url}/echo`, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
    for (let n = 0; n < 100; n += 1) chunked.write('x'.repeat(10_000));
    chunked.end();
    const [response] = await once(chunked, 'response');
    expect(response.statusCode).toBe(413);
    response.resume();
  });

  test('that fails gets 503; only the log says why', async () => {
    const { url } = await run();
    const reply = await fetch(`${url}/fail`);
    expect(reply.status).toBe(503);
    expect(await reply.text()).not.toContain('secret');
    expect(lines).toEqual(['test: a request failed: secret details']);
  });

  test('for another host is refused where the service checks it; /healthz is not', async () => {
    const { url } = await run({ checkHost: (host) => (host === 'lockstep.example' ? null : 'unknown host') });
    expect((await fetch(`${url}/fail`)).status).toBe(421);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const reply = await sendRaw(url, 'GET /x HTTP/1.1\r\nHost: lockstep.example\r\nConnection: close\r\n\r\n');
    expect(reply).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('that takes too long to arrive is ended', async () => {
    const { url } = await run({ timeoutMs: 100 });
    expect(await sendRaw(url, 'POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nh')).toMatch(
      /^HTTP\/1\.1 408 /,
    );
  });
});

test('/healthz says whether the service is healthy, and why not', async () => {
  let problem: string | null = null;
  const { url } = await run({ checkHealth: () => problem });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  problem = 'no work is taken';
  const reply = await fetch(`${url}/healthz`);
  expect([reply.status, await reply.text()]).toEqual([503, 'no work is taken\n']);
});

test('stop answers the requests in progress, and accepts no others', async () => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isStarted = false;
  const service = await run({
    handle: async () => {
      isStarted = true;
      await gate;
      return textReply(200, 'done');
    },
  });
  const reply = fetch(service.url);
  await expect.poll(() => isStarted).toBe(true);
  const stopped = service.stop();
  await expect(fetch(service.url)).rejects.toThrow();
  release();
  expect((await reply).headers.get('connection')).toBe('close');
  await stopped;
});

describe('a stream', () => {
  const streams: StreamConnection[] = [];
  const handle = async () => ({
    status: 200,
    headers: {},
    open: (stream: StreamConnection) => void streams.push(stream),
  });
  afterEach(() => void streams.splice(0));

  test('arrives as it is written, and ends', async () => {
    const { url } = await run({ handle });
    const reply = await fetch(url);
    const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader();
    streams[0]?.write('first');
    expect(await reader?.read()).toEqual({ done: false, value: 'first' });
    streams[0]?.end();
    expect(await reader?.read()).toMatchObject({ done: true });
    expect(streams[0]?.signal.aborted).toBe(true);
  });

  test('ends at once when the service stops', async () => {
    const service = await run({ handle });
    const reply = await fetch(service.url);
    const content = reply.text();
    streams[0]?.write('first');
    await service.stop();
    expect(await content).toBe('first');
    expect(streams[0]?.signal.aborted).toBe(true);
  });

  test('tells when its client has gone, or does not read', async () => {
    const { url } = await run({ handle });
    const client = new AbortController();
    await fetch(url, { signal: client.signal });
    client.abort();
    await expect.poll(() => streams[0]?.signal.aborted).toBe(true);
    await once(request(url).end(), 'response');
    for (let sent = 0; sent < 100 && !streams[1]?.signal.aborted; sent += 1) {
      streams[1]?.write('x'.repeat(1_000_000));
      await new Promise(setImmediate);
    }
    expect(streams[1]?.signal.aborted).toBe(true);
  });

  test('is not opened when the client has gone meanwhile', async () => {
    let state = 'waiting';
    const { url } = await run({
      handle: async ({ readBody }) => {
        state = 'reading';
        await readBody().catch(() => undefined);
        state = 'replied';
        return handle();
      },
    });
    const socket = connect(Number(new URL(url).port), new URL(url).hostname);
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nh');
    await expect.poll(() => state).toBe('reading');
    socket.destroy();
    await expect.poll(() => state).toBe('replied');
    await new Promise(setImmediate);
    expect(streams).toEqual([]);
  });

  test('is not opened when the service has stopped meanwhile', async () => {
    const gate = new AbortController();
    const asked = new AbortController();
    const service = await run({
      handle: async () => {
        asked.abort();
        await once(gate.signal, 'abort');
        return handle();
      },
    });
    const reply = fetch(service.url);
    await expect.poll(() => asked.signal.aborted).toBe(true);
    const stopped = service.stop();
    gate.abort();
    expect(await (await reply).text()).toBe('');
    await stopped;
    expect(streams).toEqual([]);
  });

  test('has no body for HEAD', async () => {
    const { url } = await run({ handle });
    expect(await (await fetch(url, { method: 'HEAD' })).text()).toBe('');
    expect(streams).toEqual([]);
  });
});

describe('an address', () => {
  test('in use is one line that names the setting', async () => {
    const { url } = await run();
    const address = { host: '127.0.0.1', port: Number(new URL(url).port) };
    const second = run({ address, addressSetting: '--port' });
    await expect(second).rejects.toThrow(ConfigurationError);
    await expect(second).rejects.toThrow(
      /^cannot listen on 127\.0\.0\.1:\d+ \(the port is in use\): choose another address with --port$/,
    );
  });

  test('of IPv6 has brackets in the URL', async () => {
    const { url } = await run({ address: { host: '::1', port: 0 } });
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test.each([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    ['[::1]:9464', { host: '::1', port: 9464 }],
    ['localhost:9464', { host: '127.0.0.1', port: 9464 }],
    ['::1:9464', null],
    ['127.0.0.1', null],
    ['127.0.0.1:0', null],
    ['127.0.0.1:65536', null],
    ['example.com:80', null],
  ])('%s is parsed', (given, expected) => {
    expect(parseListenAddress(given)).toEqual(expected);
    if (expected && !given.startsWith('localhost')) expect(formatListenAddress(expected)).toBe(given);
  });
});
