import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineEntity, number, select, title } from '../../src/entities/define.ts';
import { isUpdate } from '../faults/support/relay.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const drafts = defineEntity({
  name: 'drafts',
  table: 'drafts',
  databaseId: '66666666-3a65-8055-8b36-ea0f30871fe3',
  title: 'Drafts',
  archivedStatus: 'Cancelled',
  fields: {
    name: title('Name'),
    status: select('Status', ['Todo', 'Done', 'Cancelled'], { default: 'Todo' }),
    count: number('Count'),
  },
});

describe('a row whose archival is being sent', () => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await startEngine(
      drafts,
      `CREATE TABLE drafts (${COMMON_COLUMNS}, name text NOT NULL DEFAULT '', status text, count numeric)`,
    );
    engine.notion.workspace.createPage('Drafts', { Name: 'Plan', Status: 'Todo' });
    await engine.cycle();
  });
  afterEach(() => engine.close());

  /** Edits the row in SQL, and again while that edit is being sent. */
  async function editWhileSent(first: string, second: string): Promise<void> {
    await engine.sql(`UPDATE drafts SET ${first}`);
    const update = engine.relay.hold('after', isUpdate);
    const cycle = engine.cycle();
    await update.arrived;
    await engine.sql(`UPDATE drafts SET ${second}`);
    update.release();
    expect(await cycle).toMatchObject({ errors: [], conflicts: 0 });
    expect(await engine.cycle()).toMatchObject({ errors: [], conflicts: 0 });
  }

  const row = () => engine.sql('SELECT name, status, archived_at IS NOT NULL AS archived, count::int FROM drafts');

  test('stays archived when another field is edited meanwhile', async () => {
    await editWhileSent('archived_at = now()', 'count = 7');
    expect(await row()).toEqual([{ name: 'Plan', status: 'Cancelled', archived: true, count: 7 }]);
  });

  test('gets its earlier status back when it is restored before its archival is sent', async () => {
    const page = engine.notion.workspace.pages('Drafts')[0]?.id ?? '';
    await engine.sql('UPDATE drafts SET archived_at = now()');
    engine.notion.workspace.editPage(page, { Count: 7 });
    const update = engine.relay.hold('before', isUpdate);
    const cycle = engine.cycle();
    await update.arrived;
    await engine.sql('UPDATE drafts SET archived_at = NULL');
    update.release();
    await cycle;
    await engine.cycle();
    expect(await row()).toEqual([{ name: 'Plan', status: 'Todo', archived: false, count: 7 }]);
  });

  test('gets its earlier status back when its page was edited before the archival was sent', async () => {
    const page = engine.notion.workspace.pages('Drafts')[0]?.id ?? '';
    await engine.sql('UPDATE drafts SET archived_at = now()');
    engine.notion.workspace.editPage(page, { Count: 7 });
    await engine.cycle();
    expect(await row()).toEqual([{ name: 'Plan', status: 'Cancelled', archived: true, count: 7 }]);
    await engine.sql('UPDATE drafts SET archived_at = NULL');
    await engine.cycle();
    expect(await row()).toEqual([{ name: 'Plan', status: 'Todo', archived: false, count: 7 }]);
  });

  test('stays open when it was reopened by its status, and another field is edited meanwhile', async () => {
    await engine.sql('UPDATE drafts SET archived_at = now()');
    await engine.cycle();
    await editWhileSent("status = 'Done'", 'count = 7');
    expect(await row()).toEqual([{ name: 'Plan', status: 'Done', archived: false, count: 7 }]);
  });
});
