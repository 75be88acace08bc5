import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { body, defineEntity, type Entity, select, title } from '../../src/entities/define.ts';
import { isUpdate } from '../faults/support/relay.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const common = {
  name: 'papers',
  table: 'papers',
  databaseId: '55555555-3a65-8055-8b36-ea0f30871fe3',
  title: 'Papers',
};

const status = select('Status', ['Todo', 'Cancelled'], { default: 'Todo' });

const kinds: readonly (readonly [name: string, entity: Entity, edit: string, edited: string])[] = [
  ['nothing but the restore to write', defineEntity({ ...common, fields: { title: title('Title') } }), '', ''],
  ['an edit to write', defineEntity({ ...common, fields: { title: title('Title') } }), ", title = 'Edited'", 'title'],
  [
    'a status to write',
    defineEntity({ ...common, archivedStatus: 'Cancelled', fields: { title: title('Title'), status } }),
    '',
    '',
  ],
  [
    'a body to write',
    defineEntity({ ...common, fields: { title: title('Title'), body: body() } }),
    ", body = 'Edited'",
    'body',
  ],
];

describe.each(kinds)('a page that is trashed again while SQL restores it, with %s', (_, entity, edit, edited) => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await startEngine(
      entity,
      `CREATE TABLE papers (${COMMON_COLUMNS}, title text NOT NULL DEFAULT '', status text, body text);`,
      // The edit that comes with the restore shares its fate.
      { conflicts: 'row' },
    );
  });
  afterEach(() => engine.close());

  const rowOf = async (page: string) => {
    const [row] = await engine.sql(
      'SELECT title, status, body, archived_at IS NOT NULL AS archived FROM papers WHERE notion_page_id = $1',
      [page],
    );
    return row;
  };
  const isTrashed = (page: string): boolean => engine.notion.workspace.page(page).trashed;

  test('stays in the trash, and its row is archived; restored in Notion, both are live again', async () => {
    const { workspace } = engine.notion;
    const values = { Title: 'A', ...(entity.archivedStatus ? { Status: 'Todo' } : {}) };
    const page = workspace.createPage('Papers', values, undefined, 'body' in entity.fields ? 'Words' : '');
    await engine.cycle();
    const before = await rowOf(page);
    workspace.trashPage(page);
    await engine.cycle({ sweep: true });
    expect(await rowOf(page)).toMatchObject({ archived: true });

    await engine.sql(`UPDATE papers SET archived_at = NULL${edit} WHERE notion_page_id = $1`, [page]);
    const restore = engine.relay.hold('after', isUpdate);
    const cycle = engine.cycle();
    await restore.arrived;
    expect(isTrashed(page)).toBe(false);
    workspace.trashPage(page);
    restore.release();
    expect(await cycle).toMatchObject({ errors: [] });

    await engine.cycle({ sweep: true });
    expect(isTrashed(page)).toBe(true);
    expect(await rowOf(page)).toMatchObject({ archived: true });
    expect(await engine.sql('SELECT archived, trashed, sending FROM sync_state')).toEqual([
      { archived: true, trashed: true, sending: null },
    ]);
    expect(await engine.sql('SELECT * FROM sync_outbox')).toEqual([]);
    const kept = await engine.sql('SELECT winner, sql_version AS version FROM sync_conflicts');
    expect(kept).toMatchObject(edited ? [{ winner: 'notion', version: { [edited]: 'Edited' } }] : []);

    workspace.restorePage(page);
    await engine.cycle({ sweep: true });
    expect(await rowOf(page)).toEqual(before);
    expect(await engine.cycle({ sweep: true })).toMatchObject({ updated: 0, conflicts: 0, errors: [] });
  });
});
