import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, emptyFolder, type RunningCli, runCli, startCli } from '../../../support/cli.ts';
import { type Stack, startStack } from '../../../support/stack.ts';

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

describe('an eleventh database', () => {
  let stack: Stack;
  let folder: ReturnType<typeof emptyFolder>;
  let worker: RunningCli | undefined;
  let env: Record<string, string>;
  let added: CliResult;
  let migrated: CliResult;
  let dune: string;
  let project: string;

  const run = (...args: string[]) => runCli(args, folder.path, env);
  const startWorker = async (): Promise<RunningCli> => {
    const started = startCli(['worker'], folder.path, env);
    await started.waitForOutput(/worker on task queue/);
    return started;
  };
  /** Brings the database and the worker to the definition. */
  const useDefinition = async (): Promise<void> => {
    worker?.process.kill('SIGTERM');
    await worker?.ended;
    expect(await run('migrate')).toMatchObject({ code: 0 });
    worker = await startWorker();
  };
  const workspace = () => stack.notion.workspace;
  const read = (path: string): string => readFileSync(join(folder.path, path), 'utf8');
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
    folder = emptyFolder();
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
    added = await run('add-entity', 'old books', '--one', 'Project', '--yes');
    migrated = await run('migrate');
    worker = await startWorker();
  }, 300_000);
  afterAll(async () => {
    worker?.process.kill('SIGKILL');
    await worker?.ended;
    folder.remove();
    await stack.stop();
  });

  test('is written to files, and omitted properties are listed', () => {
    expect(added.code, added.stdout + added.stderr).toBe(0);
    expect(added.stdout).toContain('Archiving a row sets "State" to "Archived".');
    expect(added.stdout).toMatch(/Elsewhere +relation +skipped: Lockstep does not sync the related database/);
    expect(added.stdout).toMatch(/Added +created_time +skipped: same as created_at/);
    expect(added.stdout).toContain('lockstep migrate');
    expect(read('lockstep.config.ts')).toContain("    'system_fixes',\n    {\n      name: 'old_books',\n");
  });

  test('gets its table from a migration in the folder', () => {
    expect(migrated).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Applied migrations\/0001_old_books\.sql\.$/m),
    });
    expect(read('migrations/0001_old_books.sql')).toContain('CREATE TABLE old_books');
  });

  test('a page becomes a row, and a row becomes a page', async () => {
    const reader = workspace().addPerson('Reader');
    await stack.sql(
      `WITH book AS (
         INSERT INTO old_books (name, genre, pages, reading, lent, lent_time, notion_created_at, property_24, topics, owned, readers, cover)
         VALUES ('Emma', 'Children''s', 474, '2026-05-01T10:00:00Z', '2026-05-02', '09:30', 'Hampshire', '爱玛',
           '{Sea,Village}', true, ARRAY[$1], '{https://example.com/emma.png}') RETURNING id),
       tag AS (INSERT INTO tags (name) VALUES ('Land') RETURNING id)
       INSERT INTO old_book_tags SELECT book.id, tag.id FROM book, tag`,
      [reader],
    );
    await stack.cycle();
    expect(await row('Dune')).toMatchObject({
      summary: '**Sand**',
      status: 'Reading',
      genre: 'Crime "noir"',
      topics: ['Desert', 'Sea'],
      readers: [],
      cover: [],
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
      a_name_that_is_a_good_deal_longer_than_2: 'longer',
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
      Topics: { multi_select: [{ name: 'Sea' }, { name: 'Village' }] },
      Owned: { checkbox: true },
      Readers: { people: [{ id: reader }] },
      Cover: { files: [{ name: 'emma.png', external: { url: 'https://example.com/emma.png' } }] },
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

  test('that is removed stays as it is on both sides, and goes on where it was when it is added again', async () => {
    const before = await stack.sql('SELECT * FROM old_books ORDER BY id');
    expect(await run('remove-entity', 'old_books', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('old_books is not synced any more. Its pages, its table old_books, and'),
    });
    expect(read('lockstep.config.ts')).not.toContain('old_books');
    await useDefinition();
    workspace().editPage(dune, { Pages: 700 });
    await stack.sql("UPDATE old_books SET pages = 333 WHERE name = 'Emma'");
    const { ok, syncs } = await stack.cycle();
    expect([ok, syncs.some(({ entity }) => entity === 'old_books')]).toEqual([true, false]);
    expect(await stack.sql("SELECT * FROM old_books WHERE name = 'Dune'")).toEqual(
      before.filter(({ name }) => name === 'Dune'),
    );
    const status = await run('status');
    expect([status.code, status.stdout]).toEqual([0, expect.not.stringContaining('old_books')]);

    expect(await run('add-entity', 'old books', '--one', 'Project', '--yes')).toMatchObject({ code: 0 });
    await useDefinition();
    await stack.cycle();
    expect(await row('Dune')).toMatchObject({ pages: 700, project: 'Read more', tags: ['Sea'] });
    expect(page('Emma')).toMatchObject({ Pages: { number: 333 } });
    expect(await stack.sql('SELECT count(*)::int AS n FROM old_books')).toEqual([{ n: before.length }]);
    expect(workspace().pages('📚 Old Books')).toHaveLength(before.length);
    const third = await stack.cycle();
    expect(third.syncs.filter(({ created, updated, archived }) => created + updated + archived > 0)).toEqual([]);
  });

  test('that another one leads to takes the relation along, and brings it back', async () => {
    await run('remove-entity', 'projects', '--yes');
    expect(read('lockstep.config.ts')).not.toContain('project_id');
    await useDefinition();
    expect(await stack.cycle()).toMatchObject({ ok: true });
    const { stdout } = await run('add-entity', 'projects', '--yes');
    expect(stdout).toMatch(/^old_books gets .*'Project', 'projects'/m);
    expect(read('lockstep.config.ts')).toMatch(/project\w*: relationTo\w+\('Project', 'projects'/);
  });
});
