import { ApplicationFailure, Context } from '@temporalio/activity';
import { describe, expect, test } from 'vitest';
import type { CycleResult, SyncRequest } from '../../src/cycle/types.ts';
import { inStep, withFakeActivities } from './fake-worker.ts';

describe('syncCycle', () => {
  test('runs the phases in order, and an entity after those that it links to', async () => {
    const order: string[] = [];
    await withFakeActivities(
      {
        syncInbound: async (request) => {
          order.push(request.name);
          return inStep(request, 'inbound');
        },
        syncOutbound: async (request) => {
          order.push(request.name);
          return inStep(request, 'outbound');
        },
      },
      async (start) => (await start()).result(),
    );
    expect(order.slice(0, 2).sort()).toEqual(['tags-notion-to-sql', 'tasks-notion-to-sql']);
    expect(order.slice(2)).toEqual(['tags-sql-to-notion', 'tasks-sql-to-notion']);
  });

  test.each(['answers', 'fails'])(
    'syncs with nothing to send are concluded at once; the look for them %s',
    async (how) => {
      const ran: string[] = [];
      const result = await withFakeActivities(
        {
          concludeIdle: async ({ syncs }) => {
            if (how === 'fails') throw ApplicationFailure.nonRetryable('PostgreSQL did not answer');
            return syncs.filter(({ entity }) => entity === 'tags').map((sync) => inStep(sync, 'outbound'));
          },
          syncOutbound: async (request) => {
            ran.push(request.name);
            return inStep(request, 'outbound');
          },
        },
        async (start) => (await start()).result() as Promise<CycleResult>,
      );
      expect(ran).toEqual([...(how === 'fails' ? ['tags-sql-to-notion'] : []), 'tasks-sql-to-notion']);
      expect(result.syncs.map(({ name }) => name).slice(2)).toEqual(['tasks-sql-to-notion', 'tags-sql-to-notion']);
    },
  );

  test('a sync that fails does not stop the others, and fails the cycle by name', async () => {
    const ran: string[] = [];
    const end = await withFakeActivities(
      {
        syncInbound: async (request) => {
          if (request.entity === 'tags') throw ApplicationFailure.nonRetryable('tags: no such database', 'not_found');
          return inStep(request, 'inbound');
        },
        syncOutbound: async (request) => {
          ran.push(request.name);
          return inStep(request, 'outbound');
        },
      },
      async (start) => (await start()).result().catch((error: Error) => error),
    );
    expect(end).toMatchObject({
      cause: { message: '1 of 4 syncs failed: tags: no such database (tags-notion-to-sql)', type: 'CycleFailed' },
    });
    expect(ran).toHaveLength(2);
  });

  test('cancelled, it waits for the activity that still writes (the SDK would not)', async () => {
    const events: string[] = [];
    let begun = (): void => undefined;
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const writesUntilCancelled = async (request: SyncRequest) => {
      const { cancelled, heartbeat } = Context.current();
      begun();
      const beat = setInterval(heartbeat, 100);
      await cancelled.catch(() => undefined);
      events.push(`${request.name} was told`);
      await new Promise((resolve) => setTimeout(resolve, 700));
      clearInterval(beat);
      events.push(`${request.name} ended`);
      return cancelled.then(() => inStep(request, 'inbound'));
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

  test('a cycle that is terminated gives its turn back', async () => {
    await withFakeActivities({}, async (start) => {
      const first = await start();
      await first.terminate('by hand');
      const second = await start();
      expect(await second.result()).toMatchObject({ ok: true });
    });
  });
});
