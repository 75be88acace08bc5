import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { losesOrder, mergeLists } from '../../src/sync/merge-lists.ts';
import type { Content } from '../../src/sync/ports.ts';
import { conflictingVersions, type Rules, reconcile } from '../../src/sync/reconcile.ts';
import type { Snapshot } from '../../src/sync/types.ts';
import { decideRecord } from '../../src/sync/unagreed-fields.ts';
import { manyCases, patience } from '../notion/generators.ts';

describe('a merged list', () => {
  test.each([
    ['both add', ['a'], ['a', 'w'], ['a', 'l'], ['a', 'w', 'l']],
    ['one adds, the other removes', ['a', 'b'], ['a'], ['a', 'b', 'l'], ['a', 'l']],
    ['both remove', ['a', 'b', 'c'], ['b', 'c'], ['a', 'b'], ['b']],
    ['the loser adds before an element', ['a', 'b'], ['a', 'b', 'w'], ['a', 'l', 'b'], ['a', 'l', 'b', 'w']],
    ['the winner moves, the loser adds', ['a', 'b'], ['b', 'a'], ['a', 'b', 'l'], ['b', 'a', 'l']],
    ['both add the same', [], ['x', 'y'], ['y', 'z'], ['x', 'y', 'z']],
    ['both empty it', ['a'], [], [], []],
  ])('%s', (_, base, winner, loser, merged) => {
    expect(mergeLists(base, winner, loser)).toEqual(merged);
    expect(losesOrder(base, winner, loser)).toBe(false);
  });

  test('has the order of the winner where both moved elements, and says so', () => {
    expect(mergeLists(['a', 'b', 'c'], ['c', 'a', 'b'], ['b', 'a', 'c'])).toEqual(['c', 'a', 'b']);
    expect(losesOrder(['a', 'b', 'c'], ['c', 'a', 'b'], ['b', 'a', 'c'])).toBe(true);
    expect(losesOrder(['a', 'b'], ['b', 'a', 'w'], ['b', 'a', 'l'])).toBe(false);
  });

  test('has every addition and no removal of either side, once, in the order of the winner', {
    timeout: patience,
  }, () => {
    const list = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd', 'e', 'f'));
    fc.assert(
      fc.property(list, list, list, (base, winner, loser) => {
        const merged = mergeLists(base, winner, loser);
        const isWanted = (item: string): boolean =>
          base.includes(item) ? winner.includes(item) && loser.includes(item) : [...winner, ...loser].includes(item);
        const all = [...new Set([...base, ...winner, ...loser])];
        expect(merged.toSorted()).toEqual(all.filter(isWanted).toSorted());
        expect(merged.filter((item) => winner.includes(item))).toEqual(winner.filter(isWanted));
        expect(mergeLists(base, winner, base)).toEqual(winner);
        expect(mergeLists(base, loser, loser)).toEqual(loser);
      }),
      manyCases,
    );
  });
});

const rules: Rules = { conflicts: 'field', side: 'notion', editGrainMs: 60_000, listFields: ['labels'] };

const version = (labels: readonly string[], time: string, title = 'Plan'): Snapshot => ({
  fields: { title, labels },
  archived: false,
  editedAt: new Date(`2026-03-02T${time}Z`),
});
const base: Content = { fields: { title: 'Plan', labels: ['a', 'b'] }, archived: false };

describe('a list that both sides edited', () => {
  test('keeps the edits of both, without a conflict', () => {
    const decision = reconcile(base, version(['a', 'b', 'n'], '09:00:00'), version(['b', 's'], '17:00:00'), rules);
    expect(decision).toEqual({
      kind: 'write_both',
      agreed: { fields: { title: 'Plan', labels: ['b', 's', 'n'] }, archived: false },
    });
  });

  test('that one side moved, and the other left alone, is moved', () => {
    const decision = reconcile(base, version(['b', 'a'], '09:00:00'), version(['a', 'b'], '17:00:00', 'Call'), rules);
    expect(decision).toEqual({
      kind: 'write_both',
      agreed: { fields: { title: 'Call', labels: ['b', 'a'] }, archived: false },
    });
  });

  test('is a conflict where both moved its elements: the loser has its own order of the same elements', () => {
    const three: Content = { ...base, fields: { title: 'Plan', labels: ['a', 'b', 'c'] } };
    const remote = version(['c', 'a', 'b'], '09:00:00');
    const sql = version(['b', 'a', 'c', 's'], '17:00:00');
    const decision = reconcile(three, remote, sql, rules);
    expect(decision).toMatchObject({ kind: 'write_remote', resolution: { winner: 'sql' } });
    const versions = conflictingVersions({ base: three, remote, sql }, decision.agreed, 'sql', rules);
    expect(versions.remote.fields.labels).toEqual(['c', 'a', 'b', 's']);
    expect(versions.sql.fields.labels).toEqual(['b', 'a', 'c', 's']);
  });

  test('is no part of a conflict about another field', () => {
    const remote = version(['a', 'b', 'n'], '09:00:00', 'Notion');
    const sql = version(['a', 'b', 's'], '17:00:00', 'SQL');
    const { agreed } = reconcile(base, remote, sql, rules);
    expect(agreed.fields).toEqual({ title: 'SQL', labels: ['a', 'b', 's', 'n'] });
    const versions = conflictingVersions({ base, remote, sql }, agreed, 'sql', rules);
    expect(versions.remote.fields).toEqual({ title: 'Notion', labels: ['a', 'b', 's', 'n'] });
  });

  test('of links keeps the edits of both, sorted, and is never a conflict', () => {
    const links: Rules = { conflicts: 'field', side: 'notion', editGrainMs: 60_000, linkFields: ['labels'] };
    const [remote, sql] = [version(['b', 'm'], '09:00:00'), version(['a', 'b', 'c'], '17:00:00')];
    const decision = reconcile(base, remote, sql, links);
    expect(decision).toEqual({
      kind: 'write_both',
      agreed: { fields: { title: 'Plan', labels: ['b', 'c', 'm'] }, archived: false },
    });
    const titled = { ...remote, fields: { ...remote.fields, title: 'Notion' } };
    const both = { base, remote: titled, sql: { ...sql, fields: { ...sql.fields, title: 'SQL' } } };
    const { agreed } = reconcile(base, both.remote, both.sql, links);
    expect(conflictingVersions(both, agreed, 'sql', links).remote.fields).toEqual({
      title: 'Notion',
      labels: ['b', 'c', 'm'],
    });
  });

  test('goes to the newest edit as a whole with `row`', () => {
    const decision = reconcile(base, version(['a', 'b', 'n'], '09:00:00'), version(['b'], '17:00:00'), {
      ...rules,
      conflicts: 'row',
    });
    expect(decision).toMatchObject({ kind: 'write_remote', agreed: { fields: { labels: ['b'] } } });
  });

  test('that was never agreed on has the elements of both, in the order of the newest', () => {
    const versions = {
      base: { fields: { title: 'Plan' }, archived: false },
      remote: version(['n', 'x'], '09:00:00'),
      sql: version(['x', 's'], '17:00:00'),
    };
    expect(decideRecord(versions, rules).agreed.fields.labels).toEqual(['n', 'x', 's']);
  });
});
