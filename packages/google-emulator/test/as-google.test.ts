import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { clientOf, day, emulate, lunch, ME, WORK } from './support.ts';

/** What Google answered, with where it was seen: `recorded-answers.json`. */
const recorded: Readonly<Record<string, { readonly source: string; readonly google: unknown }>> = JSON.parse(
  readFileSync(new URL('recorded-answers.json', import.meta.url), 'utf8'),
);
const google = (name: string): unknown => recorded[name]?.google;

/** The whole body of a refused request. */
async function refusalOf(request: Promise<unknown>): Promise<unknown> {
  const failure = await request.then(
    () => expect.fail('the request did not fail'),
    (error: unknown) => error as { response?: { data: unknown } },
  );
  return failure.response?.data;
}

const calendarId = 'primary';
const at = (hour: number) => ({ dateTime: `2026-10-14T${hour}:00:00Z`, timeZone: 'UTC' });
const reasonOf = (body: unknown): unknown => (body as { error: { errors: unknown[] } }).error.errors[0];

/** An invitation of somebody else, and the client of its guest. */
async function invited(event: object = {}) {
  const emulator = await emulate();
  const organizer = { email: 'boss@example.com', displayName: 'Boss' };
  const attendees = [{ email: 'boss@example.com', responseStatus: 'accepted' }, { email: ME }];
  emulator.handle.createEvent(ME, { ...lunch, id: 'invitation', organizer, attendees, ...event });
  return { emulator, attendees, ...clientOf(emulator), eventId: 'invitation' };
}

async function birthday() {
  const emulator = await emulate();
  const shape = { eventType: 'birthday', visibility: 'private', transparency: 'transparent' };
  const yearly = { ...day('2026-10-14', '2026-10-15'), recurrence: ['RRULE:FREQ=YEARLY'] };
  emulator.handle.createEvent(ME, { id: 'birthday', summary: 'Happy birthday!', ...shape, ...yearly });
  return { ...clientOf(emulator), shape, yearly };
}

describe('the recorded answers', () => {
  test('an all-day event has no default reminders, and names its people', async () => {
    const { events } = clientOf(await emulate());
    const requestBody = { summary: 'Test All-Day Event', ...day('2026-03-15', '2026-03-16') };
    const { data } = await events.insert({ calendarId, requestBody });
    expect(data).toMatchObject(google('all-day insert') as object);
    expect(data).toMatchObject({ creator: { email: ME, self: true }, organizer: { email: ME, self: true } });
    expect(Buffer.from(data.htmlLink?.split('eid=')[1] ?? '', 'base64url').toString()).toBe(`${data.id} ${ME}`);
    const timed = await events.insert({ calendarId, requestBody: lunch });
    expect(timed.data.reminders).toEqual({ useDefault: true });
  });

  test('a time in another zone', async () => {
    const emulator = await emulate({ calendars: [{ id: ME, timeZone: 'UTC', access: { [ME]: 'owner' } }] });
    const zone = { timeZone: 'America/Los_Angeles' };
    const start = { dateTime: '2024-12-25T10:00:00-08:00', ...zone };
    const end = { dateTime: '2024-12-25T11:00:00-08:00', ...zone };
    const { data } = await clientOf(emulator).events.insert({ calendarId, requestBody: { start, end } });
    expect({ start: data.start }).toEqual(google('insert in another zone'));
  });

  test('unknown and read-only names are ignored', async () => {
    const { events } = clientOf(await emulate());
    const unknown = { calendarId: 'primary', titel: 'x', organizer: { email: 'boss@example.com' }, kind: 'none' };
    const { status, data } = await events.insert({ calendarId, requestBody: { ...lunch, ...unknown } });
    expect(status).toBe(google('unknown name'));
    expect(data).not.toHaveProperty('titel');
    expect(data).toMatchObject({ kind: 'calendar#event', organizer: { email: ME } });
    const nested = {
      start: { ...lunch.start, dateTimes: 'x' },
      extendedProperties: { private: { a: '1' }, secret: {} },
    };
    const changed = await events.patch({ calendarId, eventId: data.id ?? '', requestBody: nested });
    expect(changed.data.extendedProperties).toEqual({ private: { a: '1' } });
  });

  test('a deletion in a listing', async () => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    emulator.handle.createEvent(ME, { ...lunch, id: 'event1' });
    const { nextSyncToken } = (await events.list({ calendarId })).data;
    emulator.handle.deleteEvent(ME, 'event1');
    const { items } = (await events.list({ calendarId, syncToken: nextSyncToken ?? '' })).data;
    expect(items?.map((item) => Object.keys(item))).toEqual([google('deletion in a listing')]);
  });

  test.each([
    ['location', { location: 'Home' }],
    ['description', { description: 'Cake' }],
    ['three days', day('2026-10-14', '2026-10-17')],
    ['time of day', { start: { date: null, ...at(10) }, end: { date: null, ...at(11) } }],
    ['cancelled', { status: 'cancelled' }],
  ])('a birthday cannot have another %s', async (_, change) => {
    const { events } = await birthday();
    const refused = await refusalOf(events.patch({ calendarId, eventId: 'birthday', requestBody: change }));
    expect(refused).toEqual(google('birthday changed'));
  });

  test('a birthday can have another name and day, and is not deleted', async () => {
    const { events, yearly } = await birthday();
    const patch = (requestBody: object) => events.patch({ calendarId, eventId: 'birthday', requestBody });
    await patch({ summary: 'Ana', ...day('2026-10-15', '2026-10-16'), recurrence: yearly.recurrence, location: '' });
    expect(await refusalOf(events.delete({ calendarId, eventId: 'birthday' }))).toEqual(google('birthday changed'));
    const row = { extendedProperties: { private: { lockstep_row_id: 'x' } } };
    expect(await refusalOf(patch(row))).toEqual(google('birthday with private properties'));
  });

  test('a new birthday is yearly, private and of one day', async () => {
    const { events, shape, yearly } = await birthday();
    const insert = (requestBody: object) => events.insert({ calendarId, requestBody });
    await insert({ ...shape, ...yearly });
    for (const wrong of [
      { recurrence: null },
      { visibility: 'public' },
      { location: 'Home' },
      day('2026-10-14', '2026-10-16'),
    ])
      expect(await refusalOf(insert({ ...shape, ...yearly, ...wrong }))).toEqual(google('birthday changed'));
  });

  test('an event from Gmail is not created, and keeps its name, place and time', async () => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    const gmail = { ...lunch, eventType: 'fromGmail' };
    const restricted = { domain: 'calendar', reason: 'eventTypeRestriction' };
    expect(reasonOf(await refusalOf(events.insert({ calendarId, requestBody: gmail })))).toMatchObject(restricted);
    emulator.handle.createEvent(ME, { ...gmail, id: 'flight' });
    const patch = (requestBody: object) => events.patch({ calendarId, eventId: 'flight', requestBody });
    for (const change of [
      { summary: 'x' },
      { location: 'x' },
      { description: 'x' },
      { start: { timeZone: 'Asia/Tokyo' } },
    ])
      expect(reasonOf(await refusalOf(patch(change)))).toMatchObject(restricted);
    await patch({ colorId: '4', transparency: 'transparent', extendedProperties: { private: { a: '1' } } });
    const put = { ...gmail, summary: 'x' };
    expect(reasonOf(await refusalOf(events.update({ calendarId, eventId: 'flight', requestBody: put })))).toMatchObject(
      restricted,
    );
    await events.delete({ calendarId, eventId: 'flight' });
  });

  test('a guest changes only their own side of an invitation', async () => {
    const { events, eventId, attendees } = await invited();
    const patch = (requestBody: object) => events.patch({ calendarId, eventId, requestBody });
    const shared = [
      ...[
        { summary: 'x' },
        { location: 'x' },
        { start: { dateTime: '2026-03-01T11:00:00-08:00' } },
        { status: 'tentative' },
      ],
      ...[{ extendedProperties: { shared: { a: '1' } } }, { attendees: attendees.slice(1) }],
    ];
    for (const change of shared)
      expect(await refusalOf(patch(change))).toEqual(google('invitation changed by a guest'));
    const accepted = [attendees[0], { email: ME, responseStatus: 'accepted' }];
    await patch({ attendees: accepted, colorId: '3', extendedProperties: { private: { a: '1' } } });
    const { data } = await events.get({ calendarId, eventId });
    expect(data).toMatchObject({ organizer: { email: 'boss@example.com' }, creator: { self: true }, colorId: '3' });
    expect(data.organizer).not.toHaveProperty('self');
    await events.delete({ calendarId, eventId });
  });

  test('a guest may change an invitation that says so, and the organizer may always', async () => {
    const open = await invited({ guestsCanModify: true });
    await open.events.patch({ calendarId, eventId: open.eventId, requestBody: { summary: 'Dinner' } });
    const { emulator } = await invited();
    expect(emulator.handle.editEvent(ME, 'invitation', { summary: 'Dinner' }).summary).toBe('Dinner');
  });
});

describe('the domain and the place of an error', () => {
  test('a lost token, an empty range, a missing right, an etag and a sign-in', async () => {
    const emulator = await emulate();
    const { client, events } = clientOf(emulator);
    const { data } = await events.insert({ calendarId, requestBody: lunch });
    const { nextSyncToken } = (await events.list({ calendarId })).data;
    emulator.handle.expireSyncTokens(ME);
    const window = { timeMin: '2026-02-01T00:00:00Z', timeMax: '2026-01-01T00:00:00Z' };
    const stale = { headers: { 'If-Match': '"old"' } };
    const asked = {
      fullSyncRequired: events.list({ calendarId, syncToken: nextSyncToken ?? '' }),
      timeRangeEmpty: events.list({ calendarId, ...window }),
      requiredAccessLevel: events.insert({ calendarId: WORK, requestBody: lunch }),
      conditionNotMet: events.patch({ calendarId, eventId: data.id ?? '', requestBody: { summary: 'x' } }, stale),
    };
    for (const [reason, request] of Object.entries(asked))
      expect(reasonOf(await refusalOf(request))).toMatchObject({ reason, ...(google(reason) as object) });
    client.setCredentials({ access_token: 'none', expiry_date: Date.now() + 3_600_000 });
    expect(reasonOf(await refusalOf(events.list({ calendarId })))).toMatchObject(google('authError') as object);
  });
});

describe('a calendar that shows less', () => {
  const details = ['summary', 'description', 'creator', 'created', 'extendedProperties'];
  const secret = {
    ...lunch,
    id: 'secret',
    visibility: 'private',
    description: 'x',
    extendedProperties: { private: { a: '1' } },
  };

  test('free-busy: when, and nothing else; writes need more access', async () => {
    const calendars = [{ id: WORK, access: { [ME]: 'freeBusyReader', [WORK]: 'owner' } }] as const;
    const emulator = await emulate({ calendars });
    emulator.handle.createEvent(WORK, { ...secret, visibility: 'default' });
    const { events } = clientOf(emulator);
    const { data } = await events.list({ calendarId: WORK });
    expect(data.accessRole).toBe('freeBusyReader');
    expect(Object.keys(data.items?.[0] ?? {})).toEqual(google('free-busy event'));
    expect((await events.get({ calendarId: WORK, eventId: 'secret' })).data).toEqual(data.items?.[0]);
    const write = await refusalOf(events.delete({ calendarId: WORK, eventId: 'secret' }));
    expect(reasonOf(write)).toMatchObject({ domain: 'calendar', reason: 'requiredAccessLevel' });
    emulator.handle.deleteEvent(WORK, 'secret');
    const deltas = await events.list({ calendarId: WORK, syncToken: data.nextSyncToken ?? '' });
    expect(deltas.data.items).toMatchObject([{ id: 'secret', status: 'cancelled' }]);
  });

  test('a reader sees no details of a private event', async () => {
    const emulator = await emulate();
    emulator.handle.createEvent(WORK, secret);
    const read = async (user: string) =>
      (await clientOf(emulator, { user }).events.get({ calendarId: WORK, eventId: 'secret' })).data;
    const shown = await read(ME);
    expect(shown).toMatchObject({ visibility: 'private', status: 'confirmed' });
    for (const name of details) expect(shown).not.toHaveProperty(name);
    expect(await read(WORK)).toMatchObject({ summary: 'Lunch' });
  });
});
