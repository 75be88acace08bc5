import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineEntity, relationToMany, relationToOne, title } from '../../src/entities/define.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const crates = defineEntity({
  name: 'crates',
  table: 'crates',
  databaseId: '88888888-3a65-8055-8b36-ea0f30871fe3',
  title: 'Crates',
  fields: {
    name: title('Name'),
    parent_id: relationToOne('Parent', 'crates'),
    related: relationToMany('Related', 'crates', 'crate_links', ['crate_id', 'other_id']),
  },
});

describe('a row that another transaction holds', () => {
  let engine: Engine;
  let other: pg.PoolClient;
  beforeEach(async () => {
    engine = await startEngine(
      crates,
      `CREATE TABLE crates (${COMMON_COLUMNS}, name text NOT NULL DEFAULT '', parent_id uuid);
       CREATE TABLE crate_links (crate_id uuid, other_id uuid, PRIMARY KEY (crate_id, other_id));`,
    );
    other = await engine.connect();
  });
  afterEach(async () => {
    await other.query('ROLLBACK');
    other.release();
    await engine.close();
  });

  const create = (values: Record<string, unknown>) => engine.notion.workspace.createPage('Crates', values);
  const titleOf = (page: string): string => engine.notion.workspace.page(page).title;
  const rowOf = async (page: string) => {
    const [found] = await engine.sql<{ id: string; name: string; archived_at: Date | null }>(
      'SELECT id, name, archived_at FROM crates WHERE notion_page_id = $1',
      [page],
    );
    return found ?? expect.fail(`no row of page ${page}`);
  };
  const hold = async (...names: string[]): Promise<number> => {
    await other.query('BEGIN');
    await other.query('SELECT FROM crates WHERE name = ANY ($1) FOR UPDATE', [names]);
    const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return rows[0]?.pid ?? expect.fail('no process id');
  };
  const isCalm = async () =>
    expect(await engine.cycle()).toMatchObject({ created: 0, updated: 0, archived: 0, conflicts: 0, errors: [] });

  test('waits in both directions, named with the process that holds it, and the others go on', async () => {
    const [held, free] = [create({ Name: 'Held' }), create({ Name: 'Free' })];
    const [heldEdit, freeEdit, trashed] = [
      create({ Name: 'Held edit' }),
      create({ Name: 'Free edit' }),
      create({ Name: 'Held trash' }),
    ];
    await engine.cycle();
    const ids = await Promise.all([held, heldEdit, trashed].map(async (page) => (await rowOf(page)).id));
    await engine.sql("UPDATE crates SET name = name || ' in SQL' WHERE name LIKE '%edit'");
    const pid = await hold('Held', 'Held edit in SQL', 'Held trash');
    for (const page of [held, free]) engine.notion.workspace.editPage(page, { Name: `${titleOf(page)} in Notion` });
    engine.notion.workspace.trashPage(trashed);
    for (const sweep of [true, false]) {
      const { errors } = await engine.cycle({ sweep });
      expect([...new Set(errors.map(({ record }) => record))].sort()).toEqual(ids.toSorted());
      for (const { code, message, record } of errors) {
        expect(code).toBe('row_locked');
        expect(message).toContain(record);
        expect(message).toContain(String(pid));
        expect(message).not.toContain('\n');
      }
      expect((await rowOf(free)).name).toBe('Free in Notion');
      expect(titleOf(freeEdit)).toBe('Free edit in SQL');
      expect((await rowOf(held)).name).toBe('Held');
      expect(titleOf(heldEdit)).toBe('Held edit');
    }
    await other.query('ROLLBACK');
    expect(await engine.cycle()).toMatchObject({ errors: [], conflicts: 0 });
    expect((await rowOf(held)).name).toBe('Held in Notion');
    expect(titleOf(heldEdit)).toBe('Held edit in SQL');
    expect((await rowOf(trashed)).archived_at).not.toBeNull();
    await isCalm();
  });

  test('keeps the edit that its holder commits later', async () => {
    const [held, free] = [create({ Name: 'Held' }), create({ Name: 'Free' })];
    await engine.cycle();
    await engine.sql("UPDATE crates SET name = name || ' once'");
    await other.query('BEGIN');
    await other.query("UPDATE crates SET name = 'Held twice' WHERE notion_page_id = $1", [held]);
    const { errors } = await engine.cycle();
    expect(errors).toMatchObject([{ code: 'row_locked' }]);
    expect(titleOf(free)).toBe('Free once');
    await other.query('COMMIT');
    expect(await engine.cycle()).toMatchObject({ errors: [] });
    expect(titleOf(held)).toBe('Held twice');
    await isCalm();
  });

  test('and that has no page yet gets exactly one, later', async () => {
    create({ Name: 'Any' });
    await engine.cycle();
    await engine.sql("INSERT INTO crates (name) VALUES ('New held'), ('New free')");
    await hold('New held');
    const titles = () =>
      engine.notion.workspace
        .pages('Crates')
        .map(({ title }) => title)
        .sort();
    expect((await engine.cycle({ sweep: true })).errors).toMatchObject([{ code: 'row_locked' }]);
    expect(titles()).toEqual(['Any', 'New free']);
    await other.query('ROLLBACK');
    expect(await engine.cycle()).toMatchObject({ created: 1, errors: [] });
    expect(titles()).toEqual(['Any', 'New free', 'New held']);
    await isCalm();
  });

  test('gets its pending links later', async () => {
    const page = create({ Name: 'Linked' });
    await engine.cycle();
    const target = '99999999-3a65-4055-8b36-ea0f30871fe3';
    await engine.sql(
      `INSERT INTO pending_links (entity, record_id, field, page_id, reported_at)
         SELECT 'crates', id, field, $1, now() FROM crates, unnest(ARRAY['parent_id', 'related']) AS field`,
      [target],
    );
    await hold('Linked');
    await engine.sql(
      `SELECT set_config('lockstep.sync', 'on', true); INSERT INTO crates (name, notion_page_id) VALUES ('Target', '${target}')`,
    );
    await engine.cycle();
    await other.query('ROLLBACK');
    await engine.cycle();
    const { id } = await rowOf(page);
    expect(await engine.sql('SELECT FROM crates WHERE id = $1 AND parent_id IS NOT NULL', [id])).toHaveLength(1);
    expect(await engine.sql('SELECT FROM crate_links WHERE crate_id = $1', [id])).toHaveLength(1);
  });
});
