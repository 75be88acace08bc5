import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entity } from '../../src/entities/define.ts';
import { dryLocal } from '../../src/sync/dry-local.ts';
import { dryRemote } from '../../src/sync/dry-remote.ts';
import { syncInbound } from '../../src/sync/inbound.ts';
import { syncOutbound } from '../../src/sync/outbound.ts';
import type { RemoteEntity, RemoteRecord, SyncContext, Tally } from '../../src/sync/ports.ts';
import { Cycles } from '../simulation/cycles.ts';
import { engine } from '../simulation/engine.ts';
import { boards, cards, simulated } from '../simulation/entities.ts';
import { Attempt, Faults } from '../simulation/faults.ts';
import { MemoryNotion } from '../simulation/memory-notion.ts';
import { MemorySql } from '../simulation/memory-sql.ts';
import { type Act, acts, Ledger, perform, settled } from '../simulation/users.ts';
import { World } from '../simulation/world.ts';

/** Long enough for every listing to be up to date. */
const CALM_MS = 5 * 60_000;

interface Workspace {
  readonly world: World;
  readonly sql: MemorySql;
  readonly notion: MemoryNotion;
  readonly does: (acts: readonly Act[]) => void;
}

/** A workspace in memory, in step. */
async function workspace(): Promise<Workspace> {
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
    world.now += CALM_MS;
  };
  does(settled);
  await world.run(new Cycles(sides, engine, 'row').cycle(false));
  return { ...sides, does };
}

/** One sync of one entity: the real thing, or a dry run of it. */
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
      concurrency: 2,
    },
    tally,
    progress: () => undefined,
  };
}

/** What a sync counted; failures count too. */
async function counted({ world }: Workspace, context: SyncContext, work: () => Promise<void>) {
  let failure = '';
  await world.run(
    work().catch((error: Error) => {
      failure = error.message;
    }),
  );
  const { errors, ...counts } = context.tally;
  // A link of this very cycle leads to nothing known only once all entities have been read.
  const codes = errors.map(({ code }) => code).filter((code) => code !== 'link_unknown');
  return { ...counts, errors: codes.sort(), failure };
}

async function dryRun(at: Workspace, entity: Entity, sweep: boolean) {
  const first = contextOf(at, entity, { dry: true, sweep });
  const incoming = await counted(at, first, () => syncInbound(first));
  const second = contextOf(at, entity, { dry: true, sweep });
  const aside = { ...second, tally: contextOf(at, entity, { dry: true, sweep }).tally };
  const outgoing = await counted(at, second, async () => {
    await syncInbound(aside);
    await syncOutbound(second);
  });
  return { incoming, outgoing };
}

async function cycle(at: Workspace, entity: Entity, sweep: boolean) {
  const first = contextOf(at, entity, { dry: false, sweep });
  const incoming = await counted(at, first, () => syncInbound(first));
  const second = contextOf(at, entity, { dry: false, sweep });
  return { incoming, outgoing: await counted(at, second, () => syncOutbound(second)) };
}

const allThereIs = ({ notion, sql }: Workspace) =>
  structuredClone([
    simulated.map(({ name }) => sql.of(name)),
    [...notion.pages.values()].map(({ id, versions }) => ({ id, versions })),
    sql.conflicts.length,
  ]);

describe('a dry run', () => {
  test.each([cards, boards])(
    'of $name counts what the cycle after it does, and leaves all as it was',
    async (entity) => {
      const rounds = fc.array(fc.record({ acts, sweep: fc.boolean() }), { minLength: 1, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(rounds, fc.boolean(), async (given, trashes) => {
          const at = await workspace();
          // What stands on a page in the trash shows only once it is out of there.
          const without = trashes ? ['notion body', 'notion hide body'] : ['notion trash', 'sql archive'];
          for (const { acts, ...wanted } of given) {
            // Only a sweep tells of the trash; that Notion refuses an edit of what lies there is not known without asking.
            const sweep = wanted.sweep || acts.some(({ kind }) => kind === 'trash');
            const done = acts.filter(({ side, kind }) => !without.includes(`${side} ${kind}`));
            at.does(done.map((act) => ({ ...act, entity: entity === cards ? 'cards' : 'boards' })));
            const before = allThereIs(at);
            const foretold = await dryRun(at, entity, sweep);
            expect(allThereIs(at)).toEqual(before);
            expect(foretold).toEqual(await cycle(at, entity, sweep));
          }
        }),
        { numRuns: 200 },
      );
    },
    60_000,
  );

  test('counts on the page that a row of another entity gets first', async () => {
    const at = await workspace();
    const links = { board_id: '00000000-0000-4000-8000-00000000000b', boards: [] };
    at.sql.insert(boards, { id: links.board_id, fields: { title: 'B', count: null, parent_id: null } });
    at.sql.insert(cards, {
      id: `${links.board_id}`.replace(/b$/, 'c'),
      fields: { title: 'C', count: null, status: 'Todo', ...links },
    });
    at.world.now += CALM_MS;
    const { outgoing } = await dryRun(at, cards, false);
    expect(outgoing).toMatchObject({ created: 1, errors: [] });
  });

  test('has nothing left to send in the end', async () => {
    const at = await workspace();
    at.does([{ side: 'sql', kind: 'insert', entity: 'cards', at: 0, value: 0, pause: 0 }]);
    const context = contextOf(at, cards, { dry: true, sweep: false });
    const waiting = async (): Promise<void> => {
      await syncOutbound(context);
      expect(await context.local.outbox(0n, 10)).toEqual([]);
    };
    await at.world.run(waiting());
    expect(at.sql.of('cards').outbox.size).toBe(1);
  });
});

describe('the remote side of a dry run', () => {
  const page: RemoteRecord = {
    remoteId: 'page-1',
    fields: { title: 'Before', notes: 'Kept' },
    trashed: false,
    createdAt: new Date(0),
    editedAt: new Date(0),
    syncKey: null,
    madeByUs: false,
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

  test('says what a page would be, and remembers it', async () => {
    const remote = dry();
    const updated = {
      ...page,
      fields: { title: 'After', notes: 'Kept' },
      editedAt: new Date(60_000),
      editedByUs: true,
    };
    const change = { fields: { title: 'After' } };
    expect(await remote.update('page-1', change, () => true)).toEqual({ kind: 'updated', record: updated });
    expect(await remote.read('page-1')).toEqual(updated);
    expect(await remote.update('page-1', { trashed: true }, () => true)).toMatchObject({ record: { trashed: true } });
  });

  test('writes only over what is as expected, and not where nothing is', async () => {
    expect(await dry().update('page-1', {}, () => false)).toEqual({ kind: 'changed', record: page });
    expect(await dry().update('page-2', {}, () => true)).toEqual({ kind: 'gone' });
  });

  test('knows the pages that it would have made', async () => {
    const remote = dry();
    const made = await remote.create('row-1', { title: 'New' });
    expect(made).toMatchObject({ fields: { title: 'New' }, syncKey: 'row-1', madeByUs: true });
    expect(await remote.read(made.remoteId)).toBe(made);
  });
});
