import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from '../../src/interfaces/bot/parse.ts';
import { takeDate } from '../../src/interfaces/tools/dates.ts';
import { cases } from '../support/cases.ts';

const MOMENT = { now: new Date('2026-03-02T12:00:00Z'), timeZone: 'Europe/Madrid' };
/** The longest message that Telegram sends, and longer ones. */
const LENGTHS = [500, 4_096, 50_000];
const MAX_SECONDS = 3;

function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}

const STARTS = [
  ...['', 'goal ', 'goal: x ', 'add movie ', 'add game ', 'mark ', 'set ', 'watched ', 'task ', 'add task ', 'note: '],
  ...['find ', 'what', '/task ', '/note ', '/find ', 'please ', 'bug: ', '"'],
];
const PARTS = [
  ...[
    ' ',
    'a ',
    ' as ',
    ' as a',
    ' to ',
    ' to 1',
    ' at is at',
    '\n',
    ' \n',
    '.',
    '!',
    ' .',
    '1',
    '1,',
    '1/',
    '1 1',
    '%',
  ],
  ...[
    '(1999) ',
    '"',
    "'s ",
    'by ',
    'due by on at ',
    'tomorrow ',
    'monday at ',
    '1/1/2026 ',
    '[',
    '(',
    ', ',
    ' progress',
  ],
];

test.each(STARTS)('a hostile message that begins with %j is parsed in under a second', (start) => {
  for (const length of LENGTHS) {
    for (const part of PARTS) {
      for (const end of ['', 'x', ' 1']) {
        const text = (start + part.repeat(length)).slice(0, length) + end;
        expect([part, length, cpuSeconds(() => void parse(text, MOMENT)) < MAX_SECONDS]).toEqual([part, length, true]);
      }
    }
  }
});

test('of many messages, none is slow, and none throws', () => {
  const message = fc
    .tuple(fc.constantFrom(...STARTS), fc.array(fc.oneof(fc.constantFrom(...PARTS), fc.string()), { maxLength: 60 }))
    .map(([start, parts]) => start + parts.join(''));
  let worst = 0;
  fc.assert(
    fc.property(message, (text) => {
      worst = Math.max(
        worst,
        cpuSeconds(() => void parse(text, MOMENT)),
      );
    }),
    { numRuns: cases(2_000, 20_000) },
  );
  expect(worst).toBeLessThan(MAX_SECONDS);
});

test('a long first line has no date, and keeps its words', () => {
  const text = `${'word '.repeat(200)}tomorrow`;
  expect(takeDate(text, MOMENT)).toBeNull();
  expect(parse(`task: ${text}`, MOMENT)).toMatchObject({ tool: 'create_task', input: { notes: text } });
});
