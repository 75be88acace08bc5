import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../../../src/config.ts';
import { entities, isSynced } from '../../../../src/definition/index.ts';
import { Places } from '../../../../src/interfaces/cli/fleet/claim-places.ts';
import { fingerprintOf, readWorkspace, workspaceEnv } from '../../../../src/interfaces/cli/fleet/read-workspace.ts';
import { inWorkspace, perWorkspace } from '../../../../src/shared/workspace.ts';
import { emptyFolder } from '../../../support/cli.ts';
import { spanishFile } from '../../../support/spanish.ts';

const ID = 'a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d';

const root = emptyFolder();
afterAll(() => root.remove());
afterEach(() => vi.unstubAllEnvs());

function place(name: string, env: string, definition?: string) {
  const folder = join(root.path, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.env'), env);
  if (definition !== undefined) writeFileSync(join(folder, 'lockstep.config.json'), definition);
  return { name, folder };
}

describe('the environment of a workspace', () => {
  const ofProcess = {
    ...{ NOTION_TOKEN: 'of another', DATABASE_URL: 'postgresql://other', TEMPORAL_TASK_QUEUE: 'other' },
    ...{ TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_API_KEY: 'key', LOG_LEVEL: 'debug' },
  };
  const env = (own: Record<string, string>) => workspaceEnv('/srv/marta', own, ofProcess);

  test('is that of its folder, and of the process only what is common to all', () => {
    expect(env({ NOTION_TOKEN: 'its own' })).toEqual({
      ...{ NOTION_TOKEN: 'its own', DATABASE_POOL_SIZE: '2' },
      ...{ TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_API_KEY: 'key', LOG_LEVEL: 'debug' },
    });
  });

  test('has the whole way to Temporal from one place: a key goes to no other server', () => {
    const own = env({ TEMPORAL_ADDRESS: 'elsewhere:7233', TEMPORAL_TASK_QUEUE: 'q' });
    expect(own).toMatchObject({ TEMPORAL_ADDRESS: 'elsewhere:7233', TEMPORAL_TASK_QUEUE: 'q' });
    expect(own).not.toHaveProperty('TEMPORAL_API_KEY');
    expect(env({ TEMPORAL_TASK_QUEUE: 'q' })).toHaveProperty('TEMPORAL_API_KEY', 'key');
  });

  test('leaves to the process what is about the process, and finds files in its folder', () => {
    const own = env({ LOG_LEVEL: 'silent', LOCKSTEP_NOTES_ROOT: './notes', LOCKSTEP_CONTEXT_ROOT: '/context' });
    expect(own).toMatchObject({ LOG_LEVEL: 'debug', LOCKSTEP_NOTES_ROOT: '/srv/marta/notes' });
    expect(own).toMatchObject({ LOCKSTEP_CONTEXT_ROOT: '/context' });
  });
});

describe('a workspace', () => {
  test('has its own definition, and what was derived from it', async () => {
    vi.stubEnv('DATABASE_URL', 'postgresql://127.0.0.1/of_another');
    const names = perWorkspace(() => entities().map(({ name }) => name));
    const spanish = await readWorkspace(place('cinco', `NOTION_LIBROS_DATABASE_ID=${ID}`, spanishFile()));
    const builtIn = await readWorkspace(place('ten', 'DATABASE_URL=postgresql://127.0.0.1/ten'));
    const inside = [spanish, builtIn].map(({ workspace }) => inWorkspace(workspace, () => [...names()].sort()[0]));
    expect(inside).toEqual(['clientes', 'games']);
    expect(inWorkspace(spanish.workspace, () => isSynced('tasks'))).toBe(false);
    expect(isSynced('tasks')).toBe(true);
    expect(spanish.config.notion.ids).toMatchObject({ libros: ID });
    expect([spanish.config.database.url, builtIn.config.database.url]).toEqual([
      undefined,
      'postgresql://127.0.0.1/ten',
    ]);
  });

  test('is kept in work that goes on later', async () => {
    const { workspace } = await readWorkspace(place('cinco', '', spanishFile()));
    const later = inWorkspace(workspace, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return isSynced('libros');
    });
    expect([isSynced('libros'), await later]).toEqual([false, true]);
  });

  test.each([
    ['gone', () => ({ name: 'gone', folder: join(root.path, 'gone') }), /gone does not exist$/],
    ['wrong settings', () => place('wrong', 'LOCKSTEP_EVERY=often'), /^LOCKSTEP_EVERY /],
    ['wrong definition', () => place('faulty', '', '{'), /lockstep\.config\.json cannot be read/],
  ])('with a folder that is %s is refused in one line', async (_, listed, line) => {
    await expect(readWorkspace(listed())).rejects.toThrow(line);
  });

  test('has changed when a file of its has', () => {
    const { folder } = place('changing', 'A=1');
    const before = fingerprintOf(folder);
    expect(fingerprintOf(folder)).toBe(before);
    place('changing', 'A=2');
    expect(fingerprintOf(folder)).not.toBe(before);
  });
});

describe('two workspaces', () => {
  const config = (different: NodeJS.ProcessEnv) =>
    readConfig({ TEMPORAL_TASK_QUEUE: 'a', DATABASE_URL: 'postgresql://u:secret@host/one', ...different });

  test('with the same task queue are refused', () => {
    const places = new Places();
    places.claim('marta', config({}));
    const other = () => places.claim('berta', config({ DATABASE_URL: 'postgresql://host/two' }));
    expect(other).toThrow(/^TEMPORAL_TASK_QUEUE: the task queue a in the namespace \S+ is also that of marta$/);
  });

  test('with the same database and schema are refused, without their password', () => {
    const places = new Places();
    const release = places.claim('marta', config({}));
    const same = { TEMPORAL_TASK_QUEUE: 'b', DATABASE_URL: 'postgres://other:word@host:5432/one?sslmode=disable' };
    expect(() => places.claim('berta', config(same))).toThrow(
      /^DATABASE_URL: the database one at host:5432 is also that of marta$/,
    );
    places.claim('schema', config({ ...same, DATABASE_URL: `${same.DATABASE_URL}&schema=own` }));
    release();
    expect(() => places.claim('berta', config({ ...same, TEMPORAL_TASK_QUEUE: 'c' }))).not.toThrow();
  });
});
