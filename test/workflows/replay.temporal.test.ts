import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts';
import { inStep, withFakeActivities } from './fake-worker.ts';

const { History } = proto.temporal.api.history.v1;
type History = Parameters<typeof History.encode>[0];
const folder = fileURLToPath(new URL('../histories/', import.meta.url));

/** `LOCKSTEP_RECORD_HISTORIES=0.1.0 npx vitest run replay` saves what that release's workflows do, for the code of tomorrow. */
const release = process.env.LOCKSTEP_RECORD_HISTORIES;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

/** The ids of a cycle and of its phases; ids of children are made from their parent's. */
const workflowIds = ({ workflowId }: WorkflowHandle): string[] => [
  workflowId,
  `${workflowId}/inbound`,
  `${workflowId}/outbound`,
];

const cycles = {
  good: {},
  failed: {
    syncInbound: async (request: Parameters<typeof inStep>[0]) => {
      if (request.entity === 'tags') throw ApplicationFailure.nonRetryable('tags: no such database', 'not_found');
      return inStep(request, 'inbound');
    },
  },
};

async function replayed(workflowId: string, history: History, name: string): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, workflowId);
  if (!release) return;
  const bytes = Buffer.from(History.encode(history).finish()).toString('base64');
  writeFileSync(`${folder}${release}-${name}.json`, `${JSON.stringify({ workflowId, history: bytes })}\n`);
}

describe('workflows are deterministic', () => {
  test.each(Object.entries(cycles))('a %s cycle of today replays', async (name, activities) => {
    await withFakeActivities(activities, async (start) => {
      const handle = await start();
      await handle.result().catch(() => undefined);
      for (const [place, workflowId] of workflowIds(handle).entries()) {
        const history = await handle.client.getHandle(workflowId).fetchHistory();
        await replayed(workflowId, history, `${name}-${['cycle', 'inbound', 'outbound'][place]}`);
      }
    });
  });

  test('a hint of today replays', async () => {
    await withFakeActivities({}, async (_, tell) => {
      const handle = await tell({ kind: 'edited' }, { kind: 'pages', pageIds: ['a', 'b'] }, { kind: 'changed' });
      await handle.result();
      await replayed(handle.workflowId, await handle.fetchHistory(), 'hint');
    });
  });

  test.runIf(!release)('there are saved histories of this release', () => {
    const ours = files.filter((file) => file.startsWith(`${version}-`));
    expect(ours.length, `record them: LOCKSTEP_RECORD_HISTORIES=${version} npx vitest run replay`).toBeGreaterThan(0);
  });

  describe.each([
    { how: 'as it is', kind: { isTraced: false, isEncrypted: false } },
    { how: 'once there is a collector of traces, and a key', kind: { isTraced: true, isEncrypted: true } },
  ])('what was saved earlier replays $how', ({ kind }) => {
    test.each(files)('%s', async (file) => {
      const { workflowId, history } = JSON.parse(readFileSync(folder + file, 'utf8'));
      const bundle = await workflowBundle(kind);
      // Nothing is exported while a history replays.
      const sinks = { exporter: { export: { fn: () => undefined } } };
      const decoded = History.decode(Buffer.from(history, 'base64'));
      await Worker.runReplayHistory({ workflowBundle: bundle, sinks }, decoded, workflowId);
    });
  });
});
