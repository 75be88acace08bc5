import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineEntity, type Entity, email, select, title } from '../../src/entities/define.ts';
import { COMMON_COLUMNS, type CycleOptions, type Engine, startEngine } from '../support/engine.ts';

const common = {
  name: 'papers',
  table: 'papers',
  databaseId: '55555555-3a65-8055-8b36-ea0f30871fe3',
  title: 'Papers',
};
const fields = { title: title('Title'), note: email('Note') };

/** With an archived status, archiving a row in SQL writes the status; without one it trashes the page. */
const kinds: readonly (readonly [string, Entity])[] = [
  ['without a status', defineEntity({ ...common, fields })],
  [
    'with an archived status',
    defineEntity({
      ...common,
      archivedStatus: 'Cancelled',
      fields: { ...fields, status: select('Status', ['Todo', 'Cancelled'], { default: 'Todo' }) },
    }),
  ],
];

describe.each(kinds)('the archive brake, for an entity %s', (_, entity) => {
  let engine: Engine;
  let pages: string[];
  beforeEach(async () => {
    engine = await startEngine(
      entity,
      `CREATE TABLE papers (${COMMON_COLUMNS}, title text NOT NULL DEFAULT '', note text, status text);`,
    );
    pages = Array.from({ length: 28 }, (__, n) => create(`Paper ${n}`));
    await engine.cycle();
  });
  afterEach(() => engine.close());

  const create = (name: string): string =>
    engine.notion.workspace.createPage('Papers', { Title: name, ...(entity.archivedStatus ? { Status: 'Todo' } : {}) });
  const trash = (ids: readonly string[]): void => {
    for (const id of ids) engine.notion.workspace.trashPage(id);
  };
  const isArchivedInNotion = (id: string): boolean => {
    const { trashed, page } = engine.notion.workspace.page(id);
    return trashed || JSON.stringify(page.properties).includes('Cancelled');
  };
  const archivedPages = (): number => pages.filter(isArchivedInNotion).length;
  const archivedRows = async (): Promise<number> =>
    (await engine.sql('SELECT FROM papers WHERE archived_at IS NOT NULL')).length;
  const archiveRows = (ids: readonly string[]) =>
    engine.sql('UPDATE papers SET archived_at = now() WHERE notion_page_id = ANY ($1)', [ids]);
  const stopped = (options?: CycleOptions): Promise<string> =>
    engine.cycle(options).then(
      () => expect.fail('nothing was stopped'),
      (error: Error) => error.message,
    );
  const approvals = () =>
    engine.sql(
      `SELECT direction, outcome, (SELECT count(*)::int FROM sync_approval_records r WHERE r.approval_id = a.id) AS records
         FROM sync_approvals a ORDER BY created_at, direction`,
    );

  test('UPDATE … SET archived_at archives none of 28 pages until it is accepted; other rows are sent', async () => {
    await engine.sql('UPDATE papers SET archived_at = now()');
    const other = create('Other');
    expect(await stopped()).toMatch(
      /28 records that were archived in SQL wait for an approval.*lockstep approvals accept papers.*refuse papers$/,
    );
    await engine.sql("UPDATE papers SET note = 'x@y.org' WHERE notion_page_id = $1", [other]);
    for (let cycle = 1; cycle <= 2; cycle += 1) {
      await stopped();
      expect(archivedPages()).toBe(0);
      expect(await approvals()).toEqual([{ direction: 'outbound', outcome: null, records: 28 }]);
    }
    expect(JSON.stringify(engine.notion.workspace.page(other).page.properties)).toContain('x@y.org');
    expect(await engine.cycle({ acceptArchive: true })).toMatchObject({ archived: 28, errors: [] });
    expect(archivedPages()).toBe(28);
    expect(await engine.cycle()).toMatchObject({ archived: 0, updated: 0, errors: [] });
    await archiveRows([other]);
    expect(await engine.cycle()).toMatchObject({ archived: 1 });
  });

  test('rows that SQL restores wait no longer, and the approval lapses', async () => {
    await engine.sql('UPDATE papers SET archived_at = now()');
    await stopped();
    await engine.sql('UPDATE papers SET archived_at = NULL');
    expect(await engine.cycle()).toMatchObject({ archived: 0, errors: [] });
    expect(await approvals()).toEqual([{ direction: 'outbound', outcome: 'lapsed', records: 0 }]);
    expect(archivedPages()).toBe(0);
    expect(await engine.sql('SELECT FROM sync_outbox')).toEqual([]);
  });

  test('pages trashed by mistake stay live in SQL, also after a script updates their rows', async () => {
    trash(pages);
    await stopped({ sweep: true });
    await engine.sql("UPDATE papers SET note = 'script@y.org'");
    for (let cycle = 1; cycle <= 2; cycle += 1) {
      await stopped();
      expect(await archivedRows()).toBe(0);
    }
    for (const page of pages) engine.notion.workspace.restorePage(page);
    expect(await engine.cycle({ sweep: true })).toMatchObject({ archived: 0, errors: [] });
    expect(await approvals()).toEqual([{ direction: 'inbound', outcome: 'lapsed', records: 0 }]);
    expect(JSON.stringify(engine.notion.workspace.page(String(pages[0])).page.properties)).toContain('script@y.org');
  });

  test('a script that updates the rows of trashed pages before any sweep archives none of them', async () => {
    trash(pages);
    await engine.sql("UPDATE papers SET note = 'script@y.org'");
    for (let cycle = 1; cycle <= 2; cycle += 1) {
      expect(await stopped()).toMatch(/28 records whose pages are in the trash/);
      expect(await archivedRows()).toBe(0);
    }
    await engine.cycle({ acceptArchive: true });
    expect(await archivedRows()).toBe(28);
    await engine.cycle();
    expect(await engine.sql('SELECT FROM sync_outbox')).toEqual([]);
  });

  test('archives that drip in count together, whichever side they come from', async () => {
    trash(pages.slice(0, 10));
    await engine.cycle({ sweep: true });
    for (const page of pages.slice(10, 20)) {
      await archiveRows([page]);
      await engine.cycle();
    }
    expect(archivedPages()).toBe(20);
    await archiveRows(pages.slice(20, 21));
    await stopped();
    trash(pages.slice(21));
    await stopped({ sweep: true });
    expect(archivedPages()).toBe(20 + 7);
    expect(await archivedRows()).toBe(21);
    expect(await approvals()).toMatchObject([
      { direction: 'outbound', records: 1 },
      { direction: 'inbound', records: 7 },
    ]);
  });

  test('when most of the pages are restored, the approval lapses and the rest is archived', async () => {
    trash(pages);
    await stopped({ sweep: true });
    for (const page of pages.slice(0, 20)) engine.notion.workspace.restorePage(page);
    await engine.cycle({ sweep: true });
    expect(await archivedRows()).toBe(8);
    expect(await approvals()).toEqual([{ direction: 'inbound', outcome: 'lapsed', records: 8 }]);
  });
});
