import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliResult, runCli } from '../support/cli.ts';
import { type Stack, signedIn, startStack } from '../support/stack.ts';

const PERSONAL = 'me@example.com';
let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
  Object.assign(stack.env, signedIn(stack));
  stack.startWorker();
});
afterAll(() => stack.stop());

const lockstep = (...args: string[]): Promise<CliResult> => {
  const env = Object.entries(stack.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return runCli(args, tmpdir(), Object.fromEntries(env));
};

test('lockstep verify reads both sides now, and reports what the last cycle could not know', async () => {
  const { workspace } = stack.notion;
  const [edited = '', trashed = '', unshared = ''] = ['Edited', 'Trashed', 'Unshared'].map((name) =>
    workspace.createPage('Notes', { Title: name, Content: 'a' }),
  );
  await stack.sql("INSERT INTO notes (title, body) VALUES ('Made in SQL', 'words')");
  await stack.cycle();
  await stack.cycle();
  const same = await lockstep('verify', 'notes');
  expect(same).toMatchObject({ code: 0, stderr: '' });
  expect(same.stdout).toBe('notes: 4 records read on both sides, no differences\n');
  expect((await lockstep('status')).stdout).toMatch(/LAST READ/);
  expect((await lockstep('status')).stdout).toMatch(/^notes .* 4\/4 \(\d\d:\d\d\)/m);

  // Nothing of this is in SQL until the next cycle or sweep.
  workspace.editPage(edited, { Content: 'b' });
  workspace.trashPage(trashed);
  workspace.unshare(unshared);
  workspace.createPage('Notes', { Title: 'New' });
  await stack.sql("UPDATE notes SET body = 'other words' WHERE title = 'Made in SQL'");
  const { code, stdout } = await lockstep('verify', 'notes');
  expect(code).toBe(1);
  expect(stdout).toMatch(/≠ notes "Edited" .*edited there since it was last synced/);
  expect(stdout).toContain('    content: a in SQL, b in Notion\n');
  expect(stdout).toMatch(/≠ notes "Trashed" .*\n {4}archived: no in SQL, yes in Notion\n/);
  expect(stdout).toMatch(/≠ notes "Unshared" .*not found there, or no longer shared/);
  expect(stdout).toMatch(/≠ notes "New" \(row none, .*it has no row yet/);
  expect(stdout).toMatch(/≠ notes "Made in SQL" .*edited in SQL.*\n {4}body: other words in SQL, words in Notion\n/);
  expect(stdout).toMatch(/\nnotes: 5 of 5 records differ\n$/);

  const json = JSON.parse((await lockstep('verify', 'notes', '--json')).stdout);
  expect(json).toMatchObject([{ entity: 'notes', records: 5 }]);
  expect(json[0].differences).toContainEqual(
    expect.objectContaining({
      remote: edited,
      fields: [{ name: 'content', sql: 'a', remote: 'b' }],
    }),
  );
  // It has only looked.
  expect(await stack.sql("SELECT 1 FROM notes WHERE content = 'b'")).toEqual([]);
});

test('lockstep verify compares calendars, too', async () => {
  const at = (hour: number) => ({ dateTime: new Date(Date.UTC(2026, 11, 20, hour)).toISOString() });
  const { id } = stack.google.handle.createEvent(PERSONAL, { summary: 'Dentist', start: at(10), end: at(11) });
  await stack.cycle();
  expect((await lockstep('verify', 'calendar_events')).code).toBe(0);
  stack.google.handle.editEvent(PERSONAL, id, { summary: 'Doctor' });
  const { code, stdout } = await lockstep('verify', 'calendar_events');
  expect([code, stdout]).toEqual([1, expect.stringContaining('    summary: Dentist in SQL, Doctor in Google\n')]);
  expect((await lockstep('verify', 'nothing')).code).toBe(1);
});
