import { Client } from '@notionhq/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { body, defineEntity, richText, select, title } from '../../src/entities/define.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const papers = defineEntity({
  name: 'papers',
  table: 'papers',
  databaseId: 'aaaaaaaa-3a65-8055-8b36-ea0f30871fe3',
  title: 'Papers',
  archivedStatus: 'Archived',
  fields: {
    name: title('Name'),
    notes: richText('Notes'),
    status: select('Status', ['Open', 'Archived']),
    body: body(),
  },
});

describe('an edit that nobody competed with', () => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await startEngine(
      papers,
      `CREATE TABLE papers (${COMMON_COLUMNS}, name text NOT NULL DEFAULT '', notes text, status text, body text);`,
      { conflicts: 'row' },
    );
  });
  afterEach(() => engine.close());

  const workspace = () => engine.notion.workspace;
  const create = (name: string) => workspace().createPage('Papers', { Name: name, Status: 'Open' });
  const row = async (where: string, value: string) => {
    const [found] = await engine.sql<Record<string, unknown>>(`SELECT * FROM papers WHERE ${where} = $1`, [value]);
    return found ?? expect.fail(`no row with ${where} ${value}`);
  };
  const notesInNotion = (page: string) => {
    const { Notes } = workspace().page(page).page.properties;
    return Notes?.type === 'rich_text' ? Notes.rich_text.map((text) => text.plain_text).join('') : undefined;
  };
  const conflicts = () => engine.sql('SELECT winner, notion_version, sql_version FROM sync_conflicts');
  /** As a second worker of this integration would create it. */
  const createTwin = async (key: string, markdown: string): Promise<string> => {
    const { dataSourceId } =
      workspace()
        .databases()
        .find(({ title }) => title === 'Papers') ?? {};
    const page = await new Client({ auth: engine.notion.token, baseUrl: engine.notion.url }).pages.create({
      parent: { type: 'data_source_id', data_source_id: dataSourceId ?? '' },
      properties: {
        Name: { title: [{ text: { content: 'Twin' } }] },
        'Sync Key': { rich_text: [{ text: { content: key } }] },
      },
      markdown,
    });
    return page.id;
  };

  test.each([
    ['a duplicate of a page with a body goes to the trash without a conflict', 'Of *the* row\n- item', 0],
    ['a duplicate whose body a person edited is kept as a conflict', 'Of a person', 1],
  ])('%s', async (_, markdown, expected) => {
    await engine.sql("INSERT INTO papers (name, body) VALUES ('Twin', E'Of *the* row\\n- item')");
    await engine.cycle();
    const { id, notion_page_id: page } = await row('name', 'Twin');
    const twin = await createTwin(String(id), markdown);
    await engine.cycle();
    expect(workspace().page(twin).trashed).toBe(true);
    expect(workspace().page(String(page)).trashed).toBe(false);
    expect(await conflicts()).toHaveLength(expected);
    if (expected > 0) expect(await conflicts()).toMatchObject([{ notion_version: { body: 'Of a person' } }]);
  });

  test('of a row whose page is in the trash follows when the page is restored', async () => {
    const page = create('Old');
    await engine.cycle();
    workspace().trashPage(page);
    await engine.cycle({ sweep: true });
    await engine.sql("UPDATE papers SET notes = 'Written meanwhile'");
    expect(await engine.cycle()).toMatchObject({ errors: [], conflicts: 0 });
    workspace().clock.advance(120_000);
    workspace().restorePage(page);
    await engine.cycle();
    await engine.cycle();
    expect(await row('name', 'Old')).toMatchObject({ notes: 'Written meanwhile', archived_at: null, status: 'Open' });
    expect(notesInNotion(page)).toBe('Written meanwhile');
    expect(await conflicts()).toEqual([]);
  });

  test('competes with the restore of its page only in the fields that were edited there too', async () => {
    const page = create('Old');
    await engine.cycle();
    workspace().trashPage(page);
    await engine.cycle({ sweep: true });
    await engine.sql("UPDATE papers SET notes = 'Of SQL'");
    await engine.cycle();
    workspace().clock.advance(120_000);
    workspace().restorePage(page);
    workspace().editPage(page, { Notes: 'Of Notion' });
    await engine.cycle();
    expect(await row('name', 'Old')).toMatchObject({ notes: 'Of Notion', archived_at: null, status: 'Open' });
    expect(await conflicts()).toMatchObject([{ winner: 'notion', sql_version: { notes: 'Of SQL' } }]);
  });

  test.each([
    ['infinity', 'Of SQL'],
    ['12026-01-01', 'Of SQL'],
    ['-infinity', 'Of Notion'],
    ['0044-03-15 BC', 'Of Notion'],
  ])('an edit time that a writer set to %s is obeyed', async (time, winner) => {
    const page = create('Timed');
    await engine.cycle();
    workspace().editPage(page, { Notes: 'Of Notion' });
    await engine.sql("UPDATE papers SET notes = 'Of SQL', sql_local_last_edited_at = $1", [time]);
    await engine.cycle();
    await engine.cycle();
    expect(await row('name', 'Timed')).toMatchObject({ notes: winner });
    expect(notesInNotion(page)).toBe(winner);
    expect(await conflicts()).toHaveLength(1);
  });

  test('made while the triggers are off is sent by the sweep', async () => {
    const page = create('Old');
    await engine.cycle();
    await engine.sql(`
      BEGIN; SET LOCAL session_replication_role = replica;
      UPDATE papers SET notes = 'Unnoticed';
      INSERT INTO papers (notion_page_id, name) VALUES ('sql:' || gen_random_uuid(), 'New');
      COMMIT`);
    expect(await engine.cycle({ sweep: true })).toMatchObject({ conflicts: 0, errors: [] });
    await engine.cycle();
    expect(notesInNotion(page)).toBe('Unnoticed');
    expect(
      workspace()
        .pages('Papers')
        .map(({ title }) => title)
        .sort(),
    ).toEqual(['New', 'Old']);
  });

  test('of a deleted row, which was inserted again with the same temporary id, is kept', async () => {
    await engine.sql("INSERT INTO papers (notion_page_id, name, notes) VALUES ('sql:chat_42', 'First', 'One')");
    await engine.cycle();
    const { notion_page_id: page } = await row('name', 'First');
    await engine.sql('DELETE FROM papers');
    await engine.sql("INSERT INTO papers (notion_page_id, name, notes) VALUES ('sql:chat_42', 'Second', 'Two')");
    await engine.cycle();
    await engine.cycle();
    expect(workspace().page(String(page)).title).toBe('Second');
    expect(await engine.sql('SELECT name FROM papers')).toEqual([{ name: 'Second' }]);
    expect(await conflicts()).toMatchObject([
      { winner: 'sql', notion_version: { name: 'First', notes: 'One' }, sql_version: { name: 'Second', notes: 'Two' } },
    ]);
    expect(await engine.cycle({ sweep: true })).toMatchObject({ created: 0, updated: 0, conflicts: 0, errors: [] });
  });
});
