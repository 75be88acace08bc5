import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { body, defineEntity, relationToMany, richText, title } from '../../src/entities/define.ts';
import { NotionApi } from '../../src/notion/notion-api.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const papers = defineEntity({
  name: 'papers',
  table: 'papers',
  databaseId: '77777777-3a65-8055-8b36-ea0f30871fe3',
  title: 'Papers',
  fields: {
    title: title('Title'),
    notes: richText('Notes'),
    related: relationToMany('Related', 'papers', 'paper_links', ['paper_id', 'other_id']),
    body: body(),
  },
});

/** What happens while a request waits for the budget, or because Notion asked to wait. */
let whileWaiting: (() => unknown) | null;
let engine: Engine;
let page: string;

beforeEach(async () => {
  whileWaiting = null;
  const wait = async (): Promise<void> => {
    whileWaiting?.();
  };
  engine = await startEngine(
    papers,
    `CREATE TABLE papers (${COMMON_COLUMNS}, title text NOT NULL DEFAULT '', notes text, body text);
     CREATE TABLE paper_links (paper_id uuid, other_id uuid, PRIMARY KEY (paper_id, other_id));`,
    { budget: { take: wait, pause: wait } },
  );
  page = engine.notion.workspace.createPage('Papers', { Title: 'A', Notes: 'x' }, undefined, 'Words');
  await engine.cycle();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await engine.close();
});

const titleOf = () => engine.notion.workspace.page(page).title;
const bodyOf = () => engine.notion.workspace.body(page).markdown.trim();

/**
 * Notion asks the next write of the page's properties to wait. Each wait takes two seconds of `elapsedMs`; in that one
 * a person edits the title.
 */
function editWhileNotionAsksToWait(): void {
  engine.notion.faults.add({
    match: { method: 'PATCH', path: `/v1/pages/${page}$` },
    // biome-ignore lint/suspicious/noThenProperty: a fault rule is never awaited
    then: { kind: 'status', status: 429, code: 'rate_limited', retryAfter: 2 },
  });
  let elapsed = 0;
  vi.spyOn(NotionApi.prototype, 'elapsedMs', 'get').mockImplementation(() => elapsed);
  whileWaiting = () => {
    elapsed += 2_000;
    const isRefused = engine.relay.passed.some(({ method, status }) => method === 'PATCH' && status === 429);
    if (isRefused && titleOf() === 'A') engine.notion.workspace.editPage(page, { Title: 'by a person' });
  };
}

/** Expects that both versions of a field are somewhere: on both sides, or in a conflict. */
async function expectBothVersions(field: string, byPerson: string, byScript: string) {
  whileWaiting = null;
  await engine.cycle();
  const [row] = await engine.sql(`SELECT ${field} AS value FROM papers`);
  const kept = JSON.stringify(await engine.sql('SELECT notion_version, sql_version FROM sync_conflicts'));
  expect([row?.value, kept].join()).toContain(byPerson);
  expect([row?.value, kept].join()).toContain(byScript);
}

describe('an edit in Notion while a write waits', () => {
  test('because Notion asked to wait: the page is looked at again', async () => {
    await engine.sql("UPDATE papers SET title = 'by a script'");
    editWhileNotionAsksToWait();
    await engine.cycle();
    await expectBothVersions('title', 'by a person', 'by a script');
  });

  test('between the body and the properties of one page: the properties are looked at again', async () => {
    await engine.sql("UPDATE papers SET title = 'by a script', body = 'New words'");
    editWhileNotionAsksToWait();
    await engine.cycle();
    await expectBothVersions('title', 'by a person', 'by a script');
    expect(bodyOf()).toBe('New words');
    expect(await engine.sql('SELECT body FROM papers')).toEqual([{ body: 'New words' }]);
  });
});

test('a look and its write are taken from the budget together: no wait stands between them', async () => {
  await engine.sql("UPDATE papers SET title = 'by a script', body = 'New words'");
  const { passed } = engine.relay;
  const waits: number[] = [];
  whileWaiting = () => waits.push(passed.length);
  await engine.cycle();
  expect([titleOf(), bodyOf()]).toEqual(['by a script', 'New words']);
  const writes = passed.filter(({ method, path }) => method === 'PATCH' && path.startsWith(`/v1/pages/${page}`));
  expect(writes).toHaveLength(2);
  for (const write of writes) {
    const look = passed.findLast(({ method, number }) => method === 'GET' && number < write.number);
    expect(waits.filter((at) => at >= (look?.number ?? 0) && at < write.number)).toEqual([]);
  }
});

test('answers so slow that no look is recent enough: that record is reported and sent by a later sync', async () => {
  await engine.sql("UPDATE papers SET title = 'by a script'");
  let elapsed = 0;
  vi.spyOn(NotionApi.prototype, 'elapsedMs', 'get').mockImplementation(() => {
    elapsed += 2_000;
    return elapsed;
  });
  expect(await engine.cycle()).toMatchObject({ errors: [{ code: 'look_outdated' }] });
  expect(titleOf()).toBe('A');
  vi.restoreAllMocks();
  await engine.cycle();
  expect(titleOf()).toBe('by a script');
});

test('a page with a long relation, which takes many requests to read, is written', async () => {
  const others = Array.from({ length: 30 }, (_, at) =>
    engine.notion.workspace.createPage('Papers', { Title: `${at}` }),
  );
  engine.notion.workspace.editPage(page, { Related: others });
  await engine.cycle();
  await engine.sql("UPDATE papers SET title = 'by a script' WHERE title = 'A'");
  // Every request takes more than a second.
  vi.spyOn(NotionApi.prototype, 'elapsedMs', 'get').mockImplementation(() => engine.relay.passed.length * 1_100);
  expect(await engine.cycle()).toMatchObject({ errors: [] });
  expect(titleOf()).toBe('by a script');
});
