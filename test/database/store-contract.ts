import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Entity } from '../../src/entities/define.ts';
import { goals } from '../../src/entities/goals.ts';
import { projects } from '../../src/entities/projects.ts';
import { tags } from '../../src/entities/tags.ts';
import { tasks } from '../../src/entities/tasks.ts';
import { FinalError } from '../../src/errors.ts';
import type {
  BackLinks,
  Conflict,
  LocalEntity,
  LocalRecord,
  LocalTransaction,
  LocalWrite,
  SyncState,
} from '../../src/sync/ports.ts';
import type { Fields } from '../../src/sync/types.ts';

/** Entities with every kind of relation: to one, to many, a tree, and both kinds of back-links. */
export const contractEntities: readonly Entity[] = [tasks, projects, tags, goals];

/** A store, and what users do next to the sync; their links are row ids. */
export interface StoreUnderTest {
  of(entity: Entity): LocalEntity;
  /** A user's INSERT, which does nothing when the page id exists. @returns whether it inserted a row */
  insert(entity: Entity, row: { id: string; remoteId?: string; fields: Fields }): Promise<boolean>;
  update(entity: Entity, id: string, change: { fields?: Fields; archived?: boolean }): Promise<void>;
  remove(entity: Entity, id: string): Promise<void>;
  /** A user's SELECT. */
  select(entity: Entity, id: string): Promise<Fields | undefined>;
  conflicts(): Promise<readonly { entity: string; recordId: string; reason: string }[]>;
  close(): Promise<void>;
}

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const at = (time: string): Date => new Date(`2026-03-02T${time}Z`);

const task = (fields: Fields): Fields => ({ title: 'A task', status: 'Todo', project_id: null, tags: [], ...fields });
const project = (fields: Fields = {}): Fields => ({ name: 'A project', status: 'Active', tags: [], ...fields });
const tag = (fields: Fields = {}): Fields => ({ name: 'A tag', parent_id: null, ...fields });

const row = (remoteId: string, fields: Fields, archived = false): NonNullable<LocalWrite['row']> => ({
  remoteId: remoteId,
  fields,
  archived,
  remoteEditedAt: at('10:00:00'),
  createdAt: at('09:00:00'),
});

const state = (remoteId: string, more: Partial<SyncState> = {}): SyncState => ({
  remoteId: remoteId,
  base: { title: 'A task', tags: ['page-t1'] },
  archived: false,
  trashed: false,
  sending: null,
  lateWrites: [],
  statusBeforeArchive: null,
  syncKey: null,
  remoteCreatedAt: at('09:00:00'),
  remoteEditedAt: at('10:00:00'),
  bodyReadAt: null,
  ...more,
});

const conflict = (recordId: string, reason: string): Conflict => ({
  recordId,
  remoteId: 'page-1',
  winner: 'notion',
  reason,
  base: null,
  remote: { fields: { title: 'Theirs' }, archived: false },
  sql: { fields: { title: 'Ours' }, archived: false },
});

/** The contract between the engine and an implementation of `LocalEntity`. */
export function storeContract(open: () => Promise<StoreUnderTest>): void {
  let store: StoreUnderTest;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const within = <T>(entity: Entity, work: (tx: LocalTransaction) => Promise<T>): Promise<T> =>
    store.of(entity).transaction(work);
  const write = (entity: Entity, ...writes: LocalWrite[]): Promise<void> => within(entity, (tx) => tx.write(writes));
  const records = (entity: Entity, ...ids: string[]): Promise<readonly LocalRecord[]> =>
    within(entity, (tx) => tx.findById(ids));
  const record = async (entity: Entity, recordId: string): Promise<LocalRecord> => {
    const [found] = await records(entity, recordId);
    if (!found) throw new Error(`no record ${recordId}`);
    return found;
  };
  const fieldsOf = async (entity: Entity, recordId: string): Promise<Fields | undefined> =>
    (await record(entity, recordId)).row?.fields;
  const editOf = async (entity: Entity, recordId: string): Promise<bigint> => {
    const { editSeq } = await record(entity, recordId);
    if (editSeq === null) throw new Error(`record ${recordId} has nothing to send`);
    return editSeq;
  };
  const outbox = async (entity: Entity, after = 0n, limit = 100): Promise<string[]> =>
    (await store.of(entity).readOutbox(after, limit)).map(({ recordId }) => recordId);

  describe('a transaction', () => {
    test('returns the result of its work, and sees its own writes', async () => {
      const title = await within(tasks, async (tx) => {
        await tx.write([{ recordId: id(1), row: row('page-1', task({ title: 'Seen' })) }]);
        return (await tx.findById([id(1)]))[0]?.row?.fields.title;
      });
      expect(title).toBe('Seen');
    });

    test('that throws writes nothing, and passes the error on unchanged', async () => {
      await store.insert(tasks, { id: id(1), fields: task({ title: 'Before' }) });
      const editSeq = await editOf(tasks, id(1));
      const failure = new FinalError('state_lost', 'the engine thought better of it');
      const work = within(tasks, async (tx) => {
        await tx.write([
          { recordId: id(1), row: row('page-1', task({ title: 'After' })), state: state('page-1'), sent: editSeq },
          { recordId: id(2), row: row('page-2', task({ tags: ['page-t9'] })), state: state('page-2'), enqueue: true },
        ]);
        await tx.openIntents([{ recordId: id(3), sent: {} }], at('10:00:00'));
        await tx.addConflicts([conflict(id(1), 'undone')]);
        await tx.refresh(['page-7']);
        await tx.saveSource({ watermark: at('11:00:00') });
        throw failure;
      });
      await expect(work).rejects.toBe(failure);
      expect(await record(tasks, id(1))).toMatchObject({
        row: { remoteId: `sql:${id(1)}`, fields: { title: 'Before' } },
        state: null,
        editSeq,
      });
      expect(await record(tasks, id(2))).toEqual({
        recordId: id(2),
        row: null,
        state: null,
        intent: null,
        editSeq: null,
      });
      expect((await record(tasks, id(3))).intent).toBeNull();
      expect(await store.conflicts()).toEqual([]);
      expect(await store.of(tasks).readRefreshes()).toEqual([]);
      expect((await store.of(tasks).readSource()).watermark).toBeNull();
    });
  });

  describe('a record', () => {
    test('that is unknown is empty', async () => {
      expect(await records(tasks, id(9))).toEqual([
        { recordId: id(9), row: null, state: null, intent: null, editSeq: null },
      ]);
    });

    test('of a row inserted by a user has a temporary id, an edit time and an unsent edit', async () => {
      await store.insert(tasks, { id: id(1), fields: task({ title: 'Mine' }) });
      const found = await record(tasks, id(1));
      expect(found).toMatchObject({ row: { remoteId: `sql:${id(1)}`, archived: false }, state: null, intent: null });
      expect(found.row?.fields).toMatchObject({ title: 'Mine', status: 'Todo', priority: null, tags: [] });
      expect(found.row?.editedAt).toBeInstanceOf(Date);
      expect(found.editSeq).not.toBeNull();
    });

    test('keeps the agreed content exactly', async () => {
      const agreed = state('page-1', {
        unexpressed: ['title'],
        base: { title: 'Ä "task"', count: 1.5, tags: ['page-t1', 'page-t2'], notes: null },
        archived: true,
        trashed: true,
        sending: { fields: { title: 'B' }, archived: false, sentAt: at('10:01:00') },
        lateWrites: [{ fields: { title: 'C' }, sentAt: at('10:00:30') }],
        statusBeforeArchive: 'Todo',
        syncKey: id(1),
        remoteEditedAt: at('10:00:00.123'),
      });
      await write(tasks, { recordId: id(1), state: agreed });
      expect(await record(tasks, id(1))).toMatchObject({ row: null, state: agreed });
      expect(await store.of(tasks).readStates(['page-1', 'page-2'])).toEqual([agreed]);
      await write(tasks, { recordId: id(1), state: state('page-1') });
      expect(await store.of(tasks).readStates(['page-1'])).toEqual([state('page-1')]);
    });

    test('of one entity is unknown to another', async () => {
      await write(tasks, { recordId: id(1), row: row('page-1', task({})), state: state('page-1'), enqueue: true });
      expect(await record(projects, id(1))).toMatchObject({ row: null, state: null, editSeq: null });
      expect(await store.of(projects).readStates(['page-1'])).toEqual([]);
    });
  });

  describe('records of pages', () => {
    const found = async (remoteId: string, syncKey: string | null = null): Promise<string[]> =>
      (await within(tasks, (tx) => tx.findByRemote([{ remoteId: remoteId, syncKey }])))
        .map(({ recordId }) => recordId)
        .sort();

    beforeEach(async () => {
      await write(
        tasks,
        { recordId: id(1), row: row('page-1', task({})), state: state('page-1') },
        { recordId: id(2), state: state('page-2') },
        { recordId: id(3), row: row('page-3', task({})) },
      );
    });

    test('are found by the page id of a row or of a sync state', async () => {
      expect(await found('page-1')).toEqual([id(1)]);
      expect(await found('page-2')).toEqual([id(2)]);
      expect(await found('page-3')).toEqual([id(3)]);
      expect(await found('page-4')).toEqual([]);
    });

    test('are found by sync key, with or without a row', async () => {
      expect(await found('page-4', id(1))).toEqual([id(1)]);
      expect(await found('page-4', id(2))).toEqual([id(2)]);
      expect(await found('page-4', id(9))).toEqual([]);
    });

    test('are returned once, even when page id and sync key match', async () => {
      expect(await found('page-1', id(1))).toEqual([id(1)]);
    });

    test('are both returned when page id and sync key, or row and sync state, disagree', async () => {
      expect(await found('page-1', id(3))).toEqual([id(1), id(3)]);
      await store.insert(tasks, { id: id(4), remoteId: 'page-2', fields: task({}) });
      expect(await found('page-2')).toEqual([id(2), id(4)]);
    });

    test('accept any text in the sync key property', async () => {
      for (const key of ['', 'hello', "'; DROP TABLE tasks", id(1).slice(0, -1)])
        expect(await found('page-4', key)).toEqual([]);
    });
  });

  describe('a row written by the sync', () => {
    test('is inserted without an unsent edit or an edit time', async () => {
      await write(tasks, { recordId: id(1), row: row('page-1', task({ due_date: '2026-03-01T14:30:00' })) });
      expect(await record(tasks, id(1))).toMatchObject({
        row: { remoteId: 'page-1', archived: false, editedAt: null, fields: { due_date: '2026-03-01T14:30:00' } },
        editSeq: null,
      });
    });

    test('is updated, and keeps its edit time and its unsent edit', async () => {
      await store.insert(tasks, { id: id(1), fields: task({ title: 'Mine', priority: 'High' }) });
      const before = await record(tasks, id(1));
      await write(tasks, { recordId: id(1), row: row('page-1', task({ title: 'Theirs' }), true) });
      const after = await record(tasks, id(1));
      expect(after.row).toMatchObject({ remoteId: 'page-1', archived: true, editedAt: before.row?.editedAt });
      expect(after.row?.fields).toMatchObject({ title: 'Theirs', priority: null });
      expect(after.editSeq).toBe(before.editSeq);
    });

    test('is archived and restored', async () => {
      await write(tasks, { recordId: id(1), row: row('page-1', task({}), true) });
      expect((await record(tasks, id(1))).row?.archived).toBe(true);
      await write(tasks, { recordId: id(1), row: row('page-1', task({})) });
      expect((await record(tasks, id(1))).row?.archived).toBe(false);
    });

    test('gets a page id only, and keeps its content', async () => {
      await store.insert(tasks, { id: id(1), fields: task({ title: 'Mine' }) });
      await write(tasks, { recordId: id(1), page: { remoteId: 'page-1', remoteEditedAt: at('10:00:00') } });
      expect((await record(tasks, id(1))).row).toMatchObject({ remoteId: 'page-1', fields: { title: 'Mine' } });
    });

    test('that does not exist gets no page id', async () => {
      await write(tasks, { recordId: id(1), page: { remoteId: 'page-1', remoteEditedAt: at('10:00:00') } });
      expect((await record(tasks, id(1))).row).toBeNull();
    });

    test('cannot take the page id of another row, and fails its whole batch', async () => {
      await write(tasks, { recordId: id(1), row: row('page-1', task({})) });
      const batch = write(
        tasks,
        { recordId: id(2), row: row('page-2', task({})) },
        { recordId: id(3), row: row('page-1', task({})) },
      );
      await expect(batch).rejects.toThrow();
      expect((await records(tasks, id(2), id(3))).map((found) => found.row)).toEqual([null, null]);
    });

    test('cannot use the page id of another sync state', async () => {
      await write(tasks, { recordId: id(1), state: state('page-1') });
      await expect(write(tasks, { recordId: id(2), state: state('page-1') })).rejects.toThrow();
    });

    test('takes over the sync state of a record whose row was deleted', async () => {
      await write(tasks, { recordId: id(1), row: row('page-1', task({})), state: state('page-1') });
      await store.remove(tasks, id(1));
      await store.insert(tasks, { id: id(2), remoteId: 'page-1', fields: task({}) });
      await write(tasks, { recordId: id(2), state: state('page-1'), replaces: id(1) });
      expect(await record(tasks, id(1))).toMatchObject({ row: null, state: null, editSeq: null });
      expect(await record(tasks, id(2))).toMatchObject({ row: { remoteId: 'page-1' }, state: { remoteId: 'page-1' } });
    });
  });

  describe('a row deleted by a user', () => {
    test('keeps its sync state and has an unsent edit', async () => {
      await write(tasks, { recordId: id(1), row: row('page-1', task({})), state: state('page-1') });
      await store.remove(tasks, id(1));
      const found = await record(tasks, id(1));
      expect(found).toMatchObject({ row: null, state: state('page-1') });
      expect(found.editSeq).not.toBeNull();
    });
  });

  describe('the outbox', () => {
    test('returns edits in order, each row once, at its last edit', async () => {
      for (const n of [1, 2, 3]) await store.insert(tasks, { id: id(n), fields: task({}) });
      await store.update(tasks, id(1), { fields: { title: 'Again' } });
      expect(await outbox(tasks)).toEqual([id(2), id(3), id(1)]);
    });

    test('continues after a number, up to a limit', async () => {
      for (const n of [1, 2, 3]) await store.insert(tasks, { id: id(n), fields: task({}) });
      expect(await outbox(tasks, 0n, 2)).toEqual([id(1), id(2)]);
      expect(await outbox(tasks, await editOf(tasks, id(2)), 2)).toEqual([id(3)]);
      expect(await outbox(tasks, await editOf(tasks, id(3)), 2)).toEqual([]);
      expect(await outbox(projects)).toEqual([]);
      expect(await store.of(tasks).readLastEdit()).toBe(await editOf(tasks, id(3)));
      expect(await store.of(projects).readLastEdit()).toBe(0n);
    });

    test('counts the edits of records with a page', async () => {
      for (const n of [1, 2, 3]) await store.insert(tasks, { id: id(n), fields: task({}) });
      for (const n of [1, 2]) await write(tasks, { recordId: id(n), state: state(`page-${n}`) });
      await write(tasks, { recordId: id(2), sent: await editOf(tasks, id(2)) });
      expect(await store.of(tasks).countEdits()).toBe(1);
      expect(await store.of(projects).countEdits()).toBe(0);
    });

    test('drops an edit that was sent', async () => {
      await store.insert(tasks, { id: id(1), fields: task({}) });
      await write(tasks, { recordId: id(1), sent: await editOf(tasks, id(1)) });
      expect(await outbox(tasks)).toEqual([]);
    });

    test('keeps an edit made while the previous one was being sent', async () => {
      await store.insert(tasks, { id: id(1), fields: task({}) });
      const sent = await editOf(tasks, id(1));
      await store.update(tasks, id(1), { fields: { title: 'Meanwhile' } });
      await write(tasks, { recordId: id(1), sent });
      expect(await outbox(tasks)).toEqual([id(1)]);
    });

    test('accepts a row that the sync enqueues, and keeps its position when it is there already', async () => {
      await write(tasks, { recordId: id(1), row: row('page-1', task({})), enqueue: true });
      const first = await editOf(tasks, id(1));
      await write(tasks, { recordId: id(1), enqueue: true });
      expect(await editOf(tasks, id(1))).toBe(first);
    });

    test('accepts rows without a page that are not enqueued, and no others', async () => {
      await store.insert(tasks, { id: id(1), fields: task({}) });
      await store.insert(tasks, { id: id(2), fields: task({}) });
      await write(
        tasks,
        { recordId: id(1), sent: await editOf(tasks, id(1)) },
        { recordId: id(2), sent: await editOf(tasks, id(2)), state: state('page-2') },
        { recordId: id(3), row: row('page-3', task({})) },
      );
      await store.of(tasks).enqueueUnlinked();
      expect(await outbox(tasks)).toEqual([id(1)]);
    });
  });

  describe('an intent to create a page', () => {
    const openIntent = (recordId: string, title: string, time: string): Promise<void> =>
      within(tasks, (tx) => tx.openIntents([{ recordId, sent: { title } }], at(time)));

    test('is opened, counted with each attempt, closed and dropped', async () => {
      await openIntent(id(1), 'First', '10:00:00');
      expect((await record(tasks, id(1))).intent).toEqual({
        attempt: 1,
        startedAt: at('10:00:00'),
        closedAt: null,
        sent: { title: 'First' },
      });
      await write(tasks, { recordId: id(1), state: state('page-1'), intent: 'close' });
      expect((await record(tasks, id(1))).intent?.closedAt).toBeInstanceOf(Date);
      await openIntent(id(1), 'Second', '10:05:00');
      expect((await record(tasks, id(1))).intent).toEqual({
        attempt: 2,
        startedAt: at('10:05:00'),
        closedAt: null,
        sent: { title: 'Second' },
      });
      await write(tasks, { recordId: id(1), intent: 'drop' });
      expect((await record(tasks, id(1))).intent).toBeNull();
    });

    test('that is closed stays unchanged', async () => {
      await openIntent(id(1), 'First', '10:00:00');
      await write(tasks, { recordId: id(1), state: state('page-1'), intent: 'close' });
      const { intent } = await record(tasks, id(1));
      await write(tasks, { recordId: id(1), intent: 'close' });
      expect((await record(tasks, id(1))).intent).toEqual(intent);
    });

    test.each([
      { way: 'linked', link: { page: { remoteId: 'page-1', remoteEditedAt: at('10:00:00') } } },
      { way: 'adopted', link: { row: row('page-1', task({ title: 'Theirs' })) } },
    ])('remembers the temporary id of a row that is $way: a second INSERT still meets it', async ({ link }) => {
      const chat = { remoteId: 'sql:telegram_1', fields: task({ title: 'From the chat' }) };
      expect(await store.insert(tasks, { id: id(1), ...chat })).toBe(true);
      expect(await store.insert(tasks, { id: id(2), ...chat })).toBe(false);
      await openIntent(id(1), 'From the chat', '10:00:00');
      await write(tasks, { recordId: id(1), ...link, state: state('page-1'), intent: 'close' });
      expect(await store.insert(tasks, { id: id(3), ...chat })).toBe(false);
      expect(await store.select(tasks, id(3))).toBeUndefined();
      expect(await store.insert(tasks, { id: id(4), ...chat, remoteId: 'sql:telegram_2' })).toBe(true);
    });
  });

  describe('links', () => {
    test('to one: the engine sees page ids, users see row ids', async () => {
      await write(projects, { recordId: id(10), row: row('page-p', project()) });
      await write(tasks, { recordId: id(1), row: row('page-1', task({ project_id: 'page-p' })) });
      expect(await store.select(tasks, id(1))).toMatchObject({ project_id: id(10) });
      expect(await fieldsOf(tasks, id(1))).toMatchObject({ project_id: 'page-p' });
    });

    test('to many: in the order of their page ids', async () => {
      await write(
        tags,
        { recordId: id(21), row: row('page-t2', tag()) },
        { recordId: id(22), row: row('page-t1', tag()) },
      );
      await write(tasks, { recordId: id(1), row: row('page-1', task({ tags: ['page-t1', 'page-t2'] })) });
      expect(await store.select(tasks, id(1))).toMatchObject({ tags: [id(21), id(22)] });
      expect(await fieldsOf(tasks, id(1))).toMatchObject({ tags: ['page-t1', 'page-t2'] });
    });

    test('to a row without a page have its temporary id, and later its page id', async () => {
      await store.insert(tags, { id: id(21), fields: tag() });
      await store.insert(tasks, { id: id(1), fields: task({ tags: [id(21)] }) });
      expect(await fieldsOf(tasks, id(1))).toMatchObject({ tags: [`sql:${id(21)}`] });
      await write(tags, { recordId: id(21), page: { remoteId: 'page-t1', remoteEditedAt: at('10:00:00') } });
      expect(await fieldsOf(tasks, id(1))).toMatchObject({ tags: ['page-t1'] });
    });

    test('to a temporary id that the sync writes back stay the same links', async () => {
      await store.insert(projects, { id: id(10), fields: project() });
      await store.insert(tags, { id: id(21), remoteId: 'sql:telegram_9', fields: tag() });
      const fields = task({ project_id: `sql:${id(10)}`, tags: ['sql:telegram_9'] });
      await write(tasks, { recordId: id(1), row: row('page-1', fields) });
      expect(await store.select(tasks, id(1))).toMatchObject({ project_id: id(10), tags: [id(21)] });
    });

    test('between rows of one batch may go both ways', async () => {
      await write(
        tags,
        { recordId: id(21), row: row('page-t1', tag({ parent_id: 'page-t2' })) },
        { recordId: id(22), row: row('page-t2', tag({ parent_id: 'page-t1' })) },
      );
      expect(await store.select(tags, id(21))).toMatchObject({ parent_id: id(22) });
      expect(await store.select(tags, id(22))).toMatchObject({ parent_id: id(21) });
      expect(await store.of(tags).resolveLinks()).toBe(0);
    });

    test('to pages without a row are pending, visible to the engine, and resolved once the row exists', async () => {
      await write(tags, { recordId: id(21), row: row('page-t1', tag()) });
      const fields = task({ project_id: 'page-p', tags: ['page-t1', 'page-t2'] });
      await write(tasks, { recordId: id(1), row: row('page-1', fields) });
      expect(await store.select(tasks, id(1))).toMatchObject({ project_id: null, tags: [id(21)] });
      expect(await fieldsOf(tasks, id(1))).toMatchObject({ project_id: 'page-p', tags: ['page-t1', 'page-t2'] });
      expect(await store.of(tasks).resolveLinks()).toBe(0);

      await write(projects, { recordId: id(10), row: row('page-p', project()) });
      await write(tags, { recordId: id(22), row: row('page-t2', tag()) });
      expect(await store.of(tasks).resolveLinks()).toBe(2);
      expect(await store.select(tasks, id(1))).toMatchObject({ project_id: id(10), tags: [id(21), id(22)] });
      expect(await fieldsOf(tasks, id(1))).toMatchObject({ project_id: 'page-p', tags: ['page-t1', 'page-t2'] });
      expect(await store.of(tasks).resolveLinks()).toBe(0);
    });

    test('that are pending are reported once, and again when they reappear', async () => {
      const waiting = task({ project_id: 'page-p', tags: ['page-t1', 'page-t2'] });
      await write(tasks, { recordId: id(1), row: row('page-1', waiting) });
      const links = [
        { recordId: id(1), field: 'project_id', remoteId: 'page-p' },
        { recordId: id(1), field: 'tags', remoteId: 'page-t1' },
        { recordId: id(1), field: 'tags', remoteId: 'page-t2' },
      ];
      expect(await store.of(tasks).readUnreportedLinks()).toEqual(links);
      expect(await store.of(projects).readUnreportedLinks()).toEqual([]);
      await store.of(tasks).markLinksReported(links.slice(0, 2));
      expect(await store.of(tasks).readUnreportedLinks()).toEqual(links.slice(2));
      await store.of(tasks).markLinksReported(links);
      await write(tasks, { recordId: id(1), row: row('page-1', { ...waiting, title: 'Written again' }) });
      expect(await store.of(tasks).readUnreportedLinks()).toEqual([]);
      await write(tasks, { recordId: id(1), row: row('page-1', task({ project_id: 'page-p' })) });
      expect(await store.of(tasks).readUnreportedLinks()).toEqual([]);
      await write(tasks, { recordId: id(1), row: row('page-1', waiting) });
      expect(await store.of(tasks).readUnreportedLinks()).toEqual(links.slice(1));
    });

    test('that are pending are dropped once a user sets another to-one link', async () => {
      await write(projects, { recordId: id(10), row: row('page-p', project()) });
      await write(tasks, { recordId: id(1), row: row('page-1', task({ project_id: 'page-x' })) });
      await store.update(tasks, id(1), { fields: { project_id: id(10) } });
      expect(await store.of(tasks).resolveLinks()).toBe(0);
      await store.update(tasks, id(1), { fields: { project_id: null } });
      expect(await fieldsOf(tasks, id(1))).toMatchObject({ project_id: null });
    });

    test('that are pending are resolved without an edit', async () => {
      await write(tasks, { recordId: id(1), row: row('page-1', task({ project_id: 'page-p', tags: ['page-t1'] })) });
      await write(projects, { recordId: id(10), row: row('page-p', project()) });
      await write(tags, { recordId: id(21), row: row('page-t1', tag()) });
      await store.of(tasks).resolveLinks();
      expect(await record(tasks, id(1))).toMatchObject({ editSeq: null, row: { editedAt: null } });
    });

    test('are replaced as a whole, pending ones included', async () => {
      await write(tags, ...[1, 2].map((n) => ({ recordId: id(20 + n), row: row(`page-t${n}`, tag()) })));
      const before = task({ project_id: 'page-p', tags: ['page-t1', 'page-t8'] });
      await write(tasks, { recordId: id(1), row: row('page-1', before) });
      await write(tasks, { recordId: id(1), row: row('page-1', task({ tags: ['page-t2', 'page-t9'] })) });
      await write(projects, { recordId: id(10), row: row('page-p', project()) });
      await write(tags, ...[8, 9].map((n) => ({ recordId: id(20 + n), row: row(`page-t${n}`, tag()) })));
      await store.of(tasks).resolveLinks();
      expect(await store.select(tasks, id(1))).toMatchObject({ project_id: null, tags: [id(22), id(29)] });
    });

    test('that are pending yield to a link that a user set meanwhile', async () => {
      await write(projects, { recordId: id(10), row: row('page-q', project()) });
      await write(tasks, { recordId: id(1), row: row('page-1', task({ project_id: 'page-p' })) });
      await store.update(tasks, id(1), { fields: { project_id: id(10) } });
      expect(await fieldsOf(tasks, id(1))).toMatchObject({ project_id: 'page-q' });
      await write(projects, { recordId: id(11), row: row('page-p', project()) });
      await store.of(tasks).resolveLinks();
      expect(await store.select(tasks, id(1))).toMatchObject({ project_id: id(10) });
      expect(await fieldsOf(tasks, id(1))).toMatchObject({ project_id: 'page-q' });
    });

    test('to a deleted row still refer to its page, in both directions', async () => {
      await write(tags, { recordId: id(21), row: row('page-t1', tag()), state: state('page-t1') });
      await write(tasks, { recordId: id(1), row: row('page-1', task({ tags: ['page-t1'] })) });
      await store.remove(tags, id(21));
      expect(await fieldsOf(tasks, id(1))).toMatchObject({ tags: ['page-t1'] });
      await write(tasks, { recordId: id(2), row: row('page-2', task({ tags: ['page-t1'] })) });
      expect(await store.select(tasks, id(2))).toMatchObject({ tags: [id(21)] });
    });

    test('to a deleted row that never had a page are dropped', async () => {
      await store.insert(projects, { id: id(10), fields: project() });
      await store.insert(tags, { id: id(21), fields: tag() });
      await store.insert(tasks, { id: id(1), fields: task({ project_id: id(10), tags: [id(21)] }) });
      await store.remove(projects, id(10));
      await store.remove(tags, id(21));
      const seen = await fieldsOf(tasks, id(1));
      expect(seen).toMatchObject({ project_id: `sql:${id(10)}`, tags: [`sql:${id(21)}`] });
      await write(tasks, { recordId: id(1), row: row('page-1', task({ ...seen })) });
      expect(await store.select(tasks, id(1))).toMatchObject({ project_id: null, tags: [] });
      expect(await fieldsOf(tasks, id(1))).toMatchObject({ project_id: null, tags: [] });
    });

    test('between entities are resolved in any order of the batches', async () => {
      await write(
        tags,
        ...['page-t1', 'page-t2', 'page-t3'].map((remoteId, n) => ({
          recordId: id(21 + n),
          row: row(remoteId, tag(n === 0 ? { parent_id: 'page-t3' } : {})),
        })),
      );
      expect(await store.select(tags, id(21))).toMatchObject({ parent_id: id(23) });
    });
  });

  describe('back-links', () => {
    const tell = (remoteId: string, backLinks: Record<string, BackLinks>): Promise<void> =>
      within(projects, (tx) => tx.refreshLinkers([{ remoteId: remoteId, backLinks }]));
    const all = (...pageIds: string[]): BackLinks => ({ remoteIds: pageIds, complete: true });

    beforeEach(async () => {
      await write(projects, { recordId: id(10), row: row('page-p', project()) });
      await write(
        tasks,
        { recordId: id(1), row: row('page-1', task({ project_id: 'page-p' })) },
        { recordId: id(2), row: row('page-2', task({})) },
      );
      await write(
        goals,
        { recordId: id(31), row: row('page-g1', { name: 'A goal', related_projects: ['page-p'] }) },
        { recordId: id(32), row: row('page-g2', { name: 'A goal', related_projects: [] }) },
      );
    });

    test('from rows whose link waits for this very row request no refresh', async () => {
      await write(tasks, { recordId: id(3), row: row('page-3', task({ project_id: 'page-q' })) });
      await write(goals, { recordId: id(33), row: row('page-g3', { name: 'A goal', related_projects: ['page-q'] }) });
      await write(projects, { recordId: id(11), row: row('page-q', project()) });
      await tell('page-q', { related_tasks: all('page-3'), related_goals: all('page-g3') });
      expect(await store.of(tasks).readRefreshes()).toEqual([]);
      expect(await store.of(goals).readRefreshes()).toEqual([]);
    });

    test('from rows whose link was replaced while it waited request a refresh', async () => {
      await write(tasks, { recordId: id(3), row: row('page-3', task({ project_id: 'page-q' })) });
      await store.update(tasks, id(3), { fields: { project_id: id(10) } });
      await write(projects, { recordId: id(11), row: row('page-q', project()) });
      await tell('page-q', { related_tasks: all('page-3') });
      expect(await store.of(tasks).readRefreshes()).toEqual(['page-3']);
    });

    test('that lack a row whose link waits for this very row request a refresh', async () => {
      await write(goals, { recordId: id(33), row: row('page-g3', { name: 'A goal', related_projects: ['page-q'] }) });
      await write(projects, { recordId: id(11), row: row('page-q', project()) });
      await tell('page-q', { related_goals: all() });
      expect(await store.of(goals).readRefreshes()).toEqual(['page-g3']);
    });

    test('that match the rows request no refresh', async () => {
      await tell('page-p', { related_tasks: all('page-1'), related_goals: all('page-g1') });
      expect(await store.of(tasks).readRefreshes()).toEqual([]);
      expect(await store.of(goals).readRefreshes()).toEqual([]);
    });

    test('that name a page whose row does not link here refresh that page', async () => {
      await tell('page-p', { related_tasks: all('page-1', 'page-2'), related_goals: all('page-g1', 'page-g2') });
      expect(await store.of(tasks).readRefreshes()).toEqual(['page-2']);
      expect(await store.of(goals).readRefreshes()).toEqual(['page-g2']);
      expect(await store.of(projects).readRefreshes()).toEqual([]);
    });

    test('that omit a page whose row links here refresh that page', async () => {
      await tell('page-p', { related_tasks: all(), related_goals: all() });
      expect(await store.of(tasks).readRefreshes()).toEqual(['page-1']);
      expect(await store.of(goals).readRefreshes()).toEqual(['page-g1']);
    });

    test('that are incomplete omit nothing', async () => {
      const incomplete: BackLinks = { remoteIds: ['page-2'], complete: false };
      await tell('page-p', { related_tasks: incomplete, related_goals: { remoteIds: [], complete: false } });
      expect(await store.of(tasks).readRefreshes()).toEqual(['page-2']);
      expect(await store.of(goals).readRefreshes()).toEqual([]);
    });

    test('of a page without a row refresh the pages that it names', async () => {
      await tell('page-new', { related_tasks: all('page-1') });
      expect(await store.of(tasks).readRefreshes()).toEqual(['page-1']);
    });

    test('never refresh a page without a row, or a row without a page', async () => {
      await store.insert(tasks, { id: id(3), fields: task({ project_id: id(10) }) });
      await tell('page-p', { related_tasks: all('page-1', 'page-unknown') });
      expect(await store.of(tasks).readRefreshes()).toEqual([]);
    });
  });

  describe('pages to read again', () => {
    test('are requested once, and cleared one by one', async () => {
      await within(tasks, (tx) => tx.refresh(['page-1', 'page-2']));
      await within(tasks, (tx) => tx.refresh(['page-1']));
      expect([...(await store.of(tasks).readRefreshes())].sort()).toEqual(['page-1', 'page-2']);
      await store.of(tasks).clearRefresh('page-1');
      expect(await store.of(tasks).readRefreshes()).toEqual(['page-2']);
      expect(await store.of(projects).readRefreshes()).toEqual([]);
    });
  });

  describe('the archive brake', () => {
    const brake = (since = at('09:30:00')) => within(tasks, (tx) => tx.readBrake(since));
    const held = async () => (await brake()).held.map(({ recordId, direction }) => `${direction} ${recordId}`).sort();
    const linked = (n: number): LocalWrite => ({
      recordId: id(n),
      row: row(`page-${n}`, task({})),
      state: state(`page-${n}`),
    });

    test('knows what passed since a time, and what has an approval that was not used', async () => {
      await within(tasks, (tx) => tx.passArchives([id(1)], at('09:00:00'), false));
      await within(tasks, (tx) => tx.passArchives([id(2)], at('10:00:00'), false));
      await within(tasks, (tx) => tx.passArchives([id(3)], at('09:00:00'), true));
      const { passed } = await brake();
      expect([...passed].sort((a, b) => (a.recordId < b.recordId ? -1 : 1))).toEqual([
        { recordId: id(2), approved: false },
        { recordId: id(3), approved: true },
      ]);
      await write(tasks, { recordId: id(3), state: state('page-3', { archived: true }) });
      expect((await brake()).passed).toEqual([{ recordId: id(2), approved: false }]);
      expect(await within(projects, (tx) => tx.readBrake(new Date(0)))).toEqual({ live: 0, passed: [], held: [] });
    });

    test('keeps one open approval in each direction, whose records say so', async () => {
      await write(tasks, linked(1), linked(2));
      await within(tasks, (tx) => tx.holdArchives('inbound', [id(1)], 'the first reason'));
      await within(tasks, (tx) => tx.holdArchives('inbound', [id(1), id(2)], 'another'));
      await within(tasks, (tx) => tx.holdArchives('outbound', [id(2)], 'a third'));
      expect(await held()).toEqual([`inbound ${id(1)}`, `inbound ${id(2)}`, `outbound ${id(2)}`]);
      expect(await store.of(tasks).readApproval('inbound')).toEqual({ records: 2, reason: 'the first reason' });
      expect(await within(tasks, (tx) => tx.findById([id(1), id(2), id(3)]))).toMatchObject([
        { held: ['inbound'] },
        { held: ['inbound', 'outbound'] },
        {},
      ]);
      await within(tasks, (tx) => tx.releaseArchives('inbound', [id(2)]));
      expect(await held()).toEqual([`inbound ${id(1)}`, `outbound ${id(2)}`]);
    });

    test('lets the records of a closed approval pass, and queues their pages to be read', async () => {
      await write(tasks, linked(1), linked(2));
      await within(tasks, (tx) => tx.holdArchives('inbound', [id(1)], 'why'));
      await within(tasks, (tx) => tx.holdArchives('outbound', [id(2)], 'why'));
      await within(tasks, (tx) => tx.closeApproval('inbound', 'accepted', at('10:00:00')));
      expect(await store.of(tasks).readRefreshes()).toEqual(['page-1']);
      await within(tasks, (tx) => tx.closeApproval('outbound', 'lapsed', at('10:00:00')));
      expect(await store.of(tasks).readRefreshes()).toEqual(['page-1']);
      const { passed } = await brake();
      expect([...passed].sort((a, b) => (a.recordId < b.recordId ? -1 : 1))).toEqual([
        { recordId: id(1), approved: true },
        { recordId: id(2), approved: false },
      ]);
      expect(await held()).toEqual([]);
      expect(await store.of(tasks).readApproval('inbound')).toBeNull();
    });

    test('finds the rows that were archived in SQL and not sent', async () => {
      await write(tasks, linked(1), linked(2), {
        ...linked(3),
        row: row('page-3', task({}), true),
        state: state('page-3', { archived: true }),
      });
      await store.insert(tasks, { id: id(4), fields: task({}) });
      for (const n of [1, 3, 4]) await store.update(tasks, id(n), { archived: true });
      await store.update(tasks, id(2), { fields: { title: 'Edited' } });
      expect(await store.of(tasks).readArchiving()).toEqual([id(1)]);
    });
  });

  describe('a full scan', () => {
    test('finds linked records that it has not seen and that are not in the trash', async () => {
      await write(
        tasks,
        { recordId: id(1), row: row('page-1', task({})), state: state('page-1') },
        { recordId: id(2), state: state('page-2') },
        { recordId: id(3), row: row('page-3', task({})), state: state('page-3', { trashed: true }) },
        { recordId: id(4), row: row('page-4', task({})) },
      );
      await within(tasks, (tx) => tx.markSeen(['page-1']));
      await within(tasks, (tx) => tx.markSeen(['page-1']));
      expect(await store.of(tasks).readUnseen()).toEqual([{ recordId: id(2), remoteId: 'page-2' }]);
      await store.of(projects).clearSeen();
      expect(await store.of(tasks).readUnseen()).toHaveLength(1);
      await store.of(tasks).clearSeen();
      expect((await store.of(tasks).readUnseen()).map(({ remoteId }) => remoteId).sort()).toEqual(['page-1', 'page-2']);
    });

    test('counts records that are live on at least one side', async () => {
      await write(
        tasks,
        { recordId: id(1), row: row('page-1', task({})) },
        { recordId: id(2), row: row('page-2', task({}), true) },
      );
      await store.insert(tasks, { id: id(3), fields: task({}) });
      expect(await store.of(tasks).countLive()).toBe(2);
      await write(tasks, { recordId: id(4), row: row('page-4', task({})), state: state('page-4') });
      await store.update(tasks, id(4), { archived: true });
      expect(await store.of(tasks).countLive()).toBe(3);
      await write(tasks, { recordId: id(4), state: state('page-4', { archived: true }) });
      expect(await store.of(tasks).countLive()).toBe(2);
    });

    test('saves each part of its progress separately', async () => {
      const nothing = { watermark: null, unsettledUntil: null, sweptAt: null, token: null, scan: null };
      expect(await store.of(tasks).readSource()).toEqual(nothing);
      const scan = { highWater: '2026-03-02T10:00:00.000Z', position: { after: ['a', 1, null], nested: { b: true } } };
      await within(tasks, (tx) => tx.saveSource({ watermark: at('10:00:00'), unsettledUntil: at('10:03:00') }));
      await within(tasks, (tx) => tx.saveSource({ scan, token: 'token-1' }));
      await within(tasks, (tx) => tx.saveSource({ sweptAt: at('11:00:00') }));
      expect(await store.of(tasks).readSource()).toEqual({
        watermark: at('10:00:00'),
        unsettledUntil: at('10:03:00'),
        sweptAt: at('11:00:00'),
        token: 'token-1',
        scan,
      });
      await within(tasks, (tx) => tx.saveSource({ scan: null, watermark: null, unsettledUntil: null, token: null }));
      expect(await store.of(tasks).readSource()).toEqual({ ...nothing, sweptAt: at('11:00:00') });
      expect(await store.of(projects).readSource()).toEqual(nothing);
    });
  });

  test('conflicts are stored, each with its record', async () => {
    await within(tasks, (tx) => tx.addConflicts([conflict(id(1), 'first'), conflict(id(2), 'second')]));
    await within(projects, (tx) => tx.addConflicts([conflict(id(3), 'third')]));
    expect(await store.conflicts()).toEqual([
      { entity: 'tasks', recordId: id(1), reason: 'first' },
      { entity: 'tasks', recordId: id(2), reason: 'second' },
      { entity: 'projects', recordId: id(3), reason: 'third' },
    ]);
  });
}
