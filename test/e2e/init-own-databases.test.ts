import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type NotionEmulator, startNotionEmulator } from 'notion-emulator';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notionDescription } from '../conformance/notion/description.ts';
import { type CliResult, emptyFolder, type RunningCli, runCli, startCli } from '../support/cli.ts';
import { startConformanceProxy } from '../support/conformance-proxy.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { SPANISH_ROWS } from '../support/spanish-rows.ts';
import { PAGES, SPANISH_TITLES, spanishWorkspace } from '../support/spanish-workspace.ts';
import { temporalEnv } from '../support/temporal.ts';

const terminal = `--import ${pathToFileURL(resolve('test/operations/setup/init/terminal.js')).href}`;

describe('lockstep init with five databases in Spanish', { timeout: 300_000 }, () => {
  let notion: NotionEmulator;
  let proxy: Awaited<ReturnType<typeof startConformanceProxy>>;
  let folder: ReturnType<typeof emptyFolder>;
  let database: TestDatabase;
  let pool: pg.Pool;
  let env: Record<string, string>;
  let result: CliResult;
  let worker: RunningCli | undefined;
  let answers = 0;

  const run = (...args: string[]) => runCli(args, folder.path, env);
  const query = async (text: string) => (await pool.query(text)).rows;
  const pagesOf = (title: string) => notion.workspace.pages(title).filter(({ page }) => !page.in_trash);
  const page = (database: string, title: string) =>
    pagesOf(database).find((one) => one.title === title)?.page.properties ?? expect.fail(`no page "${title}"`);

  beforeAll(async () => {
    notion = await startNotionEmulator({ integrationName: 'Lockstep', requestsPerMinute: 100_000 });
    spanishWorkspace(notion);
    proxy = await startConformanceProxy(notion.url, await notionDescription());
    folder = emptyFolder();
    database = await emptyDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 2 });
    env = {
      NOTION_BASE_URL: proxy.url,
      NOTION_REQUESTS_PER_MINUTE: '100000',
      LOCKSTEP_TIME_ZONE: 'Europe/Madrid',
      LOCKSTEP_HINTS: 'off',
      TEMPORAL_TASK_QUEUE: `test-${randomUUID()}`,
      ...temporalEnv(),
    };
    const running = startCli(['init'], folder.path, { ...env, NODE_OPTIONS: terminal });
    const questions: [question: RegExp, answer: string][] = [
      [/Token of your Notion integration/, notion.token],
      [/What is to be synced\?/, ''],
      [/Which databases\?/, ''],
      [/Write lockstep\.config\.ts\?/, ''],
      [/URL of your PostgreSQL/, database.url],
      [/Run the first sync\?/, ''],
    ];
    for (const [question, answer] of questions) {
      await running.waitForOutput(question);
      running.process.stdin?.write(`${answer}\r`);
      answers += 1;
    }
    result = await running.ended;
    env = { ...env, DATABASE_URL: database.url, NOTION_TOKEN: notion.token };
  }, 300_000);
  afterAll(async () => {
    worker?.process.kill('SIGKILL');
    await worker?.ended;
    await pool.end();
    await database.drop();
    await notion.close();
    folder.remove();
    await proxy.close();
  });

  test('takes six answers, of which only the token and the URL are typed', () => {
    expect([result.code, result.stderr]).toEqual([0, '']);
    expect(answers).toBe(6);
    expect(result.stdout).toContain(
      `about ${Object.values(PAGES).reduce((sum, n) => sum + n, 0)} pages would become rows`,
    );
    expect(result.stdout).toContain('Notion and PostgreSQL are in sync.');
  });

  test('writes a definition with the relations, times, ends and archived statuses that the pages show', () => {
    const text = readFileSync(join(folder.path, 'lockstep.config.ts'), 'utf8');
    expect(text).toMatch(
      /^import \{ [^}]*\bdefineConfig\b[^}]* \} from 'lockstep';\n\nexport default defineConfig\(\{\n/,
    );
    for (const line of [
      "archivedStatus: 'Archivado',",
      "generos: multiSelect('Géneros', ['Novela', 'Ensayo', 'Poesía']),",
      "libro_id: relationToOne('Libro', 'libros', { dual: 'Recetas' }),",
      "cliente_id: relationToOne('Cliente', 'clientes', { dual: 'Facturas' }),",
      "diario: relationToMany('Diario', 'diario', 'cliente_diario', ['cliente_id', 'diario_id'], { dual: 'Personas' }),",
      "total: computed('Total', 'number'),",
      "notion_order: number('Order'),",
      "fecha: date('Fecha', { timeColumn: 'fecha_time' }),",
      "viaje: date('Viaje', { endColumn: 'viaje_end' }),",
    ]) {
      expect(text).toContain(line);
    }
    expect(text).not.toContain("'Creada'");
  });

  test('has both sides equal, field by field', async () => {
    worker = startCli(['worker'], folder.path, env);
    await worker.waitForOutput(/worker on task queue/);
    const { code, stdout } = await run('verify', '--json');
    expect([code, stdout]).toEqual([0, expect.any(String)]);
    const counts = await query(
      SPANISH_TITLES.map((title) => `SELECT count(*)::int AS n FROM ${title}`).join(' UNION ALL '),
    );
    expect(counts.map(({ n }) => n)).toEqual(Object.values(PAGES));
    expect(
      await query(`SELECT l.titulo, l.status, l.generos, l.prestado, l.portada, l.precio, l.leido_el::text, cardinality(l.lectores) AS lectores
        FROM recetas r JOIN libros l ON l.id = r.libro_id WHERE r.nombre = 'Receta n.º 5'`),
    ).toEqual([
      {
        titulo: 'Libro n.º 0',
        status: 'Pendiente',
        generos: ['Novela', 'Poesía'],
        prestado: true,
        portada: ['https://example.com/portada-0.png'],
        precio: 9.95,
        leido_el: '2026-01-01',
        lectores: 1,
      },
    ]);
    expect(
      await query(
        `SELECT f.total, c.nombre FROM facturas f JOIN clientes c ON c.id = f.cliente_id WHERE f.numero = '2026/4'`,
      ),
    ).toEqual([{ total: 101, nombre: 'Clienta Núñez 4' }]);
  });

  test('gives 200 rows of plain SQL their pages, and then writes nothing', async () => {
    for (const statement of SPANISH_ROWS) await query(statement);
    expect(await run('sync')).toMatchObject({ code: 0 });
    expect(SPANISH_TITLES.map((title) => pagesOf(title).length)).toEqual(Object.values(PAGES).map((n) => n + 40));
    expect(page('Recetas', 'SQL 7')).toMatchObject({
      Ingredientes: { multi_select: [{ name: 'Ajo' }, { name: 'Sal' }] },
      Vegetariana: { checkbox: true },
      Libro: { relation: [{}] },
    });
    expect(page('Diario', 'SQL 7')).toMatchObject({
      Fecha: { date: { start: '2026-03-04T08:15:00.000+01:00' } },
      Viaje: { date: { start: '2026-03-05', end: '2026-03-07' } },
      Personas: { relation: [{}] },
    });
    expect(page('Facturas', 'SQL 7')).toMatchObject({ Importe: { number: 7 }, Total: { formula: { number: 7 } } });
    await run('sync');
    const writes = notion.counters.read().writes;
    const changes = await query('SELECT count(*)::int AS n FROM sync_changes');
    const third = await run('sync');
    expect([third.code, third.stdout.match(/^✓ (?!.*no changes).*$/gm)]).toEqual([0, null]);
    expect(notion.counters.read().writes).toEqual(writes);
    expect(await query('SELECT count(*)::int AS n FROM sync_changes')).toEqual(changes);
    expect(await run('verify')).toMatchObject({ code: 0 });
  });
});
