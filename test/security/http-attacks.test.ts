import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Access } from '../../src/interfaces/dashboard/access.ts';
import { html } from '../../src/interfaces/dashboard/html.ts';
import { type AllServers, SERVERS, startAllServers, TOKEN } from './servers.ts';

interface Reply {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Sends what `fetch` would not: foreign Host headers and malformed paths. */
function send(url: string, { method = 'GET', path = '/', headers = {}, body = '' }: Sent = {}): Promise<Reply> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, text }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const unused = new Proxy({}, { get: () => () => expect.fail('nothing may be read') });

let servers: AllServers;
let urls: AllServers['urls'] = {};
beforeAll(async () => {
  servers = await startAllServers(unused);
  ({ urls } = servers);
});
afterAll(() => servers.close());

describe.each(SERVERS)('%s', (name) => {
  const url = () => urls[name] ?? expect.fail(`no server ${name}`);

  test.each(['//', '///', '//:0/', '//[', '//@:/'])(
    'answers the malformed path %s with 4xx and no stack',
    async (path) => {
      const { status, text } = await send(url(), { path });
      expect([path, status >= 400 && status < 500]).toEqual([path, true]);
      expect(text).not.toMatch(/\bat .*\.(ts|js):\d+|TypeError/);
    },
  );

  test.each(['GET /%zz', 'GET /..%2f..%2fetc%2fpasswd', 'GET /%00', 'GET /?%', 'TRACE /', 'DELETE /x'])(
    'answers %s without a stack',
    async (line) => {
      const [method = '', path = ''] = line.split(' ');
      const { status, text } = await send(url(), { method, path });
      expect(status).toBeLessThan(500);
      expect(text).not.toMatch(/\bat .*\.(ts|js):\d+|root:/);
    },
  );

  test('answers what is no HTTP with 400, and goes on', async () => {
    const { hostname, port } = new URL(url());
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write('\x16\x03\x01 no http\r\n\r\n'));
      let text = '';
      socket.on('data', (part) => {
        text += part;
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect((await send(url(), { path: '/' })).status).toBeLessThan(500);
  });
});

describe.each(['google', 'notion', 'mcp'])('%s refuses another site', (name) => {
  const url = () => urls[name] ?? expect.fail(`no server ${name}`);
  const path = name === 'mcp' ? '/mcp' : '/';

  test('whose name points here (DNS rebinding)', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80']) {
      const { status } = await send(url(), { path, headers: { host } });
      expect([host, [400, 403, 421].includes(status)]).toEqual([host, true]);
    }
  });

  test('that sends a request from a visitor (CSRF)', async () => {
    const { host } = new URL(url());
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1.evil.example']) {
      const headers = { host, origin, 'content-type': 'text/plain', authorization: `Bearer ${TOKEN}` };
      const { status } = await send(url(), { method: 'POST', path, headers, body: '{}' });
      expect([origin, status]).toEqual([origin, 403]);
    }
  });
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
  'the Google emulator refuses to write an event of the content type %j',
  async (type) => {
    const url = urls.google ?? '';
    const headers = type === '' ? {} : { 'content-type': type };
    const event = { method: 'POST', path: '/calendar/v3/calendars/me@example.com/events', headers, body: '{}' };
    expect((await send(url, event)).status).toBe(415);
    expect((await send(url, { method: 'POST', path: '/_emulator/createEvent', headers, body: '{}' })).status).toBe(415);
  },
);

describe('the dashboard', () => {
  const url = () => urls.dashboard ?? '';

  test.each([
    ...['//evil.example', '/.//evil.example', '/x/..//evil.example', '/\\evil.example', '/%2e//evil.example'],
    ...['/x/%2e%2e//evil.example', '///evil.example/..//x'],
  ])('redirects after the sign-in with %s to itself', async (path) => {
    const { status, location = '' } = await send(url(), { path: `${path}?token=${TOKEN}` });
    if (status === 400) return;
    expect([path, status, new URL(location, url()).origin]).toEqual([path, 303, new URL(url()).origin]);
  });

  test('ends a session at the sign-out, also for a copy of its cookie', () => {
    const access = new Access(TOKEN);
    const cookie = access.signIn({}).split(';')[0] ?? '';
    expect(access.isSignedIn({ cookie })).toBe(true);
    expect(access.isSignedIn({ cookie: access.signIn({}) })).toBe(true);
    access.signOut({ cookie });
    expect(access.isSignedIn({ cookie })).toBe(false);
    expect(access.isSignedIn({ cookie: access.signIn({}) })).toBe(true);
  });

  test.each(['', 'x', '.', 'a.9999999999.', 'a.9999999999.AAAA', '.9999999999.', 'a.NaN.x', '%00.1.2'])(
    'takes the cookie %j for no session',
    (session) => {
      expect(new Access(TOKEN).isSignedIn({ cookie: `lockstep_dashboard=${session}` })).toBe(false);
    },
  );

  test('clips long values: a page stays small', () => {
    const page = html`<td>${'<'.repeat(50_000_000)}</td>`.text;
    expect(page.length).toBeLessThan(100_000);
    expect(page).toContain('50000000 characters');
  });
});

test.each([
  ['dashboard', { path: '/?token=wrong' }],
  ['mcp', { method: 'POST', path: '/mcp', headers: { authorization: 'Bearer wrong' }, body: '{}' }],
] as const)('%s logs failed sign-ins, and refuses the address after ten', async (name, guess) => {
  const { said } = servers;
  said.length = 0;
  const statuses: number[] = [];
  for (let n = 0; n < 12; n += 1) statuses.push((await send(urls[name] ?? '', guess)).status);
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
  expect(said).toHaveLength(10);
  expect(said[0]).toMatch(/^\w+: a sign-in from \S+ failed \(1 in the last minute\)$/);
  expect(said.join()).not.toContain('wrong');
});

/** Sends some bytes at a time, so that the connection never becomes idle. @returns what came before it was closed */
function drip(url: string, part: 'headers' | 'a body'): Promise<string> {
  const { hostname, port } = new URL(url);
  const head = `POST /v1/pages HTTP/1.1\r\nHost: ${hostname}:${port}\r\n`;
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(part === 'headers' ? head : `${head}Content-Length: 1000\r\n\r\n`),
    );
    const timer = setInterval(() => socket.write(part === 'headers' ? 'x' : 'y'), 200);
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(timer);
      resolve(text);
    });
  });
}

// All at once, since each server waits for 10 seconds.
test('a client that sends its headers or its body slowly is cut off by every server', async () => {
  const answers = await Promise.all(
    SERVERS.flatMap((name) => [drip(urls[name] ?? '', 'headers'), drip(urls[name] ?? '', 'a body')]),
  );
  for (const answer of answers) expect(answer).toMatch(/^(HTTP\/1.1 4\d\d.*)?/);
});

test.each([
  ['google', '/_emulator/createEvent'],
  ['google', '/calendar/v3/calendars/me@example.com/events'],
  ['notion', '/_emulator/titles'],
])('the %s emulator refuses a body of 60 MB to %s before it is sent', async (name, path) => {
  const { hostname, port, host } = new URL(urls[name] ?? '');
  const head = [`POST ${path} HTTP/1.1`, `Host: ${host}`, 'Content-Type: application/json', 'Content-Length: 60000000'];
  const socket = connect(Number(port), hostname, () => socket.write(`${head.join('\r\n')}\r\n\r\n{`));
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1.1 413 /);
  socket.destroy();
});
