import { describe, expect, test } from 'vitest';
import type { Database } from '../../../src/database/client.ts';
import { checkbox, date, defineEntity, number, people, richText, select, title } from '../../../src/entities/define.ts';
import { isTyped, readTyped } from '../../../src/operations/fields/typed-value.ts';

const entity = defineEntity({
  ...{ name: 'things', table: 'things', databaseId: '', title: 'Things' },
  fields: {
    name: title('Name'),
    notes: richText('Notes'),
    rating: number('Rating', { min: 1, max: 10 }),
    size: number('Size'),
    done: checkbox('Done'),
    status: select('Status', ['Todo', 'Done']),
    day: date('Day'),
    due: date('Due', { timeColumn: 'due_time' }),
    trip: date('Trip', { endColumn: 'trip_end' }),
    owner: people('Owner'),
  },
});

/** The rows have one more option. */
const database: Database = {
  query: async <Row extends object>() => [{ option: 'Waiting' }] as unknown as Row[], // the only statement reads options
  execute: async () => 0,
};

const read = (name: string, typed: string) => readTyped(database, entity, name, typed);

test.each([
  ['name', ' Two \n words ', 'Two words'],
  ['notes', 'one\r\ntwo', 'one\ntwo'],
  ['notes', '', null],
  ['rating', '7.5', 7.5],
  ['size', '-3', -3],
  ['size', '', null],
  ['done', 'true', true],
  ['done', 'false', false],
  ['status', 'done', 'Done'],
  ['status', 'waiting', 'Waiting'],
  ['status', '', null],
  ['day', '2027-03-01', '2027-03-01'],
  ['due', '2027-03-01', '2027-03-01'],
  ['due', '2027-03-01 14:30', '2027-03-01T14:30:00'],
  ['due', '', null],
])('%s takes %o', async (name, typed, value) => {
  expect(await read(name, typed)).toBe(value);
});

test.each([
  ['name', ' ', /^things\.name is empty$/],
  ['notes', 'x'.repeat(100_001), /^things\.notes has more than 100000 characters$/],
  ['rating', '11', /^things\.rating needs a number from 1 to 10$/],
  ['rating', 'ten', /^things\.rating needs a number/],
  ['size', '0x1F', /^things\.size needs a number$/],
  ['size', `1${'0'.repeat(400)}`, /^things\.size needs a number$/],
  ['done', '', /^things\.done needs true or false$/],
  ['status', 'Gone', /^things has no status "Gone": use one of Todo, Done, Waiting$/],
  ['day', '2027-02-30', /^things\.day cannot be "2027-02-30": use 2026-03-01$/],
  ['day', '2027-03-01T14:30', /^things\.day cannot be/],
  ['due', '2027-03-01T25:30', /use 2026-03-01 or 2026-03-01T14:30$/],
  ['due', '2027-03-01T14:30Z', /use 2026-03-01 or 2026-03-01T14:30$/],
  ['owner', 'ana@example.com', /^things\.owner cannot be edited here$/],
  ['nothing', 'x', /^things\.nothing cannot be edited here$/],
])('%s refuses %s', async (name, typed, message) => {
  await expect(read(name, typed)).rejects.toThrow(message);
});

describe('a field can be typed', () => {
  test.each([
    ['name', 'short', true],
    ['notes', 'x'.repeat(2_001), false],
    ['trip', '2027-03-01/2027-03-04', false],
    ['owner', [], false],
    ['archived', false, false],
  ])('%s with %o: %s', (name, current, expected) => {
    expect(isTyped(entity, name, current)).toBe(expected);
  });
});
