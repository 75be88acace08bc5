import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { body, defineEntity, relationToOne, title } from '../../src/entities/define.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const shelves = defineEntity({
  name: 'shelves',
  table: 'shelves',
  databaseId: '99999999-3a65-8055-8b36-ea0f30871fe3',
  title: 'Shelves',
  fields: { name: title('Name'), body: body(), parent_id: relationToOne('Parent', 'shelves') },
});

describe('a link to a page that Notion hides', () => {
  let engine: Engine;
  let parent: string;
  beforeEach(async () => {
    engine = await startEngine(
      shelves,
      `CREATE TABLE shelves (${COMMON_COLUMNS}, name text NOT NULL DEFAULT '', body text, parent_id uuid REFERENCES shelves)`,
      { conflicts: 'row' },
    );
    parent = engine.notion.workspace.createPage('Shelves', { Name: 'Parent' });
  });
  afterEach(() => engine.close());

  const create = (values: Record<string, unknown> = {}) =>
    engine.notion.workspace.createPage('Shelves', { Name: 'Child', ...values });
  const row = async (pageId: string) => {
    const [found] = await engine.sql<{ name: string; parent: string | null; archived: boolean }>(
      `SELECT s.name, p.notion_page_id AS parent, s.archived_at IS NOT NULL AS archived
         FROM shelves s LEFT JOIN shelves p ON p.id = s.parent_id WHERE s.notion_page_id = $1`,
      [pageId],
    );
    return found ?? expect.fail('no row');
  };

  test('stays in SQL while the page that links to it is in the trash, too', async () => {
    const child = create({ Parent: [parent] });
    await engine.cycle();
    engine.notion.workspace.trashPage(parent);
    engine.notion.workspace.trashPage(child);
    await engine.cycle({ sweep: true });
    expect(await row(child)).toEqual({ name: 'Child', parent, archived: true });
    engine.notion.workspace.restorePage(child);
    await engine.cycle({ sweep: true });
    expect(await row(child)).toEqual({ name: 'Child', parent, archived: false });
  });

  test('is refused after the body of the same edit was written: nobody edited the page, and the title is sent', async () => {
    const child = create();
    await engine.cycle();
    engine.notion.workspace.clock.advance(300_000);
    await engine.sql(
      `UPDATE shelves SET name = 'Edited', body = '* one',
         parent_id = (SELECT id FROM shelves WHERE notion_page_id = $1) WHERE notion_page_id = $2`,
      [parent, child],
    );
    engine.notion.workspace.unshare(parent);
    expect(await engine.cycle()).toMatchObject({ errors: [{ code: 'link_hidden' }] });
    expect(await row(child)).toEqual({ name: 'Edited', parent, archived: false });
    expect(engine.notion.workspace.page(child).page.properties.Name).toMatchObject({
      title: [{ plain_text: 'Edited' }],
    });
    expect(engine.notion.workspace.body(child).markdown).toBe('- one');
    expect(await engine.sql('SELECT reason FROM sync_conflicts')).toEqual([]);
  });
});
