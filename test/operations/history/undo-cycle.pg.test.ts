import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { entityStore } from '../../../src/database/entity-store.ts';
import { people } from '../../../src/entities/people.ts';
import { acceptApproval, findApprovals, refuseApproval } from '../../../src/operations/history/approvals.ts';
import { planUndo, undoCycle } from '../../../src/operations/history/undo-cycle.ts';
import type { Side } from '../../../src/sync/ports.ts';
import { freshDatabase } from '../../support/database.ts';

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const at = new Date('2026-03-02T10:00:00Z');

describe('undo and approvals in PostgreSQL', () => {
  let server: Awaited<ReturnType<typeof freshDatabase>>;
  let database: DatabasePool;
  beforeAll(async () => {
    server = await freshDatabase();
    database = openDatabase(server.url, 4);
  });
  afterAll(async () => {
    await database.close();
    await server.drop();
  });

  const store = (cycleId: string) => entityStore(database, people, cycleId);
  const isArchived = async (n: number): Promise<boolean | undefined> => {
    const [row] = await database.query<{ archived: boolean }>(
      sql`SELECT archived_at IS NOT NULL AS archived FROM people WHERE id = ${id(n)}::uuid`,
    );
    return row?.archived;
  };
  const stateOf = async (n: number) => (await store('').transaction((tx) => tx.findById([id(n)])))[0]?.state;

  /** A synced record that `cycleId` created on a side. */
  const create = (n: number, side: Side, cycleId: string) =>
    store(cycleId).transaction((tx) =>
      tx.write([
        {
          recordId: id(n),
          row: { remoteId: `page-${n}`, fields: { name: `P${n}` }, archived: false, remoteEditedAt: at, createdAt: at },
          state: {
            ...{ remoteId: `page-${n}`, base: { name: `P${n}` }, archived: false, trashed: false, sending: null },
            ...{
              statusBeforeArchive: null,
              syncKey: null,
              remoteCreatedAt: at,
              remoteEditedAt: at,
              bodyReadAt: null,
              lateWrites: [],
            },
          },
          changes: [{ side, before: null, after: null }],
        },
      ]),
    );

  test('an undo archives only what the cycle created in Notion, plans without writing, and is undone by its id', async () => {
    await create(1, 'sql', 'cycle-1');
    await create(2, 'notion', 'cycle-1');
    const { records, archiveRoom } = await planUndo(database, 'cycle-1');
    expect(records).toMatchObject([
      { undone: [], isArchived: false, skipped: 'the cycle only read it, from Notion' },
      { undone: ['archived'], isArchived: true, skipped: null },
    ]);
    expect(archiveRoom.get('people')).toBe(20);
    expect(await isArchived(2)).toBe(false);

    const { undoId } = await undoCycle(database, 'cycle-1');
    expect([await isArchived(1), await isArchived(2)]).toEqual([false, true]);
    const back = await undoCycle(database, undoId);
    expect(back.records).toMatchObject([{ recordId: id(2), undone: ['archived'], skipped: null }]);
    expect([await isArchived(1), await isArchived(2)]).toEqual([false, false]);
  });

  test('refusing restores rows that SQL archived, and lets rows restore pages in the trash', async () => {
    await create(3, 'sql', 'cycle-2');
    await create(4, 'sql', 'cycle-2');
    await database.execute(sql`UPDATE people SET archived_at = now() WHERE id = ${id(3)}::uuid`);
    await store('').transaction(async (tx) => {
      await tx.holdArchives('outbound', [id(3)], 'why');
      await tx.holdArchives('inbound', [id(4)], 'why');
    });
    for (const approval of await findApprovals(database, 'people')) await refuseApproval(database, approval);
    expect([await isArchived(3), await isArchived(4)]).toEqual([false, false]);
    expect(await stateOf(4)).toMatchObject({ archived: true, trashed: true });
    const outbox = await store('').readOutbox(0n, 100);
    expect(outbox.map(({ recordId }) => recordId)).toContain(id(4));
    await expect(findApprovals(database, 'people')).rejects.toThrow('nothing of "people" waits for an approval');
  });

  test('accepting lets the next sync archive the records, once', async () => {
    await create(5, 'sql', 'cycle-3');
    await store('').transaction((tx) => tx.holdArchives('inbound', [id(5)], 'why'));
    const [approval] = await findApprovals(database, 'people');
    if (!approval) return expect.fail('no approval');
    await acceptApproval(database, approval);
    expect(await store('').readRefreshes()).toContain('page-5');
    const { passed } = await store('').transaction((tx) => tx.readBrake(at));
    expect(passed).toEqual([{ recordId: id(5), approved: true }]);
    await expect(acceptApproval(database, approval)).rejects.toThrow('closed already');
  });
});
