import { request } from 'node:http';
import { expect, test } from 'vitest';
import { clientOf, emulate, lunch, ME, WORK } from './support.ts';

const json = { 'content-type': 'application/json' };

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** `fetch` does not allow setting `Host` and `Origin`. */
function send(url: string, path: string, headers: Record<string, string>, body?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request(new URL(path, url), { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

test('the web page is served and never parses event text as HTML', async () => {
  const { url } = await emulate();
  const { status, text } = await send(url, '/', {});
  expect(status).toBe(200);
  expect(text).toContain('Google emulator');
  expect(text).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
});

test('the page adds, moves, deletes and restores an event, and sees what a client writes', async () => {
  const emulator = await emulate();
  const act = async (action: string, body: object = {}) => {
    const { status, text } = await send(emulator.url, `/_emulator/${action}`, json, body);
    expect(status).toBe(200);
    return JSON.parse(text);
  };
  const before = await act('state');
  expect(before.calendars).toMatchObject([{ id: ME, timeZone: 'UTC', access: { [ME]: 'owner' } }, { id: WORK }]);
  const { id } = await act('createEvent', { calendarId: WORK, event: { ...lunch } });
  const start = { date: '2026-04-01', dateTime: null, timeZone: null };
  const end = { date: '2026-04-02', dateTime: null, timeZone: null };
  await act('editEvent', { calendarId: WORK, id, event: { summary: 'Holiday', start, end } });
  expect(emulator.handle.event(WORK, id)).toMatchObject({
    summary: 'Holiday',
    start: { date: '2026-04-01' },
    end: { date: '2026-04-02' },
  });
  await act('deleteEvent', { calendarId: WORK, id });
  await act('editEvent', { calendarId: WORK, id, event: { status: 'confirmed' } });
  const { revision } = await act('state');
  expect(revision).toBeGreaterThan(before.revision);
  await clientOf(emulator).events.insert({ calendarId: ME, requestBody: lunch });
  expect((await act('state')).revision).toBeGreaterThan(revision);
  expect((await act('events', { calendarId: ME })).items).toMatchObject([{ summary: 'Lunch' }]);
});

test('other web sites cannot use the emulator', async () => {
  const { url, handle } = await emulate();
  const { port } = new URL(url);
  const create = (headers: Record<string, string>) =>
    send(url, '/_emulator/createEvent', headers, { calendarId: ME, event: lunch });
  for (const origin of ['https://evil.example', 'null', `http://evil.example:${port}`, 'http://127.0.0.1:1']) {
    expect((await create({ ...json, origin })).status, origin).toBe(403);
  }
  const foreign = { host: `evil.example:${port}` };
  expect((await create({ ...json, ...foreign, origin: `http://evil.example:${port}` })).status).toBe(403);
  expect((await create({ 'content-type': 'text/plain' })).status).toBe(415);
  expect((await create({})).status).toBe(415);
  for (const path of ['/', '/calendar/v3/calendars/primary/events', '/o/oauth2/v2/auth']) {
    expect((await send(url, path, foreign)).status, path).toBe(403);
  }
  expect((await send(url, '/_emulator/state', json)).status).toBe(404);
  expect(handle.events(ME)).toEqual([]);
  expect((await create({ ...json, origin: `http://127.0.0.1:${port}` })).status).toBe(200);
});
