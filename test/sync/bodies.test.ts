import { describe, expect, test } from 'vitest';
import { body, defineEntity, number, title } from '../../src/entities/define.ts';
import { RecordError } from '../../src/errors.ts';
import { toRemoteSnapshot } from '../../src/sync/archival.ts';
import { isBodyPending, withBodies, withBodiesAligned, withoutUnreadBody } from '../../src/sync/bodies.ts';
import type { Content, RemoteEntity, RemoteRecord, SyncContext, SyncState } from '../../src/sync/ports.ts';
import type { Fields, Snapshot } from '../../src/sync/types.ts';

const papers = defineEntity({
  name: 'papers',
  table: 'papers',
  databaseId: 'papers',
  title: 'Papers',
  fields: { title: title('Title'), count: number('Count'), body: body() },
});

const at = (time: string): Date => new Date(`2026-03-02T${time}Z`);

const listed = (more: Partial<RemoteRecord> = {}): RemoteRecord => ({
  remoteId: 'page-1',
  fields: { title: 'A', count: 1 },
  trashed: false,
  createdAt: at('09:00:00'),
  editedAt: at('10:00:00'),
  syncKey: null,
  createdByUs: false,
  editedByUs: false,
  backLinks: {},
  bodyReadAt: null,
  ...more,
});

const state = (more: Partial<SyncState> = {}): SyncState => ({
  remoteId: 'page-1',
  base: { title: 'A', count: 1, body: 'agreed' },
  archived: false,
  trashed: false,
  sending: null,
  lateWrites: [],
  statusBeforeArchive: null,
  syncKey: null,
  remoteCreatedAt: at('09:00:00'),
  remoteEditedAt: at('10:00:00'),
  bodyReadAt: at('10:02:00'),
  ...more,
});

/** Completes a listed record, and counts the reads. */
async function completed(record: RemoteRecord, known: SyncState | null) {
  let reads = 0;
  const readBody: RemoteEntity['readBody'] = async (partial) => {
    reads += 1;
    return { ...partial, fields: { ...partial.fields, body: 'fresh' }, bodyReadAt: at('12:00:00') };
  };
  const context = {
    entity: papers,
    remote: { editGrainMs: 60_000, supports: { bodies: true }, readBody },
    policy: { concurrency: 2 },
    progress: () => undefined,
  } as unknown as SyncContext; // the parts that are used
  const [whole] = await withBodies(context, [record], new Map(known ? [[known.remoteId, known]] : []));
  return { reads, whole };
}

describe('a listed record gets its body', () => {
  test('from the base, if it was read two minutes after the edit', async () => {
    const { reads, whole } = await completed(listed(), state());
    expect({ reads, body: whole?.fields.body, bodyReadAt: whole?.bodyReadAt }).toEqual({
      reads: 0,
      body: 'agreed',
      bodyReadAt: at('10:02:00'),
    });
  });

  test.each([
    ['it is new', listed(), null],
    ['it was edited since', listed({ editedAt: at('10:01:00') }), state()],
    ['it was read within the minute of its edit, or the next', listed(), state({ bodyReadAt: at('10:01:59') })],
    ['it was never read', listed(), state({ bodyReadAt: null })],
  ])('by reading it, when %s', async (_, record, known) => {
    const { reads, whole } = await completed(record, known);
    expect({ reads, body: whole?.fields.body }).toEqual({ reads: 1, body: 'fresh' });
  });

  test('not if it is in the trash or has its body already', async () => {
    expect((await completed(listed({ trashed: true }), null)).reads).toBe(0);
    expect((await completed(listed({ bodyReadAt: at('11:00:00') }), null)).reads).toBe(0);
  });
});

describe('a body that cannot be read', () => {
  const unread = listed({ bodyError: new RecordError('body_truncated', 'too long') });

  test('is taken from the base', () => {
    expect(toRemoteSnapshot(papers, unread, state()).fields).toEqual({ title: 'A', count: 1, body: 'agreed' });
  });

  test('and was never read is unknown, and neither overwritten nor cleared in SQL', () => {
    const { base } = state();
    const { body: _, ...unknown } = base;
    const remote = toRemoteSnapshot(papers, unread, state({ base: unknown }));
    const sql = { fields: { title: 'A', count: 1, body: 'mine' }, archived: false, editedAt: at('11:00:00') };
    const aligned = withBodiesAligned(papers, { base: { fields: unknown, archived: false }, remote, sql }, []);
    expect([aligned.base?.fields.body, aligned.remote.fields.body, aligned.sql.fields.body]).toEqual([
      'mine',
      'mine',
      'mine',
    ]);
    expect(withoutUnreadBody(papers, aligned.remote, remote.fields).fields).toEqual({ title: 'A', count: 1 });
    expect(isBodyPending(papers, sql.fields, remote.fields)).toBe(true);
  });
});

describe('a difference that is not an edit', () => {
  const side = (text: string | null): Snapshot => ({ fields: { body: text }, archived: false, editedAt: null });
  const content = (fields: Fields): Content => ({ fields, archived: false });
  const bodies = (
    base: Content | null,
    remote: string | null,
    sql: string | null,
    sent?: string | null,
  ): readonly unknown[] => {
    const aligned = withBodiesAligned(
      papers,
      { base, remote: side(remote), sql: side(sql) },
      sent === undefined ? [] : [sent],
    );
    return [aligned.base?.fields.body, aligned.remote.fields.body, aligned.sql.fields.body];
  };

  test('a body read for the first time was not cleared in SQL', () => {
    expect(bodies(content({}), 'remote', null)).toEqual(['remote', 'remote', 'remote']);
    expect(bodies(null, 'remote', null)).toEqual([undefined, 'remote', 'remote']);
    expect(bodies(content({ body: 'agreed' }), 'agreed', null)).toEqual(['agreed', 'agreed', null]);
    expect(bodies(content({}), 'remote', 'sql')).toEqual([undefined, 'remote', 'sql']);
  });

  test('our own text as Notion rewrote it, after a lost response', () => {
    const base = content({ body: 'old' });
    expect(bodies(base, '- a\n- b', '* a\n* b', '* a\n* b')).toEqual(['- a\n- b', '- a\n- b', '- a\n- b']);
    expect(bodies(base, '- a\n- b', 'newer', '* a\n* b')).toEqual(['- a\n- b', '- a\n- b', 'newer']);
    expect(bodies(base, '- a\n- c', '* a\n* b', '* a\n* b')).toEqual(['old', '- a\n- c', '* a\n* b']);
    expect(bodies(base, null, '---', '---')).toEqual(['old', null, '---']);
  });
});
