import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, type Decision, decideMatch } from '../../../src/features/enrichment/decide-match.ts';
import { planFill } from '../../../src/features/enrichment/enrichment-store.ts';
import { splitTitle, titleKey } from '../../../src/features/enrichment/title-key.ts';

const film = (id: number, title: string, year: number | null, original = title) => ({
  id,
  titles: [title, original],
  year,
});
const idsOf = (decision: Decision<{ readonly id: number }>): number[] | string => {
  if (decision.kind === 'matched') return [decision.candidate.id];
  return decision.kind === 'ambiguous' ? decision.candidates.map(({ id }) => id) : 'none';
};

describe('titles', () => {
  test.each([
    ['The Matrix', 'matrix'],
    ['Amélie', 'amelie'],
    ['Schitt’s Creek', 'schitts creek'],
    ['Fast & Furious', 'fast and furious'],
    ['WALL·E', 'wall e'],
    ['君の名は。', '君の名は'],
    ['ガ', 'ガ'],
    ['…', '…'],
    ['A', 'a'],
  ])('the key of %s is "%s"', (title, key) => expect(titleKey(title)).toBe(key));

  test.each([
    ['Dune (2021)', 'Dune', 2021],
    [' Dune  ( 2021)', 'Dune  ( 2021)', null],
    ['Blade Runner 2049', 'Blade Runner 2049', null],
    ['(2021)', '(2021)', null],
    ['Doom (3)', 'Doom (3)', null],
  ])('%s is split into "%s" and %s', (text, title, year) => expect(splitTitle(text)).toEqual({ title, year }));
});

describe('matching a candidate', () => {
  test('matches a title in any spelling, but not a similar title', () => {
    const found = [film(1, 'The Matrix Reloaded', 2003), film(2, 'The Matrix', 1999)];
    expect(idsOf(decideMatch({ title: 'matrix', year: null }, found))).toEqual([2]);
    expect(idsOf(decideMatch({ title: 'Matrix Revolutions', year: null }, found))).toBe('none');
  });

  test('selects by year; the year may be part of either title', () => {
    const found = [film(1, 'Dune', 1984), film(2, 'Dune', 2021), film(3, 'Dune (2000)', null)];
    expect(idsOf(decideMatch({ title: 'Dune', year: 2021 }, found))).toEqual([2]);
    expect(idsOf(decideMatch({ title: 'Dune (1984)', year: null }, found))).toEqual([1]);
    expect(idsOf(decideMatch({ title: 'Dune', year: 2000 }, found))).toEqual([3]);
    expect(idsOf(decideMatch({ title: 'Dune', year: null }, found))).toEqual([1, 2, 3]);
  });

  test('accepts a year that differs by one if no other matches, but not more', () => {
    const found = [film(1, 'Parasite', 2019), film(2, 'Parasite', 1982)];
    expect(idsOf(decideMatch({ title: 'Parasite', year: 2020 }, found))).toEqual([1]);
    expect(idsOf(decideMatch({ title: 'Parasite', year: 2010 }, found))).toBe('none');
    expect(
      idsOf(decideMatch({ title: 'Twins', year: 2001 }, [film(1, 'Twins', 2000), film(2, 'Twins', 2002)])),
    ).toEqual([1, 2]);
  });

  test('an original title counts if no main title matches', () => {
    const found = [
      film(1, 'Spirited Away', 2001, 'Sen to Chihiro'),
      film(2, 'Solaris', 2002),
      film(3, 'Sun', 1972, 'Solaris'),
    ];
    expect(idsOf(decideMatch({ title: 'Sen to Chihiro', year: null }, found))).toEqual([1]);
    expect(idsOf(decideMatch({ title: 'Solaris', year: null }, found))).toEqual([2]);
  });

  test('a likelier candidate breaks ties, and is not required', () => {
    const found = [film(1, 'Doom', 1993), film(2, 'Doom', 2016)];
    expect(idsOf(decideMatch({ title: 'Doom', year: null }, found, ({ id }) => id === 2))).toEqual([2]);
    expect(idsOf(decideMatch({ title: 'Doom', year: null }, found, () => true))).toEqual([1, 2]);
    expect(idsOf(decideMatch({ title: 'Doom', year: null }, found.slice(0, 1), () => false))).toEqual([1]);
  });

  const words = fc.constantFrom('Heat', 'The Heat', 'heat!', 'Hëat', 'Cold', 'Heat (1995)');
  const years = fc.option(fc.integer({ min: 1993, max: 1998 }));
  const candidates = fc
    .array(fc.record({ titles: fc.tuple(words, words), year: years }), { maxLength: 8 })
    .map((found) => found.map((one, id): Candidate & { id: number } => ({ ...one, id })));

  test('does not depend on the order or on candidates with other titles', () => {
    fc.assert(
      fc.property(words, years, candidates, fc.integer({ min: 0, max: 7 }), (title, year, found, turn) => {
        const decision = idsOf(decideMatch({ title, year }, found));
        const turned = [...found.slice(turn), ...found.slice(0, turn)];
        const others = [{ id: 99, titles: ['Something else', 'Otra cosa'], year }];
        const again = idsOf(decideMatch({ title, year }, [...others, ...turned]));
        expect(Array.isArray(again) ? again.toSorted() : again).toEqual(
          Array.isArray(decision) ? decision.toSorted() : decision,
        );
      }),
    );
  });

  test('a match has the title, and no other candidate has its year', () => {
    fc.assert(
      fc.property(words, years, candidates, (title, year, found) => {
        const decision = decideMatch({ title, year }, found);
        if (decision.kind !== 'matched') return;
        const { titles } = decision.candidate;
        const key = titleKey(splitTitle(title).title);
        const hasTitle = (names: readonly string[]) => names.some((name) => titleKey(splitTitle(name).title) === key);
        expect(hasTitle(titles)).toBe(true);
        const { id, year: of } = decision.candidate;
        const rivals = found.filter((one) => one.id !== id && hasTitle(one.titles.slice(0, 1)) && one.year === of);
        if (of !== null) expect(rivals).toEqual([]);
      }),
    );
  });
});

describe('filling in', () => {
  const value = fc.constantFrom(null, 1, 2, 'x');
  const columns = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value);

  test('never changes a value that a person wrote or cleared', () => {
    fc.assert(
      fc.property(columns, columns, columns, (row, filled, values) => {
        const { changes } = planFill(row, filled, values);
        for (const column of Object.keys(changes)) {
          const now = row[column] ?? null;
          const wasFilled = Object.hasOwn(filled, column);
          expect(wasFilled ? now !== null && now === filled[column] : now === null).toBe(true);
        }
      }),
    );
  });

  test('changes nothing the second time', () => {
    fc.assert(
      fc.property(columns, columns, (row, values) => {
        const first = planFill(row, {}, values);
        const second = planFill({ ...row, ...first.changes }, first.filled, values);
        expect(second).toEqual({ changes: {}, filled: first.filled });
      }),
    );
  });
});
