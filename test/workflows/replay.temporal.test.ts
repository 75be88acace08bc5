import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { inStep, withFakeActivities, workflowsPath } from './fake-worker.ts';

const { History } = proto.temporal.api.history.v1;
type History = Parameters<typeof History.encode>[0];
const folder = fileURLToPath(new URL('../histories/', import.meta.url));

/** `LOCKSTEP_RECORD_HISTORIES=1 npx vitest run replay` saves what today's workflows do, for the code of tomorrow. */
const isRecording = process.env.LOCKSTEP_RECORD_HISTORIES === '1';

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
  await Worker.runReplayHistory({ workflowsPath }, history, workflowId);
  if (!isRecording) return;
  const bytes = Buffer.from(History.encode(history).finish()).toString('base64');
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify({ workflowId, history: bytes })}\n`);
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

  test.runIf(!isRecording)('there are saved histories', () => {
    expect(files.length).toBeGreaterThan(0);
  });

  test.each(files)('%s, saved earlier, replays', async (file) => {
    const { workflowId, history } = JSON.parse(readFileSync(folder + file, 'utf8'));
    await Worker.runReplayHistory({ workflowsPath }, History.decode(Buffer.from(history, 'base64')), workflowId);
  });
});
