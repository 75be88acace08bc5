import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts';
import { noChanges, withFakeActivities } from './fake-worker.ts';

const { History } = proto.temporal.api.history.v1;
type History = Parameters<typeof History.encode>[0];
const folder = fileURLToPath(new URL('../histories/', import.meta.url));

/** `LOCKSTEP_RECORD_HISTORIES=0.1.0 npx vitest run replay` saves the histories of that release. */
const release = process.env.LOCKSTEP_RECORD_HISTORIES;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

/** The ids of a cycle and of its phases. */
const workflowIds = ({ workflowId }: WorkflowHandle): string[] => [
  workflowId,
  `${workflowId}/inbound`,
  `${workflowId}/outbound`,
];

const cycles = {
  good: {},
  failed: {
    syncInbound: async (request: Parameters<typeof noChanges>[0]) => {
      if (request.entity === 'tags') throw ApplicationFailure.nonRetryable('tags: no such database', 'not_found');
      return noChanges(request, 'inbound');
    },
  },
};

async function replay(workflowId: string, history: History, name: string): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, workflowId);
  if (!release) return;
  const bytes = Buffer.from(History.encode(history).finish()).toString('base64');
  writeFileSync(`${folder}${release}-${name}.json`, `${JSON.stringify({ workflowId, history: bytes })}\n`);
}

describe('workflows are deterministic', () => {
  test.each(Object.entries(cycles))('a new %s cycle replays', async (name, activities) => {
    await withFakeActivities(activities, async (start) => {
      const handle = await start();
      await handle.result().catch(() => undefined);
      for (const [place, workflowId] of workflowIds(handle).entries()) {
        const history = await handle.client.getHandle(workflowId).fetchHistory();
        await replay(workflowId, history, `${name}-${['cycle', 'inbound', 'outbound'][place]}`);
      }
    });
  });

  test('a new hint replays', async () => {
    await withFakeActivities({}, async (_, sendHints) => {
      const handle = await sendHints({ kind: 'edited' }, { kind: 'pages', pageIds: ['a', 'b'] }, { kind: 'changed' });
      await handle.result();
      await replay(handle.workflowId, await handle.fetchHistory(), 'hint');
    });
  });

  test.runIf(!release)('the histories of this release are saved', () => {
    const own = files.filter((file) => file.startsWith(`${version}-`));
    expect(own.length, `record them: LOCKSTEP_RECORD_HISTORIES=${version} npx vitest run replay`).toBeGreaterThan(0);
  });

  describe.each([
    { how: 'with the plain bundle', kind: { isTraced: false, isEncrypted: false } },
    { how: 'with tracing and encryption', kind: { isTraced: true, isEncrypted: true } },
  ])('a saved history replays $how', ({ kind }) => {
    test.each(files)('%s', async (file) => {
      const { workflowId, history } = JSON.parse(readFileSync(folder + file, 'utf8'));
      const bundle = await workflowBundle(kind);
      // A replay exports nothing.
      const sinks = { exporter: { export: { fn: () => undefined } } };
      const decoded = History.decode(Buffer.from(history, 'base64'));
      await Worker.runReplayHistory({ workflowBundle: bundle, sinks }, decoded, workflowId);
    });
  });
});
