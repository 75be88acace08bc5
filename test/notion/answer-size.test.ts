import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { notes } from '../../src/entities/notes.ts';
import { FinalError, RecordError } from '../../src/errors.ts';
import { NotionApi } from '../../src/notion/notion-api.ts';
import { PageRequests } from '../../src/notion/page-requests.ts';

const unlimited = { take: async () => undefined, pause: async () => undefined };
const DATA_SOURCE = { id: '2f26ee68-df30-4251-aad4-8ddc420cba3d' };
const MAX_BYTES = 1_000_000;
const PART = ' '.repeat(100_000);

let close = (): void => undefined;
afterEach(() => close());

/**
 * @param hugest the page sizes that are answered without an end
 * @param slow those that Notion's servers give up
 */
async function notionWith(hugest: (pageSize: number) => boolean, slow: (pageSize: number) => boolean = () => false) {
  let sent = 0;
  const asked: number[] = [];
  const server = createServer(async (request, response) => {
    const { page_size = 1 } = request.method === 'POST' ? ((await json(request)) as { page_size?: number }) : {};
    asked.push(page_size);
    if (slow(page_size)) {
      response.writeHead(504, { 'content-type': 'text/html' });
      response.end('<html><title>504 Gateway Time-out</title></html>');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    if (!hugest(page_size)) {
      response.end('{"object":"list","results":[],"has_more":false,"next_cursor":null,"type":"page_or_data_source"}');
      return;
    }
    Readable.from(
      (function* () {
        for (; sent < 10_000; sent += 1) yield PART;
      })(),
    ).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const api = new NotionApi({ token: 'secret', baseUrl: `http://127.0.0.1:${port}` }, unlimited, {
    maxAnswerBytes: MAX_BYTES,
  });
  // Only its id is used here.
  const requests = new PageRequests(api, notes, DATA_SOURCE as ConstructorParameters<typeof PageRequests>[2]);
  return { requests, asked, sentParts: () => sent };
}

test('an answer about a page that has no end is refused for that page, and not read on', async () => {
  const { requests, sentParts } = await notionWith(() => true);
  const reading = requests.retrieve('0a26ee68-df30-4251-aad4-8ddc420cba3d');
  await expect(reading).rejects.toThrow(RecordError);
  await expect(reading).rejects.toMatchObject({
    code: 'answer_too_large',
    message: expect.stringMatching(/^notes: page \S+: the answer has more than 1000000 bytes/),
  });
  expect(sentParts()).toBeLessThan(1_000);
});

test('a query whose answer is too large is sent again for fewer pages', async () => {
  const { requests, asked } = await notionWith((pageSize) => pageSize > 1);
  expect((await requests.query({})).results).toEqual([]);
  expect(asked).toEqual([100, 10, 1]);
});

test('a query that is too large for every number of pages fails for good, and only its entity', async () => {
  const { requests } = await notionWith(() => true);
  const reading = requests.query({});
  await expect(reading).rejects.toThrow(FinalError);
  await expect(reading).rejects.toMatchObject({ code: 'answer_too_large' });
});

// As reported in https://github.com/airbytehq/airbyte/pull/32004 and https://github.com/dust-tt/dust/pull/5137.
test.each([
  ['goes on with fewer pages', 10, [100, 10]],
  ['fails, to be tried again later, when fewer pages do not help', 0, [100, 10]],
])('a query that takes Notion too long %s', async (_, answered, expected) => {
  const { requests, asked } = await notionWith(
    () => false,
    (pageSize) => pageSize > answered,
  );
  const reading = requests.query({});
  if (answered > 0) expect((await reading).results).toEqual([]);
  else await expect(reading).rejects.toMatchObject({ code: 'no_answer', message: expect.stringContaining('504') });
  expect(asked).toEqual(expected);
});
