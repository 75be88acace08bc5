import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drift } from '../../../../src/database/migrate.ts';
import type { CliResult, RunningCli } from '../../../support/cli.ts';
import { type Stack, startStack } from '../../../support/stack.ts';
import { type CheckoutCopy, copyCheckout } from './checkout.ts';

const HOUR_MS = 3_600_000;

const LONG = 'A name that is a good deal longer than what PostgreSQL takes for a column';
const QUOTES = `'); DROP TABLE "tasks"; -- \\ \${x} \``;

const choices = (...names: string[]) => ({ options: names.map((name) => ({ name })) });

/** Every type of the emulator, and names that are invalid in SQL. */
const PROPERTIES = {
  Name: { title: {} },
  Summary: { rich_text: {} },
  State: { status: choices('To read', 'Reading', "Won't read", 'Archived') },
  Genre: { select: choices('Crime "noir"', "Children's") },
  Topics: { multi_select: choices('Sea', 'Desert') },
  Pages: { number: {} },
  Owned: { checkbox: {} },
  Published: { date: {} },
  Reading: { date: {} },
  Lent: { date: {} },
  Shop: { url: {} },
  Author: { email: {} },
  Publisher: { phone_number: {} },
  Cover: { files: {} },
  Readers: { people: {} },
  Added: { created_time: {} },
  'Added by': { created_by: {} },
  Edited: { last_edited_time: {} },
  'Edited by': { last_edited_by: {} },
  Order: { number: {} },
  'Created At': { rich_text: {} },
  name: { rich_text: {} },
  书名: { rich_text: {} },
  '🎉': { rich_text: {} },
  [QUOTES]: { rich_text: {} },
  [LONG]: { rich_text: {} },
  [`${LONG}!`]: { rich_text: {} },
};

interface Checked {
  readonly code: number | null;
  readonly output: string;
}

const { resolve } = createRequire(import.meta.url);

async function check(cwd: string, program: string, ...args: string[]): Promise<Checked> {
  const child = spawn(process.execPath, [resolve(program), ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, output: output + errors };
}

function typeCheck(folder: string): Promise<Checked> {
  const project = { extends: './tsconfig.json', compilerOptions: { types: [] }, include: ['src/entities'] };
  writeFileSync(join(folder, 'tsconfig.entities.json'), JSON.stringify(project));
  return check(folder, 'typescript/bin/tsc', '-p', 'tsconfig.entities.json');
}

const lint = (folder: string): Promise<Checked> => check(folder, '@biomejs/biome/bin/biome', 'ci', 'src/entities');

describe('an eleventh database', { timeout: 120_000 }, () => {
  let stack: Stack;
  let checkout: CheckoutCopy;
  let worker: RunningCli;
  let env: Record<string, string>;
  let added: CliResult;
  let migrated: CliResult;
  let checks: Promise<readonly Checked[]>;
  let dune: string;
  let project: string;

  const workspace = () => stack.notion.workspace;
  const read = (path: string): string => readFileSync(join(checkout.path, path), 'utf8');
  const row = async (name: string): Promise<Record<string, unknown>> => {
    const [found] = await stack.sql<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(b) || jsonb_build_object(
          'project', (SELECT p.name FROM projects p WHERE p.id = b.project_id),
          'tags', ARRAY(SELECT t.name FROM old_book_tags j JOIN tags t ON t.id = j.tag_id WHERE j.old_book_id = b.id),
          'sequel', ARRAY(SELECT s.name FROM old_book_sequel j JOIN old_books s ON s.id = j.related_old_book_id WHERE j.old_book_id = b.id)) AS row
         FROM old_books b WHERE name = $1`,
      [name],
    );
    return found?.row ?? expect.fail(`no book "${name}"`);
  };
  const page = (title: string) =>
    workspace()
      .pages('📚 Old Books')
      .find((each) => each.title === title)?.page.properties ?? expect.fail(`no page "${title}"`);

  beforeAll(async () => {
    stack = await startStack();
    checkout = copyCheckout();
    env = Object.fromEntries(Object.entries(stack.env).flatMap(([key, value]) => (value ? [[key, value]] : [])));
    const books = workspace().createDatabase({ title: '📚 Old Books', properties: PROPERTIES });
    const elsewhere = workspace().createDatabase({ title: 'Elsewhere', properties: { Name: { title: {} } } });
    const relate = (name: string, data_source_id: string, kind: object) =>
      workspace().addProperty(books.id, name, { relation: { data_source_id, ...kind } });
    relate('Tags', workspace().dataSource('Tags').id, { single_property: {} });
    relate('Project', workspace().dataSource('Projects').id, { dual_property: { synced_property_name: 'Old Books' } });
    relate('Sequel', books.dataSourceId, { dual_property: { synced_property_name: 'Prequel' } });
    relate('Elsewhere', elsewhere.dataSourceId, { single_property: {} });
    workspace().clock.advance(-HOUR_MS);
    const tag = workspace().createPage('Tags', { Name: 'Sea' });
    project = workspace().createPage('Projects', { Name: 'Read more' });
    dune = workspace().createPage(books.id, {
      Name: 'Dune',
      Summary: { rich_text: [{ text: { content: 'Sand' }, annotations: { bold: true } }] },
      State: 'Reading',
      Genre: 'Crime "noir"',
      Topics: ['Desert', 'Sea'],
      Pages: 612,
      Owned: true,
      Published: '1965-08-01',
      Reading: '2026-03-01T20:30:00.000+01:00',
      Lent: '2026-03-01',
      Shop: 'https://example.com/dune',
      Author: 'frank@example.com',
      Publisher: '+34 600 000 000',
      Order: 3,
      'Created At': 'Oregon',
      name: 'small',
      书名: '沙丘',
      '🎉': 'party',
      [QUOTES]: 'safe',
      [LONG]: 'long',
      [`${LONG}!`]: 'longer',
      Tags: [tag],
    });
    workspace().createPage(books.id, { Name: 'Dune Messiah', Lent: '2026-03-01T09:00:00.000+01:00', Prequel: [dune] });
    workspace().clock.advance(HOUR_MS);
    added = await checkout.run(['add-entity', 'old books', '--one', 'Project'], env);
    // This runs in the background until a later test needs it.
    checks = Promise.all([typeCheck(checkout.path), lint(checkout.path)]);
    worker = checkout.start(['worker'], env);
    migrated = await checkout.run(['migrate'], env);
  }, 300_000);
  afterAll(async () => {
    worker?.process.kill('SIGKILL');
    await Promise.all([worker?.ended, checks]);
    checkout.remove();
    await stack.stop();
  });

  test('is written to files, and omitted properties are listed', () => {
    expect(added.code, added.stdout + added.stderr).toBe(0);
    expect(added.stdout).toContain('Archiving a row sets "State" to "Archived".');
    expect(added.stdout).toMatch(/Elsewhere +relation +skipped: Lockstep does not sync the related database/);
    expect(added.stdout).toMatch(/Added +created_time +skipped: same as created_at/);
    expect(added.stdout).toContain('lockstep migrate');
    expect(read('src/entities/index.ts')).toContain("import { oldBooks } from './old-books.ts';");
    expect(read('src/entities/projects.ts')).toContain(
      "related_old_books: backLink('Old Books', 'old_books', 'project_id'),",
    );
  });

  test('gets its table from a migration that matches the model', async () => {
    expect(migrated).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Applied \d{14}_old_books\.\n$/) });
    expect(await drift(stack.databaseUrl, join(checkout.path, 'prisma/schema.prisma'))).toBe('');
  });

  test('a page becomes a row, and a row becomes a page', async () => {
    await stack.sql(
      `WITH book AS (
         INSERT INTO old_books (name, genre, pages, reading, lent, lent_time, notion_created_at, property_24)
         VALUES ('Emma', 'Children''s', 474, '2026-05-01T10:00:00Z', '2026-05-02', '09:30', 'Hampshire', '爱玛') RETURNING id),
       tag AS (INSERT INTO tags (name) VALUES ('Land') RETURNING id)
       INSERT INTO old_book_tags SELECT book.id, tag.id FROM book, tag`,
    );
    await stack.cycle();
    expect(await row('Dune')).toMatchObject({
      summary: '**Sand**',
      status: 'Reading',
      genre: 'Crime "noir"',
      topics: 'Desert, Sea',
      pages: 612,
      owned: true,
      published: '1965-08-01',
      reading: '2026-03-01T19:30:00+00:00',
      lent: '2026-03-01',
      lent_time: null,
      shop: 'https://example.com/dune',
      author: 'frank@example.com',
      publisher: '+34 600 000 000',
      added_by: 'Alex',
      notion_order: 3,
      notion_created_at: 'Oregon',
      name_2: 'small',
      property_23: '沙丘',
      property_24: 'party',
      drop_table_tasks_x: 'safe',
      a_name_that_is_a_good_deal_longer_than_w: 'long',
      a_name_that_is_a_good_deal_longer_than_w_2: 'longer',
      project: null,
      tags: ['Sea'],
      sequel: ['Dune Messiah'],
    });
    expect(await row('Dune Messiah')).toMatchObject({ lent: '2026-03-01', lent_time: '09:00:00' });
    expect(await row('Emma')).toMatchObject({ status: 'To read', notion_page_id: expect.not.stringContaining('sql:') });
    expect(page('Emma')).toMatchObject({
      State: { status: { name: 'To read' } },
      Genre: { select: { name: "Children's" } },
      Pages: { number: 474 },
      Reading: { date: { start: '2026-05-01T10:00:00.000+00:00' } },
      Lent: { date: { start: '2026-05-02T09:30:00.000+02:00' } },
      'Created At': { rich_text: [{ plain_text: 'Hampshire' }] },
      '🎉': { rich_text: [{ plain_text: '爱玛' }] },
      Tags: { relation: [{}] },
    });
  });

  test('an archived row gets its status, and a link set on the other side arrives without a sweep', async () => {
    // Emma's page is now the newest, so the others are no longer listed as edited.
    await stack.cycle({ entities: ['old_books'] });
    await stack.sql("UPDATE old_books SET archived_at = now() WHERE name = 'Dune Messiah'");
    workspace().editPage(project, { 'Old Books': [dune] });
    await stack.cycle();
    expect(page('Dune Messiah')).toMatchObject({ State: { status: { name: 'Archived' } } });
    expect(await stack.sql('SELECT name FROM active_old_books ORDER BY 1')).toEqual([
      { name: 'Dune' },
      { name: 'Emma' },
    ]);
    await stack.cycle({ entities: ['old_books'] });
    expect(await row('Dune')).toMatchObject({ project: 'Read more' });
  });

  test('passes the linter and the type checker unchanged', async () => {
    for (const { code, output } of await checks) expect(code, output).toBe(0);
  });
});
