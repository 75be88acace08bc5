import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../src/database/client.ts';
import { tools } from '../../../src/interfaces/tools/index.ts';
import { NOW, openToolHome, type ToolHome } from './support.ts';

let home: ToolHome;
beforeAll(async () => {
  home = await openToolHome();
});
afterAll(() => home.close());
beforeEach(() => home.clear());

const insert = async (table: string, values: Record<string, unknown>): Promise<string> => {
  const names = Object.keys(values);
  const rows = await home.database.query<{ id: string }>(
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((_, n) => `$${n + 1}`).join(', ')}) RETURNING id`,
    Object.values(values),
  );
  return rows[0]?.id ?? expect.fail('nothing was inserted');
};

/** One call of each tool that makes a row: what is asked, and the row that comes of it. */
const makes = [
  [
    'create_task',
    { title: 'Call dentist', due: '2026-02-05T14:30', priority: 'high', notes: 'ask for *Ana*' },
    'tasks',
    {
      title: 'Call dentist',
      status: 'Todo',
      due_date: '2026-02-05',
      due_time: '14:30:00',
      priority: 'High',
      notes: 'ask for *Ana*',
    },
  ],
  ['create_task', { title: 'Pay', due: 'tomorrow' }, 'tasks', { title: 'Pay', due_date: '2026-02-05', due_time: null }],
  [
    'create_note',
    { title: ' An  idea\n', content: 'More of it', type: 'Idea' },
    'notes',
    { title: 'An idea', content: 'More of it', type: 'Idea' },
  ],
  [
    'add_media',
    { title: 'The Matrix', type: 'Movie', year: 1999 },
    'media',
    { title: 'The Matrix', type: 'Movie', year: 1999, status: 'Plan to Watch', rating: null },
  ],
  [
    'add_game',
    { name: 'Cyberpunk 2077', platform: 'pc' },
    'games',
    { name: 'Cyberpunk 2077', platform: 'PC', status: 'Backlog' },
  ],
  [
    'report_fix',
    { title: 'The bot dropped my message', category: 'Sync' },
    'system_fixes',
    { title: 'The bot dropped my message', status: 'Reported', source: 'Telegram', category: 'Sync' },
  ],
  [
    'propose_upgrade',
    { title: 'Dark mode', description: 'For the night' },
    'system_upgrades',
    { title: 'Dark mode', description: 'For the night', status: 'Idea', source: 'Telegram' },
  ],
] as const;

describe('tools that create', () => {
  test.each(makes)('%s writes the right row, once even if delivered twice', async (name, input, table, row) => {
    const first = await home.call(name, input, { deliveryKey: 'message 1' });
    const again = await home.call(name, input, { deliveryKey: 'message 1' });
    expect(again).toEqual(first);
    expect(await home.rows(table)).toEqual([
      expect.objectContaining({
        ...row,
        notion_page_id: 'sql:telegram_20260204_001',
        sql_local_last_edited_at: expect.any(String),
        archived_at: null,
      }),
    ]);
    const [made] = await home.rows(table);
    expect(first).toMatchObject({ outcome: 'done', records: [{ entity: table, id: made?.id }] });
  });

  test('the row is reported to the sync as any edit is', async () => {
    const { records } = await home.call('create_task', { title: 'Call dentist' });
    const outbox = await home.database.query(sql`SELECT * FROM sync_outbox`);
    expect(outbox).toEqual([expect.objectContaining({ entity: 'tasks', record_id: records[0]?.id })]);
  });

  test('without a key each call is new, and ids are numbered across all tables', async () => {
    await home.call('create_task', { title: 'One' });
    await home.call('create_task', { title: 'One' });
    await home.call('create_note', { title: 'Three' }, { source: 'telegram' });
    await home.call('create_note', { title: 'Other' }, { source: 'mcp' });
    expect((await home.rows('tasks')).map((row) => row.notion_page_id)).toEqual([
      'sql:telegram_20260204_001',
      'sql:telegram_20260204_002',
    ]);
    expect((await home.rows('notes')).map((row) => row.notion_page_id)).toEqual([
      'sql:telegram_20260204_003',
      'sql:mcp_20260204_001',
    ]);
  });

  test("the day in an id is in the owner's time zone", async () => {
    await home.call('create_task', { title: 'Late' }, { now: new Date('2026-02-04T23:30:00Z') });
    expect((await home.rows('tasks'))[0]?.notion_page_id).toBe('sql:telegram_20260205_001');
  });

  test('an id in use is skipped', async () => {
    await insert('tasks', { title: 'Old script', notion_page_id: 'sql:telegram_20260204_001' });
    await home.call('create_task', { title: 'Call dentist' });
    expect((await home.rows('tasks')).map((row) => row.notion_page_id)).toEqual([
      'sql:telegram_20260204_001',
      'sql:telegram_20260204_002',
    ]);
  });

  test('twenty parallel calls get twenty ids; ten parallel deliveries of one message write one row', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => home.call('create_task', { title: `Task ${n}` })));
    const ids = (await home.rows('tasks')).map((row) => row.notion_page_id);
    expect(new Set(ids).size).toBe(20);
    expect([...ids].sort()).toEqual(
      Array.from({ length: 20 }, (_, n) => `sql:telegram_20260204_0${String(n + 1).padStart(2, '0')}`),
    );
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => home.call('create_note', { title: 'Once' }, { deliveryKey: 'message 2' })),
    );
    expect(await home.rows('notes')).toHaveLength(1);
    expect(new Set(answers.map((said) => JSON.stringify(said))).size).toBe(1);
  });

  test('the same key with another call is refused', async () => {
    await home.call('create_note', { title: 'One' }, { deliveryKey: 'k' });
    await expect(home.call('create_note', { title: 'Two' }, { deliveryKey: 'k' })).rejects.toThrow(/key/);
    await expect(home.call('create_task', { title: 'One' }, { deliveryKey: 'k' })).rejects.toThrow(/key/);
    expect(await home.rows('notes')).toHaveLength(1);
  });

  test('a project is found by its title; an ambiguous one returns candidates', async () => {
    const project = await insert('projects', { name: 'Kitchen renovation' });
    const unclear = await home.call('create_task', { title: 'Buy tiles', project: 'Kitchen' }, { deliveryKey: 'k' });
    expect(unclear).toMatchObject({ outcome: 'unclear', records: [{ entity: 'projects', id: project }] });
    expect(await home.rows('tasks')).toEqual([]);
    await home.call('create_task', { title: 'Buy tiles', project: project }, { deliveryKey: 'k' });
    expect(await home.rows('tasks')).toEqual([expect.objectContaining({ title: 'Buy tiles', project_id: project })]);
  });

  test('an option added in Notion is accepted; an unknown one is not', async () => {
    await insert('games', { name: 'Halo', platform: 'Xbox' });
    await home.call('add_game', { name: 'Forza', platform: 'xbox' });
    expect(await home.rows('games')).toContainEqual(expect.objectContaining({ name: 'Forza', platform: 'Xbox' }));
    await expect(home.call('add_game', { name: 'Pong', platform: 'Attari' })).rejects.toThrow(
      'games has no platform "Attari": use one of PC, PS5, Switch, Xbox',
    );
  });
});

describe('tools that update', () => {
  test('progress is set once per message: a second delivery does not overwrite a later edit', async () => {
    await insert('goals', { name: 'Run a marathon', progress: 10 });
    const call = () =>
      home.call('update_goal_progress', { goal: 'run a Marathon', progress: 75 }, { deliveryKey: 'm' });
    const first = await call();
    expect(await home.rows('goals')).toEqual([expect.objectContaining({ progress: 75 })]);
    await home.database.execute(sql`UPDATE goals SET progress = 80`);
    expect(await call()).toEqual(first);
    expect(await home.rows('goals')).toEqual([expect.objectContaining({ progress: 80 })]);
  });

  test.each([-1, 101, Number.NaN])('progress %s is refused', async (progress) => {
    await insert('goals', { name: 'Run', progress: 10 });
    await expect(home.call('update_goal_progress', { goal: 'Run', progress })).rejects.toThrow(
      /^invalid input: progress: /,
    );
    expect(await home.rows('goals')).toEqual([expect.objectContaining({ progress: 10 })]);
  });

  test('media, games and tasks get their status; setting it again is no edit', async () => {
    await insert('media', { title: 'Inception' });
    await insert('games', { name: 'Elden Ring' });
    await insert('tasks', { title: 'Call dentist' });
    await home.call('mark_media', { media: 'inception', status: 'completed', rating: 9 });
    await home.call('mark_game', { game: 'Elden Ring', status: 'Playing', hours_played: 12 });
    await home.call('mark_task', { task: 'Call dentist.', status: 'Done' });
    expect(await home.rows('media')).toEqual([expect.objectContaining({ status: 'Completed', rating: 9 })]);
    expect(await home.rows('games')).toEqual([expect.objectContaining({ status: 'Playing', hours_played: 12 })]);
    const [task] = await home.rows('tasks');
    expect(task).toMatchObject({ status: 'Done' });
    expect(new Date(String(task?.completed_at))).toEqual(NOW);
    expect(
      (await home.call('mark_task', { task: 'call dentist', status: 'done' }, { now: new Date() })).text,
    ).toContain('already');
    expect((await home.rows('tasks'))[0]).toEqual(task);
  });

  test('of several with one title, the open one is chosen; of several open ones, none', async () => {
    await insert('tasks', { title: 'Water plants', status: 'Done' });
    const open = await insert('tasks', { title: 'Water plants' });
    expect(await home.call('mark_task', { task: 'Water plants', status: 'Done' })).toMatchObject({
      records: [{ id: open }],
    });
    const two = [await insert('tasks', { title: 'Water plants' }), await insert('tasks', { title: 'Water plants' })];
    const answer = await home.call('mark_task', { task: 'Water plants', status: 'Done' });
    expect(answer.outcome).toBe('unclear');
    expect(answer.records.map(({ id }) => id).sort()).toEqual(two.sort());
  });

  test('a similar title returns candidates and writes nothing; archived rows are not found', async () => {
    const id = await insert('media', { title: 'Inception' });
    await insert('media', { title: 'Incepton', status: 'Archived' });
    await insert('media', { title: 'Incepton', archived_at: NOW });
    const answer = await home.call('mark_media', { media: 'Incepton', status: 'Completed' });
    expect(answer).toEqual({
      outcome: 'unclear',
      text: expect.stringContaining('"Incepton"'),
      records: [{ entity: 'media', id, title: 'Inception' }],
    });
    expect(await home.rows('media')).not.toContainEqual(expect.objectContaining({ status: 'Completed' }));
    expect(await home.call('mark_media', { media: 'Solaris', status: 'Completed' })).toMatchObject({
      outcome: 'unclear',
      records: [],
    });
    expect(await home.call('mark_media', { media: id, status: 'Completed' })).toMatchObject({ outcome: 'done' });
  });
});

describe('tools for any table', () => {
  const linksOf = (taskId: string) =>
    home.database.query(
      'SELECT t.name FROM task_tags j JOIN tags t ON t.id = j.tag_id WHERE j.task_id = $1 ORDER BY 1',
      [taskId],
    );

  test('create_record takes every kind of field, relations by title', async () => {
    const project = await insert('projects', { name: 'Spain' });
    for (const name of ['Books', 'Sea']) await insert('tags', { name });
    const values = {
      title: 'Read Galdós',
      status: 'todo',
      due_date: 'tomorrow at 9',
      notes: '**soon**',
      project_id: 'spain',
      tags: ['Books', 'sea'],
    };
    const { records, text } = await home.call('create_record', { entity: 'tasks', values });
    expect(text).toBe('Created "Read Galdós" in tasks.');
    expect(await home.rows('tasks')).toMatchObject([
      {
        title: 'Read Galdós',
        status: 'Todo',
        due_date: '2026-02-05',
        due_time: '09:00:00',
        notes: '**soon**',
        project_id: project,
      },
    ]);
    expect(await linksOf(String(records[0]?.id))).toEqual([{ name: 'Books' }, { name: 'Sea' }]);
    const goal = { entity: 'goals', values: { name: 'Read more', progress: 20 } };
    expect(await home.call('create_record', goal)).toMatchObject({ outcome: 'done' });
  });

  test('update_record sets what is named, clears with null, and replaces links', async () => {
    const id = await insert('tasks', { title: 'Read', due_date: '2026-02-05', due_time: '09:00', priority: 'High' });
    for (const name of ['Hills', 'Coast']) await insert('tags', { name });
    await home.call('update_record', { entity: 'tasks', record: 'read', values: { tags: ['Hills', 'Coast'] } });
    await home.call('update_record', { entity: 'tasks', record: id, values: { tags: 'Coast', due_date: null } });
    expect(await home.rows('tasks')).toMatchObject([{ due_date: null, due_time: null, priority: 'High' }]);
    expect(await linksOf(id)).toEqual([{ name: 'Coast' }]);
    expect(await home.call('update_record', { entity: 'tasks', record: 'walk', values: {} })).toMatchObject({
      outcome: 'unclear',
    });
  });

  test.each<[string, object, string]>([
    ['no title', { status: 'Todo' }, 'tasks needs a value for title'],
    ['an unknown field', { title: 'x', constructor: 'y' }, 'tasks.constructor is no field: use title, status, '],
    ['a text for a number', { name: 'x', progress: 'half' }, 'goals.progress needs a number from 0 to 100'],
    ['a number out of range', { name: 'x', progress: 101 }, 'goals.progress needs a number from 0 to 100'],
    ['a date that is none', { title: 'x', due_date: 'soonish' }, 'tasks.due_date cannot be "soonish"'],
    ['an unknown option', { title: 'x', status: 'Later' }, 'tasks has no status "Later"'],
    ['a number for a text', { title: 'x', notes: 7 }, 'tasks.notes needs a text'],
    ['two records for one', { title: 'x', project_id: ['A', 'B'] }, 'tasks.project_id leads to one record at most'],
  ])('%s is refused, and nothing is written', async (_, values, message) => {
    for (const name of ['A', 'B']) await insert('projects', { name });
    const entity = 'progress' in values ? 'goals' : 'tasks';
    await expect(home.call('create_record', { entity, values })).rejects.toThrow(message);
    expect([await home.rows('tasks'), await home.rows('goals')]).toEqual([[], []]);
  });
});

describe('tools that read', () => {
  test('find searches every table, ignoring case, accents and small typos', async () => {
    await insert('notes', { title: 'Café in Málaga' });
    await insert('tasks', { title: 'Book the cafe' });
    await insert('tasks', { title: 'Cafe, old', status: 'Cancelled' });
    await insert('calendar_events', { summary: 'CAFÉ with Ana', start_time: NOW });
    const titles = async (input: object) => (await home.call('find', input)).records.map(({ title }) => title);
    expect((await titles({ query: 'cafe' })).sort()).toEqual(['Book the cafe', 'CAFÉ with Ana', 'Café in Málaga']);
    expect(await titles({ query: 'cafe in malga' })).toEqual(['Café in Málaga']);
    expect(await titles({ query: 'ana cafe' })).toEqual(['CAFÉ with Ana']);
    expect(await titles({ query: 'cafe', entity: 'tasks' })).toEqual(['Book the cafe']);
    expect(await titles({ query: 'cafe', limit: 1 })).toHaveLength(1);
    expect((await home.call('find', { query: 'zebra' })).text).toBe('No title resembles "zebra".');
  });

  test('get_record returns all fields', async () => {
    const id = await insert('notes', { title: 'Idea', content: 'All of it' });
    const { text } = await home.call('get_record', { entity: 'notes', id });
    expect(JSON.parse(text)).toMatchObject({ id, title: 'Idea', content: 'All of it' });
    await expect(home.call('get_record', { entity: 'tasks', id })).rejects.toThrow('tasks has no record with the id');
  });

  test("today lists due and overdue tasks and events in the owner's time zone", async () => {
    await insert('tasks', { title: 'Yesterday', due_date: '2026-02-03' });
    await insert('tasks', { title: 'At nine', due_date: '2026-02-04', due_time: '09:00' });
    await insert('tasks', { title: 'Today', due_date: '2026-02-04' });
    await insert('tasks', { title: 'Finished', due_date: '2026-02-04', status: 'Done' });
    await insert('tasks', { title: 'Tomorrow', due_date: '2026-02-05' });
    const madrid = { time_zone: 'Europe/Madrid' };
    await insert('calendar_events', {
      summary: 'Stand-up',
      start_time: '2026-02-04T08:15:00Z',
      end_time: '2026-02-04T08:30:00Z',
    });
    await insert('calendar_events', {
      summary: 'Holiday',
      all_day: true,
      start_time: '2026-02-03T23:00:00Z',
      end_time: '2026-02-04T23:00:00Z',
      ...madrid,
    });
    await insert('calendar_events', {
      summary: 'Day before',
      all_day: true,
      start_time: '2026-02-02T23:00:00Z',
      end_time: '2026-02-03T23:00:00Z',
      ...madrid,
    });
    await insert('calendar_events', {
      summary: 'Night train',
      start_time: '2026-02-04T23:30:00Z',
      end_time: '2026-02-05T06:00:00Z',
    });
    expect((await home.call('today', {})).text).toBe(
      `2026-02-04

Due today
• Today
• 09:00 At nine

Overdue
• Yesterday (2026-02-03)

Calendar
• all day: Holiday
• 09:15 Stand-up`,
    );
    const later = await home.call('today', {}, { now: new Date('2026-02-04T23:40:00Z') });
    expect(later.text).toContain('• 00:30 Night train');
  });

  test('list_changes lists pending and synced changes', async () => {
    expect((await home.call('list_changes', {})).text).toBe('Nothing has changed in the last 24 hours.');
    const id = await insert('tasks', { title: 'Call dentist' });
    const todo = JSON.stringify({ status: 'Todo', archived: false });
    const done = JSON.stringify({ status: 'Done', archived: false });
    await home.database.execute(sql`
      INSERT INTO sync_changes (cycle_id, entity, record_id, side, before, after, at)
      VALUES ('c', 'tasks', ${id}::uuid, 'notion', ${todo}::jsonb, ${done}::jsonb, '2026-02-04T07:00:00Z'),
             ('c', 'tasks', ${id}::uuid, 'sql', ${todo}::jsonb, ${todo}::jsonb, '2026-02-01T07:00:00Z')`);
    const { text } = await home.call('list_changes', {});
    expect(text).toBe(`Pending
• tasks: Call dentist

Synced
• 2026-02-04 08:00 tasks: Call dentist, in Notion: status Todo → Done`);
    expect((await home.call('list_changes', { entity: 'games' })).text).toContain('Nothing has changed');
  });
});

describe('hostile input', () => {
  test('SQL is a title like any other', async () => {
    const title = "'); DROP TABLE tasks; -- \\ $1 %s";
    await home.call('create_task', { title }, { deliveryKey: "'; DROP TABLE tool_deliveries; --" });
    await home.call('mark_task', { task: title, status: 'Done' });
    await home.call('find', { query: title });
    expect(await home.rows('tasks')).toEqual([expect.objectContaining({ title, status: 'Done' })]);
  });

  test.each([
    [{ title: '' }, 'title: is empty'],
    [{ title: ' \n ' }, 'title: is empty'],
    [{}, 'title: '],
    [{ title: 'x'.repeat(10_000_000) }, 'title: has more than 2000 characters'],
    [{ title: 'A\0B' }, 'title: contains a NUL character'],
    [{ title: 'A', nonsense: 1 }, 'nonsense'],
    [{ title: 'A', notes: 'x'.repeat(100_001) }, 'notes: has more than 100000 characters'],
    [{ title: 'A', due: 'when pigs fly' }, '"when pigs fly" is not a date'],
    [{ title: 'A', due: '2026-02-30' }, '"2026-02-30" is not a date'],
  ])('is refused in one line: %.80s', async (input, says) => {
    const error = await home.call('create_task', input).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    const { message } = error as Error; // checked above
    expect(message).toContain(says);
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(300);
    expect(await home.rows('tasks')).toEqual([]);
  });
});

test('every tool and every input that needs one has a description', () => {
  for (const { name, description } of tools) {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(description).toMatch(/^[A-Z].{20,}[.?"]$/);
  }
  expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
});
