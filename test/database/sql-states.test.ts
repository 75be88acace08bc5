import { expect, test } from 'vitest';
import { type Meaning, meaningOf } from '../../src/database/sql-states.ts';

const IN_A_STATEMENT: readonly (readonly [string, Meaning])[] = [
  ['22P02', 'record'],
  ['23505', 'record'],
  ['44000', 'record'],
  ['54000', 'record'],
  ['P0001', 'record'],
  ['25006', 'entity'],
  ['28P01', 'entity'],
  ['3D000', 'entity'],
  ['42501', 'entity'],
  ['08P01', 'entity'],
  ['XX001', 'entity'],
  ['08006', 'wait'],
  ['40001', 'wait'],
  ['40P01', 'wait'],
  ['53100', 'wait'],
  ['53300', 'wait'],
  ['55000', 'wait'],
  ['55P03', 'wait'],
  ['57014', 'wait'],
  ['57P03', 'wait'],
  ['42703', 'ours'],
  ['25P02', 'ours'],
  ['ABC12', 'wait'],
];
/** A trigger that meets them is about its row, unless they pass by themselves. */
const IN_A_TRIGGER: readonly (readonly [string, Meaning])[] = [
  ['42703', 'record'],
  ['42501', 'record'],
  ['ABC12', 'record'],
  ['25006', 'record'],
  ['55000', 'record'],
  ['40001', 'wait'],
  ['53100', 'wait'],
  ['55P03', 'wait'],
  ['57014', 'wait'],
];

test.each(IN_A_STATEMENT)('%s of a statement means: %s', (state, meaning) => {
  expect(meaningOf(state, false).means).toBe(meaning);
});
test.each(IN_A_TRIGGER)("%s in an owner's trigger means: %s", (state, meaning) => {
  expect(meaningOf(state, true).means).toBe(meaning);
});
test('whatever stops an entity says what to do', () => {
  for (const [state, meaning] of IN_A_STATEMENT) {
    if (meaning === 'entity') expect(meaningOf(state, false).advice).toMatch(/\w/);
  }
});
