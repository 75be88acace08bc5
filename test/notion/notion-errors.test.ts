import { APIErrorCode, APIResponseError, UnknownHTTPResponseError } from '@notionhq/client';
import { describe, expect, test } from 'vitest';
import { FinalError, RecordError, RetryableError } from '../../src/errors.ts';
import { type Purpose, toLockstepError } from '../../src/notion/notion-errors.ts';

const write: Purpose = { entity: 'tasks', kind: 'write', what: 'page 1f', ofRecord: true };
const query: Purpose = { entity: 'tasks', kind: 'read', what: 'the database 2f' };
const refusal = (message: string) =>
  new APIResponseError({
    code: APIErrorCode.ValidationError,
    status: 400,
    message,
    headers: new Headers(),
    rawBodyText: JSON.stringify({ object: 'error', status: 400, code: 'validation_error', message }),
    additional_data: undefined,
    request_id: undefined,
  });
const unreadable = (status: number, rawBodyText: string) =>
  new UnknownHTTPResponseError({ status, message: undefined, headers: new Headers(), rawBodyText });

describe("a name in Notion's message is no message", () => {
  test.each([
    [
      "Can't edit block that is archived. You must unarchive the block before editing.",
      write,
      RecordError,
      'page_trashed',
    ],
    [
      "Can't update a page that is archived. You must unarchive the page before updating.",
      write,
      RecordError,
      'page_trashed',
    ],
    [
      "Can't edit page on block with an archived ancestor. You must unarchive the ancestor before editing page.",
      write,
      RecordError,
      'page_trashed',
    ],
    ['Archived is expected to be date.', write, FinalError, 'property_retyped'],
    ['Archived is not a property that exists.', write, FinalError, 'property_missing'],
    ['Could not find property with name or id: Archived on', query, FinalError, 'property_missing'],
    ['Could not find sort property with name or id: Archived on', query, FinalError, 'property_missing'],
    ['Invalid status option. Status option "Archived" does not exist.', write, RecordError, 'refused'],
    [
      'Invalid status option. Status option "X is not a property that exists" does not exist.',
      write,
      RecordError,
      'refused',
    ],
    ['Invalid status option. Status option "is expected to be date." does not exist.', write, RecordError, 'refused'],
    ['Invalid Notion page or block URL: https://example.com', write, RecordError, 'refused'],
  ] as const)('%s', (message, purpose, kind, code) => {
    const error = toLockstepError(refusal(message), purpose);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

describe('an answer that is not JSON names its status, and what it says', () => {
  const page = `<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>${'x'.repeat(5000)}</body></html>`;
  test.each([
    [
      400,
      '400 Bad Request',
      query,
      FinalError,
      'tasks: Notion refused the query: Notion answered 400 "400 Bad Request"',
    ],
    [400, '', write, RecordError, 'tasks: Notion refused the record: Notion answered 400'],
    [403, page, write, FinalError, 'Notion answered 403 "Attention Required! | Cloudflare"; check the network'],
    [404, '<h1>Not\n  Found</h1>', write, FinalError, 'Notion answered 404 "Not Found"; check the network'],
    [502, '<html>Bad gateway</html>', query, RetryableError, 'Notion answered 502 "Bad gateway"'],
    [413, 'y'.repeat(5000), query, FinalError, `Notion answered 413 "${'y'.repeat(200)}…"`],
  ] as const)('%i %s', (status, body, purpose, kind, message) => {
    const error = toLockstepError(unreadable(status, body), purpose);
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(message);
    expect(error.message.length).toBeLessThan(400);
  });
});
