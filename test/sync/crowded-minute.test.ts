import { describe, expect, test } from 'vitest';
import { CrowdedMinute } from '../../src/sync/crowded-minute.ts';
import type { RemoteBatch, RemoteRecord } from '../../src/sync/ports.ts';

const NINE = new Date('2026-03-02T09:00:00Z');
const LATER = new Date('2026-03-02T09:01:00Z');

/** What the listing of a minute reads of a page. */
const page = (remoteId: string, editedAt: Date): RemoteRecord => ({
  ...{ remoteId, fields: {}, trashed: false, createdAt: NINE, editedAt, syncKey: null },
  ...{ createdByUs: false, editedByUs: false, backLinks: {} },
});

const batch = (next: string | null, ...records: readonly RemoteRecord[]): RemoteBatch<string> => ({ records, next });

describe('a minute with more edits than a batch holds', () => {
  test('is listed again when its pages were read by cursor, until that shows no other page', () => {
    const minute = new CrowdedMinute();
    expect(minute.isIncomplete(NINE, batch('b', page('a', NINE), page('b', NINE)), null)).toBe(false);
    // Page b was edited, and the cursor went on behind it: c was skipped.
    expect(minute.isIncomplete(NINE, batch(null, page('d', LATER)), 'b')).toBe(true);
    expect(minute.isIncomplete(NINE, batch('c', page('a', NINE), page('c', NINE)), null)).toBe(false);
    expect(minute.isIncomplete(NINE, batch(null, page('b', LATER)), 'c')).toBe(true);
    expect(minute.isIncomplete(NINE, batch('c', page('a', NINE), page('c', NINE)), null)).toBe(false);
    expect(minute.isIncomplete(NINE, batch(null, page('b', LATER)), 'c')).toBe(false);
  });

  test('is listed once when one batch holds all of it', () => {
    const minute = new CrowdedMinute();
    expect(minute.isIncomplete(NINE, batch('b', page('a', NINE), page('b', LATER)), null)).toBe(false);
    expect(minute.isIncomplete(LATER, batch(null, page('b', LATER)), null)).toBe(false);
  });
});
