import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { body, defineEntity, richText, title } from '../../src/entities/define.ts';
import { isUpdate, type Relayed } from '../faults/support/relay.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const papers = defineEntity({
  name: 'papers',
  table: 'papers',
  databaseId: '66666666-3a65-8055-8b36-ea0f30871fe3',
  title: 'Papers',
  fields: { title: title('Title'), notes: richText('Notes'), body: body() },
});

const HOUR_MS = 3_600_000;

let engine: Engine;
let page: string;

beforeEach(async () => {
  engine = await startEngine(
    papers,
    `CREATE TABLE papers (${COMMON_COLUMNS}, title text NOT NULL DEFAULT '', notes text, body text);`,
  );
  const { workspace } = engine.notion;
  workspace.clock.advance(-HOUR_MS);
  page = workspace.createPage('Papers', { Title: 'A', Notes: 'x' }, undefined, 'First words');
  workspace.clock.advance(HOUR_MS);
  expect(await engine.cycle()).toMatchObject({ created: 1, errors: [] });
});
afterEach(() => engine.close());

/** A cycle whose next update of a page gets no answer: it is still under way, or was executed. */
async function loseAnswer(when: 'under way' | 'executed', matches: (relayed: Relayed) => boolean = isUpdate) {
  const held = engine.relay.hold(when === 'executed' ? 'after' : 'before', matches);
  const cycle = engine.cycle();
  cycle.catch(() => undefined);
  await held.arrived;
  held.abandon();
  await expect(cycle).rejects.toThrow();
  return held;
}

const minutesLater = (minutes: number): void => engine.notion.workspace.clock.advance(minutes * 60_000);
const edit = (sets: string) => engine.sql(`UPDATE papers SET ${sets}`);

async function versions() {
  const [row] = await engine.sql('SELECT title, notes, body, archived_at IS NOT NULL AS archived FROM papers');
  const { workspace } = engine.notion;
  const {
    title,
    trashed,
    page: { properties },
  } = workspace.page(page);
  const notes = properties.Notes?.type === 'rich_text' ? (properties.Notes.rich_text[0]?.plain_text ?? null) : null;
  const { markdown } = workspace.body(page);
  return { row, page: { title, notes, body: markdown.trim() || null, archived: trashed } };
}

/** Runs cycles until nothing is left to do, and expects this on both sides. */
async function expectOnBothSides(expected: Record<string, unknown>) {
  await engine.cycle();
  await engine.cycle();
  const { row, page } = await versions();
  expect({ row, page }).toMatchObject({ row: expected, page: expected });
  expect(row).toEqual(page);
  expect(await engine.cycle()).toMatchObject({ updated: 0, conflicts: 0, errors: [] });
}

const conflicts = () => engine.sql('SELECT winner, sql_version AS sql, notion_version AS notion FROM sync_conflicts');

describe('a write that is executed after its worker was killed, and after newer writes', () => {
  const isBodyUpdate = ({ method, path }: Relayed) => method === 'PATCH' && path.endsWith('/markdown');
  /** An edit that sets the title to B is executed some minutes after a newer title was sent. */
  async function titleArrivesLate(first: string, newer: string, { minutes = 0 } = {}): Promise<void> {
    await edit(first);
    const late = await loseAnswer('under way');
    await edit(`title = '${newer}'`);
    await engine.cycle();
    expect((await versions()).page.title).toBe(newer);
    minutesLater(minutes);
    late.release();
    await expect.poll(async () => (await versions()).page.title).toBe('B');
  }

  test('of a title: the newer title is sent again', async () => {
    await titleArrivesLate("title = 'B'", 'C', { minutes: 1 });
    await expectOnBothSides({ title: 'C' });
    expect(await conflicts()).toEqual([]);
  });

  test('of a title, within the minute of a newer write: it may be an edit of a person, so it is kept', async () => {
    await titleArrivesLate("title = 'B'", 'C');
    await expectOnBothSides({ title: 'C' });
    expect(await conflicts()).toHaveLength(1);
  });

  test('of a title that went back to what it was: it goes back again', async () => {
    await titleArrivesLate("title = 'B'", 'A');
    await expectOnBothSides({ title: 'A' });
    expect(await conflicts()).toEqual([]);
  });

  test('of two fields, one of which was written again: only that one is sent again', async () => {
    await titleArrivesLate("title = 'B', notes = 'y'", 'C', { minutes: 1 });
    await expectOnBothSides({ title: 'C', notes: 'y' });
    expect(await conflicts()).toEqual([]);
  });

  test('moving the page to the trash: it is restored', async () => {
    await edit('archived_at = now()');
    const late = await loseAnswer('under way');
    await edit('archived_at = NULL');
    await engine.cycle();
    late.release();
    await expect.poll(async () => (await versions()).page.archived).toBe(true);
    await engine.cycle({ sweep: true });
    await expectOnBothSides({ title: 'A', archived: false });
  });

  test('restoring the page: it goes back to the trash', async () => {
    await edit('archived_at = now()');
    await engine.cycle();
    await edit('archived_at = NULL');
    const late = await loseAnswer('under way');
    await edit('archived_at = now()');
    await engine.cycle();
    late.release();
    await expect.poll(async () => (await versions()).page.archived).toBe(false);
    await expectOnBothSides({ title: 'A', archived: true });
  });

  test('of a body: the newer body is sent again', async () => {
    await edit("body = 'Second words'");
    const late = await loseAnswer('under way', isBodyUpdate);
    await edit("body = 'Third words'");
    await engine.cycle();
    late.release();
    // An edit of words that are no longer there is refused by Notion.
    await late.done;
    await expectOnBothSides({ body: 'Third words' });
  });

  test('and a person edits another field after it: both are kept, and the doubt is reported as a conflict', async () => {
    await titleArrivesLate("title = 'B'", 'C');
    engine.notion.workspace.editPage(page, { Notes: 'by a person' });
    await engine.cycle();
    const kept = JSON.stringify(await conflicts());
    expect(kept).toContain('"C"');
    const { row } = await versions();
    await expectOnBothSides({ notes: 'by a person', title: row?.title });
  });
});

describe('an edit by somebody else, while a write of ours may still happen', () => {
  const byAnotherProgram = (values: Record<string, unknown>): void => {
    engine.notion.workspace.editPage(page, values, engine.notion.botId);
  };

  test('is an edit, also with the token of the same integration', async () => {
    await edit("title = 'B', notes = 'y'");
    const late = await loseAnswer('under way');
    await edit("title = 'C', notes = 'z'");
    await engine.cycle();
    byAnotherProgram({ Title: 'D' });
    await expectOnBothSides({ title: 'D', notes: 'z' });
    byAnotherProgram({ Title: 'B', Notes: 'w' });
    await expectOnBothSides({ title: 'B', notes: 'w' });
    late.release();
    await late.done;
  });

  test('to the value of that write: it wins, and the other value is kept as a conflict', async () => {
    await edit("title = 'B'");
    const late = await loseAnswer('under way');
    await edit("title = 'C'");
    await engine.cycle();
    minutesLater(3);
    engine.notion.workspace.editPage(page, { Title: 'B' });
    await expectOnBothSides({ title: 'B' });
    expect(await conflicts()).toMatchObject([{ winner: 'notion', sql: { title: 'C' } }]);
    late.release();
    await late.done;
  });
});

describe('a write that was executed, but whose answer was lost', () => {
  test('and which a person takes back minutes later: the person wins, and ours is kept as a conflict', async () => {
    await edit("title = 'B'");
    await loseAnswer('executed');
    minutesLater(3);
    engine.notion.workspace.editPage(page, { Title: 'A' });
    await expectOnBothSides({ title: 'A' });
    expect(await conflicts()).toMatchObject([{ winner: 'notion', sql: { title: 'B' } }]);
  });

  test('and one field of which a person takes back: the person wins', async () => {
    await edit("title = 'B', notes = 'y'");
    await loseAnswer('executed');
    minutesLater(3);
    engine.notion.workspace.editPage(page, { Title: 'A' });
    await expectOnBothSides({ title: 'A', notes: 'y' });
    expect(await conflicts()).toMatchObject([{ winner: 'notion', sql: { title: 'B' } }]);
  });

  test('of a page in the trash that a person restores: it stays restored', async () => {
    await edit('archived_at = now()');
    await loseAnswer('executed');
    minutesLater(3);
    engine.notion.workspace.restorePage(page);
    await expectOnBothSides({ title: 'A', archived: false });
    expect(await conflicts()).toMatchObject([{ winner: 'notion', sql: { archived: true } }]);
  });

  test('of a restored page that a person moves to the trash: it stays there', async () => {
    await edit('archived_at = now()');
    await engine.cycle();
    await edit('archived_at = NULL');
    await loseAnswer('executed');
    minutesLater(3);
    engine.notion.workspace.trashPage(page);
    await engine.cycle({ sweep: true });
    await expectOnBothSides({ title: 'A', archived: true });
    expect(await conflicts()).toMatchObject([{ winner: 'notion', sql: { archived: false } }]);
  });
});

describe('a write that never arrived', () => {
  test('is sent again', async () => {
    await edit("title = 'B'");
    await loseAnswer('under way');
    await expectOnBothSides({ title: 'B' });
    expect(await conflicts()).toEqual([]);
  });

  test('is sent again where a person edits another field meanwhile, and the version it replaces is kept', async () => {
    await edit("title = 'B'");
    await loseAnswer('under way');
    minutesLater(3);
    engine.notion.workspace.editPage(page, { Notes: 'by a person' });
    await engine.cycle();
    const kept = JSON.stringify(await conflicts());
    expect(kept).toContain('"B"');
    const { row } = await versions();
    await expectOnBothSides({ notes: 'by a person', title: row?.title });
  });
});
