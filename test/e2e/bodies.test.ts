import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { differences, everything } from '../support/compare.ts';
import { CycleFailure, type Stack, startStack, type Worker } from '../support/stack.ts';

const MINUTE_MS = 60_000;

describe('the page body of a note', () => {
  let stack: Stack;
  let worker: Worker;

  beforeAll(async () => {
    stack = await startStack();
    worker = stack.spawnWorker();
    await stack.cycle();
  });
  afterAll(() => stack.stop());
  afterEach(() => stack.notion.workspace.configure({ unsupportedTruncates: false, skipsMissingEdits: false }));

  const pageWith = (title: string, markdown: string): string =>
    stack.notion.workspace.createPage('Notes', { Title: title }, undefined, markdown);
  const row = async (pageId: string) => {
    const [found] = await stack.sql<Record<string, unknown>>('SELECT * FROM notes WHERE notion_page_id = $1', [pageId]);
    return found ?? expect.fail('no row');
  };
  const setBody = (pageId: string, body: string | null) =>
    stack.sql('UPDATE notes SET body = $2 WHERE notion_page_id = $1', [pageId, body]);
  const bodyInNotion = (pageId: string): string => stack.notion.workspace.body(pageId).markdown;
  const blockIds = (pageId: string) => stack.notion.workspace.body(pageId).blocks.map(({ id }) => id);
  const conflictsOf = (pageId: string) =>
    stack.sql('SELECT winner, notion_version, sql_version FROM sync_conflicts WHERE notion_page_id = $1', [pageId]);
  const bodyReads = (): number => stack.notion.counters.read().byKind.read_markdown ?? 0;
  /** After this time, a body that was read counts as final. */
  const settle = async () => {
    stack.notion.workspace.clock.advance(5 * MINUTE_MS);
    await stack.cycle();
  };

  test('comes to SQL as Markdown, at first and after an edit', async () => {
    const page = pageWith('Plan', '# Plan\n- one\n- [ ] two');
    await stack.cycle();
    expect(await row(page)).toMatchObject({ body: '# Plan\n- one\n- [ ] two', sql_local_last_edited_at: null });
    stack.notion.workspace.editBody(page, '# Plan\n- [x] two');
    await stack.cycle();
    expect(await row(page)).toMatchObject({ body: '# Plan\n- [x] two', sql_local_last_edited_at: null });
    expect(await conflictsOf(page)).toEqual([]);
    expect(await differences(stack)).toEqual([]);
  });

  test('an edit in SQL changes only the edited blocks, and keeps blocks that Markdown cannot express', async () => {
    const page = pageWith('Kept', 'first\nsecond\nthird');
    const bookmark = stack.notion.workspace.addUnsupportedBlock(page, 'bookmark');
    const child = stack.notion.workspace.addChildPage(page, 'Child');
    stack.notion.workspace.configure({ unsupportedTruncates: true });
    await stack.cycle();
    const before = blockIds(page);
    expect((await row(page)).body).toContain('alt="bookmark"');
    await setBody(page, 'first\nchanged\nthird');
    await stack.cycle();
    expect(bodyInNotion(page)).toMatch(/^first\nchanged\nthird\n<unknown .*\n<page .*>Child<\/page>$/);
    expect(blockIds(page)).toEqual(before);
    expect((await row(page)).body).toBe(bodyInNotion(page));
    await setBody(page, null);
    await stack.cycle();
    expect(blockIds(page)).toEqual([bookmark, child]);
    expect(await conflictsOf(page)).toEqual([]);
  });

  test('a file that Notion hosts stays, and is not read as a change', async () => {
    const page = pageWith('Picture', 'above');
    const image = stack.notion.workspace.addImage(page, 'a.png');
    await stack.cycle();
    const { body, updated_at } = await row(page);
    expect(body).not.toContain('X-Amz');
    await stack.cycle({ sweep: true });
    expect((await row(page)).updated_at).toEqual(updated_at);
    await setBody(page, `${body}\nbelow`);
    await stack.cycle();
    expect(bodyInNotion(page)).toMatch(/^above\n!\[.*\nbelow$/);
    expect(blockIds(page)).toContain(image);
  });

  test('both sides edited: the newest version wins, and the losing version is kept [S5]', async () => {
    const page = pageWith('Both', 'agreed');
    await stack.cycle();
    stack.notion.workspace.editBody(page, 'of Notion');
    const later = new Date(stack.notion.workspace.clock.now() + 5 * MINUTE_MS);
    await stack.sql("UPDATE notes SET body = 'of SQL', sql_local_last_edited_at = $2 WHERE notion_page_id = $1", [
      page,
      later,
    ]);
    await stack.cycle();
    expect(bodyInNotion(page)).toBe('of SQL');
    expect(await conflictsOf(page)).toMatchObject([
      { winner: 'sql', notion_version: { body: 'of Notion' }, sql_version: { body: 'of SQL' } },
    ]);
  });

  test('a note created in SQL gets one page with its title and body', async () => {
    await stack.sql("INSERT INTO notes (title, body) VALUES ('Made in SQL', E'# Not the title\\n* a\\n* b')");
    await stack.cycle();
    const pages = () => stack.notion.workspace.pages('Notes').filter(({ title }) => title === 'Made in SQL');
    expect(pages()).toHaveLength(1);
    const page = String(pages()[0]?.id);
    expect(bodyInNotion(page)).toBe('# Not the title\n- a\n- b');
    expect((await row(page)).body).toBe('# Not the title\n- a\n- b');
    await settle();
    expect(await conflictsOf(page)).toEqual([]);
    expect(pages()).toHaveLength(1);
  });

  test('Notion may return the body in a different form: neither side is written again for that', async () => {
    const page = pageWith('Words', 'a');
    await stack.cycle();
    await setBody(page, 'see https://example.com today\n\n* b');
    await stack.cycle();
    expect((await row(page)).body).toBe(bodyInNotion(page));
    expect(bodyInNotion(page)).toContain('[https://example.com](https://example.com)');
    const writes = stack.notion.counters.read().writes;
    await settle();
    expect(stack.notion.counters.read().writes).toBe(writes);
    expect(await conflictsOf(page)).toEqual([]);
  });

  test('edited twice within a minute, with a cycle in between: the second edit arrives', async () => {
    const { clock } = stack.notion.workspace;
    clock.set(Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS + MINUTE_MS);
    clock.stop();
    const page = pageWith('Twice', 'one');
    await stack.cycle();
    expect((await row(page)).body).toBe('one');
    stack.notion.workspace.editBody(page, 'two');
    await stack.cycle();
    expect((await row(page)).body).toBe('two');
    clock.run();
  });

  test('a cycle with nothing to sync reads no body and writes nothing; neither does a sweep [S1]', async () => {
    await settle();
    const before = await everything(stack);
    const reads = bodyReads();
    await stack.cycle();
    await stack.cycle({ sweep: true });
    expect(bodyReads()).toBe(reads);
    expect(await everything(stack)).toEqual(before);
  });

  test('a truncated body is not changed on either side, and the other fields are synced', async () => {
    const page = pageWith('Long', 'one\ntwo\nthree');
    await stack.cycle();
    stack.notion.workspace.truncateBody(page, 1);
    stack.notion.workspace.editPage(page, { Title: 'Too long' });
    const { syncs } = await stack.cycle().catch(({ result }) => result);
    expect(syncs.find(({ name }: { name: string }) => name === 'notes-notion-to-sql')).toMatchObject({
      status: 'partial',
    });
    expect(await row(page)).toMatchObject({ title: 'Too long', body: 'one\ntwo\nthree' });
    const later = new Date(stack.notion.workspace.clock.now() + 5 * MINUTE_MS);
    await stack.sql(
      "UPDATE notes SET title = 'Shorter', body = 'mine', sql_local_last_edited_at = $2 WHERE notion_page_id = $1",
      [page, later],
    );
    await stack.cycle();
    expect(stack.notion.workspace.page(page).title).toBe('Shorter');
    const [run] = await stack.sql<{ errors: { code: string }[] }>(
      "SELECT errors FROM sync_run_history WHERE sync_name = 'notes-sql-to-notion' ORDER BY id DESC LIMIT 1",
    );
    expect(run?.errors).toMatchObject([{ code: 'body_truncated' }]);
    stack.notion.workspace.truncateBody(page, null);
    expect(bodyInNotion(page)).toBe('one\ntwo\nthree');
    await stack.cycle();
    expect(bodyInNotion(page)).toBe('mine');
    expect(await row(page)).toMatchObject({ title: 'Shorter', body: 'mine' });
  });

  const HOSTILE = '*a_'.repeat(30_000);

  /** CPU time of the worker in one cycle. */
  const cpuOfCycle = async (): Promise<number> => {
    const before = worker.cpuSeconds();
    await stack.cycle().catch((error: unknown) => {
      if (!(error instanceof CycleFailure)) throw error;
    });
    return worker.cpuSeconds() - before;
  };
  const syncNotesAnd = async (name: string, text: string): Promise<number> => {
    const { workspace } = stack.notion;
    workspace.createPage('Notes', { Title: `${name} from Notion`, Content: text }, undefined, text);
    workspace.createPage('Tasks', { Title: `${name} from Notion` });
    await stack.sql('INSERT INTO notes (title, content, body) VALUES ($1, $2, $2)', [`${name} from SQL`, text]);
    await stack.sql('INSERT INTO tasks (title) VALUES ($1)', [`${name} from SQL`]);
    return cpuOfCycle();
  };

  test('90,000 hostile characters cost less than 2 s of CPU time, and the other records arrive', async () => {
    const usual = await syncNotesAnd('Usual', 'Some words');
    const hostile = await syncNotesAnd('Hostile', HOSTILE);
    expect(hostile - usual).toBeLessThan(2);
    const titles = await stack.sql<{ title: string }>(
      "SELECT title FROM tasks WHERE title LIKE 'Hostile%' ORDER BY title",
    );
    expect(titles.map(({ title }) => title)).toEqual(['Hostile from Notion', 'Hostile from SQL']);
    expect(stack.notion.workspace.pages('Tasks').map(({ title }) => title)).toContain('Hostile from SQL');
    expect(await stack.sql("SELECT content = $1 AS same FROM notes WHERE title LIKE 'Hostile%'", [HOSTILE])).toEqual([
      { same: true },
      { same: true },
    ]);
  });
});
