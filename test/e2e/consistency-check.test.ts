import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConsistencyCheck } from '../../src/database/consistency-check.ts';
import { runCli } from '../support/cli.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
  stack.startWorker();
});
afterAll(() => stack.stop());

const certificateOf = async (entity: string): Promise<ConsistencyCheck | undefined> => {
  const [run] = await stack.sql<{ certificate: ConsistencyCheck }>(
    'SELECT certificate FROM sync_run_history WHERE entity = $1 AND certificate IS NOT NULL ORDER BY id DESC LIMIT 1',
    [entity],
  );
  return run?.certificate;
};
const rowOf = async (title: string): Promise<string> => {
  const [row] = await stack.sql<{ id: string }>('SELECT id FROM tasks WHERE title = $1', [title]);
  return row?.id ?? expect.fail(`no task ${title}`);
};

test('a cycle verifies that both sides of a table are in sync, or reports which records are not, and why', async () => {
  const [project] = await stack.sql<{ id: string }>("INSERT INTO projects (name) VALUES ('House') RETURNING id");
  await stack.sql(
    `INSERT INTO tasks (title, notes, due_date, due_time, project_id)
     SELECT 'Task ' || n, '  *some* words ', '2026-12-01', CASE WHEN n > 2 THEN time '09:30' END, $1
       FROM generate_series(1, 5) AS n`,
    [project?.id],
  );
  await stack.sql("INSERT INTO goals (name, progress) VALUES ('Run', 12.5)");
  stack.notion.workspace.createPage('Notes', { Title: 'From Notion' });
  await stack.cycle();
  for (const [entity, records] of Object.entries({ tasks: 5, projects: 1, goals: 1, notes: 1 })) {
    const certificate = await certificateOf(entity);
    expect(certificate, entity).toMatchObject({ records, differing: 0, named: [] });
    expect(certificate?.hashes.sql).toBe(certificate?.hashes.remote);
  }
  expect(await certificateOf('games')).toBeUndefined();
  const before = await certificateOf('tasks');

  await stack.sql("UPDATE tasks SET notes = repeat('x', 250000) WHERE title = 'Task 2'");
  await stack.sql("UPDATE tasks SET title = 'Task three' WHERE title = 'Task 3'");
  await stack.cycle();
  const after = await certificateOf('tasks');
  expect(after).toMatchObject({ records: 5, differing: 1 });
  expect(after?.hashes.sql).not.toBe(after?.hashes.remote);
  expect(after?.hashes.remote).not.toBe(before?.hashes.remote);
  expect(after?.named).toMatchObject([
    { record: await rowOf('Task 2'), fields: ['notes'], why: expect.stringContaining('Shorten it') },
  ]);

  const env = Object.entries(stack.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const { stdout } = await runCli(['status'], tmpdir(), Object.fromEntries(env));
  expect(stdout).toMatch(/tasks .* 1 of 5 differ/);
  expect(stdout).toMatch(/≠ +tasks \S+ +notes: "Notes" has 250000 characters/);
  expect(stdout).toMatch(/goals .* 1\/1/);

  await stack.sql("UPDATE tasks SET notes = 'short' WHERE title = 'Task 2'");
  await stack.cycle();
  expect(await certificateOf('tasks')).toMatchObject({ records: 5, differing: 0 });
});
