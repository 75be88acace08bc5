import { afterEach, beforeEach, expect, test } from 'vitest';
import { defineEntity, title } from '../../src/entities/define.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const jars = defineEntity({
  name: 'jars',
  table: 'jars',
  databaseId: '77777777-3a65-8055-8b36-ea0f30871fe3',
  title: 'Jars',
  fields: { name: title('Name') },
});

/** More than one batch. */
const BACKLOG = 120;

let engine: Engine;
/** Runs once, with the first request of the cycle that is sent after it was set. */
let meanwhile: (() => Promise<unknown>) | null = null;
beforeEach(async () => {
  const budget = {
    take: async () => {
      const work = meanwhile;
      meanwhile = null;
      await work?.();
    },
    pause: async () => undefined,
  };
  engine = await startEngine(jars, `CREATE TABLE jars (${COMMON_COLUMNS}, name text NOT NULL DEFAULT '')`, { budget });
});
afterEach(() => engine.close());

const insertBacklog = () =>
  engine.sql(`INSERT INTO jars (name) SELECT 'Backlog ' || n FROM generate_series(1, ${BACKLOG}) AS n`);
/** The names of the pages, as they were created. */
const created = (): string[] => engine.notion.workspace.pages('Jars').map(({ page }) => nameOf(page));
const nameOf = (page: { readonly id: string }): string => engine.notion.workspace.page(page.id).title;

test('a row that is inserted while a backlog is sent gets its page before the rest of the backlog', async () => {
  await engine.cycle();
  await insertBacklog();
  meanwhile = () => afterFirstPage(() => engine.sql("INSERT INTO jars (name) VALUES ('Fresh')"));
  await engine.cycle();
  const names = created();
  expect(names).toHaveLength(BACKLOG + 1);
  expect(names.indexOf('Fresh')).toBeLessThan(BACKLOG / 2);
});

test('an edit of a row in the backlog is sent once, with the row as it is then', async () => {
  await engine.cycle();
  await insertBacklog();
  const last = `Backlog ${BACKLOG}`;
  meanwhile = () => afterFirstPage(() => engine.sql(`UPDATE jars SET name = 'Edited' WHERE name = '${last}'`));
  const { created: count, updated } = await engine.cycle();
  expect({ count, updated }).toEqual({ count: BACKLOG, updated: 0 });
  expect(created()).toContain('Edited');
  expect(created()).not.toContain(last);
  expect(await engine.sql('SELECT FROM sync_outbox')).toEqual([]);
});

test('an edit made while the first backfill reads is sent before the backfill ends', async () => {
  for (let n = 1; n <= 250; n += 1) engine.notion.workspace.createPage('Jars', { Name: `Page ${n}` });
  const [requests, sent]: [string[], string[]] = [[], []];
  const watch = async () => {
    meanwhile = watch;
    const rows = await engine.sql<{ notion_page_id: string }>("SELECT notion_page_id FROM jars WHERE name = 'Page 1'");
    if (rows.length > 0 && requests.length === 0) {
      await engine.sql("UPDATE jars SET name = 'Edited' WHERE name = 'Page 1'");
      await engine.sql("INSERT INTO jars (name) VALUES ('Fresh')");
      requests.push('edited');
    }
    const [{ scan } = { scan: null }] = await engine.sql<{ scan: unknown }>('SELECT scan FROM sync_sources');
    if (scan !== null) sent.push(...created().filter((name) => ['Edited', 'Fresh'].includes(name)));
  };
  meanwhile = watch;
  const { created: pages, updated, conflicts } = await engine.cycle();
  expect(new Set(sent)).toEqual(new Set(['Edited', 'Fresh']));
  expect({ pages, updated, conflicts }).toEqual({ pages: 250, updated: 0, conflicts: 0 });
  meanwhile = null;
  expect(await engine.cycle({ sweep: true })).toMatchObject({ created: 0, updated: 0, archived: 0, errors: [] });
  expect(created()).toHaveLength(251);
});

/** Waits, with the request that is about to be sent, until a page exists. */
async function afterFirstPage(work: () => Promise<unknown>): Promise<void> {
  meanwhile = () => (created().length === 0 ? afterFirstPage(work) : work());
}
