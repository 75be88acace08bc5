import { describe, expect, test } from 'vitest';
import { table } from '../../../src/interfaces/cli/table.ts';

const id = '4df7a8a6-6d7f-421a-a102-b333e0a57501';
const rows = [
  ['games', 'games has no property «Hours Played» any more: lockstep doctor --fix adds it again'],
  ['system_upgrades', id],
];

describe('a table', () => {
  test('fits the terminal: its last column goes on below itself', () => {
    expect(table(['ENTITY', 'WHY'], rows, 50)).toBe(
      [
        'ENTITY           WHY',
        'games            games has no property «Hours',
        '                 Played» any more: lockstep doctor',
        '                 --fix adds it again',
        // Whoever copies it gets all of it.
        `system_upgrades  ${id}`,
      ].join('\n'),
    );
  });

  test('has a line for each row where there is no terminal', () => {
    expect(table(['ENTITY', 'WHY'], rows, undefined).split('\n')).toHaveLength(3);
  });
});
