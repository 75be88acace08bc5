import { randomUUID } from 'node:crypto';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { describe, expect, test } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import type { CycleResult, SyncRequest } from '../../src/cycle/messages.ts';
import { noChanges, smallPlan, withFakeActivities } from './fake-worker.ts';

describe('syncCycle', () => {
  test('runs the phases in order, and an entity after the entities that it links to', async () => {
    const order: string[] = [];
    await withFakeActivities(
      {
        syncInbound: async (request) => {
          order.push(request.name);
          return noChanges(request, 'inbound');
        },
        syncOutbound: async (request) => {
          order.push(request.name);
          return noChanges(request, 'outbound');
        },
      },
      async (start) => (await start()).result(),
    );
    expect(order.slice(0, 2).sort()).toEqual(['tags-notion-to-sql', 'tasks-notion-to-sql']);
    expect(order.slice(2)).toEqual(['tags-sql-to-notion', 'tasks-sql-to-notion']);
  });

  test.each(['succeeds', 'fails'])(
    'concludes syncs with nothing to send at once, in an activity that %s',
    async (end) => {
      const ran: string[] = [];
      const result = await withFakeActivities(
        {
          concludeIdle: async ({ syncs }) => {
            if (end === 'fails') throw ApplicationFailure.nonRetryable('PostgreSQL did not respond');
            return syncs.filter(({ entity }) => entity === 'tags').map((sync) => noChanges(sync, 'outbound'));
          },
          syncOutbound: async (request) => {
            ran.push(request.name);
            return noChanges(request, 'outbound');
          },
        },
        async (start) => (await start()).result() as Promise<CycleResult>,
      );
      expect(ran).toEqual([...(end === 'fails' ? ['tags-sql-to-notion'] : []), 'tasks-sql-to-notion']);
      expect(result.syncs.map(({ name }) => name).slice(2)).toEqual(['tasks-sql-to-notion', 'tags-sql-to-notion']);
    },
  );

  test.each(['succeeds', 'fails'])(
    'concludes entities without changes at once, in an activity that %s',
    async (end) => {
      const ran: string[] = [];
      const result = await withFakeActivities(
        {
          concludeUnchanged: async ({ syncs }) => {
            if (end === 'fails') throw ApplicationFailure.nonRetryable('PostgreSQL did not respond');
            return syncs.map((sync) => noChanges(sync, 'inbound'));
          },
          syncInbound: async (request) => {
            ran.push(request.name);
            return noChanges(request, 'inbound');
          },
          settleLinks: async () => {
            ran.push('links');
          },
        },
        async (start) => (await start()).result() as Promise<CycleResult>,
      );
      expect(ran.sort()).toEqual(end === 'fails' ? ['links', 'tags-notion-to-sql', 'tasks-notion-to-sql'] : []);
      expect(result.syncs.map(({ name }) => name).slice(0, 2)).toEqual(['tags-notion-to-sql', 'tasks-notion-to-sql']);
    },
  );

  test.each([{ sweep: true }, { acceptArchive: true }, { names: ['tags-notion-to-sql'] }])(
    'asks about no entity beforehand when it has to run anyway: %o',
    async (request) => {
      const planCycle: Activities['planCycle'] = async (input) => ({
        ...smallPlan,
        ...(input?.names ? { inbound: smallPlan.inbound.slice(0, 1) } : {}),
        turn: `turn-${randomUUID()}`,
      });
      const asked: string[] = [];
      const concludeUnchanged: Activities['concludeUnchanged'] = async ({ cycleId }) => {
        asked.push(cycleId);
        return [];
      };
      await withFakeActivities({ planCycle, concludeUnchanged }, async (start) => (await start(request)).result());
      expect(asked).toEqual([]);
    },
  );

  test('a failed sync does not stop the others, and the failure of the cycle names it', async () => {
    const ran: string[] = [];
    const end = await withFakeActivities(
      {
        syncInbound: async (request) => {
          if (request.entity === 'tags') throw ApplicationFailure.nonRetryable('tags: no such database', 'not_found');
          return noChanges(request, 'inbound');
        },
        syncOutbound: async (request) => {
          ran.push(request.name);
          return noChanges(request, 'outbound');
        },
      },
      async (start) => (await start()).result().catch((error: Error) => error),
    );
    expect(end).toMatchObject({
      cause: { message: '1 of 4 syncs failed: tags: no such database (tags-notion-to-sql)', type: 'CycleFailed' },
    });
    expect(ran).toHaveLength(2);
  });

  test('a dry run previews every sync, and runs none', async () => {
    const previewed: string[] = [];
    const fail = async () => {
      throw ApplicationFailure.nonRetryable('a dry run must not call this');
    };
    const result = await withFakeActivities(
      {
        previewSync: async (request) => {
          previewed.push(`${request.direction} ${request.name} ${request.isInboundFirst}`);
          return noChanges(request, request.direction);
        },
        ...{ syncInbound: fail, syncOutbound: fail, concludeIdle: fail, concludeUnchanged: fail, settleLinks: fail },
        ...{ certifyTables: fail, recordFailure: fail },
      },
      async (start) => (await start({ dryRun: true })).result(),
    );
    expect(result).toMatchObject({ ok: true });
    expect(previewed.sort()).toEqual([
      'inbound tags-notion-to-sql true',
      'inbound tasks-notion-to-sql true',
      'outbound tags-sql-to-notion true',
      'outbound tasks-sql-to-notion true',
    ]);
  });

  test('a cancelled cycle waits for activities that still write (the SDK does not by default)', async () => {
    const events: string[] = [];
    let onStart = (): void => undefined;
    const running = new Promise<void>((resolve) => {
      onStart = resolve;
    });
    const writesUntilCancelled = async (request: SyncRequest) => {
      const { cancelled, heartbeat } = Context.current();
      onStart();
      const beat = setInterval(heartbeat, 100);
      await cancelled.catch(() => undefined);
      events.push(`${request.name} was cancelled`);
      await new Promise((resolve) => setTimeout(resolve, 700));
      clearInterval(beat);
      events.push(`${request.name} ended`);
      return cancelled.then(() => noChanges(request, 'inbound'));
    };
    await withFakeActivities({ syncInbound: writesUntilCancelled }, async (start) => {
      const handle = await start();
      await running;
      await handle.cancel();
      await handle.result().catch(() => events.push('the cycle ended'));
    });
    expect(events.at(-1)).toBe('the cycle ended');
    expect(events.filter((event) => event.endsWith(' ended') && event !== 'the cycle ended')).toHaveLength(2);
  });

  test('a terminated cycle releases the cycle lock', async () => {
    await withFakeActivities({}, async (start) => {
      const first = await start();
      await first.terminate('by hand');
      const second = await start();
      expect(await second.result()).toMatchObject({ ok: true });
    });
  });
});
