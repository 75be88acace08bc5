import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../support/stack.ts';

describe('folders become tags', () => {
  const root = mkdtempSync(join(tmpdir(), 'lockstep-para-'));
  const folder = (...path: string[]): string => join(root, ...path);
  let stack: Stack;

  beforeAll(async () => {
    mkdirSync(folder('Areas', 'Health', 'Resources', 'Running'), { recursive: true });
    mkdirSync(folder('Resources', 'Rust'), { recursive: true });
    stack = await startStack();
    stack.env.LOCKSTEP_PARA_ROOT = root;
    stack.startWorker();
    await stack.cycle();
  });
  afterAll(async () => {
    await stack.stop();
    rmSync(root, { recursive: true });
  });

  const tags = () =>
    stack.sql<{ name: string; type: string; parent: string | null; archived: boolean }>(
      `SELECT t.name, t.type, p.name AS parent, t.archived_at IS NOT NULL AS archived
       FROM tags t LEFT JOIN tags p ON p.id = t.parent_id ORDER BY t.name`,
    );
  const pages = () =>
    stack.notion.workspace
      .pages('Tags')
      .filter(({ trashed }) => !trashed)
      .map(({ title }) => title)
      .sort();

  test('in SQL and in Notion, with their area as parent', async () => {
    expect(await tags()).toEqual([
      { name: 'Health', type: 'Area', parent: null, archived: false },
      { name: 'Running', type: 'Resource', parent: 'Health', archived: false },
      { name: 'Rust', type: 'Resource', parent: null, archived: false },
    ]);
    expect(pages()).toEqual(['Health', 'Running', 'Rust']);
  });

  test('a renamed folder renames its tag, a removed one archives it', async () => {
    renameSync(folder('Areas', 'Health'), folder('Areas', 'Body'));
    rmSync(folder('Resources', 'Rust'), { recursive: true });
    await stack.cycle();
    expect(pages()).toEqual(['Body', 'Running']);
    expect((await tags()).find(({ name }) => name === 'Rust')).toMatchObject({ archived: true });
  });

  test('each of the two syncs can run alone', async () => {
    mkdirSync(folder('Areas', 'Home'));
    const { syncs } = await stack.cycle({ names: ['areas-sql-to-notion'] });
    expect(syncs).toMatchObject([{ name: 'areas-sql-to-notion', status: 'ok' }]);
    expect(pages()).toEqual(['Body', 'Home', 'Running']);
  });

  test('a missing root archives nothing, and is reported', async () => {
    renameSync(root, `${root}-away`);
    const failure = await stack.cycle().then(
      () => expect.fail('the cycle was good'),
      (error: Error) => error,
    );
    renameSync(`${root}-away`, root);
    expect(failure.message).toMatch(/^2 of \d+ syncs failed: .*LOCKSTEP_PARA_ROOT/);
    expect(pages()).toEqual(['Body', 'Home', 'Running']);
  });
});
