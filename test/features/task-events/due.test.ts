import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asHeld, type Due, dueOf, isAhead, type Slot, slotFor } from '../../../src/features/task-events/due.ts';

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
    expect(slotFor({ date, time: null }, zone)).toEqual({ start, end, allDay: true, timeZone: zone });
  });

  test('is half an hour from a time', () => {
    const slot = slotFor({ date: '2026-12-24', time: '09:30:00' }, 'Asia/Kolkata');
    expect(span(slot)).toEqual(['2026-12-24T04:00:00.000Z', '2026-12-24T04:30:00.000Z']);
    expect(slot.allDay).toBe(false);
  });

  test('keeps the length that a user gave, over a change of clocks too, but not into another kind', () => {
    const zone = 'America/Los_Angeles';
    const twoDays = { ...slotFor({ date: '2026-12-01', time: null }, zone), end: '2026-12-03T08:00:00.000Z' };
    const twoHours = { ...slotFor({ date: '2026-12-01', time: '09:00:00' }, zone), end: '2026-12-01T19:00:00.000Z' };
    const springForward = { date: '2026-03-08', time: null };
    expect(span(slotFor(springForward, zone, twoDays))).toEqual([
      '2026-03-08T08:00:00.000Z',
      '2026-03-10T07:00:00.000Z',
    ]);
    expect(hours(slotFor({ ...springForward, time: '01:00:00' }, zone, twoHours))).toBe(2);
    expect(hours(slotFor({ ...springForward, time: '01:00:00' }, zone, twoDays))).toBe(0.5);
    expect(hours(slotFor(springForward, zone, twoHours))).toBe(23);
  });
});

describe('the due date of a slot', () => {
  test('is on the days of an all-day event’s own zone, at the times of the tasks’ zone', () => {
    const slot = { start: '2026-12-23T18:30:00.000Z', end: '2026-12-24T18:30:00.000Z', timeZone: 'Asia/Kolkata' };
    expect(dueOf({ ...slot, allDay: true }, 'UTC')).toEqual({ date: '2026-12-24', time: null });
    expect(dueOf({ ...slot, allDay: false }, 'UTC')).toEqual({ date: '2026-12-23', time: '18:30:00' });
  });

  test('differs from one at a time that the clocks skip, and only once', () => {
    const skipped = { date: '2026-03-08', time: '02:30:00' };
    const held = asHeld(skipped, 'America/Los_Angeles');
    expect(held).toEqual({ date: '2026-03-08', time: '03:30:00' });
    expect(asHeld(held, 'America/Los_Angeles')).toEqual(held);
  });

  test('law: a day comes back as that day, and begins after the day before has ended', () => {
    fc.assert(
      fc.property(day, fc.constantFrom(...ZONES), (date, zone) => {
        const slot = slotFor({ date, time: null }, zone);
        expect(dueOf(slot, zone)).toEqual({ date, time: null });
        expect(hours(slot)).toBeGreaterThanOrEqual(23);
        expect(hours(slot)).toBeLessThanOrEqual(25);
        expect(slotFor(dueOf({ ...slot, start: slot.end }, zone), zone).start).toBe(slot.end);
      }),
    );
  });

  test('law: what an event holds is held again', () => {
    fc.assert(
      fc.property(due, fc.constantFrom(...ZONES), (wanted, zone) => {
        const held = asHeld(wanted, zone);
        expect(asHeld(held, zone)).toEqual(held);
      }),
    );
  });
});

describe('ahead', () => {
  const now = new Date('2026-12-24T20:00:00Z');
  test.each<[string, Due, boolean]>([
    ['America/Los_Angeles', { date: '2026-12-24', time: null }, true],
    ['America/Los_Angeles', { date: '2026-12-23', time: null }, false],
    ['Asia/Kolkata', { date: '2026-12-24', time: null }, false],
    ['Asia/Kolkata', { date: '2026-12-25', time: null }, true],
    ['Asia/Kolkata', { date: '2026-12-25', time: '01:30:00' }, false],
    ['Asia/Kolkata', { date: '2026-12-25', time: '01:30:01' }, true],
  ])('in %s of %o: %s', (zone, wanted, ahead) => {
    expect(isAhead(wanted, now, zone)).toBe(ahead);
  });
});

const day = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2050-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))
  // Kiritimati left this day out.
  .filter((date) => date !== '1994-12-31' && date !== '1995-01-01');
const due: fc.Arbitrary<Due> = fc.record({
  date: day,
  time: fc.option(fc.nat(86_399).map((second) => new Date(second * 1000).toISOString().slice(11, 19))),
});
