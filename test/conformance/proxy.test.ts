import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { type ConformanceProxy, startConformanceProxy } from '../support/conformance-proxy.ts';
import { googleDescription } from './google/description.ts';
import { afterwards } from './support.ts';

const EVENTS = '/calendar/v3/calendars/primary/events';
const FORBIDDEN = {
  error: {
    errors: [{ domain: 'usageLimits', reason: 'rateLimitExceeded', message: 'Slow' }],
    code: 403,
    message: 'Slow',
  },
};

async function before(answer: RequestListener): Promise<ConformanceProxy> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo; // a TCP server has one
  return startConformanceProxy(`http://127.0.0.1:${port}`, googleDescription());
}

it('passes status, headers and body on unchanged in both directions', async () => {
  const proxy = await before((request, response) => {
    const { method, url, headers } = request;
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      response.writeHead(418, [
        ...['Content-Type', 'text/plain', 'Retry-After', '7', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
      ]);
      response.end(JSON.stringify([method, url, headers['x-own'], body]));
    });
  });
  const answer = await fetch(`${proxy.url}/token?a=%20b`, { method: 'POST', headers: { 'x-own': 'own' }, body: 'ü=1' });
  expect(answer.status).toBe(418);
  expect(answer.headers.get('retry-after')).toBe('7');
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(await answer.json()).toEqual(['POST', '/token?a=%20b', 'own', 'ü=1']);
  await proxy.close();
});

it('breaks the connection when the service does', async () => {
  const proxy = await before((_, response) => response.socket?.resetAndDestroy());
  await expect(fetch(proxy.url + EVENTS)).rejects.toThrow();
  expect([...proxy.exercised]).toEqual(['calendar.events.list']);
  await proxy.close();
});

it('reports on closing what does not conform, without any value', async () => {
  const proxy = await before((_, response) => {
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...FORBIDDEN, hint: 'ya29.secret' }));
  });
  const answer = await fetch(`${proxy.url + EVENTS}?syncToken=secret&since=secret`, {
    headers: { authorization: 'Bearer secret' },
  });
  expect(answer.status).toBe(403);
  await answer.text();
  expect(proxy.violations).toEqual([
    `GET ${EVENTS} (calendar.events.list), request: /since no query parameter of calendar.events.list`,
    `GET ${EVENTS} (calendar.events.list), answer 403: / knows no "hint"`,
  ]);
  const said = await proxy.close().catch(String);
  expect(said).toMatch(/knows no "hint"$/);
  expect(said).not.toContain('secret');
});

it('reports nothing when everything conforms', async () => {
  const proxy = await before((_, response) => {
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(JSON.stringify(FORBIDDEN));
  });
  await (await fetch(proxy.url + EVENTS)).text();
  await proxy.close();
  expect(proxy.violations).toEqual([]);
});
