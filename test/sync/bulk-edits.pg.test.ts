import { afterEach, describe, expect, test, vi } from 'vitest';
import { defineEntity, number, relationToMany, richText, title } from '../../src/entities/define.ts';
import { NotionApi } from '../../src/notion/notion-api.ts';
import { isUpdate, type Relayed } from '../faults/support/relay.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const papers = defineEntity({
  name: 'papers',
  table: 'papers',
  databaseId: '77777777-3a65-8055-8b36-ea0f30871fe3',
  title: 'Papers',
  fields: {
    title: title('Title'),
    notes: richText('Notes'),
    pages: number('Pages'),
    related: relationToMany('Related', 'papers', 'paper_links', ['paper_id', 'other_id']),
  },
});

const HOUR_MS = 3_600_000;
const isLook = ({ path }: Relayed): boolean => path.includes('/query?filter_properties=title');
const isRead = ({ method, path }: Relayed): boolean => method === 'GET' && /^\/v1\/pages\/[^/]+$/.test(path);
const pageIn = ({ path }: Relayed): string => path.split('/')[3] ?? '';

let engine: Engine;
let pages: readonly string[];
/** What happens while a request waits for the budget, or because Notion asked to wait. */
let whileWaiting: () => void;

/** Pages that both sides agree on, edited last an hour ago. */
async function start(count: number, { conflicts = 'field' as 'row' | 'field', age = HOUR_MS } = {}): Promise<void> {
  whileWaiting = () => undefined;
  const wait = async (): Promise<void> => whileWaiting();
  engine = await startEngine(
    papers,
    `CREATE TABLE papers (${COMMON_COLUMNS}, title text NOT NULL DEFAULT '', notes text, pages numeric);
     CREATE TABLE paper_links (paper_id uuid, other_id uuid, PRIMARY KEY (paper_id, other_id));`,
    { conflicts, budget: { take: wait, pause: wait } },
  );
  const { workspace } = engine.notion;
  // All in one minute.
  workspace.clock.stop();
  pages = Array.from({ length: count }, (_, at) => workspace.createPage('Papers', { Title: `A${at}`, Notes: 'x' }));
  await engine.cycle();
  workspace.clock.advance(age);
  await engine.cycle();
}

afterEach(async () => {
  vi.restoreAllMocks();
  await engine.close();
});

const editAll = () => engine.sql("UPDATE papers SET title = 'by a script'");
const titleOf = (page: string): string => engine.notion.workspace.page(page).title;
const edit = (page: string, values: Record<string, unknown>): void => engine.notion.workspace.editPage(page, values);
const row = async (page: string) => {
  const [found] = await engine.sql(
    'SELECT title, notes, archived_at IS NOT NULL AS archived FROM papers WHERE notion_page_id = $1',
    [page],
  );
  return found ?? expect.fail('no row');
};
const conflicts = () => engine.sql('SELECT winner, notion_version, sql_version FROM sync_conflicts');
const passed = (matches: (relayed: Relayed) => boolean) => engine.relay.passed.filter(matches);

/** Runs a cycle, and something when its first such request has arrived. */
async function cycleWith(matches: (relayed: Relayed) => boolean, meanwhile: (relayed: Relayed) => void) {
  const held = engine.relay.hold('before', matches);
  const cycle = engine.cycle();
  meanwhile(await held.arrived);
  held.release();
  return cycle;
}

describe('many edits in SQL', () => {
  test('take one request each, and a listing', async () => {
    await start(200);
    await editAll();
    const before = engine.relay.passed.length;
    await engine.cycle();
    expect(pages.map(titleOf)).toEqual(pages.map(() => 'by a script'));
    expect(engine.relay.passed.length - before).toBeLessThanOrEqual(220);
    expect(passed(isRead)).toEqual([]);
  });

  test('of up to 30 pages read each page', async () => {
    await start(30);
    await editAll();
    await engine.cycle();
    expect(passed(isRead)).toHaveLength(30);
    expect(passed(isLook)).toEqual([]);
  });

  test('read the pages that were edited in the last quarter of an hour', async () => {
    await start(40, { age: HOUR_MS / 6 });
    await editAll();
    await engine.cycle();
    expect(passed(isRead)).toHaveLength(40);
  });

  test('look again when the last look is more than ten seconds old', async () => {
    await start(40);
    await editAll();
    const { passed: requests } = engine.relay;
    vi.spyOn(NotionApi.prototype, 'elapsedMs', 'get').mockImplementation(() => requests.length * 1_000);
    await engine.cycle();
    const writes = passed(isUpdate);
    expect(writes).toHaveLength(40);
    for (const write of writes) {
      const looks = requests.filter((one) => one.number < write.number && (isLook(one) || one.path === write.path));
      // Two writes are under way at a time.
      expect(write.number - (looks.at(-1)?.number ?? 0)).toBeLessThanOrEqual(11);
    }
    expect(passed(isLook).length).toBeGreaterThan(2);
  });

  test('look again when Notion asked to wait', async () => {
    await start(40);
    await editAll();
    engine.notion.faults.add({
      match: { method: 'PATCH', path: '/v1/pages/' },
      // biome-ignore lint/suspicious/noThenProperty: a fault rule is never awaited
      then: { kind: 'status', status: 429, code: 'rate_limited', retryAfter: 11 },
    });
    let elapsed = 0;
    let edited: string | undefined;
    vi.spyOn(NotionApi.prototype, 'elapsedMs', 'get').mockImplementation(() => elapsed);
    whileWaiting = () => {
      const refused = engine.relay.passed.find(({ status }) => status === 429);
      if (!refused || edited !== undefined) return;
      elapsed += 11_000;
      edited = pageIn(refused);
      edit(edited, { Title: 'by a person' });
    };
    await engine.cycle();
    await engine.cycle();
    const kept = [await row(edited ?? ''), ...(await conflicts())];
    expect(JSON.stringify(kept)).toContain('by a person');
    expect(JSON.stringify(kept)).toContain('by a script');
  });

  test('of a text with colours keep them', async () => {
    await start(40);
    const [page = ''] = pages;
    const coloured = { type: 'text', text: { content: 'red' }, annotations: { color: 'red' } };
    edit(page, { Title: [coloured, { type: 'text', text: { content: ' words' } }] });
    await engine.cycle();
    engine.notion.workspace.clock.advance(HOUR_MS);
    await engine.sql("UPDATE papers SET title = 'red letters'");
    await engine.cycle();
    expect(passed(isRead).map(pageIn)).toContain(page);
    expect(JSON.stringify(engine.notion.workspace.page(page).page.properties.Title)).toContain('"color":"red"');
  });

  test('of relations read the page: an edit from the far side marks another page as edited', async () => {
    await start(40);
    await engine.sql(
      "INSERT INTO paper_links SELECT p.id, o.id FROM papers p, papers o WHERE o.title = 'A0' AND p.title <> 'A0'",
    );
    await engine.cycle();
    expect(passed(isRead)).toHaveLength(39);
  });
});

describe('an edit in Notion while many edits of SQL are sent', () => {
  test.each(['field', 'row'] as const)('of another field of a page is in SQL at once (`%s`)', async (rule) => {
    await start(40, { conflicts: rule });
    await editAll();
    let edited = '';
    await cycleWith(isUpdate, (write) => {
      edited = pageIn(write);
      edit(edited, { Notes: 'by a person' });
    });
    expect(await row(edited)).toEqual({ title: 'by a script', notes: 'by a person', archived: false });
    expect(titleOf(edited)).toBe('by a script');
    expect(await conflicts()).toEqual([]);
  });

  test('of the same field, before the look, is compared', async () => {
    await start(40);
    await editAll();
    const [page = ''] = pages;
    await cycleWith(isLook, () => edit(page, { Title: 'by a person' }));
    expect(passed(isRead).map(pageIn)).toContain(page);
    expect(await row(page)).toMatchObject({ title: 'by a person' });
    expect(await conflicts()).toMatchObject([{ winner: 'notion', sql_version: { title: 'by a script' } }]);
  });

  test.each([40, 1])(
    'that moves its page to the trash is the same as without other edits (%i edits)',
    async (count) => {
      await start(count);
      await editAll();
      let trashed = '';
      const isFirst = count === 1 ? isRead : isUpdate;
      await cycleWith(isFirst, (request) => {
        trashed = pageIn(request);
        engine.notion.workspace.trashPage(trashed);
      });
      await engine.cycle();
      expect(await row(trashed)).toMatchObject({ title: 'by a script', archived: true });
      expect(engine.notion.workspace.page(trashed)).toMatchObject({ title: 'A0', page: { in_trash: true } });
      expect(await conflicts()).toEqual([]);
    },
  );

  test.each([40, 1])('that moves its page to another database is reported (%i edits)', async (count) => {
    await start(count);
    await editAll();
    const { workspace } = engine.notion;
    workspace.createDatabase({ title: 'Elsewhere' });
    const isFirst = count === 1 ? isRead : isUpdate;
    const tally = await cycleWith(isFirst, (request) => workspace.movePage(pageIn(request), 'Elsewhere'));
    expect(tally.errors).toMatchObject([{ code: 'page_moved' }]);
  });

  test('in a page that a sweep found unshared: it is read once it is shared again', async () => {
    await start(40);
    const [hidden = '', other = ''] = pages;
    const { workspace } = engine.notion;
    workspace.unshare(hidden);
    edit(hidden, { Title: 'by a person' });
    await engine.cycle({ sweep: true });
    workspace.clock.advance(HOUR_MS);
    edit(other, { Notes: 'moves the watermark' });
    await engine.cycle();
    workspace.clock.advance(HOUR_MS);
    await engine.cycle();
    workspace.share(hidden);
    await editAll();
    await engine.cycle();
    expect(await conflicts()).toMatchObject([
      { notion_version: { title: 'by a person' }, sql_version: { title: 'by a script' } },
    ]);
  });

  test.each([40, 1])('that unshares its page is reported (%i edits)', async (count) => {
    await start(count);
    await editAll();
    const isFirst = count === 1 ? isRead : isUpdate;
    const tally = await cycleWith(isFirst, (request) => engine.notion.workspace.unshare(pageIn(request)));
    expect(tally.errors).toMatchObject([{ code: 'page_not_found' }]);
  });
});

test('a write whose answer is lost is recognized, and nobody edited the page', async () => {
  await start(40);
  await editAll();
  engine.notion.faults.add({
    match: { method: 'PATCH', path: '/v1/pages/' },
    // biome-ignore lint/suspicious/noThenProperty: a fault rule is never awaited
    then: { kind: 'status', status: 503, afterCommit: true },
  });
  await expect(engine.cycle()).rejects.toMatchObject({ code: 'ambiguous_write' });
  await engine.cycle();
  expect(pages.map(titleOf)).toEqual(pages.map(() => 'by a script'));
  expect(await conflicts()).toEqual([]);
});
