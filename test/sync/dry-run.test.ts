import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entity } from '../../src/entities/define.ts';
import { BULK } from '../../src/sync/batch-look.ts';
import { dryLocal } from '../../src/sync/dry-local.ts';
import { dryRemote } from '../../src/sync/dry-remote.ts';
import { syncInbound } from '../../src/sync/inbound.ts';
import { syncOutbound } from '../../src/sync/outbound.ts';
import type { RemoteEntity, RemoteRecord, SyncContext, Tally } from '../../src/sync/ports.ts';
import { Cycles } from '../simulation/cycles.ts';
import { engine } from '../simulation/engine.ts';
import { boards, cards, sample, simulated } from '../simulation/entities.ts';
import { Attempt, Faults } from '../simulation/faults.ts';
import { MemoryNotion } from '../simulation/memory-notion.ts';
import { MemorySql } from '../simulation/memory-sql.ts';
import { type Act, actsIn, Ledger, perform, settledIn } from '../simulation/users.ts';
import { World } from '../simulation/world.ts';

/** After this time, every listing is up to date. */
const QUIET_MS = 5 * 60_000;

interface Workspace {
  readonly world: World;
  readonly sql: MemorySql;
  readonly notion: MemoryNotion;
  readonly does: (acts: readonly Act[]) => void;
}

/** A workspace in memory, with both sides in sync. */
async function syncedWorkspace(): Promise<Workspace> {
  const world = new World(1);
  const faults = new Faults(world);
  const sides = {
    world,
    faults,
    notion: new MemoryNotion(world, faults, simulated),
    sql: new MemorySql(world, faults, simulated),
  };
  const ledger = new Ledger();
  const does = (acts: readonly Act[]): void => {
    for (const act of acts) perform(sides, ledger, act);
    world.now += QUIET_MS;
  };
  does(settledIn(sample));
  await world.run(new Cycles(sides, engine, 'row').cycle(false));
  return { ...sides, does };
}

/** The ports for a sync of one entity, or for a dry run of it. */
function contextOf(
  { world, notion, sql }: Workspace,
  entity: Entity,
  how: { dry: boolean; sweep: boolean },
): SyncContext {
  const attempt = new Attempt();
  const tally: Tally = { processed: 0, created: 0, updated: 0, archived: 0, conflicts: 0, adopted: 0, errors: [] };
  const [remote, local] = [notion.port(entity, attempt), sql.port(entity, attempt)];
  const now = (): Date => new Date(world.now);
  return {
    entity,
    remote: how.dry ? dryRemote(remote, now) : remote,
    local: how.dry ? dryLocal(entity, local) : local,
    clock: { now, sleep: (ms) => world.sleep(ms) },
    newId: randomUUID,
    policy: {
      conflicts: 'row',
      sweepMinutes: 60,
      sweep: how.sweep,
      sweepSince: new Date(0),
      readOnly: false,
      acceptArchive: false,
      archiveFloor: 20,
      bulk: BULK,
      concurrency: 2,
    },
    tally,
    progress: () => undefined,
  };
}

/** Runs a sync, and returns its counts and its failure. */
async function countsOf({ world }: Workspace, context: SyncContext, work: () => Promise<void>) {
  let failure = '';
  await world.run(
    work().catch((error: Error) => {
      failure = error.message;
    }),
  );
  const { errors, ...counts } = context.tally;
  // In a cycle, links are checked after all entities have been read.
  const codes = errors.map(({ code }) => code).filter((code) => code !== 'link_unknown');
  return { ...counts, errors: codes.sort(), failure };
}

async function dryRun(at: Workspace, entity: Entity, sweep: boolean) {
  const first = contextOf(at, entity, { dry: true, sweep });
  const incoming = await countsOf(at, first, () => syncInbound(first));
  const second = contextOf(at, entity, { dry: true, sweep });
  const uncounted = { ...second, tally: contextOf(at, entity, { dry: true, sweep }).tally };
  const outgoing = await countsOf(at, second, async () => {
    await syncInbound(uncounted);
    await syncOutbound(second);
  });
  return { incoming, outgoing };
}

async function cycle(at: Workspace, entity: Entity, sweep: boolean) {
  const first = contextOf(at, entity, { dry: false, sweep });
  const incoming = await countsOf(at, first, () => syncInbound(first));
  const second = contextOf(at, entity, { dry: false, sweep });
  return { incoming, outgoing: await countsOf(at, second, () => syncOutbound(second)) };
}

const snapshot = ({ notion, sql }: Workspace) =>
  structuredClone([
    simulated.map(({ name }) => sql.of(name)),
    [...notion.pages.values()].map(({ id, versions }) => ({ id, versions })),
    sql.conflicts.length,
  ]);

describe('a dry run', () => {
  test.each([cards, boards])(
    'of $name counts what the next cycle does, and changes nothing',
    async (entity) => {
      const rounds = fc.array(fc.record({ acts: actsIn(sample), sweep: fc.boolean() }), { minLength: 1, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(rounds, fc.boolean(), async (given, trashes) => {
          const at = await syncedWorkspace();
          // The body of a trashed page cannot be read.
          const bodyless = trashes ? ['notion body', 'notion hide body'] : ['notion trash', 'sql archive'];
          // A dry run does not know that Notion refuses a link to a hidden page, either.
          const linking = trashes ? ['sql relate', 'sql create', 'notion relate'] : [];
          const hiding = entity === boards ? ['notion unshare', ...linking] : [];
          // It locks no row, so it does not meet those of others, and reads a body once where a cycle reads it again.
          const without = [...bodyless, ...hiding, 'sql lock', 'notion hide body'];
          for (const { acts, ...wanted } of given) {
            // Only a sweep finds trashed pages. A dry run does not know that Notion refuses an edit of a trashed page.
            const sweep = wanted.sweep || acts.some(({ kind }) => kind === 'trash');
            const done = acts.filter(({ side, kind }) => !without.includes(`${side} ${kind}`));
            at.does(done.map((act) => ({ ...act, entity: entity === cards ? 'cards' : 'boards' })));
            const before = snapshot(at);
            const predicted = await dryRun(at, entity, sweep);
            expect(snapshot(at)).toEqual(before);
            expect(predicted).toEqual(await cycle(at, entity, sweep));
          }
        }),
        { numRuns: 200 },
      );
    },
    60_000,
  );

  test('assumes the page that a linked row of another entity gets first', async () => {
    const at = await syncedWorkspace();
    const links = { board_id: '00000000-0000-4000-8000-00000000000b', boards: [] };
    at.sql.insert(boards, { id: links.board_id, fields: { title: 'B', count: null, parent_id: null } });
    at.sql.insert(cards, {
      id: `${links.board_id}`.replace(/b$/, 'c'),
      fields: { title: 'C', count: null, status: 'Todo', ...links },
    });
    at.world.now += QUIET_MS;
    const { outgoing } = await dryRun(at, cards, false);
    expect(outgoing).toMatchObject({ created: 1, errors: [] });
  });

  test('has nothing left to send at the end', async () => {
    const at = await syncedWorkspace();
    at.does([
      { side: 'sql', kind: 'insert', entity: 'cards', at: 0, value: 0, byProgram: false, whileSent: false, pause: 0 },
    ]);
    const context = contextOf(at, cards, { dry: true, sweep: false });
    const waiting = async (): Promise<void> => {
      await syncOutbound(context);
      expect(await context.local.readOutbox(0n, 10)).toEqual([]);
    };
    await at.world.run(waiting());
    expect(at.sql.of('cards').outbox.size).toBe(1);
  });
});

describe('dryRemote', () => {
  const page: RemoteRecord = {
    remoteId: 'page-1',
    fields: { title: 'Before', notes: 'Kept' },
    trashed: false,
    createdAt: new Date(0),
    editedAt: new Date(0),
    syncKey: null,
    createdByUs: false,
    editedByUs: false,
    backLinks: {},
  };
  const refuse = (): never => expect.fail('it wrote');
  const real: Pick<RemoteEntity, 'read' | 'create' | 'update'> = {
    read: async (pageId) => (pageId === page.remoteId ? page : null),
    create: refuse,
    update: refuse,
  };
  const dry = () => dryRemote(real as RemoteEntity, () => new Date(60_000));

  test('returns the page as it would be, and keeps it', async () => {
    const remote = dry();
    const updated = {
      ...page,
      fields: { title: 'After', notes: 'Kept' },
      editedAt: new Date(60_000),
      editedByUs: true,
    };
    const change = { fields: { title: 'After' } };
    expect(await remote.update('page-1', change, { kind: 'read', isExpected: () => true })).toEqual({
      kind: 'updated',
      record: updated,
    });
    expect(await remote.read('page-1')).toEqual(updated);
    expect(await remote.update('page-1', { trashed: true }, { kind: 'read', isExpected: () => true })).toMatchObject({
      record: { trashed: true },
    });
  });

  test('writes only when the page is as expected and exists', async () => {
    expect(await dry().update('page-1', {}, { kind: 'read', isExpected: () => false })).toEqual({
      kind: 'changed',
      record: page,
    });
    expect(await dry().update('page-2', {}, { kind: 'read', isExpected: () => true })).toEqual({ kind: 'gone' });
  });

  test('keeps the pages that it would create', async () => {
    const remote = dry();
    const created = await remote.create('row-1', { title: 'New' });
    expect(created).toMatchObject({ fields: { title: 'New' }, syncKey: 'row-1', createdByUs: true });
    expect(await remote.read(created.remoteId)).toBe(created);
  });
});
