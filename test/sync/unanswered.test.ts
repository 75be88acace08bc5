import { describe, expect, test } from 'vitest';
import type { Content, RemoteRecord, SyncState } from '../../src/sync/ports.ts';
import { editedBeforeSent, pendingWrites, withSending, withUnansweredWrites } from '../../src/sync/unanswered.ts';

const time = (minutes: number, seconds = 0): Date => new Date(Date.UTC(2026, 2, 2, 9, minutes, seconds));
const grain = { editGrainMs: 60_000, bodyName: 'body' };

const agreed: SyncState = {
  ...{ remoteId: 'page-1', base: { title: 'A', body: 'text' }, archived: false, trashed: false, sending: null },
  ...{ lateWrites: [], statusBeforeArchive: null, syncKey: null, remoteCreatedAt: time(0), remoteEditedAt: time(0) },
  bodyReadAt: null,
};

const live = (title: string, body: string | null = 'text'): Content => ({ fields: { title, body }, archived: false });

const recordOf = ({ fields }: Content, more: Partial<RemoteRecord>): RemoteRecord => ({
  ...{ remoteId: 'page-1', fields, trashed: false, createdAt: time(0), editedAt: time(1), syncKey: null },
  ...{ createdByUs: true, editedByUs: true, backLinks: {}, bodyReadAt: time(2) },
  ...more,
});

describe('a write that got no answer', () => {
  const first = withSending(agreed, live('B'), time(1, 5));
  const late: SyncState = { ...agreed, lateWrites: [first.sending] };
  const shown = { record: recordOf(live('B'), {}), remote: live('B'), now: time(2), bodyName: 'body' };

  test('is over once the page shows it', () => {
    expect(pendingWrites(late, shown)).toEqual([]);
  });

  test('may still happen after the same values were sent again: the page shows those', () => {
    const again = withSending(late, live('B'), time(1, 20));
    expect(pendingWrites({ ...again, sending: null }, shown)).toEqual([{ ...first.sending, isSentAgain: true }]);
  });

  test('is kept once for all attempts that sent the same', () => {
    const again = withSending(late, live('B'), time(1, 20));
    const hidden = { record: recordOf(live('A'), {}), remote: live('A'), now: time(2), bodyName: 'body' };
    expect(pendingWrites(again, hidden)).toEqual([{ ...again.sending, isSentAgain: true }]);
  });

  test('was edited before it was sent, whatever the clock of the database says', () => {
    const sql = { ...live('B'), editedAt: time(11) };
    expect(editedBeforeSent(sql, first).editedAt).toEqual(time(1, 5));
    expect(editedBeforeSent({ ...sql, fields: { title: 'C', body: 'text' } }, first).editedAt).toEqual(time(11));
  });

  test('with a body: the body may have arrived alone, so an edit time is no proof of the properties', () => {
    const state: SyncState = {
      ...withSending(agreed, live('B', 'other'), time(1, 5)),
      base: live('A', 'other').fields,
    };
    const remote = live('A', 'other');
    expect(withUnansweredWrites(state, recordOf(remote, {}), remote, grain).content).toEqual(remote);
  });

  test('explains an edit time after later ones: the newer write did not arrive because of it', () => {
    const again = withSending({ ...late, base: live('B').fields }, { ...live('B'), archived: true }, time(1, 20));
    expect(withUnansweredWrites(again, shown.record, live('B'), grain).content).toEqual(live('B'));
  });

  test('of a body that the page shows in other words is in doubt', () => {
    const state: SyncState = { ...agreed, lateWrites: [withSending(agreed, live('A', '* x'), time(1, 5)).sending] };
    const remote = live('A', '- link x');
    expect(withUnansweredWrites(state, recordOf(remote, {}), remote, grain)).toEqual({
      content: remote,
      isDoubtful: true,
    });
  });

  test('of a body that Notion wrote in other words has arrived: what the row changed beside it is no conflict', () => {
    const sending = withSending(agreed, live('B', '* x'), time(1, 5));
    const remote = live('A', '- link x');
    expect(withUnansweredWrites(sending, recordOf(remote, {}), remote, grain)).toEqual({
      content: remote,
      isDoubtful: true,
    });
  });

  test('arrives whole when one of its requests does: the body has arrived before', () => {
    const { sending } = withSending(agreed, live('B', '* x'), time(1, 5));
    const state: SyncState = { ...agreed, base: live('C', '- x').fields, lateWrites: [sending] };
    const remote = live('B', '- x');
    expect(withUnansweredWrites(state, recordOf(remote, {}), remote, grain)).toEqual({
      content: remote,
      isDoubtful: false,
    });
  });

  test('is in doubt when an answered write of ours explains the last edit: a person may have set the same value', () => {
    const { sending } = withSending(agreed, live('B'), time(1, 5));
    const state: SyncState = { ...agreed, base: live('C').fields, lateWrites: [sending], remoteEditedAt: time(3) };
    const remote = live('B');
    const shown = (editedAt: Date) => withUnansweredWrites(state, recordOf(remote, { editedAt }), remote, grain);
    expect(shown(time(3))).toEqual({ content: remote, isDoubtful: true });
    expect(shown(time(4))).toEqual({ content: remote, isDoubtful: false });
  });

  test('of a status opens the record that was archived since, and nobody restored it', () => {
    const withStatus = (status: string, archived: boolean): Content => ({ fields: { status }, archived });
    const open: SyncState = { ...agreed, base: { status: 'Todo' } };
    const { sending } = withSending(open, withStatus('Done', false), time(1, 5));
    const archived: SyncState = { ...open, base: { status: 'Cancelled' }, archived: true, lateWrites: [sending] };
    const remote = withStatus('Done', false);
    const rules = { ...grain, archivedField: 'status' };
    expect(withUnansweredWrites(archived, recordOf(remote, {}), remote, rules).content).toEqual(remote);
  });

  test('of a body is not shown by a page whose body is empty: a person emptied it', () => {
    const state: SyncState = { ...agreed, lateWrites: [withSending(agreed, live('A', '* x'), time(1, 5)).sending] };
    const remote = live('A', null);
    expect(withUnansweredWrites(state, recordOf(remote, {}), remote, grain).content).toEqual(live('A'));
  });
});
