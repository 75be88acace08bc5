import { expect, test } from 'vitest';
import { isHopeless, type RepeatedFailure, repeatFailure } from '../../src/activities/repeated-failure.ts';

const MINUTE = 60_000;
const failures = (...each: { code?: string; synced?: boolean; after: number }[]): RepeatedFailure | undefined =>
  each.reduce<RepeatedFailure | undefined>(
    (previous, { code = 'row_locked', synced = false, after }) => repeatFailure(previous, { code, synced, now: after }),
    undefined,
  );
const ends = (failure: RepeatedFailure | undefined, now: number): boolean =>
  failure !== undefined && isHopeless(failure, now);
const minutes = (...times: number[]) => times.map((time) => ({ after: time * MINUTE }));

test('the same failure again and again ends, although the other side answers each time', () => {
  expect(ends(failures(...minutes(0, 0.1, 0.3, 1, 2)), 2 * MINUTE)).toBe(true);
});
test('a few failures do not end it, however long they take', () => {
  expect(ends(failures(...minutes(0, 10, 20)), 20 * MINUTE)).toBe(false);
});
test('many failures in a short time do not end it', () => {
  expect(ends(failures(...minutes(0, 0.1, 0.2, 0.3, 0.4, 0.5)), 0.5 * MINUTE)).toBe(false);
});
test('after a record that was synced, the count starts again', () => {
  const [first, ...others] = minutes(0, 0.1, 0.3, 1, 2);
  expect(
    ends(failures(...(first ? [first] : []), ...others.slice(0, 3), { after: 2 * MINUTE, synced: true }), 2 * MINUTE),
  ).toBe(false);
});
test('after another failure, the count starts again', () => {
  expect(ends(failures(...minutes(0, 0.1, 0.3, 1), { after: 2 * MINUTE, code: 'no_answer' }), 2 * MINUTE)).toBe(false);
});
