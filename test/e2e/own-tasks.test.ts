import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyFolder, type RunningCli, runCli, startCli } from '../support/cli.ts';
import { type Stack, signedIn, startStack } from '../support/stack.ts';

const PERSONAL = 'me@example.com';
const STATUSES = ['Pendiente', 'Hecha', 'Anulada'];

/** `YYYY-MM-DD`, this many days from today. */
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe("an owner's tasks, by the role of an entity", { timeout: 240_000 }, () => {
  let stack: Stack;
  let folder: ReturnType<typeof emptyFolder>;
  let worker: RunningCli;
  let env: Record<string, string>;
  let database: { id: string };

  const workspace = () => stack.notion.workspace;
  const run = (...args: string[]) => runCli(args, folder.path, env);
  const define = (entity: object): void =>
    writeFileSync(
      join(folder.path, 'lockstep.config.json'),
      JSON.stringify({
        entities: [{ databaseId: database.id, title: 'Tareas', archivedStatus: 'Anulada', role: 'tasks', ...entity }],
      }),
    );
  const status = { kind: 'select', property: 'Estado', options: STATUSES, default: 'Pendiente' };
  const tareas = {
    name: 'tareas',
    closedStatuses: ['Hecha'],
    roleFields: { due_date: 'fecha', notes: 'detalle' },
    fields: {
      titulo: { kind: 'title', property: 'Tarea' },
      status,
      fecha: { kind: 'date', property: 'Fecha', timeColumn: 'hora' },
      detalle: { kind: 'rich_text', property: 'Detalle' },
      horas: { kind: 'number', property: 'Horas' },
    },
  };
  const pendientes = {
    ...{ name: 'pendientes', renamedFrom: 'tareas', closedStatuses: ['Hecha'] },
    roleFields: { due_date: 'vence', notes: 'detalle' },
    fields: {
      que: { kind: 'title', property: 'Tarea', renamedFrom: 'titulo' },
      status,
      vence: { kind: 'date', property: 'Fecha', timeColumn: 'vence_hora', renamedFrom: 'fecha' },
      detalle: { kind: 'rich_text', property: 'Detalle' },
    },
  };
  const startWorker = async (): Promise<RunningCli> => {
    const started = startCli(['worker'], folder.path, env);
    await started.waitForOutput(/worker on task queue/);
    return started;
  };
  const stopWorker = async (): Promise<void> => {
    worker.process.kill('SIGTERM');
    await worker.ended;
  };
  const events = () => stack.google.handle.events(PERSONAL).filter((event) => event.status !== 'cancelled');
  const pageOf = (title: string) =>
    workspace()
      .pages('Tareas')
      .find((page) => page.title === title)?.page ?? expect.fail(`no page "${title}"`);
  const sync = async (): Promise<string> => {
    const { code, stdout, stderr } = await run('sync');
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };

  beforeAll(async () => {
    stack = await startStack();
    folder = emptyFolder();
    const all = { ...stack.env, ...signedIn(stack), LOCKSTEP_TIME_ZONE: 'Europe/Madrid' };
    env = Object.fromEntries(Object.entries(all).flatMap(([key, value]) => (value ? [[key, value]] : [])));
    database = workspace().createDatabase({
      title: 'Tareas',
      properties: {
        Tarea: { title: {} },
        Estado: { select: { options: STATUSES.map((name) => ({ name })) } },
        Fecha: { date: {} },
        Detalle: { rich_text: {} },
        Horas: { number: {} },
      },
    });
    define(tareas);
    expect(await run('migrate')).toMatchObject({ code: 0 });
    worker = await startWorker();
  }, 240_000);
  afterAll(async () => {
    worker.process.kill('SIGKILL');
    await worker.ended;
    folder.remove();
    await stack.stop();
  });

  test('have events of their due dates, in both directions', async () => {
    workspace().createPage(database.id, { Tarea: 'Dentista', Fecha: inDays(10), Detalle: 'Calle Mayor' });
    await stack.sql('INSERT INTO tareas (titulo, fecha, hora) VALUES ($1, $2, $3)', ['Llamar', inDays(11), '09:30']);
    await sync();
    const found = events().map(({ summary, description, start }) => [summary, description, start]);
    expect(found).toEqual(
      expect.arrayContaining([
        ['Dentista', 'Calle Mayor', { date: inDays(10) }],
        ['Llamar', undefined, expect.objectContaining({ dateTime: expect.stringContaining(`${inDays(11)}T`) })],
      ]),
    );
    const dentist = events().find(({ summary }) => summary === 'Dentista') ?? expect.fail('no event');
    stack.google.handle.moveEvent(PERSONAL, String(dentist.id), { date: inDays(12) }, { date: inDays(13) });
    await sync();
    expect(await stack.sql("SELECT fecha::text, hora FROM tareas WHERE titulo = 'Dentista'")).toEqual([
      { fecha: inDays(12), hora: null },
    ]);
    expect(pageOf('Dentista').properties).toMatchObject({ Fecha: { date: { start: inDays(12) } } });
    await stack.sql("UPDATE tareas SET status = 'Hecha' WHERE titulo = 'Llamar'");
    await sync();
    expect(events().map(({ summary }) => summary)).toEqual(['Dentista']);
  });

  test('turn the features on that need them, and doctor says what others need', async () => {
    const { stdout } = await run('doctor', '--json');
    const off = (JSON.parse(stdout) as { code: string; what: string }[])
      .filter(({ code }) => code === 'features_off')
      .map(({ what }) => what);
    expect(off).toContain(
      'para is off; the definition turns it on with an entity with the role "tags" (with type, parent_id)',
    );
    expect(off.filter((what) => /^(task-events|life-cycle)/.test(what))).toEqual([]);
  });

  test('keep everything when the entity and its fields are renamed: the next cycle writes nothing', async () => {
    await stack.sql("UPDATE tareas SET horas = 3, hora = '10:00' WHERE titulo = 'Dentista'");
    await sync();
    await sync();
    await stopWorker();
    const pages = JSON.stringify(workspace().pages('Tareas'));
    const calendar = JSON.stringify(events());
    define(pendientes);
    const preview = await run('migrate', '--dry-run');
    expect([preview.code, preview.stdout]).toEqual([
      0,
      expect.stringMatching(
        /^pendientes\n {2}renamed: table tareas to pendientes\n {2}renamed: titulo to que\n {2}renamed: fecha to vence\n {2}no longer synced: horas; its column stays, and its edits are not recorded\n\n-- migrations\/0002_pendientes\.sql\nALTER TABLE tareas RENAME TO pendientes;\n[\s\S]*Nothing was written\. Apply it with: lockstep migrate\n$/,
      ),
    ]);
    expect(existsSync(join(folder.path, 'migrations', '0002_pendientes.sql'))).toBe(false);
    expect(JSON.parse((await run('migrate', '--dry-run', '--json')).stdout)).toMatchObject({
      pending: [],
      next: { file: '0002_pendientes.sql' },
    });
    expect(await run('migrate')).toMatchObject({ code: 0 });
    expect((await run('migrate', '--dry-run')).stdout).toBe('The database is up to date.\n');
    const rows = await stack.sql('SELECT to_jsonb(p) AS row FROM pendientes p ORDER BY id');
    worker = await startWorker();
    expect((await sync()).split('\n').filter((line) => line.startsWith('✓') && !line.includes('no changes'))).toEqual(
      [],
    );
    const after = await stack.sql('SELECT to_jsonb(p) AS row FROM pendientes p ORDER BY id');
    expect([JSON.stringify(workspace().pages('Tareas')), JSON.stringify(events()), after]).toEqual([
      pages,
      calendar,
      rows,
    ]);
    expect(await stack.sql('SELECT entity FROM sync_outbox')).toEqual([]);
    await stack.sql("UPDATE pendientes SET que = 'Médico', vence_hora = '11:00' WHERE que = 'Dentista'");
    await sync();
    expect(pageOf('Médico').properties).toMatchObject({
      Fecha: { date: { start: expect.stringContaining(`${inDays(12)}T11:00:00`) } },
    });
    expect(events().map(({ summary }) => summary)).toEqual(['Médico']);
  });
});
