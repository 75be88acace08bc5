import { ApplicationFailure, Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import type { PagesRequest } from '../../src/cycle/types.ts';
import { Notices } from '../../src/workflows/noticed.ts';
import { inStep, withFakeActivities } from './fake-worker.ts';

describe('changeHint', () => {
  test('makes one look of what is noticed together, and another of what comes while it looks', async () => {
    const looks: string[] = [];
    let tellMore = async (): Promise<unknown> => undefined;
    await withFakeActivities(
      {
        syncPages: async (request: PagesRequest) => {
          looks.push(`pages ${request.pageIds.join()}`);
          return inStep(request, 'inbound');
        },
        syncOutbound: async (request) => {
          looks.push('outbound');
          if (looks.length === 2) await tellMore();
          return inStep(request, 'outbound');
        },
      },
      async (_, tell) => {
        tellMore = () => tell({ kind: 'pages', pageIds: ['c'] });
        const a = { kind: 'pages', pageIds: ['a', 'b'] } as const;
        await (await tell({ kind: 'edited' }, a, { kind: 'edited' }, { kind: 'pages', pageIds: ['b'] })).result();
      },
    );
    expect(looks).toEqual(['pages a,b', 'outbound', 'pages c']);
  });

  test('leaves what fails to the next cycle', async () => {
    const refuse = async () => {
      throw ApplicationFailure.nonRetryable('tasks: no such database', 'not_found');
    };
    const lost: string[] = [];
    const recordFailure = async ({ message }: { message: string }) => {
      lost.push(message);
    };
    await withFakeActivities({ syncOutbound: refuse, recordFailure }, async (_, tell) => {
      await (await tell({ kind: 'edited' })).result();
    });
    expect(lost).toEqual(['tasks: no such database']);
  });

  test('a row that won against its page is sent at once', async () => {
    const sent: string[] = [];
    await withFakeActivities(
      {
        syncPages: async (request) => ({ ...inStep(request, 'inbound'), conflicts: 1 }),
        syncOutbound: async (request) => {
          sent.push(request.name);
          return inStep(request, 'outbound');
        },
      },
      async (_, tell) => (await tell({ kind: 'pages', pageIds: ['a'] })).result(),
    );
    expect(sent).toEqual(['tasks-sql-to-notion']);
  });

  test('however many hints come while it looks, its histories stay short, and none is lost', async () => {
    const pages = new Set<string>();
    const told = new Set<string>();
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
          return inStep(request, 'outbound');
        },
        syncPages: async (request: PagesRequest) => {
          for (const page of request.pageIds) pages.add(page);
          return inStep(request, 'inbound');
        },
      },
      async (_, tell) => {
        const handle = await tell({ kind: 'edited' });
        const { runId } = await handle.describe();
        for (let n = 0; (await handle.describe()).runId === runId; n += 1) {
          const page = `page ${n % 900}`;
          await handle.signal('hint', { kind: 'pages', pageIds: [page] });
          told.add(page);
        }
        release();
        await handle.result();
        return historyLengths(handle, runId);
      },
    );
    expect([...pages].sort()).toEqual([...told].sort());
    expect(lengths.length).toBeGreaterThan(1);
    expect(Math.max(...lengths)).toBeLessThan(2_000);
  });
});

/** Of a run, and of all that it went on as. */
async function historyLengths({ client, workflowId }: WorkflowHandle, first: string): Promise<number[]> {
  const lengths: number[] = [];
  for (let runId: string | undefined = first; runId; ) {
    const { events } = await client.getHandle(workflowId, runId).fetchHistory();
    lengths.push(events?.length ?? 0);
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return lengths;
}

describe('what was noticed', () => {
  test('pages are remembered once each, and too many as a change of the whole', () => {
    const ids = Array.from({ length: 1_000 }, (_, n) => `page ${n}`);
    const notices = new Notices();
    for (const id of ids) notices.add({ kind: 'pages', pageIds: [id, id] });
    const noticed = notices.take();
    expect(noticed).toEqual({ edited: false, changed: false, pageIds: ids });
    expect(notices.isEmpty).toBe(true);
    notices.addAll(noticed);
    notices.add({ kind: 'pages', pageIds: ['one more'] });
    expect(notices.take()).toEqual({ edited: false, changed: true, pageIds: [] });
  });
});
