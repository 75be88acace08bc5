import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { StandIn } from '../features/enrichment/stand-ins/server.ts';
import { startTmdb, TMDB_TOKEN } from '../features/enrichment/stand-ins/tmdb.ts';
import { runCli } from '../support/cli.ts';
import { spanishFive } from '../support/definitions.ts';
import { spanishRoles } from '../support/spanish-roles.ts';
import { definedIn, type Stack, startStack } from '../support/stack.ts';

const featuresOff = async ({ folder, env }: Stack): Promise<readonly string[]> => {
  const { stdout } = await runCli(['doctor', '--json'], folder ?? '', definedIn(env));
  return (JSON.parse(stdout) as { code: string; what: string }[])
    .filter(({ code }) => code === 'features_off')
    .map(({ what }) => what);
};

type Call = (name: string, input: Record<string, unknown>) => Promise<string>;

/** The tools of `lockstep mcp`, and their names. */
async function connectTools({ folder, env }: Stack): Promise<readonly [call: Call, names: readonly string[]]> {
  const client = new Client({ name: 'test', version: '0' });
  onTestFinished(() => client.close());
  const args = [resolve('bin/lockstep.js'), 'mcp'];
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args, env: definedIn(env), cwd: folder ?? '.' }),
  );
  const { tools } = await client.listTools();
  const call: Call = async (name, input) => {
    const { content } = (await client.callTool({ name, arguments: input })) as { content: { text: string }[] }; // what our tools give
    return content.map(({ text }) => text).join('\n');
  };
  return [call, tools.map(({ name }) => name)];
}

describe("an owner's databases in the roles that features use", { timeout: 240_000 }, () => {
  const root = mkdtempSync(join(tmpdir(), 'lockstep-roles-'));
  const at = (...path: string[]): string => join(root, ...path);
  let stack: Stack;
  let tmdb: StandIn;

  const runChore = (name: string): Promise<unknown> =>
    stack.client.workflow.execute('chore', {
      ...{ args: [name], taskQueue: stack.taskQueue },
      workflowId: `chore-${randomUUID()}`,
    });

  beforeAll(async () => {
    for (const folder of ['notas', 'contexto']) mkdirSync(at(folder));
    mkdirSync(at('para', 'Areas', 'Salud', 'Resources', 'Correr'), { recursive: true });
    tmdb = await startTmdb([
      { kind: 'movie', id: 348, title: 'Alien', released: '1979-05-25', poster: '/alien.jpg' },
      { kind: 'tv', id: 7, title: 'Alien', released: '2025-08-12', poster: null },
    ]);
    stack = await startStack({}, {}, spanishRoles);
    Object.assign(stack.env, {
      ...{ TMDB_API_KEY: TMDB_TOKEN, TMDB_BASE_URL: tmdb.url },
      ...{ LOCKSTEP_PARA_ROOT: at('para'), LOCKSTEP_NOTES_ROOT: at('notas'), LOCKSTEP_CONTEXT_ROOT: at('contexto') },
    });
    stack.spawnWorker();
    await stack.sql("INSERT INTO peliculas (pelicula, tipo) VALUES ('Alien', 'Película')");
    expect(await stack.cycle()).toMatchObject({ ok: true });
  }, 240_000);
  afterAll(async () => {
    await stack.stop();
    await tmdb.close();
    rmSync(root, { recursive: true });
  });

  test('are filled in from a source, whose words for kinds are options of theirs', async () => {
    expect(await stack.sql('SELECT codigo, estreno, cartel FROM peliculas')).toEqual([
      { codigo: 348, estreno: 1979, cartel: expect.stringMatching(/alien\.jpg$/) },
    ]);
    expect(tmdb.requests).toEqual([expect.stringContaining('/3/search/movie?')]);
    expect(stack.notion.workspace.pages('Películas')[0]?.page.properties).toMatchObject({ Código: { number: 348 } });
  });

  test('get the folders as tags', async () => {
    expect(
      await stack.sql(
        'SELECT e.nombre, e.tipo, m.nombre AS madre FROM etiquetas e LEFT JOIN etiquetas m ON m.id = e.madre_id ORDER BY e.nombre',
      ),
    ).toEqual([
      { nombre: 'Correr', tipo: 'Recurso', madre: 'Salud' },
      { nombre: 'Salud', tipo: 'Área', madre: null },
    ]);
    expect(
      stack.notion.workspace
        .pages('Etiquetas')
        .map(({ title }) => title)
        .sort(),
    ).toEqual(['Correr', 'Salud']);
  });

  test('are written to context files and note files', async () => {
    await stack.sql(`
      WITH p AS (INSERT INTO proyectos (proyecto, clase, entrega) VALUES ('Huerto', 'Personal', '2026-12-24') RETURNING id),
      pe AS (INSERT INTO proyecto_etiquetas SELECT p.id, e.id FROM p, etiquetas e WHERE e.nombre = 'Salud'),
      t AS (INSERT INTO tareas (tarea, status, prioridad, fecha, hora, proyecto_id) SELECT x.*, p.id FROM p, (VALUES
        ('Regar', 'Pendiente', 'Baja', NULL::date, NULL::time), ('Podar', 'En curso', 'Alta', NULL, NULL),
        ('Comprar', 'Pendiente', NULL, '2026-12-01', '09:30'), ('Sembrar', 'Hecha', NULL, NULL, NULL)) AS x),
      n AS (INSERT INTO notas (titulo, detalle, texto, created_at, proyecto_id)
        SELECT 'Semillas', 'pedir **ya**', '# Plan', '2026-11-20', id FROM p RETURNING id)
      INSERT INTO nota_etiquetas SELECT n.id, e.id FROM n, etiquetas e WHERE e.nombre = 'Correr'`);
    expect(await runChore('notes-distribute')).toBe('1 file written, of 1 note');
    expect(readFileSync(at('notas', 'huerto', '2026-11-20-semillas.md'), 'utf8')).toBe(
      '# Semillas\n\n2026-11-20 · Correr\n\npedir **ya**\n\n# Plan\n',
    );
    expect(await runChore('context-files')).toBe('2 files written, of 2');
    const project = readFileSync(at('contexto', 'projects', 'huerto.md'), 'utf8');
    expect(project).toContain(`# Huerto

Status: Activo · Type: Personal · Target: 2026-12-24

## Open tasks

- [ ] Comprar · due 2026-12-01 09:30
- [ ] Podar · Alta · En curso
- [ ] Regar · Baja

## Recent activity
`);
    expect(project).toMatch(/^- \d{4}-\d\d-\d\d: task Sembrar · done$/m);
    expect(project).toContain(': note Semillas · ');
    const area = readFileSync(at('contexto', 'areas', 'Salud.md'), 'utf8');
    expect(area).toContain('## Projects\n\n- Huerto · Activo · by 2026-12-24\n');
    expect(area).toContain('- [ ] Podar · Alta · En curso');
    expect(await runChore('context-files')).toBe('0 files written, of 2');
  });

  test('have the tools, in the words of the bot and of the owner', async () => {
    const [call, names] = await connectTools(stack);
    expect(names).toEqual(
      expect.arrayContaining(['create_note', 'add_media', 'mark_media', 'create_task', 'report_fix']),
    );
    expect(names).not.toEqual(expect.arrayContaining(['add_game']));
    expect(names).not.toEqual(expect.arrayContaining(['update_goal_progress']));
    await call('create_note', { title: 'Abono', content: 'compost', project: 'Huerto' });
    await call('add_media', { title: 'Dune', type: 'Movie', year: 2021 });
    await call('mark_media', { media: 'Dune', status: 'Completed' });
    await call('report_fix', { title: 'Bot mudo', description: 'no responde' });
    expect(await call('create_record', { entity: 'etiquetas', values: { nombre: 'Casa', tipo: 'tema' } })).toMatch(
      'Casa',
    );
    expect(await call('create_note', { title: 'Otra', type: 'Idea' })).toBe(
      'notas has no field for type of the role "notes"',
    );
    expect(
      await stack.sql(
        "SELECT detalle, texto, proyecto FROM notas n JOIN proyectos p ON p.id = n.proyecto_id WHERE titulo = 'Abono'",
      ),
    ).toEqual([{ detalle: 'compost', texto: null, proyecto: 'Huerto' }]);
    expect(await stack.sql("SELECT tipo, estreno, status FROM peliculas WHERE pelicula = 'Dune'")).toEqual([
      { tipo: 'Película', estreno: 2021, status: 'Vista' },
    ]);
    expect(await stack.sql("SELECT descripcion, status FROM fallos WHERE fallo = 'Bot mudo'")).toEqual([
      { descripcion: 'no responde', status: 'Abierto' },
    ]);
    expect(await stack.sql("SELECT tipo FROM etiquetas WHERE nombre = 'Casa'")).toEqual([{ tipo: 'Tema' }]);
  });

  test('turn on what they have the fields for; doctor says what turns on the rest', async () => {
    expect(await featuresOff(stack)).toEqual([
      'gmail-labels is off; the definition turns it on with the option "Work" of proyectos.clase, or its name in roleOptions',
      'session-notes is off; the definition turns it on with an entity with the role "system_upgrades"',
      'games-from-rawg is off; the definition turns it on with an entity with the role "games" (with rawg_id)',
      'people-from-contacts is off; the definition turns it on with an entity with the role "people" (with email)',
      'goal-tools is off; the definition turns it on with an entity with the role "goals" (with progress)',
      'game-tools is off; the definition turns it on with an entity with the role "games"',
      'upgrade-tools is off; the definition turns it on with an entity with the role "system_upgrades"',
    ]);
  });

  test('get a record for each lasting problem until it is gone', async () => {
    const fixes = (): Promise<object[]> => stack.sql('SELECT fallo, status, descripcion FROM fallos');
    await stack.sql(`
      INSERT INTO sync_run_history (cycle_id, sync_name, entity, direction, status, started_at, finished_at, duration_ms, errors)
      VALUES ('x', 'notas-notion-to-sql', 'notas', 'inbound', 'failed', now(), now(), 1, '[{"code":"unauthorized","message":"no"}]')`);
    await runChore('health-checks');
    await stack.sql("UPDATE health_findings SET seen_at = now() - interval '1 hour'");
    await runChore('health-checks');
    expect(await fixes()).toContainEqual({
      ...{ fallo: 'Notion refuses the token', status: 'Abierto', descripcion: 'no' },
    });
    await stack.sql("DELETE FROM sync_run_history WHERE status = 'failed'");
    await runChore('health-checks');
    expect(await fixes()).toContainEqual(
      expect.objectContaining({ fallo: 'Notion refuses the token', status: 'Resuelto' }),
    );
  });
});

test('without roles these features are off, whatever is configured, and doctor says what turns them on', async () => {
  const stack = await startStack({}, {}, spanishFive);
  const root = mkdtempSync(join(tmpdir(), 'lockstep-roles-'));
  mkdirSync(join(root, 'Areas', 'Salud'), { recursive: true });
  try {
    Object.assign(stack.env, { LOCKSTEP_PARA_ROOT: root, LOCKSTEP_NOTES_ROOT: root, TMDB_API_KEY: TMDB_TOKEN });
    stack.spawnWorker();
    const { ok, syncs } = await stack.cycle();
    expect(ok).toBe(true);
    expect(syncs.map(({ name }) => name).filter((name) => /areas|resources|tmdb/.test(name))).toEqual([]);
    expect(await featuresOff(stack)).toEqual(
      expect.arrayContaining([
        'para is off; the definition turns it on with an entity with the role "tags" (with type, parent_id)',
        'context-files is off; the definition turns it on with an entity with the role "projects"',
        'notes-distribute is off; the definition turns it on with an entity with the role "notes" (with project_id) and an entity with the role "projects"',
        'media-from-tmdb is off; the definition turns it on with an entity with the role "media" (with tmdb_id)',
        'note-tools is off; the definition turns it on with an entity with the role "notes"',
      ]),
    );
  } finally {
    await stack.stop();
    rmSync(root, { recursive: true });
  }
}, 240_000);
