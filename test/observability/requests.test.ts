import { describe, expect, test, vi } from 'vitest';
import { toSentRequest } from '../../src/google/sent-request.ts';
import { observed, observeRequests, routeOf } from '../../src/observability/requests.ts';

test.each([
  ['https://api.notion.com/v1/pages/1f2a0f3e-6f0a-4c55-9d6a-0d5f8a6c1b11', '/v1/pages/{id}'],
  [
    'https://api.notion.com/v1/pages/1f2a0f3e6f0a4c559d6a0d5f8a6c1b11/properties/a%3Fb',
    '/v1/pages/{id}/properties/{id}',
  ],
  ['https://api.notion.com/v1/data_sources/1f2a/query?filter_properties=title', '/v1/data_sources/{id}/query'],
  ['https://api.notion.com/v1/users/me', '/v1/users/me'],
  [
    'https://www.googleapis.com/calendar/v3/calendars/me%40example.com/events?pageToken=x',
    '/calendar/v3/calendars/{id}/events',
  ],
  [
    'https://www.googleapis.com/calendar/v3/calendars/primary/events/abcdefghijklmnopqrstuv',
    '/calendar/v3/calendars/primary/events/{id}',
  ],
  ['not a URL?secret', '{id}'],
])('the route of %s is %s', (url, route) => {
  expect(routeOf(url)).toBe(route);
});

describe('a request reported to observers', () => {
  const ends = vi.fn();
  observeRequests((service) => (sent) => ends(service, sent));

  test('has its status, or none without a response, and the caller gets the same result', async () => {
    const sentOf = (ending: object) => ({ method: 'GET', url: 'u', status: 'answer' in ending ? 200 : undefined });
    expect(await observed('notion', async () => 'the answer', sentOf)).toBe('the answer');
    const broken = new Error('broken');
    await expect(observed('google', () => Promise.reject(broken), sentOf)).rejects.toBe(broken);
    expect(ends.mock.calls).toEqual([
      ['notion', { method: 'GET', url: 'u', status: 200 }],
      ['google', { method: 'GET', url: 'u', status: undefined }],
    ]);
  });

  test.each([
    [
      { answer: { status: 200, config: { url: new URL('https://g/a'), method: 'POST' }, data: 1 } },
      'POST',
      'https://g/a',
      200,
    ],
    [
      { error: { response: { status: 410 }, config: { url: 'https://g/a', headers: { authorization: 'x' } } } },
      'GET',
      'https://g/a',
      410,
    ],
    [{ error: new Error('ECONNRESET') }, 'GET', '', undefined],
    [{ error: 'odd' }, 'GET', '', undefined],
  ])('of Google has only method, URL and status: %o', (ending, method, url, status) => {
    expect(toSentRequest(ending)).toEqual({ method, url, status });
  });
});
