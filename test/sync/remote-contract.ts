import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AmbiguousWriteError, RetryableError } from '../../src/errors.ts';
import type { RemoteEntity, RemoteRecord, TokenListing, WatermarkListing } from '../../src/sync/ports.ts';
import type { Fields } from '../../src/sync/types.ts';
import type { Precondition } from '../../src/sync/update-port.ts';
import { ChangeReader, readTokenPages } from './change-reader.ts';

/** What the contract writes and compares of a record, by names that all sides share. */
export interface Content {
  readonly title: string;
  readonly note: string;
}

/** A remote side, and what a person can do there. */
export interface RemoteUnderTest {
  readonly remote: RemoteEntity;
  /** Fields that create a record with this content. */
  newFields(content: Content): Fields;
  /** Fields that change only this content. */
  toFields(change: Partial<Content>): Fields;
  contentOf(fields: Fields): Content;
  readonly person: {
    create(content: Content): string;
    edit(remoteId: string, change: Partial<Content>): void;
    trash(remoteId: string): void;
  };
  /** An id of the right form that no record has. */
  readonly unknownId: string;
  /** Moves the side's clock forward. */
  advance(ms: number): void;
  /** Makes the next such request fail, before or after the side has carried it out. */
  failNext(request: 'read' | 'create' | 'update', when: 'before' | 'after'): void;
  /** Live records, including those that listings do not show yet. */
  countLive(): number;
  /** Ends all tokens given out; null on a side without tokens. */
  readonly expireTokens: (() => void) | null;
  /** Makes listings show changes this much later; null on a side whose listings are always current. */
  readonly setLag: ((ms: number) => void) | null;
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const first: Content = { title: 'First', note: 'One' };
const second: Content = { title: 'Second', note: 'Two' };
const always: Precondition = { kind: 'read', isExpected: () => true };

/** What the engine relies on, checked against one implementation of `RemoteEntity`. */
export function remoteContract(open: () => Promise<RemoteUnderTest>): void {
  let side: RemoteUnderTest;
  let remote: RemoteEntity;
  beforeEach(async () => {
    side = await open();
    remote = side.remote;
  });
  afterEach(() => side.close());

  const contentOf = (record: RemoteRecord | null): Content | null => record && side.contentOf(record.fields);
  const contents = (records: readonly RemoteRecord[]): (Content | null)[] =>
    records.filter(({ trashed }) => !trashed).map(contentOf);
  const createByPerson = (content: Content): string => {
    const remoteId = side.person.create(content);
    side.advance(2 * MINUTE_MS);
    return remoteId;
  };
  const readContent = async (remoteId: string): Promise<Content | null> => contentOf(await remote.read(remoteId));

  describe('listing changes', () => {
    test('returns every record first, and then only what changed', async () => {
      const reader = new ChangeReader(remote);
      const ids = Array.from({ length: 7 }, (_, n) => createByPerson({ title: `Title ${n}`, note: 'Note' }));
      expect((await reader.read()).map(({ remoteId }) => remoteId).sort()).toEqual([...ids].sort());
      side.person.edit(String(ids[2]), { note: 'Edited' });
      side.advance(2 * MINUTE_MS);
      const changed = await reader.read();
      expect(changed.map(({ remoteId }) => remoteId)).toContain(ids[2]);
      expect(changed.map(({ remoteId }) => remoteId)).not.toContain(ids[0]);
      expect(contents(changed)).toContainEqual({ title: 'Title 2', note: 'Edited' });
    });

    test('returns nothing when there is nothing', async () => {
      expect(await new ChangeReader(remote).read()).toEqual([]);
    });

    test('never returns a trashed record as live', async () => {
      const trashed = createByPerson(first);
      createByPerson(second);
      side.person.trash(trashed);
      expect(contents(await new ChangeReader(remote).read())).toEqual([second]);
    });

    test('fails with a RetryableError when the side does not answer, and works again afterwards', async () => {
      createByPerson(first);
      side.failNext('read', 'before');
      await expect(new ChangeReader(remote).read()).rejects.toBeInstanceOf(RetryableError);
      expect(contents(await new ChangeReader(remote).read())).toEqual([first]);
    });
  });

  describe('a listing by watermark', () => {
    const watermark = (): WatermarkListing | null => (remote.listing.kind === 'watermark' ? remote.listing : null);

    test('knows the time of the newest edit', async ({ skip }) => {
      const listing = watermark();
      if (!listing) return skip();
      expect(await listing.latestEdit()).toBeNull();
      createByPerson(first);
      const newest = createByPerson(second);
      expect(await listing.latestEdit()).toEqual((await remote.read(newest))?.editedAt);
      expect(listing.now() >= ((await listing.latestEdit()) ?? new Date())).toBe(true);
    });

    test('knows which records were edited since a time, unless there are too many', async ({ skip }) => {
      const listing = watermark();
      if (!listing) return skip();
      const ids = Array.from({ length: 7 }, (_, n) => createByPerson({ title: `Title ${n}`, note: 'Note' }));
      const since = (await remote.read(String(ids[3])))?.editedAt ?? new Date();
      const before = listing.elapsedMs();
      const found = await listing.editedSince(since, 4);
      expect(found?.remoteIds).toEqual(ids.slice(3));
      expect(found?.requestedAt).toBeGreaterThanOrEqual(before);
      expect(await listing.editedSince(since, 3)).toBeNull();
    });

    test('scans every record once, although records are edited meanwhile and the process ends', async ({ skip }) => {
      const listing = watermark();
      if (!listing) return skip();
      const ids = Array.from({ length: 7 }, (_, n) => createByPerson({ title: `Title ${n}`, note: 'Note' }));
      const seen: string[] = [];
      let position = null;
      do {
        const batch = await listing.scan(position);
        seen.push(...batch.records.map(({ remoteId }) => remoteId));
        side.person.edit(String(ids[0]), { note: `Edited ${seen.length}` });
        position = JSON.parse(JSON.stringify(batch.next));
      } while (position !== null);
      expect(seen).toEqual(ids);
    });

    test('may lag behind; reading a record never does', async ({ skip }) => {
      if (!side.setLag) return skip();
      const remoteId = createByPerson(first);
      side.setLag(20_000);
      side.person.edit(remoteId, { note: 'Edited' });
      expect(await readContent(remoteId)).toEqual({ ...first, note: 'Edited' });
      side.advance(20_000);
      expect(contents(await new ChangeReader(remote).read())).toEqual([{ ...first, note: 'Edited' }]);
    });
  });

  describe('a listing by token', () => {
    const byToken = (): TokenListing | null => (remote.listing.kind === 'token' ? remote.listing : null);

    test('gives a token on the last page alone', async ({ skip }) => {
      const listing = byToken();
      if (!listing) return skip();
      for (let n = 0; n < 7; n += 1) createByPerson({ title: `Title ${n}`, note: 'Note' });
      const pages = await readTokenPages((page) => listing.all(page));
      expect(pages.map(({ nextToken }) => nextToken !== null)).toEqual(pages.map((_, at) => at === pages.length - 1));
    });

    test('reports a deletion as a trashed record', async ({ skip }) => {
      if (!byToken()) return skip();
      const reader = new ChangeReader(remote);
      const remoteId = createByPerson(first);
      await reader.read();
      side.person.trash(remoteId);
      expect(await reader.read()).toMatchObject([{ remoteId, trashed: true }]);
      expect(await reader.read()).toEqual([]);
    });

    test('says that an expired token is no longer known', async ({ skip }) => {
      const listing = byToken();
      if (!listing || !side.expireTokens) return skip();
      const pages = await readTokenPages((page) => listing.all(page));
      side.expireTokens();
      expect(await listing.changes(String(pages.at(-1)?.nextToken), null)).toBeNull();
    });
  });

  describe('reading one record', () => {
    test('returns it as it is now', async () => {
      const remoteId = createByPerson(first);
      side.person.edit(remoteId, { title: 'Edited' });
      const record = await remote.read(remoteId);
      expect(record).toMatchObject({ remoteId, trashed: false, syncKey: null, createdByUs: false });
      expect(contentOf(record)).toEqual({ ...first, title: 'Edited' });
    });

    test('returns null when there is none', async () => {
      expect(await remote.read(side.unknownId)).toBeNull();
    });

    test('shows a trashed record as trashed', async () => {
      const remoteId = createByPerson(first);
      side.person.trash(remoteId);
      expect(await remote.read(remoteId)).toMatchObject({ remoteId, trashed: true });
    });

    test('fails with a RetryableError when the side does not answer', async () => {
      const remoteId = createByPerson(first);
      side.failNext('read', 'before');
      await expect(remote.read(remoteId)).rejects.toBeInstanceOf(RetryableError);
      expect(await readContent(remoteId)).toEqual(first);
    });
  });

  describe('creating a record', () => {
    test('returns it with its key and its canonical fields', async () => {
      const fields = side.newFields(first);
      const record = await remote.create(id(1), fields);
      expect(record).toMatchObject({ syncKey: id(1), createdByUs: true, trashed: false });
      expect(record.fields).toMatchObject(remote.toCanonical(fields));
      expect(await readContent(record.remoteId)).toEqual(first);
    });

    test('lets it be found by its key, among others, as long as it is live', async () => {
      const created = await remote.create(id(1), side.newFields(first));
      const other = await remote.create(id(2), side.newFields(second));
      createByPerson({ title: 'No key', note: '' });
      const keys = [id(1), id(2), id(3)];
      expect((await remote.findByKey(keys)).map(({ syncKey }) => syncKey).sort()).toEqual([id(1), id(2)]);
      side.person.trash(created.remoteId);
      expect((await remote.findByKey(keys)).map(({ remoteId }) => remoteId)).toEqual([other.remoteId]);
    });

    test('whose answer is lost is ambiguous: the key finds the one record that was created', async () => {
      side.failNext('create', 'after');
      await expect(remote.create(id(1), side.newFields(first))).rejects.toBeInstanceOf(AmbiguousWriteError);
      side.advance(remote.creationLagMs);
      const found = await remote.findByKey([id(1)]);
      expect(contents(found)).toEqual([first]);
      expect(side.countLive()).toBe(1);
    });

    test('that failed before it happened left nothing behind', async () => {
      side.failNext('create', 'before');
      await expect(remote.create(id(1), side.newFields(first))).rejects.toBeInstanceOf(AmbiguousWriteError);
      side.advance(remote.creationLagMs);
      expect(await remote.findByKey([id(1)])).toEqual([]);
      await remote.create(id(1), side.newFields(first));
      expect(side.countLive()).toBe(1);
    });

    test('is found by its key within the promised time, although listings lag', async ({ skip }) => {
      if (!side.setLag) return skip();
      side.setLag(remote.creationLagMs / 2);
      await remote.create(id(1), side.newFields(first));
      side.advance(remote.creationLagMs);
      expect(await remote.findByKey([id(1)])).toHaveLength(1);
    });
  });

  describe('updating a record', () => {
    test('writes the given fields and keeps the others', async () => {
      const remoteId = createByPerson(first);
      const result = await remote.update(remoteId, { fields: side.toFields({ note: 'Ours' }) }, always);
      expect(result.kind).toBe('updated');
      expect(await readContent(remoteId)).toEqual({ ...first, note: 'Ours' });
    });

    test('writes nothing when the record is not as expected', async () => {
      const remoteId = createByPerson(first);
      side.person.edit(remoteId, { title: 'Edited' });
      const asBefore: Precondition = {
        kind: 'read',
        isExpected: (record) => contentOf(record)?.title === first.title,
      };
      const result = await remote.update(remoteId, { fields: side.toFields({ note: 'Ours' }) }, asBefore);
      expect(result).toMatchObject({ kind: 'changed', record: { remoteId } });
      expect(await readContent(remoteId)).toEqual({ ...first, title: 'Edited' });
    });

    const listed = (at: () => number | null): Precondition => ({
      kind: 'unedited',
      isExpected: (record) => contentOf(record)?.title === first.title,
      listedAt: async () => at(),
      maxAgeMs: 10_000,
    });

    test('that no listing shows as edited does not read it, and returns what the answer shows', async ({ skip }) => {
      const { listing } = remote;
      if (listing.kind !== 'watermark') return skip();
      const remoteId = createByPerson(first);
      side.person.edit(remoteId, { title: 'Edited' });
      const precondition = listed(() => listing.elapsedMs());
      const result = await remote.update(remoteId, { fields: side.toFields({ note: 'Ours' }) }, precondition);
      expect(result).toMatchObject({ kind: 'updated', isUnread: true, record: { editedByUs: true } });
      expect(result.kind === 'updated' && contentOf(result.record)).toEqual({ title: 'Edited', note: 'Ours' });
    });

    test.each([
      ['old', (now: number) => now - 10_001],
      ['of no use', () => null],
    ] as const)('with a listing that is %s reads it', async (_, at) => {
      const { listing } = remote;
      const remoteId = createByPerson(first);
      side.person.edit(remoteId, { title: 'Edited' });
      const precondition = listed(() => (listing.kind === 'watermark' ? at(listing.elapsedMs()) : null));
      const result = await remote.update(remoteId, { fields: side.toFields({ note: 'Ours' }) }, precondition);
      expect(result).toMatchObject({ kind: 'changed' });
    });

    test('does nothing to a record that is gone', async () => {
      const change = { fields: side.toFields({ note: 'Ours' }) };
      expect(await remote.update(side.unknownId, change, always)).toMatchObject({ kind: 'gone' });
    });

    test('with an edit between check and write: an atomic update notices, any other keeps the other fields', async () => {
      const remoteId = createByPerson(first);
      const editedMeanwhile: Precondition = {
        kind: 'read',
        isExpected: () => {
          side.person.edit(remoteId, { title: 'Edited' });
          return true;
        },
      };
      const { kind } = await remote.update(remoteId, { fields: side.toFields({ note: 'Ours' }) }, editedMeanwhile);
      const { atomicUpdates } = remote.supports;
      expect(kind).toBe(atomicUpdates ? 'changed' : 'updated');
      expect(await readContent(remoteId)).toEqual({ title: 'Edited', note: atomicUpdates ? first.note : 'Ours' });
    });

    test.each([
      ['before', first.note],
      ['after', 'Ours'],
    ] as const)('that fails %s it happened is ambiguous', async (when, note) => {
      const remoteId = createByPerson(first);
      side.failNext('update', when);
      const update = remote.update(remoteId, { fields: side.toFields({ note: 'Ours' }) }, always);
      await expect(update).rejects.toBeInstanceOf(AmbiguousWriteError);
      expect(await readContent(remoteId)).toEqual({ ...first, note });
    });
  });

  describe('archiving a record', () => {
    test('moves it to the trash, and restores it with its content', async () => {
      const { remoteId } = await remote.create(id(1), side.newFields(first));
      const archived = await remote.update(remoteId, { trashed: true }, always);
      expect(archived).toMatchObject({ kind: 'updated', record: { trashed: true } });
      expect(side.countLive()).toBe(0);
      expect(await remote.read(remoteId)).toMatchObject({ trashed: true });
      const restored = await remote.update(remoteId, { trashed: false }, always);
      expect(restored).toMatchObject({ kind: 'updated', record: { remoteId, trashed: false, syncKey: id(1) } });
      expect(side.countLive()).toBe(1);
      expect(await readContent(remoteId)).toEqual(first);
    });

    test('restores and edits it at once', async () => {
      const { remoteId } = await remote.create(id(1), side.newFields(first));
      side.person.trash(remoteId);
      await remote.update(remoteId, { trashed: false, fields: side.toFields({ note: 'Ours' }) }, always);
      expect(await remote.read(remoteId)).toMatchObject({ trashed: false });
      expect(await readContent(remoteId)).toEqual({ ...first, note: 'Ours' });
    });
  });

  describe('what a side supports', () => {
    test('a body alone: the record says when it was edited, and by whom', async () => {
      if (!remote.supports.bodies) return;
      const remoteId = createByPerson(first);
      side.advance(5 * MINUTE_MS);
      const result = await remote.update(remoteId, { fields: { body: 'Other words' } }, always);
      const record = result.kind === 'updated' ? result.record : expect.fail(result.kind);
      const now = await remote.read(remoteId);
      expect(record.editedAt).toEqual(now?.editedAt);
      expect(record.editedByUs).toBe(true);
      expect(record.fields.body).toBe(now?.fields.body);
    });

    test('bodies: a listing leaves them out, and they are read one by one; else a record has none', async () => {
      createByPerson(first);
      const [listed] = await new ChangeReader(remote).read();
      if (!listed) throw new Error('nothing was listed');
      const whole = await remote.readBody(listed);
      if (remote.supports.bodies) {
        expect(listed.bodyReadAt).toBeNull();
        expect(whole.bodyReadAt).toBeInstanceOf(Date);
        expect(whole.fields).toEqual((await remote.read(listed.remoteId))?.fields);
      } else {
        expect(listed.bodyReadAt).toBeUndefined();
        expect(whole).toEqual(listed);
      }
    });

    test('hidden links: those to trashed records; else none', async () => {
      const remoteId = createByPerson(first);
      expect(await remote.isHidden(remoteId)).toBe(false);
      side.person.trash(remoteId);
      expect(await remote.isHidden(remoteId)).toBe(remote.supports.hiddenLinks);
    });
  });
}
