import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { date, timestamp } from '../../src/entities/define.ts';
import { RecordError } from '../../src/errors.ts';
import { canonicalValue, decodeProperty, encodeProperty } from '../../src/notion/properties.ts';
import type { Json, Value } from '../../src/sync/types.ts';
import { manyCases, patience } from './generators.ts';
import { held, written } from './support.ts';

const losAngeles = 'America/Los_Angeles';
const kolkata = 'Asia/Kolkata';
const timed = date('Due Date', { timeColumn: 'due_time' });
const daily = date('Birthday');
const instant = timestamp('Completed At');
const trip = date('Trip', { endColumn: 'trip_end' });
const stay = timestamp('Stay', { endColumn: 'stay_end' });
type DateField = typeof timed | typeof instant;

interface Raw {
  start: string;
  end?: string | null;
  time_zone?: string | null;
}

const read = (field: DateField, raw: Raw, zone = losAngeles) =>
  decodeProperty(field, held({ type: 'date', date: { end: null, time_zone: null, ...raw } }), zone);
function write(field: DateField, value: Value, residue?: Json, zone = losAngeles) {
  const sent = encodeProperty(field, value, residue, zone);
  return 'date' in sent ? sent.date : undefined;
}
/** Reads `raw`, sets the field to `value`, and returns what is sent to Notion. */
const edit = (field: DateField, raw: Raw, value: Value, zone = losAngeles) =>
  write(field, value, read(field, raw, zone).residue, zone);
const alone = (start: string) => ({ start, end: null, time_zone: null });

describe('a date with a time column', () => {
  test('a day is the same day in every zone', () => {
    for (const zone of [losAngeles, kolkata, 'Pacific/Kiritimati', 'UTC']) {
      expect(read(timed, { start: '2026-03-01' }, zone)).toEqual({ value: '2026-03-01' });
      expect(write(timed, '2026-03-01', undefined, zone)).toEqual(alone('2026-03-01'));
    }
  });

  test('a time is local, and is sent with the offset of that day', () => {
    expect(read(timed, { start: '2026-03-01T13:30:00.000+00:00' })).toEqual({ value: '2026-03-01T05:30:00' });
    expect(read(timed, { start: '2026-03-01T23:30:00.000Z' }, kolkata)).toEqual({ value: '2026-03-02T05:00:00' });
    expect(write(timed, '2026-03-01T14:30:00')).toEqual(alone('2026-03-01T14:30:00-08:00'));
    expect(write(timed, '2026-07-01T14:30:00')).toEqual(alone('2026-07-01T14:30:00-07:00'));
    expect(write(timed, '2026-03-01T14:30:00', undefined, kolkata)).toEqual(alone('2026-03-01T14:30:00+05:30'));
  });

  test('seconds are not sent, since Notion drops them', () => {
    expect(canonicalValue(timed, '2026-03-01T14:30:59', losAngeles)).toBe('2026-03-01T14:30:00');
    expect(write(timed, '2026-03-01T14:30:59')).toEqual(alone('2026-03-01T14:30:00-08:00'));
    expect(written(timed, '1850-03-01T14:30:59', undefined, 'Europe/Paris')).toBe('1850-03-01T14:30:00');
  });

  test('a time in the skipped hour moves forward', () => {
    expect(write(timed, '2026-03-08T01:59:00')).toEqual(alone('2026-03-08T01:59:00-08:00'));
    expect(write(timed, '2026-03-08T02:30:00')).toEqual(alone('2026-03-08T03:30:00-07:00'));
    expect(canonicalValue(timed, '2026-03-08T02:30:00', losAngeles)).toBe('2026-03-08T03:30:00');
    expect(canonicalValue(timed, '2026-03-08T02:30:00', kolkata)).toBe('2026-03-08T02:30:00');
  });

  test('in the repeated hour, the earlier time is used; the later is kept if Notion has it', () => {
    expect(write(timed, '2026-11-01T01:30:00')).toEqual(alone('2026-11-01T01:30:00-07:00'));
    expect(read(timed, { start: '2026-11-01T08:30:00Z' })).toEqual({ value: '2026-11-01T01:30:00' });
    expect(edit(timed, { start: '2026-11-01T09:30:00Z' }, '2026-11-01T01:30:00')).toEqual(
      alone('2026-11-01T09:30:00Z'),
    );
  });

  test('milliseconds are kept while the time is unchanged', () => {
    const raw = { start: '2026-03-01T13:30:00.250+00:00' };
    expect(read(timed, raw).value).toBe('2026-03-01T05:30:00');
    expect(edit(timed, raw, '2026-03-01T05:30:00')).toEqual(alone(raw.start));
    expect(edit(timed, raw, '2026-03-01T05:31:00')).toEqual(alone('2026-03-01T05:31:00-08:00'));
  });

  test('a range moves by the same number of days, and keeps its local times across a clock change', () => {
    const raw = { start: '2026-03-05T10:00:00-08:00', end: '2026-03-06T12:00:00-08:00' };
    expect(edit(timed, raw, '2026-03-07T10:00:00')).toEqual({
      start: '2026-03-07T10:00:00-08:00',
      end: '2026-03-08T12:00:00-07:00',
      time_zone: null,
    });
    expect(edit(timed, { start: '2026-03-01', end: '2026-03-04' }, '2026-02-27')).toEqual({
      start: '2026-02-27',
      end: '2026-03-02',
      time_zone: null,
    });
  });

  test('a range whose time changes keeps its length', () => {
    const raw = { start: '2026-03-05T10:00:00-08:00', end: '2026-03-05T11:30:00-08:00' };
    expect(edit(timed, raw, '2026-03-06T09:00:00')).toEqual({
      start: '2026-03-06T09:00:00-08:00',
      end: '2026-03-06T10:30:00-08:00',
      time_zone: null,
    });
  });

  test('without its time a range is all-day', () => {
    const raw = { start: '2026-03-05T10:00:00-08:00', end: '2026-03-05T11:30:00-08:00' };
    expect(edit(timed, raw, '2026-03-06')).toEqual(alone('2026-03-06'));
    expect(edit(timed, { ...raw, end: '2026-03-07T11:30:00-08:00' }, '2026-03-06')).toEqual({
      start: '2026-03-06',
      end: '2026-03-08',
      time_zone: null,
    });
  });

  test('with a time, a range of days has a time at both ends', () => {
    expect(edit(timed, { start: '2026-03-05', end: '2026-03-08' }, '2026-03-05T09:00:00')).toEqual({
      start: '2026-03-05T09:00:00-08:00',
      end: '2026-03-08T09:00:00-07:00',
      time_zone: null,
    });
  });

  test('a time zone is kept, with local times', () => {
    const raw = { start: '2026-03-05T10:00:00.000-05:00', time_zone: 'America/New_York' };
    expect(read(timed, raw).value).toBe('2026-03-05T07:00:00');
    expect(edit(timed, raw, '2026-03-05T07:00:00')).toEqual({
      start: '2026-03-05T10:00:00',
      end: null,
      time_zone: 'America/New_York',
    });
    expect(edit(timed, raw, '2026-03-06T08:00:00')).toEqual({
      start: '2026-03-06T11:00:00',
      end: null,
      time_zone: 'America/New_York',
    });
    expect(read(timed, { start: '2026-03-05T10:00:00', time_zone: 'America/New_York' }).value).toBe(
      '2026-03-05T07:00:00',
    );
  });
});

describe('a date without a time column', () => {
  test('keeps the time of day that Notion has', () => {
    const raw = { start: '2026-03-05T23:00:00-08:00', end: '2026-03-06T01:00:00-08:00' };
    expect(read(daily, raw).value).toBe('2026-03-05');
    expect(edit(daily, raw, '2026-03-10')).toEqual({
      start: '2026-03-10T23:00:00-07:00',
      end: '2026-03-11T01:00:00-07:00',
      time_zone: null,
    });
    expect(edit(daily, raw, null)).toBeNull();
  });

  test('is the day in the zone of Lockstep, whatever the zone of the date', () => {
    const raw = { start: '2026-03-05T02:00:00', time_zone: 'Europe/Paris' };
    expect(read(daily, raw).value).toBe('2026-03-04');
    expect(edit(daily, raw, '2026-03-06')).toEqual({
      start: '2026-03-07T02:00:00',
      end: null,
      time_zone: 'Europe/Paris',
    });
    // Between the two clock changes the same time in Paris is another day in Los Angeles.
    const edge = { start: '2026-03-05T08:30:00', time_zone: 'Europe/Paris' };
    expect(read(daily, edge).value).toBe('2026-03-04');
    expect(edit(daily, edge, '2026-03-10')).toEqual({
      start: '2026-03-11T07:30:00',
      end: null,
      time_zone: 'Europe/Paris',
    });
  });

  test('drops a time that SQL cannot store', () => {
    expect(canonicalValue(daily, '2026-03-05T10:00:00', losAngeles)).toBe('2026-03-05');
  });
});

describe('an instant', () => {
  test('is read and written in UTC', () => {
    expect(read(instant, { start: '2026-03-01T13:30:00.000+00:00' })).toEqual({ value: '2026-03-01T13:30:00.000Z' });
    expect(write(instant, '2026-03-01T13:30:00.000Z')).toEqual(alone('2026-03-01T13:30:00.000Z'));
  });

  test('a day begins at midnight, and remains a day while it is unchanged', () => {
    expect(read(instant, { start: '2026-03-01' }).value).toBe('2026-03-01T08:00:00.000Z');
    expect(read(instant, { start: '2026-03-01' }, kolkata).value).toBe('2026-02-28T18:30:00.000Z');
    expect(edit(instant, { start: '2026-03-01' }, '2026-03-01T08:00:00.000Z')).toEqual(alone('2026-03-01'));
  });

  test('keeps its end and time zone', () => {
    const raw = { start: '2026-03-01T13:00:00Z', end: '2026-03-01T14:00:00Z', time_zone: 'Asia/Kolkata' };
    expect(edit(instant, raw, '2026-03-02T00:00:00.000Z')).toEqual({
      start: '2026-03-02T05:30:00',
      end: '2026-03-02T06:30:00',
      time_zone: 'Asia/Kolkata',
    });
  });

  test.each([
    ['2026-03-01T13:30:59.123456Z', '2026-03-01T13:30:00.000Z'],
    ['1960-01-01T00:00:59.999Z', '1960-01-01T00:00:00.000Z'],
    ['2026-03-01 05:30:00-08', '2026-03-01T13:30:00.000Z'],
    ['2026-03-01T19:00:00+05:30', '2026-03-01T13:30:00.000Z'],
    ['2026-03-01', '2026-03-01T08:00:00.000Z'],
  ])('%s is %s', (value, expected) => {
    expect(canonicalValue(instant, value, losAngeles)).toBe(expected);
  });
});

describe('a date with an end column', () => {
  test('has both, and an end that is cleared in SQL is removed', () => {
    expect(read(trip, { start: '2026-03-01', end: '2026-03-04' })).toEqual({ value: '2026-03-01/2026-03-04' });
    expect(write(trip, '2026-03-01/2026-03-04')).toEqual({ start: '2026-03-01', end: '2026-03-04', time_zone: null });
    expect(edit(trip, { start: '2026-03-01', end: '2026-03-04' }, '2026-03-01')).toEqual(alone('2026-03-01'));
    expect(read(trip, { start: '2026-03-01' })).toEqual({ value: '2026-03-01' });
  });

  test('keeps the times of day at both ends of a day', () => {
    const range = { start: '2026-03-01T10:00:00.000-08:00', end: '2026-03-02T18:30:00.000-08:00' };
    expect(read(trip, range).value).toBe('2026-03-01/2026-03-02');
    expect(edit(trip, range, '2026-03-01/2026-03-05')).toEqual({
      start: '2026-03-01T10:00:00.000-08:00',
      end: '2026-03-05T18:30:00-08:00',
      time_zone: null,
    });
  });

  test('is an instant at both ends of a timestamp', () => {
    const range = { start: '2026-03-01T10:00:00.000-08:00', end: '2026-03-01T12:00:00.000-08:00' };
    expect(read(stay, range).value).toBe('2026-03-01T18:00:00.000Z/2026-03-01T20:00:00.000Z');
    const sent = edit(stay, range, '2026-03-01T18:00:00.000Z/2026-03-01T21:00:00.000Z');
    expect(Date.parse(sent?.end ?? '')).toBe(Date.parse('2026-03-01T21:00:00Z'));
  });

  test.each(['/2026-03-01', '2026-03-04/2026-03-01'])('%s is refused, with the reason', (value) => {
    expect(() => write(trip, value)).toThrow(/"Trip" cannot be set to .*An end needs a start that is not after it\./);
    expect(canonicalValue(trip, value, losAngeles)).toBe(value);
  });
});

describe('what Notion may return but does not accept', () => {
  test('an end before the start, or of another kind, is left out of a write', () => {
    expect(edit(daily, { start: '2026-03-05', end: '2026-03-01' }, '2026-03-06')).toEqual(alone('2026-03-06'));
    expect(edit(daily, { start: '2026-03-05', end: '2026-03-07T10:00:00Z' }, '2026-03-06')).toEqual(
      alone('2026-03-06'),
    );
    expect(edit(instant, { start: '2026-03-05T10:00:00Z', end: '2026-03-07' }, '2026-03-05T11:00:00.000Z')).toEqual(
      alone('2026-03-05T03:00:00-08:00'),
    );
  });

  test('a range in the repeated hour keeps its length when it is moved out of it', () => {
    const raw = { start: '2026-11-01T08:50:00Z', end: '2026-11-01T09:10:00Z' };
    expect(edit(daily, raw, '2026-11-03')).toEqual({
      start: '2026-11-03T01:50:00-08:00',
      end: '2026-11-03T02:10:00-08:00',
      time_zone: null,
    });
  });

  test('the second of two equal hours is kept as an instant, without its zone', () => {
    const raw = { start: '2026-11-01T06:30:00.000Z', time_zone: 'America/New_York' };
    expect(edit(timed, raw, String(read(timed, raw).value))).toEqual(alone('2026-11-01T01:30:00-05:00'));
  });

  test('a zone keeps the name that Notion has for it', () => {
    for (const time_zone of ['Asia/Calcutta', 'Asia/Kolkata', 'US/Pacific', 'GMT']) {
      expect(edit(daily, { start: '2026-03-05T10:00:00Z', time_zone }, '2026-03-06')).toMatchObject({ time_zone });
    }
  });

  test('a zone that this Node.js does not know fails only the record that is written', () => {
    const raw = { start: '2026-03-05T10:00:00.000+00:00', time_zone: 'Mars/Olympus_Mons' };
    expect(read(daily, raw).value).toBe('2026-03-05');
    expect(() => edit(daily, raw, '2026-03-06')).toThrow(RecordError);
    expect(() => edit(daily, raw, '2026-03-06')).toThrow(/time zone "Mars\/Olympus_Mons".*update Node\.js/);
  });

  test('years before 1000 are kept', () => {
    expect(read(timed, { start: '0044-03-15T12:00:00Z' }, 'UTC').value).toBe('0044-03-15T12:00:00');
    expect(written(timed, '0999-12-31T10:00:00')).toBe('0999-12-31T10:00:00');
    expect(written(instant, '0001-01-02T00:00:00.000Z')).toBe('0001-01-02T00:00:00.000Z');
  });

  test.each(['+012026-01-01T10:00:00Z', '12026-01-01', '0001-01-01T00:00:00Z', 'someday'])(
    '%s, which SQL cannot hold, is empty there and stays in Notion',
    (start) => {
      const { value, residue } = read(timed, { start });
      expect(value).toBeNull();
      expect(write(timed, null, residue)).toMatchObject({ start });
      expect(write(timed, '2026-03-01', residue)).toEqual(alone('2026-03-01'));
    },
  );
});

describe('limits', () => {
  test.each(['2026-02-30', '2026-13-01', 'infinity', '0044-03-15 BC', '12026-01-01', '2026-03-01T25:00:00', 'soon'])(
    '%s is refused by name',
    (value) => {
      for (const field of [timed, instant]) {
        expect(() => write(field, value)).toThrow(`"${field.property}" cannot be set to "${value}"`);
        expect(canonicalValue(field, value, losAngeles)).toBe(value);
      }
    },
  );

  test('midnight at the end of a day is the next day', () => {
    expect(canonicalValue(timed, '2026-03-01T24:00:00', losAngeles)).toBe('2026-03-02T00:00:00');
  });
});

const zones = [losAngeles, kolkata, 'Europe/Paris', 'Pacific/Auckland', 'Australia/Lord_Howe', 'America/Havana', 'UTC'];
const zone = fc.constantFrom(...zones);
/** Mostly around clock changes. */
const moment = fc.oneof(
  fc
    .constantFrom(
      '2026-03-08T10:00:00Z',
      '2026-11-01T09:00:00Z',
      '2026-03-29T01:00:00Z',
      '2026-10-25T01:00:00Z',
      '2026-04-04T15:00:00Z',
    )
    .chain((at) => fc.integer({ min: -200, max: 200 }).map((quarters) => Date.parse(at) + quarters * 900_000)),
  fc
    .integer({ min: Date.parse('1970-01-02') / 60_000, max: Date.parse('2100-01-01') / 60_000 })
    .map((minutes) => minutes * 60_000),
);
const ends = fc.option(fc.integer({ min: 0, max: 10 * 1440 }).map((minutes) => minutes * 60_000));
const iso = (at: number) => new Date(at).toISOString();
const raw: fc.Arbitrary<Raw> = fc.oneof(
  fc.record({ at: moment, length: ends, time_zone: fc.option(zone) }).map(({ at, length, time_zone }) => ({
    start: iso(at),
    end: length === null ? null : iso(at + length),
    time_zone,
  })),
  fc.record({ at: moment, length: ends }).map(({ at, length }) => ({
    start: iso(at).slice(0, 10),
    end: length === null ? null : iso(at + length).slice(0, 10),
    time_zone: null,
  })),
);
const field = fc.constantFrom<DateField[]>(timed, daily, instant, trip, stay);
const anyValue = fc.tuple(moment, fc.boolean()).map(([at, day]) => (day ? iso(at).slice(0, 10) : iso(at).slice(0, 19)));

const point = (text: string | null | undefined, inZone: string) => {
  if (!text || text.length === 10) return text;
  if (/(Z|[+-]\d\d:\d\d)$/.test(text)) return iso(Date.parse(text));
  return canonicalValue(instant, text, inZone);
};

describe('properties', () => {
  test('what was read is written back unchanged', { timeout: patience }, () => {
    fc.assert(
      fc.property(field, raw, zone, (kind, date, inZone) => {
        const { value, residue } = read(kind, date, inZone);
        const sent = write(kind, value, residue, inZone);
        const own = date.time_zone ?? 'UTC';
        expect([point(sent?.start, own), point(sent?.end, own)]).toEqual([
          point(date.start, own),
          point(date.end, own),
        ]);
        // Local time cannot express the second of two equal hours: then the instant is kept.
        const isNamed = [date.start, date.end].every((at) => point(at, own) === point(asLocal(at, own), own));
        expect(sent?.time_zone).toBe(isNamed ? date.time_zone : null);
      }),
      manyCases,
    );
  });

  test('Notion returns what SQL set, whatever the date was before', { timeout: patience }, () => {
    fc.assert(
      fc.property(field, raw, anyValue, zone, (kind, date, value, inZone) => {
        const wanted = canonicalValue(kind, value, inZone);
        expect(canonicalValue(kind, wanted, inZone)).toBe(wanted);
        expect(written(kind, wanted, undefined, inZone)).toBe(wanted);
        expect(written(kind, value, undefined, inZone)).toBe(wanted);
        const { residue } = read(kind, date, inZone);
        expect(written(kind, wanted, residue, inZone)).toBe(wanted);
      }),
      manyCases,
    );
  });

  test('Notion returns the start and the end that SQL set, whatever the date was before', { timeout: patience }, () => {
    const range = fc.tuple(anyValue, fc.option(anyValue)).map(([start, end]) => (end ? `${start}/${end}` : start));
    fc.assert(
      fc.property(fc.constantFrom(trip, stay), raw, range, zone, (kind, date, value, inZone) => {
        const wanted = canonicalValue(kind, value, inZone);
        const { residue } = read(kind, date, inZone);
        try {
          expect(written(kind, wanted, residue, inZone)).toBe(wanted);
        } catch (error) {
          if (!(error instanceof RecordError)) throw error;
          const [start, end = ''] = value.split('/').map((part) => canonicalValue(kind, part, inZone));
          expect(String(end) < String(start)).toBe(true);
        }
      }),
      manyCases,
    );
  });

  test('a range keeps an end, and never ends before it starts', { timeout: patience }, () => {
    fc.assert(
      fc.property(fc.constantFrom(daily, instant), raw, anyValue, zone, (kind, date, value, inZone) => {
        const sent = write(kind, value, read(kind, date, inZone).residue, inZone);
        if (!date.end || !sent) return;
        expect(sent.end).toBeTypeOf('string');
        expect(sent.end?.length === 10).toBe(sent.start.length === 10);
        const [start, end] = [sent.start, sent.end ?? ''].map((text) => String(point(text, sent.time_zone ?? inZone)));
        expect(end && start && end >= start).toBe(true);
      }),
      manyCases,
    );
  });
});

/** The local time in that zone. */
function asLocal(text: string | null | undefined, timeZone: string) {
  if (!text || text.length === 10) return text;
  return `${read(timed, { start: text }, timeZone).value}${text.slice(19, 23)}`;
}

describe('a date with a column for its time and one for the day of its end', () => {
  const visit = date('Visit', { timeColumn: 'visit_time', endColumn: 'visit_end' });
  const range = (start: string, end: string) => ({ start, end, time_zone: null });

  test('is read with the local time of its start and the local day of its end', () => {
    const both = range('2026-03-01T22:30:00.000Z', '2026-03-05T03:00:00.000Z');
    expect(read(visit, both).value).toBe('2026-03-01T14:30:00/2026-03-04');
    expect(read(visit, range('2026-03-01', '2026-03-04'))).toEqual({ value: '2026-03-01/2026-03-04' });
    expect(read(visit, alone('2026-03-01T22:30:00.000Z'))).toEqual({ value: '2026-03-01T14:30:00' });
    expect(read(visit, range('2026-03-01T14:30:00-08:00', '2026-03-01T16:00:00-08:00')).value).toBe(
      '2026-03-01T14:30:00/2026-03-01',
    );
  });

  test('a new end has the time of its start, because Notion wants both or neither', () => {
    expect(write(visit, '2026-03-01T14:30:00/2026-03-04')).toEqual(
      range('2026-03-01T14:30:00-08:00', '2026-03-04T14:30:00-08:00'),
    );
    expect(write(visit, '2026-03-01/2026-03-04')).toEqual(range('2026-03-01', '2026-03-04'));
  });

  test('the time of an end is kept when the start or the day of the end is edited', () => {
    const held = range('2026-03-01T14:30:00-08:00', '2026-03-04T18:00:00-08:00');
    expect(edit(visit, held, '2026-03-01T15:00:00/2026-03-04')).toEqual(
      range('2026-03-01T15:00:00-08:00', '2026-03-04T18:00:00-08:00'),
    );
    expect(edit(visit, held, '2026-03-01T14:30:00/2026-03-06')).toEqual(
      range('2026-03-01T14:30:00-08:00', '2026-03-06T18:00:00-08:00'),
    );
    expect(edit(visit, held, '2026-03-01/2026-03-04')).toEqual(range('2026-03-01', '2026-03-04'));
    expect(edit(visit, held, '2026-03-01T14:30:00')).toEqual(alone('2026-03-01T14:30:00-08:00'));
  });

  test('an end on an earlier day is refused', () => {
    expect(() => write(visit, '2026-03-04T14:30:00/2026-03-01')).toThrow(RecordError);
    expect(() => write(visit, '/2026-03-01')).toThrow(RecordError);
  });
});
