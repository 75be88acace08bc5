import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Due,
  dueToSlot,
  isUpcoming,
  normalizeDue,
  type Slot,
  slotToDue,
} from '../../../src/features/task-events/due.ts';

const ZONES = [
  'America/Los_Angeles',
  'America/Santiago',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Europe/Madrid',
  'Pacific/Kiritimati',
  'UTC',
];
const span = ({ start, end }: Slot): string[] => [start, end];
const hours = ({ start, end }: Slot): number => (Date.parse(end) - Date.parse(start)) / 3_600_000;

describe('the slot of a due date', () => {
  test.each([
    ['America/Los_Angeles', '2026-12-24', '2026-12-24T08:00:00.000Z', '2026-12-25T08:00:00.000Z'],
    ['America/Los_Angeles', '2026-03-08', '2026-03-08T08:00:00.000Z', '2026-03-09T07:00:00.000Z'],
    ['America/Los_Angeles', '2026-11-01', '2026-11-01T07:00:00.000Z', '2026-11-02T08:00:00.000Z'],
    ['Asia/Kolkata', '2026-12-24', '2026-12-23T18:30:00.000Z', '2026-12-24T18:30:00.000Z'],
    ['Europe/Madrid', '2027-03-28', '2027-03-27T23:00:00.000Z', '2027-03-28T22:00:00.000Z'],
    // Midnight does not exist on that day: the clocks go from 24:00 to 01:00.
    ['America/Santiago', '2026-09-06', '2026-09-06T04:00:00.000Z', '2026-09-07T03:00:00.000Z'],
  ])('is the whole day in %s on %s', (zone, date, start, end) => {
    expect(dueToSlot({ date, time: null }, zone)).toEqual({ start, end, allDay: true, timeZone: zone });
  });

  test('is half an hour for a time', () => {
    const slot = dueToSlot({ date: '2026-12-24', time: '09:30:00' }, 'Asia/Kolkata');
    expect(span(slot)).toEqual(['2026-12-24T04:00:00.000Z', '2026-12-24T04:30:00.000Z']);
    expect(slot.allDay).toBe(false);
  });

  test('keeps the length that a user set, also across a clock change, but not between all-day and timed', () => {
    const zone = 'America/Los_Angeles';
    const twoDays = { ...dueToSlot({ date: '2026-12-01', time: null }, zone), end: '2026-12-03T08:00:00.000Z' };
    const twoHours = { ...dueToSlot({ date: '2026-12-01', time: '09:00:00' }, zone), end: '2026-12-01T19:00:00.000Z' };
    const springForward = { date: '2026-03-08', time: null };
    expect(span(dueToSlot(springForward, zone, twoDays))).toEqual([
      '2026-03-08T08:00:00.000Z',
      '2026-03-10T07:00:00.000Z',
    ]);
    expect(hours(dueToSlot({ ...springForward, time: '01:00:00' }, zone, twoHours))).toBe(2);
    expect(hours(dueToSlot({ ...springForward, time: '01:00:00' }, zone, twoDays))).toBe(0.5);
    expect(hours(dueToSlot(springForward, zone, twoHours))).toBe(23);
  });
});

describe('the due date of a slot', () => {
  test("uses the event's own time zone for all-day events, and the configured one for times", () => {
    const slot = { start: '2026-12-23T18:30:00.000Z', end: '2026-12-24T18:30:00.000Z', timeZone: 'Asia/Kolkata' };
    expect(slotToDue({ ...slot, allDay: true }, 'UTC')).toEqual({ date: '2026-12-24', time: null });
    expect(slotToDue({ ...slot, allDay: false }, 'UTC')).toEqual({ date: '2026-12-23', time: '18:30:00' });
  });

  test('differs once for a time that a clock change skips', () => {
    const skipped = { date: '2026-03-08', time: '02:30:00' };
    const held = normalizeDue(skipped, 'America/Los_Angeles');
    expect(held).toEqual({ date: '2026-03-08', time: '03:30:00' });
    expect(normalizeDue(held, 'America/Los_Angeles')).toEqual(held);
  });

  test('law: a day converts back to the same day, and begins when the day before ends', () => {
    fc.assert(
      fc.property(day, fc.constantFrom(...ZONES), (date, zone) => {
        const slot = dueToSlot({ date, time: null }, zone);
        expect(slotToDue(slot, zone)).toEqual({ date, time: null });
        expect(hours(slot)).toBeGreaterThanOrEqual(23);
        expect(hours(slot)).toBeLessThanOrEqual(25);
        expect(dueToSlot(slotToDue({ ...slot, start: slot.end }, zone), zone).start).toBe(slot.end);
      }),
    );
  });

  test('law: converting a normalized due date again changes nothing', () => {
    fc.assert(
      fc.property(due, fc.constantFrom(...ZONES), (wanted, zone) => {
        const held = normalizeDue(wanted, zone);
        expect(normalizeDue(held, zone)).toEqual(held);
      }),
    );
  });
});

describe('upcoming', () => {
  const now = new Date('2026-12-24T20:00:00Z');
  test.each<[string, Due, boolean]>([
    ['America/Los_Angeles', { date: '2026-12-24', time: null }, true],
    ['America/Los_Angeles', { date: '2026-12-23', time: null }, false],
    ['Asia/Kolkata', { date: '2026-12-24', time: null }, false],
    ['Asia/Kolkata', { date: '2026-12-25', time: null }, true],
    ['Asia/Kolkata', { date: '2026-12-25', time: '01:30:00' }, false],
    ['Asia/Kolkata', { date: '2026-12-25', time: '01:30:01' }, true],
  ])('in %s of %o: %s', (zone, wanted, ahead) => {
    expect(isUpcoming(wanted, now, zone)).toBe(ahead);
  });
});

const day = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2050-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))
  // Kiritimati skipped this day.
  .filter((date) => date !== '1994-12-31' && date !== '1995-01-01');
const due: fc.Arbitrary<Due> = fc.record({
  date: day,
  time: fc.option(fc.nat(86_399).map((second) => new Date(second * 1000).toISOString().slice(11, 19))),
});
