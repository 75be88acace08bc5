import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { hintWorkflowId } from '../../src/features/hints/give-hint.ts';
import { Activity } from '../../src/features/hints/keep-polling.ts';
import { type Hints, pollForHints } from '../../src/features/hints/start-hints.ts';
import { openServices, type WorkerServices } from '../../src/runtime/services.ts';
import { type Stack, signedIn, startStack } from '../support/stack.ts';

/** Search shows an edit only after this time. */
const LAG_MS = 500;
const PERSONAL = 'me@example.com';
const WORK = 'work@example.com';
const on = (date: string, next: string) => ({ start: { date }, end: { date: next } });

describe('an edit in Notion or Google, without a cycle and without a webhook [S22]', () => {
  let stack: Stack;
  let services: WorkerServices;
  let polls: Hints;
  const said: string[] = [];

  beforeAll(async () => {
    stack = await startStack({ indexLagMs: LAG_MS });
    Object.assign(stack.env, signedIn(stack));
    stack.startWorker();
    await stack.cycle();
    services = openServices(readConfig(stack.env), () => undefined);
    const notion = { everyMs: 100, slowEveryMs: 100 };
    // Two calendars: Google allows 600 requests a minute.
    const google = { everyMs: 500, slowEveryMs: 500 };
    const say = (line: string): void => void said.push(line);
    polls = pollForHints(services, stack.client, {
      ...{ activity: new Activity(), log: { info: say, warn: say }, notion, google },
    });
    // The first poll only remembers.
    await polled();
  });
  afterAll(async () => {
    await polls.close();
    await services.close();
    await stack.stop();
    expect(said).toEqual([]);
  });

  const searches = (): number => stack.notion.counters.read().byKind.search ?? 0;
  const polled = async (): Promise<void> => {
    const before = searches();
    await vi.waitUntil(() => searches() > before + 1, { timeout: 60_000 });
  };
  const row = async (pageId: string) =>
    (await stack.sql<Record<string, unknown>>('SELECT * FROM tasks WHERE notion_page_id = $1', [pageId]))[0];
  const runsOf = async (entity: string): Promise<number> => {
    const query = `WorkflowId = '${hintWorkflowId(stack.taskQueue, entity)}'`;
    return (await stack.client.workflow.count(query)).count;
  };

  test('comes to SQL from Notion, also when it was made in the minute of another one', async () => {
    const { workspace } = stack.notion;
    const page = workspace.createPage('Tasks', { Title: 'Call Ann' });
    await expect.poll(() => row(page)).toMatchObject({ title: 'Call Ann' });
    const edit = (title: string): void => workspace.editPage(page, { Title: title });
    edit('Call Anna');
    await expect.poll(() => row(page)).toMatchObject({ title: 'Call Anna' });
    edit('Call Annabel');
    await expect.poll(() => row(page)).toMatchObject({ title: 'Call Annabel' });
  });

  test('comes to SQL when many were made at once', async () => {
    const { workspace } = stack.notion;
    const pages = Array.from({ length: 40 }, (_, n) => workspace.createPage('Games Backlog', { Name: `Game ${n}` }));
    await expect.poll(() => stack.sql('SELECT 1 FROM games')).toHaveLength(pages.length);
  });

  test("Lockstep's own write is no edit", async () => {
    const before = await runsOf('goals');
    await stack.sql("INSERT INTO goals (name) VALUES ('Learn to swim')");
    await stack.cycle({ entities: ['goals'] });
    expect(stack.notion.workspace.pages('Goals').map(({ title }) => title)).toContain('Learn to swim');
    const page = stack.notion.workspace.createPage('Tasks', { Title: 'After it' });
    await expect.poll(() => row(page)).toMatchObject({ title: 'After it' });
    await polled();
    expect(await runsOf('goals')).toBe(before);
  });

  test.each([
    [PERSONAL, 'personal'],
    [WORK, 'work_readonly'],
  ])('comes to SQL from the calendar of %s: created, edited and deleted', async (calendar, kind) => {
    const event = async (id: string) =>
      (await stack.sql<Record<string, unknown>>('SELECT * FROM calendar_events WHERE google_event_id = $1', [id]))[0];
    const { handle } = stack.google;
    const { id } = handle.createEvent(calendar, { summary: 'Dentist', ...on('2027-03-01', '2027-03-02') });
    await expect.poll(() => event(id)).toMatchObject({ summary: 'Dentist', calendar_type: kind });
    handle.editEvent(calendar, id, { summary: 'Dentist, again' });
    await expect.poll(() => event(id)).toMatchObject({ summary: 'Dentist, again' });
    handle.deleteEvent(calendar, id);
    await expect.poll(() => event(id)).toMatchObject({ archived_at: expect.any(Date) });
  });

  test('at rest, polls start no workflow', async () => {
    const rested = async (): Promise<void> => {
      for (const entity of ['tasks', 'games', 'calendar_events']) {
        await stack.client.workflow.getHandle(hintWorkflowId(stack.taskQueue, entity)).result();
      }
    };
    const { clock } = stack.notion.workspace;
    clock.advance(120_000);
    await polled();
    await rested();
    const before = await Promise.all(['tasks', 'games', 'calendar_events'].map(runsOf));
    await polled();
    await polled();
    expect(await Promise.all(['tasks', 'games', 'calendar_events'].map(runsOf))).toEqual(before);
  });
});
