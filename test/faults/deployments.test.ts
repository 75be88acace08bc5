import type { Client } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deleteSchedule, ensureSchedule, triggerSchedule } from '../../src/schedules.ts';
import { type Stack, startStack } from '../support/stack.ts';

const CYCLES = 5;

/** The statuses of the deployment's cycles. */
async function cycles(client: Client, taskQueue: string): Promise<string[]> {
  const found: string[] = [];
  const query = `WorkflowType = 'syncCycle' AND TaskQueue = '${taskQueue}'`;
  for await (const { status } of client.workflow.list({ query })) found.push(status.name);
  return found;
}

describe('two deployments in one namespace', () => {
  let stacks: Stack[];
  beforeEach(async () => {
    stacks = await Promise.all([startStack(), startStack()]);
  });
  afterEach(async () => {
    for (const { client, taskQueue } of stacks) await deleteSchedule(client, taskQueue);
    await Promise.all(stacks.map((stack) => stack.stop()));
  });

  test('run five scheduled cycles each, and neither waits for nor touches the other', async () => {
    const run = async (stack: Stack, word: string): Promise<void> => {
      const { client, taskQueue, sql } = stack;
      stack.spawnWorker();
      await ensureSchedule(client, { taskQueue });
      for (let n = 1; n <= CYCLES; n += 1) {
        await sql('INSERT INTO tasks (title) VALUES ($1)', [`${word} ${n}`]);
        await triggerSchedule(client, taskQueue);
        await expect
          .poll(() => cycles(client, taskQueue), { timeout: 60_000, interval: 500 })
          .toEqual(Array.from({ length: n }, () => 'COMPLETED'));
      }
    };
    await Promise.all(stacks.map((stack, n) => run(stack, ['First', 'Second'][n] ?? '')));
    for (const [n, { notion, client, taskQueue }] of stacks.entries()) {
      const word = ['First', 'Second'][n];
      const titles = notion.workspace.pages('Tasks').map(({ title }) => title);
      expect(titles.sort()).toEqual(Array.from({ length: CYCLES }, (_, i) => `${word} ${i + 1}`));
      const open = client.workflow.count(`TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`);
      expect((await open).count).toBe(0);
    }
  });
});
