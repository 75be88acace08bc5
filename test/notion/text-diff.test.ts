import { describe, expect, test } from 'vitest';
import { findSurvivors } from '../../src/notion/text-diff.ts';

/** The surviving text at its place in the new text; `·` where it is new. */
function kept(before: string, after: string, ...atoms: string[]): string {
  const stretches = atoms.map((atom) => ({ start: before.indexOf(atom), end: before.indexOf(atom) + atom.length }));
  return Array.from(findSurvivors(before, after, stretches), (origin) => before[origin] ?? '·').join('');
}

describe('the surviving text', () => {
  test.each([
    ['one two three', 'zero one two three four', '·····one two three·····'],
    ['one two three', 'one three', 'one three'],
    ['one two three four KEEP', 'KEEP five six seven eight', 'KEEP·····················'],
    ['red', 'reds', 'red·'],
    ['teh', 'the', 'th·'],
    ['blue', 'black', '·····'],
    ['紅い車を買う', '青い車を買った', '·い車を買··'],
    ['a 👩‍🚀 b', 'a 👩‍🔬 b', `a ${'·'.repeat('👩‍🔬'.length)} b`],
    ['🇩🇪🇫🇷', '🇫🇷', '🇫🇷'],
    ['e\u0301', 'e', '·'],
    ['', 'new', '···'],
    ['old', '', ''],
  ])('%j → %j', (before, after, expected) => {
    expect(kept(before, after)).toBe(expected);
  });

  test('of equal words, the one next to the following survivor', () => {
    expect([...findSurvivors('the cat saw the dog', 'now the dog', [])].slice(4)).toEqual([12, 13, 14, 15, 16, 17, 18]);
  });

  test('an atom is found only whole, and not inside words', () => {
    expect(kept('Ann Smith', 'Ann met Ann Smith', 'Ann Smith')).toBe('········Ann Smith');
    expect([...findSurvivors('explain x', 'axe x', [{ start: 8, end: 9 }])].at(-1)).toBe(8);
    expect(kept('2x3', '2x3 now', 'x')).toBe('2x3····');
    expect(kept('@Ann', '@Anna', '@Ann')).toBe('·····');
    expect(kept('@Annw1 @Annw2', 'now @Annw1 @Annw2', '@Ann')).toBe('····@Annw1 @Annw2');
    expect(kept('@安さん', '今日は@安さんです', '@安')).toBe('···@安さん··');
  });

  test('of a completely different text, its ends and what occurs once', { timeout: 60_000 }, () => {
    const text = (word: string, keep: string) => {
      const words = (from: number) =>
        Array.from({ length: 1000 }, (_, i) => `${word}${from + i} and some more`).join(' ');
      return `start ${words(0)} ${keep} ${words(1000)} end`;
    };
    const [before, after] = [text('old', 'and KEEP some'), text('new', 'this and KEEP some')];
    const origins = findSurvivors(before, after, []);
    const originOf = (word: string) => origins[after.indexOf(word)];
    expect(originOf('start')).toBe(0);
    expect(originOf('and KEEP')).toBe(before.indexOf('and KEEP'));
    expect(originOf('KEEP some')).toBe(before.indexOf('KEEP some'));
    expect(originOf('end')).toBe(before.indexOf('end'));
    expect(originOf('new7 ')).toBe(-1);
  });

  test('a long text of short words is fast', { timeout: 60_000 }, () => {
    const long = 'a '.repeat(100_000);
    const origins = findSurvivors(`x ${long}y`, `z ${long}`, []);
    expect(origins.filter((origin) => origin < 0)).toHaveLength(1);
  });
});
