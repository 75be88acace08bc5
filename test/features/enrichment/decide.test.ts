import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, type Decision, decide } from '../../../src/features/enrichment/decide.ts';
import { fillable } from '../../../src/features/enrichment/enrichments.ts';
import { titleKey, titleParts } from '../../../src/features/enrichment/titles.ts';

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
  ])('%s goes by «%s»', (title, key) => expect(titleKey(title)).toBe(key));

  test.each([
    ['Dune (2021)', 'Dune', 2021],
    [' Dune  ( 2021)', 'Dune  ( 2021)', null],
    ['Blade Runner 2049', 'Blade Runner 2049', null],
    ['(2021)', '(2021)', null],
    ['Doom (3)', 'Doom (3)', null],
  ])('%s is «%s» of %s', (text, title, year) => expect(titleParts(text)).toEqual({ title, year }));
});

describe('which candidate is meant', () => {
  test('the only one of that name, however it is written; not one that is only called similarly', () => {
    const found = [film(1, 'The Matrix Reloaded', 2003), film(2, 'The Matrix', 1999)];
    expect(idsOf(decide({ title: 'matrix', year: null }, found))).toEqual([2]);
    expect(idsOf(decide({ title: 'Matrix Revolutions', year: null }, found))).toBe('none');
  });

  test('of several, the one of that year; the year may stand behind either title', () => {
    const found = [film(1, 'Dune', 1984), film(2, 'Dune', 2021), film(3, 'Dune (2000)', null)];
    expect(idsOf(decide({ title: 'Dune', year: 2021 }, found))).toEqual([2]);
    expect(idsOf(decide({ title: 'Dune (1984)', year: null }, found))).toEqual([1]);
    expect(idsOf(decide({ title: 'Dune', year: 2000 }, found))).toEqual([3]);
    expect(idsOf(decide({ title: 'Dune', year: null }, found))).toEqual([1, 2, 3]);
  });

  test('a year beside it will do where none is of that year; further off, it is another', () => {
    const found = [film(1, 'Parasite', 2019), film(2, 'Parasite', 1982)];
    expect(idsOf(decide({ title: 'Parasite', year: 2020 }, found))).toEqual([1]);
    expect(idsOf(decide({ title: 'Parasite', year: 2010 }, found))).toBe('none');
    expect(idsOf(decide({ title: 'Twins', year: 2001 }, [film(1, 'Twins', 2000), film(2, 'Twins', 2002)]))).toEqual([
      1, 2,
    ]);
  });

  test('a title in its own language counts where none is called so in ours', () => {
    const found = [
      film(1, 'Spirited Away', 2001, 'Sen to Chihiro'),
      film(2, 'Solaris', 2002),
      film(3, 'Sun', 1972, 'Solaris'),
    ];
    expect(idsOf(decide({ title: 'Sen to Chihiro', year: null }, found))).toEqual([1]);
    expect(idsOf(decide({ title: 'Solaris', year: null }, found))).toEqual([2]);
  });

  test('what is likelier parts equals, and is no condition', () => {
    const found = [film(1, 'Doom', 1993), film(2, 'Doom', 2016)];
    expect(idsOf(decide({ title: 'Doom', year: null }, found, ({ id }) => id === 2))).toEqual([2]);
    expect(idsOf(decide({ title: 'Doom', year: null }, found, () => true))).toEqual([1, 2]);
    expect(idsOf(decide({ title: 'Doom', year: null }, found.slice(0, 1), () => false))).toEqual([1]);
  });

  const words = fc.constantFrom('Heat', 'The Heat', 'heat!', 'Hëat', 'Cold', 'Heat (1995)');
  const years = fc.option(fc.integer({ min: 1993, max: 1998 }));
  const candidates = fc
    .array(fc.record({ titles: fc.tuple(words, words), year: years }), { maxLength: 8 })
    .map((found) => found.map((one, id): Candidate & { id: number } => ({ ...one, id })));

  test('whatever the order, and whatever else there is that is called otherwise', () => {
    fc.assert(
      fc.property(words, years, candidates, fc.integer({ min: 0, max: 7 }), (title, year, found, turn) => {
        const decision = idsOf(decide({ title, year }, found));
        const turned = [...found.slice(turn), ...found.slice(0, turn)];
        const others = [{ id: 99, titles: ['Something else', 'Otra cosa'], year }];
        const again = idsOf(decide({ title, year }, [...others, ...turned]));
        expect(Array.isArray(again) ? again.toSorted() : again).toEqual(
          Array.isArray(decision) ? decision.toSorted() : decision,
        );
      }),
    );
  });

  test('one that is matched is called so, and no other is of its year', () => {
    fc.assert(
      fc.property(words, years, candidates, (title, year, found) => {
        const decision = decide({ title, year }, found);
        if (decision.kind !== 'matched') return;
        const { titles } = decision.candidate;
        const key = titleKey(titleParts(title).title);
        const isCalledSo = (names: readonly string[]) => names.some((name) => titleKey(titleParts(name).title) === key);
        expect(isCalledSo(titles)).toBe(true);
        const { id, year: of } = decision.candidate;
        const rivals = found.filter((one) => one.id !== id && isCalledSo(one.titles.slice(0, 1)) && one.year === of);
        if (of !== null) expect(rivals).toEqual([]);
      }),
    );
  });
});

describe('what may be filled in', () => {
  const value = fc.constantFrom(null, 1, 2, 'x');
  const columns = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value);

  test('nothing that a person wrote or cleared is ever touched', () => {
    fc.assert(
      fc.property(columns, columns, columns, (row, filled, values) => {
        const { changes } = fillable(row, filled, values);
        for (const column of Object.keys(changes)) {
          const now = row[column] ?? null;
          const wasFilled = Object.hasOwn(filled, column);
          expect(wasFilled ? now !== null && now === filled[column] : now === null).toBe(true);
        }
      }),
    );
  });

  test('once filled in, filling in again changes nothing', () => {
    fc.assert(
      fc.property(columns, columns, (row, values) => {
        const first = fillable(row, {}, values);
        const second = fillable({ ...row, ...first.changes }, first.filled, values);
        expect(second).toEqual({ changes: {}, filled: first.filled });
      }),
    );
  });
});
