import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defineEntity, select, title } from '../../src/entities/define.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const jobs = defineEntity({
  name: 'jobs',
  table: 'jobs',
  databaseId: '44444444-3a65-8055-8b36-ea0f30871fe3',
  title: 'Jobs',
  archivedStatus: 'Cancelled',
  fields: { title: title('Title'), status: select('Status', ['Todo', 'Done', 'Cancelled'], { default: 'Todo' }) },
});

describe('a restored record gets the status from before the archive', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine(
      jobs,
      `CREATE TABLE jobs (${COMMON_COLUMNS}, title text NOT NULL DEFAULT '', status text DEFAULT 'Todo');`,
    );
  });
  afterAll(() => engine.close());

  const create = async (status: string | null): Promise<string> => {
    const page = engine.notion.workspace.createPage('Jobs', { Title: 'Job', ...(status ? { Status: status } : {}) });
    await engine.cycle();
    return page;
  };
  const setArchived = async (page: string, value: 'now()' | 'NULL'): Promise<void> => {
    await engine.sql(`UPDATE jobs SET archived_at = ${value} WHERE notion_page_id = $1`, [page]);
    await engine.cycle();
  };
  /** The status on both sides, and whether both sides are live. */
  const endOf = async (page: string) => {
    const [row] = await engine.sql<{ status: string | null; archived: boolean }>(
      'SELECT status, archived_at IS NOT NULL AS archived FROM jobs WHERE notion_page_id = $1',
      [page],
    );
    const held = engine.notion.workspace.page(page);
    const { Status: status } = held.page.properties;
    const inNotion = status?.type === 'select' ? (status.select?.name ?? null) : expect.fail('no status');
    return { sql: row?.status, notion: inNotion, live: row?.archived === false && !held.trashed };
  };

  test.each(['Todo', 'Done', 'Cancelled', null])('archived and restored in SQL: %s', async (status) => {
    const page = await create(status);
    await setArchived(page, 'now()');
    expect(await endOf(page)).toMatchObject({ sql: 'Cancelled', notion: 'Cancelled' });
    await setArchived(page, 'NULL');
    expect(await endOf(page)).toEqual({ sql: status, notion: status, live: true });
    expect(await engine.cycle({ sweep: true })).toMatchObject({ updated: 0, conflicts: 0, errors: [] });
    expect(await endOf(page)).toEqual({ sql: status, notion: status, live: true });
  });

  test.each(['Todo', 'Cancelled'])('trashed in Notion, restored in SQL: %s', async (status) => {
    const page = await create(status);
    engine.notion.workspace.trashPage(page);
    await engine.cycle({ sweep: true });
    await setArchived(page, 'NULL');
    expect(await endOf(page)).toEqual({ sql: status, notion: status, live: true });
  });

  test('cancelled and then trashed in Notion between two cycles, restored in SQL', async () => {
    const page = await create('Todo');
    engine.notion.workspace.editPage(page, { Status: 'Cancelled' });
    engine.notion.workspace.trashPage(page);
    await engine.cycle({ sweep: true });
    await setArchived(page, 'NULL');
    expect(await endOf(page)).toEqual({ sql: 'Cancelled', notion: 'Cancelled', live: true });
  });

  test('inserted in SQL as cancelled and archived', async () => {
    const [row] = await engine.sql<{ id: string }>(
      "INSERT INTO jobs (title, status, archived_at) VALUES ('Old', 'Cancelled', now()) RETURNING id",
    );
    await engine.cycle();
    await engine.sql('UPDATE jobs SET archived_at = NULL WHERE id = $1', [row?.id]);
    await engine.cycle();
    const [{ page = '' } = {}] = await engine.sql<{ page: string }>(
      'SELECT notion_page_id AS page FROM jobs WHERE id = $1',
      [row?.id],
    );
    expect(await endOf(page)).toEqual({ sql: 'Cancelled', notion: 'Cancelled', live: true });
  });
});
