import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, runCli } from '../support/cli.ts';
import { differences } from '../support/compare.ts';
import { type Stack, startStack } from '../support/stack.ts';

describe('lockstep approvals, and the undo of an import', () => {
  let stack: Stack;
  const pages: string[] = [];
  let firstCycle = '';

  const lockstep = (...args: string[]): Promise<CliResult> => {
    const env = Object.entries(stack.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
    return runCli(args, tmpdir(), Object.fromEntries(env));
  };
  const failure = (sweep = false): Promise<string> =>
    stack.cycle({ entities: ['people'], sweep }).then(
      () => expect.fail('the cycle did not fail'),
      (error: Error) => error.message,
    );
  const cycle = (sweep = false) => stack.cycle({ entities: ['people'], sweep });
  const livePages = (): number => pages.filter((id) => !stack.notion.workspace.page(id).trashed).length;
  const liveRows = async (): Promise<number> =>
    (await stack.sql('SELECT FROM people WHERE archived_at IS NULL')).length;

  beforeAll(async () => {
    stack = await startStack();
    stack.startWorker();
    for (let n = 0; n < 28; n += 1) pages.push(stack.notion.workspace.createPage('People', { Name: `Friend ${n}` }));
    await stack.sql("INSERT INTO people (name) VALUES ('From SQL')");
    await cycle();
    const [run] = await stack.sql<{ cycle_id: string }>('SELECT cycle_id FROM sync_run_history LIMIT 1');
    firstCycle = String(run?.cycle_id);
  });
  afterAll(() => stack.stop());

  test("the undo of an import keeps the owner's pages", async () => {
    const undone = await lockstep('undo', firstCycle, '--yes');
    expect(undone.stdout).toMatch(/^1 of 29 records/);
    expect(undone.stdout).toMatch(/Skipped people, 28 records: the cycle only read it, from Notion/);
    await cycle(true);
    expect([livePages(), await liveRows()]).toEqual([28, 28]);
    const [, undoId = ''] = /lockstep undo (\S+)/.exec(undone.stdout) ?? [];
    expect((await lockstep('undo', undoId, '--yes')).code).toBe(0);
    await cycle(true);
    expect([livePages(), await liveRows()]).toEqual([28, 29]);
    expect(await stack.sql('SELECT FROM sync_conflicts')).toEqual([]);
    expect(await differences(stack)).toEqual([]);
  });

  test('rows archived by a script wait; status shows it, and refusing restores the rows', async () => {
    await stack.sql("UPDATE people SET archived_at = now() WHERE name LIKE 'Friend %'");
    expect(await failure()).toContain('lockstep approvals accept people');
    expect(livePages()).toBe(28);
    expect((await lockstep('approvals')).stdout).toMatch(/people +pages of archived rows +28: Friend 0/);
    const status = JSON.parse((await lockstep('status', '--json')).stdout);
    const person = status.entities.find(({ entity }: { entity: string }) => entity === 'people');
    expect(person).toMatchObject({ verdict: 'failed', approvals: [{ direction: 'outbound', records: 28 }] });
    expect((await lockstep('status')).stdout).toMatch(/people +28 pages of archived rows wait for an approval/);
    expect(await lockstep('approvals', 'refuse', 'people')).toMatchObject({ code: 0, stderr: '' });
    expect(await liveRows()).toBe(29);
    await cycle(true);
    expect([livePages(), await differences(stack)]).toEqual([28, []]);
  });

  test('pages that were trashed wait; refusing takes them out of the trash', async () => {
    for (const page of pages) stack.notion.workspace.trashPage(page);
    await failure(true);
    expect((await lockstep('approvals', 'refuse', 'people')).stdout).toMatch(
      /^Refused: the next cycle restores 28 pages/,
    );
    await cycle();
    expect([livePages(), await liveRows()]).toEqual([28, 29]);
    expect(await stack.sql('SELECT FROM sync_conflicts')).toEqual([]);
    expect(await differences(stack)).toEqual([]);
  });

  test('accepted, the next cycle archives the rows', async () => {
    for (const page of pages) stack.notion.workspace.trashPage(page);
    await failure(true);
    expect(await liveRows()).toBe(29);
    expect((await lockstep('approvals', 'accept', 'people')).stdout).toMatch(
      /^Accepted: the next cycle archives 28 pages/,
    );
    await cycle();
    expect(await liveRows()).toBe(1);
    expect((await lockstep('approvals')).stdout).toBe('Nothing waits for an approval.\n');
    expect(await lockstep('approvals', 'accept', 'people')).toMatchObject({
      code: 1,
      stderr: 'lockstep: nothing of "people" waits for an approval: see lockstep approvals list\n',
    });
  });
});
