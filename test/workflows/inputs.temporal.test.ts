import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { beforeAll, describe, expect, test } from 'vitest';
import { planCycle } from '../../src/activities/plan-cycle.ts';
import { planHint } from '../../src/activities/plan-hint.ts';
import { runChore } from '../../src/activities/run-chore.ts';
import { readConfig } from '../../src/config.ts';
import type { PhaseRequest } from '../../src/cycle/messages.ts';
import type { WorkerServices } from '../../src/runtime/services.ts';
import { noChanges, withFakeActivities } from './fake-worker.ts';

const CYCLE_KEYS = 'names, directions, entities, sweep, acceptArchive, dryRun, urgent';
const sync = { name: 'tags-notion-to-sql', kind: 'entity', entity: 'tags', after: [] } as const;
const phase: PhaseRequest = { cycleId: 'x', syncs: [sync], sweep: false, acceptArchive: false };

/** A workflow type, its inputs, and the beginning of the line that refuses them. */
const wrong: readonly (readonly [type: string, inputs: readonly unknown[], line: string])[] = [
  ['syncCycle', ['x'], `syncCycle: the input must be an object with the keys ${CYCLE_KEYS}`],
  ['syncCycle', [1], 'syncCycle: the input must be an object'],
  ['syncCycle', [true], 'syncCycle: the input must be an object'],
  ['syncCycle', [['tags-notion-to-sql']], 'syncCycle: the input must be an object'],
  ['syncCycle', [{}, {}], 'syncCycle: it takes one input, not 2'],
  ['syncCycle', [{ dry_run: true }], `syncCycle: dry_run is not a key of the input; its keys are ${CYCLE_KEYS}`],
  ['syncCycle', [{ dryrun: true, Sweep: true }], 'syncCycle: dryrun, Sweep are not a key of the input'],
  ['syncCycle', [{ acceptArchive: 'false' }], 'syncCycle: acceptArchive must be true or false'],
  ['syncCycle', [{ dryRun: 'true' }], 'syncCycle: dryRun must be true or false'],
  ['syncCycle', [{ dryRun: null }], 'syncCycle: dryRun must be true or false'],
  ['syncCycle', [{ sweep: 1 }], 'syncCycle: sweep must be true or false'],
  ['syncCycle', [{ urgent: {} }], 'syncCycle: urgent must be true or false'],
  ['syncCycle', [{ names: 'tags-notion-to-sql' }], 'syncCycle: names must be a list'],
  ['syncCycle', [{ names: [] }], 'syncCycle: names must not be empty'],
  ['syncCycle', [{ names: ['tags'] }], 'syncCycle: names.0 must be one of tags-notion-to-sql, tasks-notion-to-sql, '],
  ['syncCycle', [{ names: [7] }], 'syncCycle: names.0 must be one of tags-notion-to-sql'],
  ['syncCycle', [{ names: null }], 'syncCycle: names must be a list'],
  ['syncCycle', [{ directions: ['in'] }], 'syncCycle: directions.0 must be one of inbound, outbound, trigger'],
  ['syncCycle', [{ directions: 'inbound' }], 'syncCycle: directions must be a list'],
  ['syncCycle', [{ directions: [] }], 'syncCycle: directions must not be empty'],
  ['syncCycle', [{ entities: ['Tasks'] }], 'syncCycle: entities.0 must be one of tags, tasks, '],
  ['syncCycle', [{ entities: [] }], 'syncCycle: entities must not be empty'],
  ['syncCycle', [{ entities: { tasks: true } }], 'syncCycle: entities must be a list'],
  ['syncCycle', [{ names: ['x'], sweep: 0 }], 'syncCycle: names.0 must be one of '],
  ['inboundSync', [], 'inboundSync: the input must be an object with the keys cycleId, syncs, '],
  ['inboundSync', [{ ...phase, syncs: [] }], 'inboundSync: syncs must not be empty'],
  [
    'inboundSync',
    [{ ...phase, syncs: [{ ...sync, entity: 'x' }] }],
    'inboundSync: syncs.0.entity must be one of tags, ',
  ],
  ['inboundSync', [{ ...phase, more: 1 }], 'inboundSync: more is not a key of the input; its keys are cycleId, '],
  ['outboundSync', ['all'], 'outboundSync: the input must be an object'],
  ['outboundSync', [{ ...phase, acceptArchive: 'yes' }], 'outboundSync: acceptArchive must be true or false'],
  [
    'taskTrigger',
    [{}],
    'taskTrigger: cycleId must be a text, not nothing; syncs must be a list, not nothing; sweep must be ',
  ],
  ['taskTrigger', [phase, phase], 'taskTrigger: it takes one input, not 2'],
  ['changeHint', [], 'changeHint: the input must be an object with the keys entity, noticed, spent'],
  ['changeHint', ['tasks'], 'changeHint: the input must be an object'],
  ['changeHint', [{ entity: 'task' }], 'changeHint: entity must be one of tags, tasks, '],
  ['changeHint', [{ entity: 'tasks', noticed: 'all' }], 'changeHint: noticed must be an object with the keys edited, '],
  ['changeHint', [{ entity: 'tasks', spent: '7' }], 'changeHint: spent must be a number'],
  ['changeHint', [{ entity: 'tasks', pages: [] }], 'changeHint: pages is not a key of the input'],
  ['chore', [], 'chore: the input must be one of alerts, '],
  ['chore', ['x'.repeat(10_000)], 'chore: the input must be one of alerts, '],
  ['chore', [{ name: 'alerts' }], 'chore: the input must be one of alerts, '],
  ['chore', ['alerts', 'retention'], 'chore: it takes one input, not 2'],
  ['cycleTurn', [], 'cycleTurn is the cycle lock, which cycles start by themselves: start syncCycle instead'],
  ['cycleTurn', ['x'], 'cycleTurn is the cycle lock'],
];

interface End {
  readonly status: string;
  readonly failure: string;
  readonly type: string;
}

async function endOf(handle: WorkflowHandle): Promise<End> {
  const error: unknown = await handle.result().catch((failed: unknown) => failed);
  const { cause } = error as { cause?: { message?: string; type?: string } };
  const { status } = await handle.describe();
  return { status: status.name, failure: cause?.message ?? '', type: cause?.type ?? '' };
}

describe('a wrong input', () => {
  const ran: string[] = [];
  const ends = new Map<(typeof wrong)[number], End>();

  beforeAll(async () => {
    const services = { config: readConfig({}) } as WorkerServices; // nothing else is used before the check
    const write = async (request: { name: string; entity: string }) => {
      ran.push(request.name);
      return noChanges(request, 'inbound');
    };
    const real = {
      planCycle: planCycle(services),
      planHint: planHint(services),
      runChore: runChore(services),
    };
    const writes = { syncInbound: write, syncOutbound: write, syncPages: write, triggerTasks: write };
    await withFakeActivities({ ...real, ...writes }, async (_, __, taskQueue, client) => {
      await Promise.all(
        wrong.map(async (line) => {
          const [type, inputs] = line;
          const options = { taskQueue, workflowId: `wrong-${randomUUID()}`, args: [...inputs] };
          ends.set(line, await endOf(await client.workflow.start(type, options)));
        }),
      );
    });
  });

  test.each(wrong.map((line) => [line[0], JSON.stringify(line[1]).slice(0, 80), line] as const))(
    '%s(%s) is refused in one line',
    (_, __, line) => {
      const end = ends.get(line);
      expect(end).toMatchObject({ status: 'FAILED', type: 'bad_request' });
      expect(end?.failure.startsWith(line[2]), end?.failure).toBe(true);
      expect(end?.failure).not.toContain('\n');
    },
  );

  test('nothing was synced', () => {
    expect(ran).toEqual([]);
  });
});

test('a signal that is no hint is ignored, and the hints around it are synced', async () => {
  const ran: string[] = [];
  const syncOutbound = async (request: { name: string; entity: string }) => {
    ran.push(request.name);
    return noChanges(request, 'outbound');
  };
  await withFakeActivities({ syncOutbound }, async (_, sendHints) => {
    const handle = await sendHints({ kind: 'edited' });
    for (const signal of [undefined, null, 'x', 7, { kind: 'pages' }, { kind: 'pages', pageIds: [1] }, { kind: 'all' }])
      await handle.signal('hint', signal);
    await handle.result();
    expect((await handle.describe()).status.name).toBe('COMPLETED');
  });
  expect(ran).toEqual(['tasks-sql-to-notion']);
});

test('the cycle and its phases answer the query progress, and refuse an input', async () => {
  await withFakeActivities({}, async (start) => {
    const cycle = await start();
    await cycle.result();
    expect(await cycle.query('progress')).toMatchObject([
      { name: 'tags-notion-to-sql', state: 'ok' },
      { name: 'tasks-notion-to-sql', state: 'ok' },
      { name: 'tasks-sql-to-notion', state: 'ok' },
      { name: 'tags-sql-to-notion', state: 'ok' },
    ]);
    const inbound = cycle.client.getHandle(`${cycle.workflowId}/inbound`);
    expect(await inbound.query('progress')).toHaveLength(2);
    await expect(inbound.query('progress', 'tags')).rejects.toThrow('progress takes no input');
  });
});
