import { describe, expect, test } from 'vitest';
import type { Content } from '../../src/sync/ports.ts';
import { conflictingVersions, type Rules, reconcile } from '../../src/sync/reconcile.ts';
import type { Fields, Snapshot } from '../../src/sync/types.ts';
import { checkPlanner, laws } from '../simulation/planner.ts';
import { cases } from '../support/cases.ts';

const byRow: Rules = { conflicts: 'row', side: 'notion', editGrainMs: 60_000 };
const byField: Rules = { ...byRow, conflicts: 'field' };

const agreed: Content = { fields: { title: 'Call Ada', status: 'Todo', tags: ['home'] }, archived: false };

/** A version of `agreed`, edited at a time of 2026-03-02. */
const version = (change: Fields, time: string | null, archived = false): Snapshot => ({
  fields: { ...agreed.fields, ...change },
  archived,
  editedAt: time === null ? null : new Date(`2026-03-02T${time}Z`),
});

const content = (change: Fields, archived = false): Content => ({ fields: { ...agreed.fields, ...change }, archived });

describe('only a side that changed counts (rule 1)', () => {
  test('neither changed: nothing is done, whatever the edit times', () => {
    const decision = reconcile(agreed, version({}, '09:00:00'), version({}, '17:00:00'), byRow);
    expect(decision).toEqual({ kind: 'in_sync', agreed });
  });

  test('only Notion changed: SQL is written, even if the row is newer', () => {
    const decision = reconcile(agreed, version({ title: 'Call Bob' }, '09:00:00'), version({}, '17:00:00'), byRow);
    expect(decision).toEqual({ kind: 'write_sql', agreed: content({ title: 'Call Bob' }) });
  });

  test('only SQL changed: Notion is written, even if the page is newer', () => {
    const decision = reconcile(agreed, version({}, '17:00:00'), version({ title: 'Call Bob' }, '09:00:00'), byRow);
    expect(decision).toEqual({ kind: 'write_remote', agreed: content({ title: 'Call Bob' }) });
  });

  test('both changed to the same value: in sync', () => {
    const both = { title: 'Call Bob' };
    const decision = reconcile(agreed, version(both, '09:00:00'), version(both, '17:00:00'), byRow);
    expect(decision).toEqual({ kind: 'in_sync', agreed: content(both) });
  });

  test('the archived flag is part of the content', () => {
    const decision = reconcile(agreed, version({}, '09:00:00'), version({}, '09:00:00', true), byRow);
    expect(decision).toEqual({ kind: 'write_remote', agreed: content({}, true) });
  });

  test('the tags of a row are compared as one value', () => {
    const decision = reconcile(agreed, version({ tags: ['home', 'work'] }, '09:00:00'), version({}, null), byRow);
    expect(decision).toEqual({ kind: 'write_sql', agreed: content({ tags: ['home', 'work'] }) });
  });

  test('an empty field equals a missing one', () => {
    const decision = reconcile(agreed, version({ notes: null }, '09:00:00'), version({}, '09:00:00'), byRow);
    expect(decision.kind).toBe('in_sync');
  });
});

describe('both changed: the newest wins (rule 2)', () => {
  const notionAt = (time: string | null): Snapshot => version({ title: 'Notion' }, time);
  const sqlAt = (time: string | null): Snapshot => version({ title: 'SQL' }, time);

  test.each([
    { page: '12:00:00', row: '11:59:59.999', winner: 'notion', reason: 'Notion was edited later' },
    { page: '12:00:00', row: '12:00:00', winner: 'notion', reason: 'a tie goes to Notion' },
    { page: '12:00:00', row: '12:00:59.999', winner: 'notion', reason: 'a tie goes to Notion' },
    { page: '12:00:00', row: '12:01:00', winner: 'sql', reason: 'SQL was edited later' },
    { page: '12:00:00', row: null, winner: 'notion', reason: 'the row was never edited in SQL' },
    { page: null, row: '12:00:00', winner: 'sql', reason: 'only SQL has an edit time' },
  ])('page at $page, row at $row: $winner', ({ page, row, winner, reason }) => {
    const decision = reconcile(agreed, notionAt(page), sqlAt(row), byRow);
    expect(decision).toEqual({
      kind: winner === 'sql' ? 'write_remote' : 'write_sql',
      agreed: content({ title: winner === 'sql' ? 'SQL' : 'Notion' }),
      resolution: { winner, reason: expect.stringContaining(reason) },
    });
  });

  test('a tie names the winner and the reason', () => {
    const decision = reconcile(agreed, notionAt('12:00:00'), sqlAt('12:00:30'), byRow);
    expect(decision).toMatchObject({
      resolution: { reason: "both were edited at the same time by Notion's clock: a tie goes to Notion" },
    });
  });

  test("Google's clock is finer: half a minute later is later", () => {
    const google: Rules = { ...byRow, side: 'google', editGrainMs: 1_000 };
    const half = reconcile(agreed, notionAt('12:00:00'), sqlAt('12:00:30'), google);
    expect(half).toMatchObject({ kind: 'write_remote', resolution: { winner: 'sql' } });
    const tie = reconcile(agreed, notionAt('12:00:00'), sqlAt('12:00:00.500'), google);
    expect(tie).toMatchObject({
      kind: 'write_sql',
      resolution: { winner: 'google', reason: expect.stringContaining('a tie goes to Google') },
    });
  });

  test('PostgreSQL refuses the newer version of Notion: the row stands', () => {
    const decision = reconcile(agreed, version({ title: 'N' }, '12:00:00'), version({ title: 'S' }, '09:00:00'), {
      ...byRow,
      sqlStands: true,
    });
    expect(decision).toMatchObject({ kind: 'write_remote', resolution: { winner: 'sql' } });
  });

  test('two sides that never agreed on anything (an adopted page): the newest wins completely', () => {
    for (const rules of [byRow, byField]) {
      const page = version({ title: 'Notion' }, '12:00:00');
      const row = version({ title: 'SQL', tags: [] }, '13:00:00');
      const decision = reconcile(null, page, row, rules);
      expect(decision).toMatchObject({ kind: 'write_remote', agreed: content({ title: 'SQL', tags: [] }) });
      expect(decision).toHaveProperty('resolution.winner', 'sql');
    }
  });
});

describe('edits to different fields', () => {
  const page = version({ title: 'Call Bob' }, '12:00:00');
  const row = version({ tags: ['work'] }, '13:00:00');

  test('`row`: the newest version wins completely, and the other is kept as a conflict', () => {
    const decision = reconcile(agreed, page, row, byRow);
    expect(decision).toMatchObject({ kind: 'write_remote', agreed: content({ tags: ['work'] }) });
    expect(decision).toHaveProperty('resolution.winner', 'sql');
  });

  test('`field`: both are kept, and nothing is lost', () => {
    const decision = reconcile(agreed, page, row, byField);
    expect(decision).toEqual({ kind: 'write_both', agreed: content({ title: 'Call Bob', tags: ['work'] }) });
  });

  test('`field`: the newest edit wins only in a field that both sides edited', () => {
    const both = reconcile(
      agreed,
      version({ title: 'Bob', tags: [] }, '12:00:00'),
      version({ title: 'Eve' }, '13:00:00'),
      byField,
    );
    expect(both).toEqual({
      kind: 'write_both',
      agreed: content({ title: 'Eve', tags: [] }),
      resolution: { winner: 'sql', reason: 'SQL was edited later' },
    });
  });

  test('`field`: a result equal to one side is written to the other side only', () => {
    const more = version({ title: 'Bob', tags: [] }, '12:00:00');
    expect(reconcile(agreed, more, version({ title: 'Bob' }, '13:00:00'), byField)).toEqual({
      kind: 'write_sql',
      agreed: content({ title: 'Bob', tags: [] }),
    });
  });
});

describe('`field` never separates fields that make one value', () => {
  const slot: Rules = { ...byField, oneValue: ['start', 'end'] };
  const at = (start: string, end: string, time: string): Snapshot => version({ start, end }, time);
  const base = content({ start: '09:00', end: '10:00' });

  test('a start moved in SQL, start and end moved in Notion: both of the newest edit', () => {
    const moved = reconcile(base, at('14:00', '15:00', '12:00:00'), at('08:00', '10:00', '13:00:00'), slot);
    expect(moved).toMatchObject({ kind: 'write_remote', agreed: { fields: { start: '08:00', end: '10:00' } } });
  });

  test('the losing version is kept with all of them', () => {
    const [remote, sql] = [at('14:00', '15:00', '12:00:00'), at('08:00', '10:00', '13:00:00')];
    const { agreed } = reconcile(base, remote, sql, slot);
    const kept = conflictingVersions({ base, remote, sql }, agreed, 'sql', slot);
    expect(kept.remote.fields).toMatchObject({ start: '14:00', end: '15:00' });
  });
});

describe('`field` never separates the archived flag from its status', () => {
  const withStatus: Rules = { ...byField, archivedField: 'status' };
  const archived = version({ status: 'Cancelled' }, '12:00:00', true);

  test('archived on one side, edited on the other: both', () => {
    const decision = reconcile(agreed, archived, version({ title: 'Call Bob' }, '13:00:00'), withStatus);
    expect(decision).toEqual({
      kind: 'write_both',
      agreed: content({ title: 'Call Bob', status: 'Cancelled' }, true),
    });
  });

  test('archived on one side, done later on the other: done, and not archived', () => {
    const decision = reconcile(agreed, archived, version({ status: 'Done' }, '13:00:00'), withStatus);
    expect(decision).toMatchObject({ agreed: content({ status: 'Done' }), resolution: { winner: 'sql' } });
  });

  test('done on one side, archived later on the other: archived, with its status', () => {
    const done = version({ status: 'Done', title: 'Called Ada' }, '14:00:00');
    const decision = reconcile(agreed, version({ status: 'Cancelled' }, '15:00:00', true), done, withStatus);
    expect(decision).toMatchObject({
      kind: 'write_both',
      agreed: content({ status: 'Cancelled', title: 'Called Ada' }, true),
      resolution: { winner: 'notion' },
    });
  });

  test('without a status column the flag is separate', () => {
    const decision = reconcile(agreed, version({}, '12:00:00', true), version({ title: 'Bob' }, '13:00:00'), byField);
    expect(decision).toEqual({ kind: 'write_both', agreed: content({ title: 'Bob' }, true) });
  });
});

test(`random cases obey all ${Object.keys(laws).length} laws of the planner`, () => {
  const count = cases(20_000, 100_000);
  const { conflicts } = checkPlanner(count);
  expect(conflicts).toBeGreaterThan(count / 10);
});
