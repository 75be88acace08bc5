import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defineEntity, select, title } from '../../src/entities/define.ts';
import { isUpdate } from '../faults/support/relay.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const plans = defineEntity({
  name: 'plans',
  table: 'plans',
  databaseId: '33333333-3a65-8055-8b36-ea0f30871fe3',
  title: 'Plans',
  archivedStatus: 'Archived',
  fields: { title: title('Title'), status: select('Status', ['Active', 'Archived'], { default: 'Active' }) },
});

describe('the archived option has another spelling in Notion', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine(
      plans,
      `CREATE TABLE plans (${COMMON_COLUMNS}, title text NOT NULL DEFAULT '', status text DEFAULT 'Active');`,
    );
    engine.notion.workspace.renameOption('Plans', 'Status', 'Archived', 'archived');
  });
  afterAll(() => engine.close());

  const statusInNotion = (page: string): string | undefined => {
    const held = engine.notion.workspace.page(page).page.properties.Status;
    return held?.type === 'select' ? held.select?.name : expect.fail('no status');
  };
  const rowOf = async (page: string) => {
    const [row] = await engine.sql(
      'SELECT title, lower(status) AS status, archived_at IS NOT NULL AS archived FROM plans WHERE notion_page_id = $1',
      [page],
    );
    return row;
  };

  test('a row that SQL archives stays archived, and can be restored', async () => {
    const page = engine.notion.workspace.createPage('Plans', { Title: 'A', Status: 'Active' });
    await engine.cycle();
    await engine.sql('UPDATE plans SET archived_at = now() WHERE notion_page_id = $1', [page]);
    await engine.cycle();
    expect(statusInNotion(page)).toBe('Archived');
    for (let cycle = 1; cycle <= 2; cycle += 1) {
      expect(await engine.cycle({ sweep: true })).toMatchObject({ updated: 0, archived: 0, conflicts: 0, errors: [] });
      expect(await rowOf(page)).toEqual({ title: 'A', status: 'archived', archived: true });
    }

    engine.notion.workspace.editPage(page, { Title: 'B' });
    await engine.cycle();
    expect(await rowOf(page)).toEqual({ title: 'B', status: 'archived', archived: true });

    await engine.sql('UPDATE plans SET archived_at = NULL WHERE notion_page_id = $1', [page]);
    await engine.cycle();
    expect(statusInNotion(page)).toBe('Active');
    expect(await engine.cycle({ sweep: true })).toMatchObject({ updated: 0, conflicts: 0, errors: [] });
    expect(await rowOf(page)).toEqual({ title: 'B', status: 'active', archived: false });
  });

  test('a row stays archived when the answer to its archiving is lost', async () => {
    const page = engine.notion.workspace.createPage('Plans', { Title: 'C', Status: 'Active' });
    await engine.cycle();
    await engine.sql('UPDATE plans SET archived_at = now() WHERE notion_page_id = $1', [page]);
    const update = engine.relay.hold('after', isUpdate);
    const cycle = engine.cycle();
    await update.arrived;
    expect(statusInNotion(page)).toBe('Archived');
    update.abandon();
    await expect(cycle).rejects.toThrow();
    update.release();
    for (let next = 1; next <= 2; next += 1) {
      expect(await engine.cycle()).toMatchObject({ conflicts: 0, errors: [] });
      expect(await rowOf(page)).toEqual({ title: 'C', status: 'archived', archived: true });
    }
  });
});
