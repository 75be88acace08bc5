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

/** Runs `work` with each request, from then on, until the cycle has ended. */
async function cycleWith(work: () => Promise<unknown>, options = {}) {
  const watch = async () => {
    meanwhile = watch;
    await work();
  };
  meanwhile = watch;
  const tally = await engine.cycle(options);
  meanwhile = null;
  return tally;
}
const isScanning = async (): Promise<boolean> =>
  (await engine.sql("SELECT FROM sync_sources WHERE scan ->> 'position' IS NOT NULL")).length > 0;

test('an edit made while the first backfill reads is sent before the backfill ends', async () => {
  for (let n = 1; n <= 350; n += 1) engine.notion.workspace.createPage('Jars', { Name: `Page ${n}` });
  let isEdited = false;
  let isSent = false;
  const {
    created: rows,
    updated,
    conflicts,
  } = await cycleWith(async () => {
    const isRead = (await engine.sql("SELECT FROM jars WHERE name = 'Page 1'")).length > 0;
    if (isRead && !isEdited) await engine.sql("UPDATE jars SET name = 'Edited' WHERE name = 'Page 1'");
    isEdited ||= isRead;
    isSent ||= (await isScanning()) && created().includes('Edited');
  });
  expect({ isSent, rows, updated, conflicts }).toEqual({ isSent: true, rows: 350, updated: 0, conflicts: 0 });
  expect(await engine.cycle({ sweep: true })).toMatchObject({ created: 0, updated: 0, archived: 0, errors: [] });
});

test('a row whose page the scan has not read yet is not created again, even when it is edited meanwhile', async () => {
  await engine.cycle();
  for (let n = 1; n <= 250; n += 1) engine.notion.workspace.createPage('Jars', { Name: `Page ${n}` });
  const [row] = await engine.sql<{ id: string }>("INSERT INTO jars (name) VALUES ('From a backup') RETURNING id");
  engine.notion.workspace.createPage('Jars', { Name: 'From a backup', 'Sync Key': row?.id });
  let isEdited = false;
  await cycleWith(
    async () => {
      if (isEdited || !(await isScanning())) return;
      isEdited = true;
      await engine.sql("UPDATE jars SET name = 'Edited' WHERE name = 'From a backup'");
    },
    { sweep: true },
  );
  expect(isEdited).toBe(true);
  expect(created()).toHaveLength(251);
  expect(created().filter((name) => ['From a backup', 'Edited'].includes(name))).toHaveLength(1);
});

test('a write that Notion refuses meanwhile does not end the scan', async () => {
  for (let n = 1; n <= 250; n += 1) engine.notion.workspace.createPage('Jars', { Name: `Page ${n}` });
  // biome-ignore lint/suspicious/noThenProperty: the emulator's name for what it answers
  const rule = { match: { method: 'PATCH' }, times: 'always', then: { kind: 'status', status: 403 } } as const;
  let isEdited = false;
  await expect(
    cycleWith(async () => {
      if (isEdited || !(await isScanning())) return;
      isEdited = true;
      engine.notion.faults.add(rule);
      await engine.sql("UPDATE jars SET name = 'Edited' WHERE name = 'Page 1'");
    }),
  ).rejects.toThrow();
  expect(await engine.sql('SELECT FROM jars')).toHaveLength(250);
  expect(await engine.sql('SELECT FROM sync_outbox')).toHaveLength(1);
});

/** Waits, with the request that is about to be sent, until a page exists. */
async function afterFirstPage(work: () => Promise<unknown>): Promise<void> {
  meanwhile = () => (created().length === 0 ? afterFirstPage(work) : work());
}
