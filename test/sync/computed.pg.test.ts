import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { computed, defineEntity, number, title } from '../../src/entities/define.ts';
import { isCreate, isUpdate } from '../faults/support/relay.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const books = defineEntity({
  name: 'books',
  table: 'books',
  databaseId: '22222222-3a65-8055-8b36-ea0f30871fe3',
  title: 'Books',
  fields: {
    title: title('Title'),
    pages: number('Pages'),
    shelves: computed('Shelves', 'text'),
    labels: computed('Labels', 'text'),
    lent: computed('Lent', 'boolean'),
    made_on: computed('Made', 'date'),
    edited_by: computed('Editor', 'text'),
    edited_at: computed('Edited', 'timestamp'),
  },
});

describe('computed columns', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine(
      books,
      `CREATE TABLE books (${COMMON_COLUMNS}, title text NOT NULL DEFAULT '', pages double precision,
         shelves text, labels text, lent boolean, made_on date, edited_by text, edited_at timestamptz);`,
    );
    const { workspace } = engine.notion;
    workspace.addProperty('Books', 'Labels', { multi_select: { options: [{ name: 'Old' }, { name: 'Rare' }] } });
    workspace.addProperty('Books', 'Lent', { checkbox: {} });
    workspace.addProperty('Books', 'Made', { created_time: {} });
    workspace.addProperty('Books', 'Editor', { last_edited_by: {} });
    workspace.addProperty('Books', 'Edited', { last_edited_time: {} });
    const source = workspace.databases().find((database) => database.title === 'Books');
    // The emulator's sample databases have another property here.
    workspace.deleteProperty('Books', 'Shelves');
    workspace.createDatabase({ title: 'Shelves', properties: { Name: { title: {} } } });
    workspace.addProperty('Shelves', 'Books', {
      relation: { data_source_id: source?.dataSourceId, dual_property: { synced_property_name: 'Shelves' } },
    });
  });
  afterAll(() => engine.close());

  const workspace = () => engine.notion.workspace;
  const row = async (pageId: string) => {
    const [found] = await engine.sql<Record<string, unknown>>('SELECT * FROM books WHERE notion_page_id = $1', [
      pageId,
    ]);
    return found ?? expect.fail(`no row of page ${pageId}`);
  };
  const writes = () => engine.relay.passed.filter((request) => isCreate(request) || isUpdate(request));
  /** A cycle without changes writes nothing. */
  const isCalm = async () => {
    const before = writes().length;
    expect(await engine.cycle()).toMatchObject({ created: 0, updated: 0, conflicts: 0, errors: [] });
    expect(writes()).toHaveLength(before);
  };

  test('hold the values of the Notion page, and follow its edits', async () => {
    const book = workspace().createPage('Books', { Title: 'A', Labels: ['Old', 'Rare'], Lent: true });
    await engine.cycle();
    const { editedAt } = workspace().page(book);
    const minute = new Date(Math.floor(Date.parse(editedAt) / 60_000) * 60_000);
    expect(await row(book)).toMatchObject({
      labels: 'Old, Rare',
      lent: true,
      edited_by: expect.any(String),
      shelves: null,
    });
    expect(await row(book)).toMatchObject({ edited_at: minute, made_on: expect.any(Date) });
    workspace().editPage(book, { Lent: false, Labels: ['Rare'] });
    await engine.cycle();
    expect(await row(book)).toMatchObject({ labels: 'Rare', lent: false });
    await isCalm();
  });

  test('a value recomputed without an edit arrives with the sweep', async () => {
    const book = workspace().createPage('Books', { Title: 'B' });
    await engine.cycle();
    const { editedAt } = workspace().page(book);
    const shelf = workspace().createPage('Shelves', { Name: 'Top', Books: [book] });
    expect(workspace().page(book).editedAt).toBe(editedAt);
    expect(await engine.cycle({ sweep: true })).toMatchObject({ conflicts: 0, errors: [] });
    expect(await row(book)).toMatchObject({ shelves: shelf });
    await isCalm();
  });

  test('an edit of a computed value in SQL is refused, with the column and what to do', async () => {
    const book = workspace().createPage('Books', { Title: 'C', Labels: ['Old'] });
    await engine.cycle();
    const edit = (set: string) => engine.sql(`UPDATE books SET ${set} WHERE notion_page_id = $1`, [book]);
    await expect(edit("title = 'C2', labels = 'Stolen'")).rejects.toMatchObject({
      message: expect.stringContaining('books.labels cannot be edited in SQL: Notion sets it'),
    });
    await expect(edit('lent = true')).rejects.toThrow('books.lent cannot be edited in SQL');
    await expect(edit('edited_at = NULL')).rejects.toThrow('books.edited_at cannot be edited in SQL');
    // An update of the whole row with the same value, as object mappers write it.
    await edit("title = 'C3', labels = labels, lent = lent");
    expect(await engine.cycle()).toMatchObject({ updated: 1, conflicts: 0, errors: [] });
    expect(workspace().page(book).title).toBe('C3');
    expect(await row(book)).toMatchObject({ title: 'C3', labels: 'Old', lent: false });
  });

  test('an edit in SQL and a recomputed value do not conflict', async () => {
    const book = workspace().createPage('Books', { Title: 'D' });
    await engine.cycle();
    const shelf = workspace().createPage('Shelves', { Name: 'Low', Books: [book] });
    await engine.sql("UPDATE books SET title = 'D, second edition' WHERE notion_page_id = $1", [book]);
    const before = writes().length;
    await engine.cycle({ sweep: true });
    expect(workspace().page(book).title).toBe('D, second edition');
    expect(
      writes()
        .slice(before)
        .map((request) => request.writes),
    ).toEqual([['title']]);
    await engine.cycle();
    expect(await row(book)).toMatchObject({ title: 'D, second edition', shelves: shelf, labels: null });
    expect(await engine.sql('SELECT * FROM sync_conflicts')).toEqual([]);
    await isCalm();
  });

  test('a stale listing reverts nothing', async () => {
    const book = workspace().createPage('Books', { Title: 'Lagging' });
    await engine.cycle();
    workspace().clock.advance(60_000);
    workspace().editPage(book, { Lent: true });
    await engine.cycle();
    expect(await row(book)).toMatchObject({ lent: true });
    workspace().configure({ indexLagMs: 30_000 });
    await engine.cycle();
    workspace().configure({ indexLagMs: 0 });
    expect(await row(book)).toMatchObject({ lent: true });
  });

  test("a row created in SQL sends no computed value and gets Notion's", async () => {
    const [made] = await engine.sql<{ id: string }>(
      "INSERT INTO books (title, pages, labels, lent) VALUES ('E', 100, 'Mine', true) RETURNING id",
    );
    await engine.cycle();
    await engine.cycle();
    const [found] = await engine.sql<Record<string, unknown>>('SELECT * FROM books WHERE id = $1', [made?.id]);
    expect(found).toMatchObject({ title: 'E', pages: 100, labels: null, lent: false, edited_at: expect.any(Date) });
    const page = workspace().page(String(found?.notion_page_id)).page.properties;
    const creation = writes().find((request) => request.creates === made?.id);
    expect(creation?.writes.toSorted()).toEqual([page.Pages?.id, page['Sync Key']?.id, 'title'].toSorted());
    await isCalm();
  });

  test('a property missing from Notion stops the entity, with a message that says what to do', async () => {
    workspace().renameProperty('Books', 'Lent', 'Is lent');
    await isCalm();
    workspace().deleteProperty('Books', 'Is lent');
    await expect(engine.cycle()).rejects.toThrow(/books: the property "Lent" \(computed, column lent\) is missing/);
    workspace().addProperty('Books', 'Lent', { number: {} });
    await expect(engine.cycle()).rejects.toThrow(/"Lent" has the type "number".*boolean/);
    workspace().retypeProperty('Books', 'Lent', { checkbox: {} });
    await engine.cycle();
  });
});
