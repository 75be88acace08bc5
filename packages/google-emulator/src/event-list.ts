import { z } from 'zod';
import { instantOf } from './event-times.ts';
import { listed } from './event-view.ts';
import { badRequest, refusal } from './refusal.ts';
import type { AccessRole, Calendar, EventResource, GoogleState, StoredEvent } from './state.ts';

const DEFAULT_RESULTS = 250;
const MAX_RESULTS = 2500;

export interface Paging {
  /** The most events on one page, whatever `maxResults` is. */
  readonly pageSize: number;
  /** Makes every other page empty, with a token for the next page. */
  readonly emptyPages: boolean;
}

const position = z.strictObject({
  kind: z.enum(['page', 'sync']),
  calendar: z.string(),
  generation: z.int(),
  /** The revision when the listing began. Its sync token returns later writes. */
  revision: z.int(),
  /** Only writes after this revision; null in a full listing. */
  since: z.int().nullable(),
  after: z.int(),
  blank: z.boolean(),
  /** The other parameters, which must be the same on every page. */
  query: z.string(),
});
type Position = z.infer<typeof position>;

/** @see https://developers.google.com/workspace/calendar/api/v3/reference/events/list */
const FORBIDDEN_WITH_SYNC_TOKEN = [
  'iCalUID',
  'orderBy',
  'privateExtendedProperty',
  'q',
  'sharedExtendedProperty',
  'timeMin',
  'timeMax',
  'updatedMin',
];
/** Accepted without effect. */
const IGNORED = [
  'alt',
  'alwaysIncludeEmail',
  'eventTypes',
  'fields',
  'key',
  'maxAttendees',
  'prettyPrint',
  'quotaUser',
];
const KNOWN = [
  ...['maxResults', 'pageToken', 'syncToken', 'showDeleted', 'singleEvents', 'showHiddenInvitations'],
  ...['timeMin', 'timeMax', 'updatedMin', 'privateExtendedProperty'],
  ...IGNORED,
];

export function listEvents(
  state: GoogleState,
  calendar: Calendar,
  query: URLSearchParams,
  paging: Paging,
  role: AccessRole = 'owner',
) {
  checkParameters(query);
  const at = startingPoint(state, calendar, query);
  const found = at.since === null ? fullListing(state, calendar, query, at) : changes(state, calendar, at);
  const limit = at.blank ? 0 : Math.min(maxResults(query), paging.pageSize);
  const page = found.slice(0, limit);
  const more = found.length > page.length;
  const last = page.at(-1);
  const after = last ? orderOf(last, at) : at.after;
  return {
    items: page.map(({ resource }) => listed(role, resource)),
    ...(more
      ? { nextPageToken: encode({ ...at, after, blank: paging.emptyPages && !at.blank }) }
      : { nextSyncToken: encode({ ...at, kind: 'sync', since: at.revision, after: 0, blank: false }) }),
  };
}

function checkParameters(query: URLSearchParams): void {
  for (const name of new Set(query.keys())) {
    if (query.has('syncToken') && FORBIDDEN_WITH_SYNC_TOKEN.includes(name))
      throw badRequest(`Sync token cannot be used with ${name}.`, name);
    if (!KNOWN.includes(name)) throw badRequest(`The emulator does not support the parameter ${name}.`, name);
  }
  if (query.get('singleEvents') === 'true')
    throw badRequest('The emulator does not expand recurring events.', 'singleEvents');
  if (query.has('syncToken') && query.get('showDeleted') === 'false')
    throw badRequest('Sync token cannot be used with showDeleted=false.', 'showDeleted');
  for (const name of ['timeMin', 'timeMax', 'updatedMin']) {
    const time = query.get(name);
    if (time !== null && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(time))
      throw badRequest('Bad Request', name);
  }
  const [min, max] = [query.get('timeMin'), query.get('timeMax')];
  if (min && max && Date.parse(max) <= Date.parse(min))
    throw refusal(400, 'timeRangeEmpty', 'The specified time range is empty.', 'timeMax');
}

function maxResults(query: URLSearchParams): number {
  const wanted = Number(query.get('maxResults') ?? DEFAULT_RESULTS);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MAX_RESULTS)
    throw badRequest('Invalid value for maxResults', 'maxResults');
  return wanted;
}

function startingPoint(state: GoogleState, calendar: Calendar, query: URLSearchParams): Position {
  const own = { calendar: calendar.id, generation: calendar.generation, query: otherParameters(query) };
  const fresh = { ...own, revision: state.revision, after: 0, blank: false };
  const syncToken = query.get('syncToken');
  const since = syncToken === null ? null : decode(syncToken, 'sync', calendar).since;
  const pageToken = query.get('pageToken');
  if (pageToken === null) return { ...fresh, kind: 'page', since };
  const page = decode(pageToken, 'page', calendar);
  if (page.query !== own.query || page.since !== since)
    throw badRequest('Invalid page token value: it belongs to another query.', 'pageToken');
  return page;
}

function otherParameters(query: URLSearchParams): string {
  const others = [...query].filter(([name]) => name !== 'pageToken' && name !== 'syncToken');
  return JSON.stringify(others.sort());
}

const encode = (at: Position): string => Buffer.from(JSON.stringify(at)).toString('base64url');

function decode(token: string, kind: 'page' | 'sync', calendar: Calendar): Position {
  const parsed = position.safeParse(parseJson(Buffer.from(token, 'base64url').toString()));
  const location = `${kind}Token`;
  if (!parsed.success || parsed.data.kind !== kind || parsed.data.calendar !== calendar.id)
    throw badRequest(`Invalid ${kind} token value.`, location);
  if (kind === 'sync' && parsed.data.generation !== calendar.generation)
    throw refusal(410, 'fullSyncRequired', 'Sync token is no longer valid, a full sync is required.', location);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const orderOf = ({ place, revision }: StoredEvent, at: Position): number => (at.since === null ? place : revision);

/** Ordered by creation, so that edits between two pages hide no event. */
function fullListing(state: GoogleState, calendar: Calendar, query: URLSearchParams, at: Position): StoredEvent[] {
  return state
    .eventsOf(calendar.id)
    .filter(({ place }) => place > at.after)
    .filter(({ resource }) => isListed(resource, query) && inWindow(resource, calendar, query))
    .filter(({ resource }) => hasProperties(resource, query.getAll('privateExtendedProperty')))
    .sort((a, b) => a.place - b.place);
}

/** The writes since the token was issued, including deletions. Writes after the first page wait for the next token. */
function changes(state: GoogleState, calendar: Calendar, at: Position): StoredEvent[] {
  const from = Math.max(at.since ?? 0, at.after);
  return state
    .eventsOf(calendar.id)
    .filter(({ revision }) => revision > from && revision <= at.revision)
    .sort((a, b) => a.revision - b.revision);
}

/** Cancelled exceptions of a recurring event are always listed. */
function isListed({ status, recurringEventId }: EventResource, query: URLSearchParams): boolean {
  if (status !== 'cancelled' || query.get('showDeleted') === 'true' || query.has('updatedMin')) return true;
  return recurringEventId != null;
}

function inWindow(event: EventResource, calendar: Calendar, query: URLSearchParams): boolean {
  const bound = (name: string) => Date.parse(query.get(name) ?? '');
  const { start, end } = event;
  // Milliseconds of the bounds are ignored. A missing bound is NaN, and comparisons with it are false.
  if (Date.parse(event.updated) < Math.floor(bound('updatedMin') / 1000) * 1000) return false;
  if (!start || !end || event.recurrence) return true;
  const isTooEarly = instantOf(end, calendar.timeZone) <= Math.floor(bound('timeMin') / 1000) * 1000;
  return !isTooEarly && !(instantOf(start, calendar.timeZone) >= Math.floor(bound('timeMax') / 1000) * 1000);
}

function hasProperties({ extendedProperties }: EventResource, constraints: readonly string[]): boolean {
  return constraints.every((constraint) => {
    const at = constraint.indexOf('=');
    if (at < 1) throw badRequest('Invalid value for privateExtendedProperty', 'privateExtendedProperty');
    return extendedProperties?.private?.[constraint.slice(0, at)] === constraint.slice(at + 1);
  });
}
