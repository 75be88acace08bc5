import { describe, expect, test } from 'vitest';
import { statusToRestore, toRemoteSnapshot, toRowSnapshot } from '../../src/sync/archival.ts';
import type { RemoteRecord, Row, SyncState } from '../../src/sync/ports.ts';
import { cards } from '../simulation/entities.ts';

const at = new Date('2026-03-02T09:00:00Z');

const recordWith = (status: string | null, more: Partial<RemoteRecord> = {}): RemoteRecord => ({
  ...{ remoteId: 'page-1', fields: { title: 'A', status }, trashed: false, createdAt: at, editedAt: at },
  ...{ syncKey: null, createdByUs: false, editedByUs: false, backLinks: {} },
  ...more,
});

const rowWith = (status: string | null, archived: boolean): Row => ({
  ...{ remoteId: 'page-1', fields: { title: 'A', status }, archived, editedAt: at },
});

const stateWith = (status: string | null, more: Partial<SyncState> = {}): SyncState => ({
  ...{
    remoteId: 'page-1',
    base: { title: 'A', status },
    archived: false,
    trashed: false,
    sending: null,
    lateWrites: [],
  },
  ...{ statusBeforeArchive: null, syncKey: null, remoteCreatedAt: at, remoteEditedAt: at, bodyReadAt: null },
  ...more,
});

describe('the archived status in another spelling', () => {
  const archived = stateWith('Cancelled', { archived: true, statusBeforeArchive: 'Done' });

  test.each(['Cancelled', 'cancelled', 'CANCELLED'])('%s means archived on both sides', (status) => {
    const agreed = { archived: true, fields: { title: 'A', status: 'Cancelled' } };
    expect(toRemoteSnapshot(cards, recordWith(status), archived)).toMatchObject(agreed);
    expect(toRowSnapshot(cards, rowWith(status, true), archived)).toMatchObject(agreed);
  });

  test.each(['Cancelled', 'cancelled'])('%s is the status that a restored row leaves', (status) => {
    expect(toRowSnapshot(cards, rowWith(status, false), archived)).toMatchObject({
      archived: false,
      fields: { status: 'Done' },
    });
  });

  test('of a page that a person edited after a late archive is ours', () => {
    const late = { fields: { status: 'Cancelled' }, archived: true, sentAt: at };
    const state = stateWith('Todo', { lateWrites: [late] });
    expect(toRemoteSnapshot(cards, recordWith('cancelled', { editedByUs: false }), state).archived).toBe(true);
    expect(toRemoteSnapshot(cards, recordWith('cancelled', { editedByUs: true }), stateWith('Todo')).archived).toBe(
      false,
    );
  });

  test('that somebody has set by hand is not ours, whatever may still happen', () => {
    const late = { fields: { status: 'Cancelled' }, archived: true, sentAt: at };
    const state = stateWith('Cancelled', { lateWrites: [late] });
    expect(toRemoteSnapshot(cards, recordWith('Cancelled', { editedByUs: true }), state).archived).toBe(false);
  });

  test('any other status reopens the record', () => {
    expect(toRemoteSnapshot(cards, recordWith('Todo'), archived).archived).toBe(false);
    expect(toRowSnapshot(cards, rowWith('Todo', true), archived).archived).toBe(false);
  });
});

describe('the status to restore', () => {
  const restored = (record: RemoteRecord, row: Row | null, state: SyncState | null) =>
    statusToRestore(cards, true, { record, row, state });

  test.each(['Todo', 'Cancelled'])('is that of the page in the trash: %s', (status) => {
    const trashed = recordWith(status, { trashed: true });
    expect(restored(trashed, rowWith('Done', false), stateWith('Done'))).toBe(status);
  });

  test('is none if the row had none, also when the page has the archived status by now', () => {
    expect(restored(recordWith('Cancelled'), rowWith(null, true), stateWith(null))).toBe(null);
  });

  test('is not the status with which we archived the page, when the answer was lost', () => {
    const sending = { fields: { status: 'Cancelled' }, archived: true, sentAt: new Date() };
    const trashed = recordWith('Cancelled', { trashed: true });
    expect(restored(trashed, rowWith('Todo', true), stateWith('Todo', { sending }))).toBe('Todo');
  });

  test('of an archived record stays', () => {
    const state = stateWith('Cancelled', { archived: true, statusBeforeArchive: 'Done' });
    expect(restored(recordWith('Cancelled', { trashed: true }), rowWith('Cancelled', true), state)).toBe('Done');
  });
});
