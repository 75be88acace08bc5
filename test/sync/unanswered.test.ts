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

const live = (title: string, body = 'text'): Content => ({ fields: { title, body }, archived: false });

const recordOf = ({ fields }: Content, more: Partial<RemoteRecord>): RemoteRecord => ({
  ...{ remoteId: 'page-1', fields, trashed: false, createdAt: time(0), editedAt: time(1), syncKey: null },
  ...{ createdByUs: true, editedByUs: true, backLinks: {}, bodyReadAt: time(2) },
  ...more,
});

describe('a write that got no answer', () => {
  const first = withSending(agreed, live('B'), time(1, 5));
  const late: SyncState = { ...agreed, lateWrites: [first.sending] };
  const shown = { record: recordOf(live('B'), {}), remote: live('B'), now: time(2) };

  test('is over once the page shows it', () => {
    expect(pendingWrites(late, shown)).toEqual([]);
  });

  test('may still happen after the same values were sent again: the page shows those', () => {
    const again = withSending(late, live('B'), time(1, 20));
    expect(pendingWrites({ ...again, sending: null }, shown)).toEqual([{ ...first.sending, isSentAgain: true }]);
  });

  test('is kept once for all attempts that sent the same', () => {
    const again = withSending(late, live('B'), time(1, 20));
    const hidden = { record: recordOf(live('A'), {}), remote: live('A'), now: time(2) };
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
});
