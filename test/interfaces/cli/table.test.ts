import { describe, expect, test } from 'vitest';
import { sideBySide } from '../../../src/interfaces/cli/side-by-side.ts';
import { table, wrap } from '../../../src/interfaces/cli/table.ts';

const id = '4df7a8a6-6d7f-421a-a102-b333e0a57501';
const rows = [
  ['games', 'games no longer has the property "Hours Played": lockstep doctor --fix adds it'],
  ['system_upgrades', id],
];

describe('a table', () => {
  test('wraps its last column to fit the terminal', () => {
    expect(table(['ENTITY', 'REASON'], rows, 50)).toBe(
      [
        'ENTITY           REASON',
        'games            games no longer has the property',
        '                 "Hours Played": lockstep doctor',
        '                 --fix adds it',
        // An id is not cut, so that it can be copied.
        `system_upgrades  ${id}`,
      ].join('\n'),
    );
  });

  test('has one line per row without a terminal', () => {
    expect(table(['ENTITY', 'REASON'], rows, undefined).split('\n')).toHaveLength(3);
  });

  test('aligns wide characters, emoji and combining marks by their width on a terminal', () => {
    const titles = [
      ['旅行の計画', 'a'],
      ['👩‍👩‍👧 family', 'b'],
      ['cafe\u0301', 'c'],
    ];
    expect(table(['TITLE', 'ID'], titles, undefined)).toBe(
      ['TITLE       ID', '旅行の計画  a', '👩‍👩‍👧 family   b', 'cafe\u0301        c'].join('\n'),
    );
  });

  test('puts versions side by side, each wrapped at its width', () => {
    expect(sideBySide(['FIELD', 'Notion', 'SQL'], [['名前', '旅行の計画を立てる週末', 'plan']], 43)).toBe(
      ['FIELD  Notion             SQL', '名前   旅行の計画を立て   plan', '       る週末'].join('\n'),
    );
  });

  test('cuts no character in two', () => {
    expect(wrap('👩‍👩‍👧👩‍👩‍👧', 3)).toEqual(['👩‍👩‍👧', '👩‍👩‍👧']);
    expect(wrap('旅行', 1)).toEqual(['旅', '行']);
  });
});
