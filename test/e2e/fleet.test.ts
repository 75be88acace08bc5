import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../src/embedded/ports.ts';
import { emptyFolder, type RunningCli, startCli } from '../support/cli.ts';
import { builtInTen, spanishFive, type TestDefinition } from '../support/definitions.ts';
import { type Stack, startStack } from '../support/stack.ts';

const COMMON = ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'LOG_LEVEL', 'PATH', 'HOME'];

describe('one worker of several workspaces', () => {
  const parent = emptyFolder();
  const stacks = new Map<string, Stack>();
  let worker: RunningCli;
  let output = '';
  let health: string;

  const stackOf = (name: string): Stack => {
    const stack = stacks.get(name);
    if (!stack) throw new Error(`there is no ${name}`);
    return stack;
  };
  const writeEnv = (name: string, different: NodeJS.ProcessEnv = {}, from = name): void => {
    const env = Object.entries({ ...stackOf(from).env, ...different }).filter(([key]) => !COMMON.includes(key));
    writeFileSync(join(parent.path, name, '.env'), env.map(([key, value]) => `${key}='${value}'\n`).join(''));
  };
  const add = async (name: string, definition: TestDefinition, different?: NodeJS.ProcessEnv): Promise<void> => {
    stacks.set(name, await startStack({}, {}, definition));
    mkdirSync(join(parent.path, name));
    if (definition.file !== null) writeFileSync(join(parent.path, name, 'lockstep.config.json'), definition.file);
    writeEnv(name, different);
  };
  const ask = async (path: string): Promise<string> => {
    const answer = await fetch(`${health}${path}`);
    return `${answer.status} ${(await answer.text()).trim()}`;
  };
  /** SIGHUP, until the health names what is expected. */
  const reload = async (expected: RegExp): Promise<void> => {
    worker.process.kill('SIGHUP');
    await expect.poll(() => ask('/readyz')).toMatch(expected);
  };

  beforeAll(async () => {
    await add('ten', builtInTen);
    await add('cinco', spanishFive, { LOCKSTEP_HINTS: 'on' });
    await add('broken', builtInTen, { DATABASE_URL: `${stackOf('ten').databaseUrl}_gone` });
    mkdirSync(join(parent.path, 'twin'));
    writeEnv('twin', {}, 'ten');
    const port = await freePort(29_700);
    health = `http://127.0.0.1:${port}`;
    const { TEMPORAL_ADDRESS = '', TEMPORAL_NAMESPACE = '' } = stackOf('ten').env;
    worker = startCli(['worker', parent.path], parent.path, {
      ...{ TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, LOG_LEVEL: 'info', LOCKSTEP_HEALTH_ADDRESS: `127.0.0.1:${port}` },
      // Of the process: no workspace may take it for its own.
      ...{ NOTION_TOKEN: 'ntn_of_nobody', DATABASE_URL: 'postgresql://127.0.0.1:1/nowhere', LOCKSTEP_HINTS: 'off' },
    });
    worker.process.stderr?.on('data', (text: string) => {
      output += text;
    });
    await worker.waitForOutput(/cinco: worker on task queue/);
    await worker.waitForOutput(/ten: worker on task queue/);
  });
  afterAll(async () => {
    worker.process.kill('SIGKILL');
    await Promise.all([...stacks.values()].map((stack) => stack.stop()));
    parent.remove();
  });

  test('syncs each with its own definition, at the same time', async () => {
    const [ten, cinco] = [stackOf('ten'), stackOf('cinco')];
    ten.notion.workspace.createPage('Tasks', { Title: 'From Notion' });
    cinco.notion.workspace.createPage('Libros', { Título: 'La Regenta' });
    await ten.sql("INSERT INTO notes (title) VALUES ('From SQL')");
    await cinco.sql("INSERT INTO recetas (nombre) VALUES ('Gazpacho')");
    const [first, second] = await Promise.all([ten.cycle(), cinco.cycle()]);
    expect([first.ok, second.ok]).toEqual([true, true]);
    expect(await ten.sql('SELECT title FROM tasks')).toEqual([{ title: 'From Notion' }]);
    expect(await cinco.sql('SELECT titulo FROM libros')).toEqual([{ titulo: 'La Regenta' }]);
    expect(ten.notion.workspace.pages('Notes').map(({ title }) => title)).toEqual(['From SQL']);
    expect(cinco.notion.workspace.pages('Recetas').map(({ title }) => title)).toEqual(['Gazpacho']);
    const synced = new Set(second.syncs.map(({ entity }) => entity));
    expect([synced.has('libros'), synced.has('tasks')]).toEqual([true, false]);
  });

  test('sends an edit in SQL at once, where hints are on', async () => {
    await stackOf('cinco').sql("INSERT INTO libros (titulo) VALUES ('Fortunata')");
    const titles = () =>
      stackOf('cinco')
        .notion.workspace.pages('Libros')
        .map(({ title }) => title);
    await expect.poll(titles).toContain('Fortunata');
  });

  test('names the workspace in each line of the log, and shows no secret of any', () => {
    const lines = output.split('\n').filter((line) => line.startsWith('{'));
    const of = (entity: string) =>
      lines
        .map((line) => JSON.parse(line) as { entity?: string; workspace?: string })
        .flatMap((line) => (line.entity === entity ? [line.workspace] : []));
    expect(new Set(of('libros'))).toEqual(new Set(['cinco']));
    expect(new Set(of('notes'))).toEqual(new Set(['ten']));
    for (const { env } of stacks.values()) expect(output).not.toContain(env.NOTION_TOKEN);
  });

  test('goes on when the database of one is gone, and says which', async () => {
    await expect(stackOf('broken').cycle()).rejects.toThrow(/does not exist|database/);
    expect(await stackOf('ten').cycle()).toMatchObject({ ok: true });
    expect(await ask('/healthz')).toBe('200 ok');
    const ready = await ask('/readyz');
    expect(ready).toMatch(/^200 /);
    expect(ready).toMatch(/broken: .*_gone/);
    expect(ready).toMatch(/^ten: ok$/m);
    expect(await ask('/readyz?workspace=ten')).toBe('200 ok');
    expect(await ask('/readyz?workspace=broken')).toMatch(/^503 /);
  });

  test('refuses a second folder with the same task queue, in one line', async () => {
    const line = output.split('\n').filter((text) => text.startsWith('lockstep: twin: '));
    expect(line).toEqual([
      `lockstep: twin: TEMPORAL_TASK_QUEUE: the task queue ${stackOf('ten').taskQueue} in the namespace ${stackOf('ten').env.TEMPORAL_NAMESPACE} is also that of ten; it is tried again`,
    ]);
  });

  test('takes up what was changed, added and removed, without a restart', async () => {
    writeEnv('broken');
    await reload(/^broken: ok$/m);
    expect(await stackOf('broken').cycle()).toMatchObject({ ok: true });

    rmSync(join(parent.path, 'twin'), { recursive: true });
    await add('added', spanishFive);
    rmSync(join(parent.path, 'cinco'), { recursive: true });
    await reload(/^added: ok$/m);
    stackOf('added').notion.workspace.createPage('Libros', { Título: 'Marianela' });
    expect(await stackOf('added').cycle()).toMatchObject({ ok: true });
    expect(await stackOf('added').sql('SELECT titulo FROM libros')).toEqual([{ titulo: 'Marianela' }]);
    expect(await ask('/readyz')).not.toContain('cinco');
    const sessions = await stackOf('cinco').sql(
      "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lockstep%'",
    );
    expect(sessions).toEqual([]);
    // What was not touched was not restarted.
    expect(output.match(/ten: worker on task queue/g)).toHaveLength(1);
  });

  test('drains all after SIGTERM', async () => {
    worker.process.kill('SIGTERM');
    expect(await worker.ended).toMatchObject({ code: 0 });
  });
});
