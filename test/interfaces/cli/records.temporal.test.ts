import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { ensureChores } from '../../../src/features/chores/chore-schedules.ts';
import { ensureSchedule } from '../../../src/schedules.ts';
import { emptyFolder, runCli, startCli } from '../../support/cli.ts';
import { definedIn, type Stack, startStack } from '../../support/stack.ts';

describe('commands for records, chores and logs', () => {
  const folder = emptyFolder();
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(async () => {
    await stack.stop();
    folder.remove();
  });
  const lockstep = (...args: string[]) => runCli(args, folder.path, definedIn(stack.env));

  test('find prints the ids of records whose titles resemble a text', async () => {
    await stack.sql(
      "INSERT INTO tasks (title, status) VALUES ('Zadzwoń do dentysty', 'To Do'), ('Water the plants', 'To Do')",
    );
    const [task] = await stack.sql<{ id: string }>("SELECT id FROM tasks WHERE title LIKE 'Zadzwoń%'");
    const { code, stdout } = await lockstep('find', 'dentysta');
    expect([code, stdout]).toEqual([0, expect.stringMatching(`tasks +${task?.id} +To Do +Zadzwoń do dentysty`)]);
    expect(JSON.parse((await lockstep('find', 'plants', '--entity', 'tasks', '--json')).stdout)).toMatchObject([
      { entity: 'tasks', title: 'Water the plants', status: 'To Do' },
    ]);
    expect((await lockstep('find', 'helicopter')).stdout).toBe(
      'No title resembles "helicopter". Archived records are not searched.\n',
    );
    expect((await lockstep('blame', 'tasks', 'water the plants')).stdout).toContain('tasks "Water the plants"');
  });

  test('chores lists them with their next run, and runs one by hand', async () => {
    const before = (await lockstep('chores')).stdout;
    expect(before).toMatch(/^retention +no schedule$/m);
    expect(before).toMatch(/^session-notes +off: not configured$/m);
    await ensureSchedule(stack.client, { taskQueue: stack.taskQueue });
    await ensureChores(stack.client, readConfig(stack.env));
    expect((await lockstep('chores', 'list')).stdout).toMatch(/^health-checks +scheduled +in \d+ /m);
    const running = startCli(['chores', 'run', 'retention'], folder.path, definedIn(stack.env));
    await running.waitForOutput(/no worker has picked up the chore/);
    stack.startWorker();
    expect(await running.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\S.*\n$/) });
  });

  test('logs prints the last lines, and what is added', async () => {
    mkdirSync(join(folder.path, '.lockstep'));
    const log = join(folder.path, '.lockstep', 'worker.log');
    writeFileSync(log, Array.from({ length: 100 }, (_, n) => `line ${n}\n`).join(''));
    expect((await lockstep('logs', '--lines', '2')).stdout).toBe('line 98\nline 99\n');
    const following = startCli(['logs', '--follow', '--lines', '1'], folder.path, definedIn(stack.env));
    await following.waitForOutput(/^line 99\n$/);
    writeFileSync(log, 'more\n', { flag: 'a' });
    await following.waitForOutput(/^line 99\nmore\n$/);
    following.process.kill('SIGINT');
    expect(await following.ended).toMatchObject({ code: 0 });
  });
});
