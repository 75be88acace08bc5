import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

/** The last migration whose name is not a real time; published migrations keep their names. */
const LAST_IMPOSSIBLE = '20261127410000_deliveries';

const names = readdirSync('prisma/migrations', { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

/** Whether a name starts with a time that exists, such as `20261129105900`. */
function hasRealTime(name: string): boolean {
  const [, ...digits] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)_[a-z0-9_]+$/.exec(name) ?? [];
  const [year, month, day, hour, minute, second] = digits;
  const time = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const parsed = new Date(time);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString() === time;
}

test('a new migration is named after the UTC time at which it was written', () => {
  expect(names).toContain(LAST_IMPOSSIBLE);
  const wrong = names.filter((name) => name > LAST_IMPOSSIBLE && !hasRealTime(name));
  expect(wrong).toEqual([]);
});

test.each([
  ['20261129105900_claims', true],
  ['20261127410000_deliveries', false],
  ['20260230000000_february', false],
  ['claims', false],
])('%s: %s', (name, isReal) => {
  expect(hasRealTime(name)).toBe(isReal);
});
