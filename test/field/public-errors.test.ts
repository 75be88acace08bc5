import { APIErrorCode, APIResponseError, UnknownHTTPResponseError } from '@notionhq/client';
import { describe, expect, test } from 'vitest';
import { AmbiguousWriteError, FinalError, RecordError, RetryableError } from '../../src/errors.ts';
import { toLockstepError as fromGoogle } from '../../src/google/google-errors.ts';
import { toLockstepError as fromNotion, type Purpose } from '../../src/notion/notion-errors.ts';

// Each row is a public bug report of another tool; its address is the name of the test.

const write: Purpose = { entity: 'tasks', kind: 'write', what: 'page 1f', ofRecord: true };
const query: Purpose = { entity: 'tasks', kind: 'read', what: 'the database 2f' };
const kinds = { AmbiguousWriteError, FinalError, RecordError, RetryableError };
type Kind = keyof typeof kinds;

const refusal = (message: string, status = 400, code = APIErrorCode.ValidationError, headers = new Headers()) =>
  new APIResponseError({
    code,
    status,
    message,
    headers,
    rawBodyText: JSON.stringify({ object: 'error', status, code, message }),
    additional_data: undefined,
    request_id: undefined,
  });
const html = (status: number) =>
  new UnknownHTTPResponseError({
    status,
    message: undefined,
    headers: new Headers(),
    rawBodyText: `<html><head><title>${status} Gateway</title></head></html>`,
  });
const limited = (headers: Record<string, string>) =>
  refusal('You have been rate limited.', 429, APIErrorCode.RateLimited, new Headers(headers));

describe('answers of Notion', () => {
  test.each<[source: string, error: Error, purpose: Purpose, kind: Kind, more: object]>([
    ['https://github.com/airbytehq/airbyte/pull/32004', html(504), query, 'RetryableError', { code: 'no_answer' }],
    ['https://github.com/makenotion/notion-sdk-js/issues/172', html(502), write, 'AmbiguousWriteError', {}],
    [
      'https://github.com/5am-code/laravel-notion-api/issues/169',
      limited({ 'retry-after': '17' }),
      write,
      'RetryableError',
      { retryAfterMs: 17_000 },
    ],
    ['https://github.com/framer/plugins/issues/499', limited({}), query, 'RetryableError', { retryAfterMs: 60_000 }],
    [
      'https://github.com/dvanoni/notero/issues/704',
      refusal("Can't edit block that is archived. You must unarchive the block before editing."),
      write,
      'RecordError',
      { code: 'page_trashed' },
    ],
    [
      'https://github.com/dvanoni/notero/issues/388',
      refusal('title is expected to be rich_text.'),
      write,
      'FinalError',
      { code: 'property_retyped' },
    ],
    [
      'https://github.com/hk21702/YA-GCal-Notion-Sync-Script/issues/65',
      refusal('Conflict occurred while saving. Please try again.', 409, APIErrorCode.ConflictError),
      write,
      'RetryableError',
      { code: 'conflict' },
    ],
    [
      'https://github.com/markomanninen/md2notion/issues/15',
      refusal('body failed validation. Fix one:\nbody.properties.Notes.rich_text[1].link should be not present'),
      write,
      'RecordError',
      { code: 'refused' },
    ],
  ])('%s', (_, error, purpose, kind, more) => {
    const turned = fromNotion(error, purpose);
    expect(turned).toBeInstanceOf(kinds[kind]);
    expect(turned).toMatchObject(more);
  });
});

const answered = (status: number, reason: string, message: string): Error => {
  const error = { errors: [{ domain: 'global', reason, message }], code: status, message };
  return Object.assign(new Error(message), { response: { status, data: { error }, headers: new Headers() } });
};
const event = { account: 'personal', kind: 'write', what: 'event 3f', ofEvent: true } as const;
const listing = { account: 'personal', kind: 'read', what: 'the calendar', byToken: true } as const;
type GooglePurpose = typeof event | typeof listing;

describe('answers of Google', () => {
  test.each<[source: string, error: Error, purpose: GooglePurpose, kind: Kind, more: object]>([
    [
      'https://github.com/alextselegidis/easyappointments/issues/995',
      answered(403, 'rateLimitExceeded', "Quota exceeded for quota group 'default' and limit 'Queries per user'"),
      listing,
      'RetryableError',
      { code: 'rate_limited' },
    ],
    [
      'https://github.com/phw198/OutlookGoogleCalendarSync/issues/14',
      answered(403, 'dailyLimitExceeded', 'Daily Limit Exceeded'),
      listing,
      'RetryableError',
      { code: 'rate_limited', retryAfterMs: 60_000 },
    ],
    [
      'https://github.com/bmathews/menubar-calendar/issues/20',
      answered(410, 'fullSyncRequired', 'Sync token is no longer valid, a full sync is required.'),
      listing,
      'RetryableError',
      { code: 'full_sync_required' },
    ],
    [
      'https://github.com/phw198/OutlookGoogleCalendarSync/issues/998',
      answered(410, 'deleted', 'Resource has been deleted'),
      event,
      'RecordError',
      { code: 'event_deleted' },
    ],
    [
      'https://github.com/ridafkih/keeper.sh/issues/614',
      answered(400, 'timeRangeEmpty', 'The specified time range is empty.'),
      event,
      'RecordError',
      { code: 'refused' },
    ],
    [
      'https://github.com/kellylford/QuickMail/issues/294',
      answered(400, 'eventTypeRestriction', "Attempt made to modify 'birthday' event in a way that is not valid"),
      event,
      'RecordError',
      { code: 'refused', message: expect.stringContaining('birthday') },
    ],
    [
      'https://github.com/phw198/OutlookGoogleCalendarSync/issues/2103',
      answered(400, 'invalid', "'birthday' event type must not have private extended properties."),
      event,
      'RecordError',
      { code: 'refused' },
    ],
    [
      'https://github.com/kewisch/gdata-provider/issues/728',
      answered(403, 'forbiddenForNonOrganizer', 'Shared properties can only be changed by the organizer of the event.'),
      event,
      'RecordError',
      { code: 'event_forbidden' },
    ],
    [
      'https://github.com/pimutils/vdirsyncer/issues/963',
      answered(409, 'conflict', 'Conflict'),
      event,
      'RetryableError',
      { code: 'conflict' },
    ],
  ])('%s', (_, error, purpose, kind, more) => {
    const turned = fromGoogle(error, purpose);
    expect(turned).toBeInstanceOf(kinds[kind]);
    expect(turned).toMatchObject(more);
  });
});
