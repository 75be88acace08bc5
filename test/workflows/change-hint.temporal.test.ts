import { ApplicationFailure, Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import type { Hint, PagesRequest } from '../../src/cycle/messages.ts';
import { HintCollector } from '../../src/workflows/hint-collector.ts';
import { noChanges, withFakeActivities } from './fake-worker.ts';

describe('changeHint', () => {
  test('syncs the first hint at once, and hints that arrive meanwhile together in the next round', async () => {
    const ran: string[] = [];
    const later: Hint[][] = [
      [{ kind: 'pages', pageIds: ['a', 'b'] }, { kind: 'edited' }, { kind: 'pages', pageIds: ['b'] }],
      [{ kind: 'pages', pageIds: ['c'] }],
    ];
    let sendMore = async (): Promise<unknown> => undefined;
    await withFakeActivities(
      {
        syncPages: async (request: PagesRequest) => {
          ran.push(`pages ${request.pageIds.join()}`);
          return noChanges(request, 'inbound');
        },
        syncOutbound: async (request) => {
          ran.push('outbound');
          await sendMore();
          return noChanges(request, 'outbound');
        },
      },
      async (_, sendHints) => {
        sendMore = () => sendHints(...(later.shift() ?? []));
        await (await sendHints({ kind: 'edited' })).result();
      },
    );
    expect(ran).toEqual(['outbound', 'pages a,b', 'outbound', 'pages c']);
  });

  test('syncs nothing while the schedule is paused', async () => {
    const ran: string[] = [];
    const sync = { name: 'tasks-notion-to-sql', kind: 'entity', entity: 'tasks', after: [] } as const;
    await withFakeActivities(
      {
        planHint: async () => ({ inbound: sync, outbound: [sync], linkers: [], burst: 1_000, isPaused: true }),
        syncOutbound: async (request) => {
          ran.push(request.name);
          return noChanges(request, 'outbound');
        },
      },
      async (_, sendHints) => (await sendHints({ kind: 'edited' })).result(),
    );
    expect(ran).toEqual([]);
  });

  test('leaves a failure to the next cycle', async () => {
    const fail = async () => {
      throw ApplicationFailure.nonRetryable('tasks: no such database', 'not_found');
    };
    const recorded: string[] = [];
    const recordFailure = async ({ message }: { message: string }) => {
      recorded.push(message);
    };
    await withFakeActivities({ syncOutbound: fail, recordFailure }, async (_, sendHints) => {
      await (await sendHints({ kind: 'edited' })).result();
    });
    expect(recorded).toEqual(['tasks: no such database']);
  });

  test('sends a row that won a conflict at once', async () => {
    const sent: string[] = [];
    await withFakeActivities(
      {
        syncPages: async (request) => ({ ...noChanges(request, 'inbound'), conflicts: 1 }),
        syncOutbound: async (request) => {
          sent.push(request.name);
          return noChanges(request, 'outbound');
        },
      },
      async (_, sendHints) => (await sendHints({ kind: 'pages', pageIds: ['a'] })).result(),
    );
    expect(sent).toEqual(['tasks-sql-to-notion']);
  });

  test('keeps histories short and loses no hint when many hints arrive during a sync', async () => {
    const pages = new Set<string>();
    const sent = new Set<string>();
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const lengths = await withFakeActivities(
      {
        syncOutbound: async (request) => {
          const { cancelled, heartbeat } = Context.current();
          const beat = setInterval(heartbeat, 100);
          await Promise.race([released, cancelled]).finally(() => clearInterval(beat));
          return noChanges(request, 'outbound');
        },
        syncPages: async (request: PagesRequest) => {
          for (const page of request.pageIds) pages.add(page);
          return noChanges(request, 'inbound');
        },
      },
      async (_, sendHints) => {
        const handle = await sendHints({ kind: 'edited' });
        const { runId } = await handle.describe();
        for (let n = 0; (await handle.describe()).runId === runId; n += 1) {
          const page = `page ${n % 900}`;
          await handle.signal('hint', { kind: 'pages', pageIds: [page] });
          sent.add(page);
        }
        release();
        await handle.result();
        return historyLengths(handle, runId);
      },
    );
    expect([...pages].sort()).toEqual([...sent].sort());
    expect(lengths.length).toBeGreaterThan(1);
    expect(Math.max(...lengths)).toBeLessThan(2_000);
  });
});

/** Of a run, and of all runs that it continued as. */
async function historyLengths({ client, workflowId }: WorkflowHandle, first: string): Promise<number[]> {
  const lengths: number[] = [];
  for (let runId: string | undefined = first; runId; ) {
    const { events } = await client.getHandle(workflowId, runId).fetchHistory();
    lengths.push(events?.length ?? 0);
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return lengths;
}

describe('HintCollector', () => {
  test('keeps each page once, and too many pages as a change of the whole entity', () => {
    const ids = Array.from({ length: 1_000 }, (_, n) => `page ${n}`);
    const hints = new HintCollector();
    for (const id of ids) hints.add({ kind: 'pages', pageIds: [id, id] });
    const batch = hints.take();
    expect(batch).toEqual({ edited: false, changed: false, pageIds: ids });
    expect(hints.isEmpty).toBe(true);
    hints.addBatch(batch);
    hints.add({ kind: 'pages', pageIds: ['one more'] });
    expect(hints.take()).toEqual({ edited: false, changed: true, pageIds: [] });
  });
});
