import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let server: TestDatabase;
let user: pg.Client;

beforeAll(async () => {
  server = await freshDatabase();
  user = new pg.Client({ connectionString: server.url });
  await user.connect();
});
afterAll(async () => {
  await user.end();
  await server.drop();
});
beforeEach(() => user.query('TRUNCATE tasks, projects, tags, task_tags, sync_outbox, creation_intents'));

async function sql<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await user.query<Row>(text, values)).rows;
}

async function one<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row> {
  const [row] = await sql<Row>(text, values);
  if (!row) throw new Error(`no row: ${text}`);
  return row;
}

interface Task {
  readonly id: string;
  readonly notion_page_id: string;
  readonly title: string;
  readonly sql_local_last_edited_at: Date | null;
  readonly updated_at: Date;
  readonly created_at: Date;
}

const insertTask = (title = 'Call Ada'): Promise<Task> =>
  one<Task>('INSERT INTO tasks (title) VALUES ($1) RETURNING *', [title]);
const taskOf = ({ id }: { id: string }): Promise<Task> => one<Task>('SELECT * FROM tasks WHERE id = $1', [id]);
const editsOf = async ({ id }: { id: string }): Promise<string[]> =>
  (await sql<{ seq: string }>('SELECT seq FROM sync_outbox WHERE record_id = $1', [id])).map(({ seq }) => seq);

/** The row as the sync leaves it: no unsent edit, and an old edit time. */
async function synced(): Promise<Task> {
  const task = await insertTask();
  await asSync(
    "UPDATE tasks SET sql_local_last_edited_at = '2020-01-01Z', updated_at = '2020-01-01Z', notion_page_id = 'page-1' WHERE id = $1",
    [task.id],
  );
  await sql('DELETE FROM sync_outbox');
  return taskOf(task);
}

async function asSync(text: string, values: unknown[] = []): Promise<void> {
  await sql('BEGIN');
  try {
    await sql("SELECT set_config('lockstep.sync', 'on', true)");
    await sql(text, values);
    await sql('COMMIT');
  } catch (error) {
    await sql('ROLLBACK');
    throw error;
  }
}

const isNow = (time: Date | null): boolean => time !== null && time.getUTCFullYear() > 2020;

describe("a user's INSERT", () => {
  test('needs only a title: id, temporary id, edit time and default status are set', async () => {
    const task = await one('INSERT INTO tasks (title) VALUES ($1) RETURNING *', ['Call Ada']);
    expect(task).toMatchObject({ notion_page_id: `sql:${task.id}`, status: 'Todo', archived_at: null });
    expect(isNow(task.sql_local_last_edited_at)).toBe(true);
    expect(await sql('SELECT entity, record_id FROM sync_outbox')).toEqual([{ entity: 'tasks', record_id: task.id }]);
  });

  test('keeps a temporary id that its writer chose', async () => {
    const task = await one("INSERT INTO tasks (title, notion_page_id) VALUES ('A', 'sql:telegram_7') RETURNING *");
    expect(task.notion_page_id).toBe('sql:telegram_7');
  });

  test('keeps an edit time that its writer set', async () => {
    const task = await one<Task>(
      "INSERT INTO tasks (title, sql_local_last_edited_at) VALUES ('A', '2020-05-05T12:00Z') RETURNING *",
    );
    expect(task.sql_local_last_edited_at).toEqual(new Date('2020-05-05T12:00Z'));
    expect(await editsOf(task)).toHaveLength(1);
  });
});

describe("a user's UPDATE", () => {
  test('stamps the row, and is sent', async () => {
    const task = await synced();
    await sql("UPDATE tasks SET title = 'Call Bob' WHERE id = $1", [task.id]);
    const edited = await taskOf(task);
    expect(isNow(edited.sql_local_last_edited_at)).toBe(true);
    expect(isNow(edited.updated_at)).toBe(true);
    expect(await editsOf(task)).toHaveLength(1);
  });

  test('that changes nothing is no edit', async () => {
    const task = await synced();
    await sql("UPDATE tasks SET title = 'Call Ada', status = 'Todo' WHERE id = $1", [task.id]);
    expect(await taskOf(task)).toEqual(task);
    expect(await editsOf(task)).toEqual([]);
  });

  test('that sets its own edit time keeps it', async () => {
    const task = await synced();
    await sql("UPDATE tasks SET title = 'B', sql_local_last_edited_at = '2020-05-05T12:00Z' WHERE id = $1", [task.id]);
    expect((await taskOf(task)).sql_local_last_edited_at).toEqual(new Date('2020-05-05T12:00Z'));
    expect(await editsOf(task)).toHaveLength(1);
  });

  test('gives the edit a new number, so that it is not confused with one being sent', async () => {
    const task = await insertTask();
    const [first] = await editsOf(task);
    await sql("UPDATE tasks SET title = 'Call Bob' WHERE id = $1", [task.id]);
    const [second, ...others] = await editsOf(task);
    expect(Number(second)).toBeGreaterThan(Number(first));
    expect(others).toEqual([]);
  });

  test('of many rows stamps each', async () => {
    await insertTask('A');
    await insertTask('B');
    await sql('DELETE FROM sync_outbox');
    await sql("UPDATE tasks SET priority = 'High'");
    expect(await sql('SELECT record_id FROM sync_outbox')).toHaveLength(2);
  });

  test('cannot change the id', async () => {
    const task = await synced();
    const change = sql('UPDATE tasks SET id = gen_random_uuid() WHERE id = $1', [task.id]);
    await expect(change).rejects.toThrow('the id of a synced row does not change');
  });
});

test("a user's DELETE is sent", async () => {
  const task = await synced();
  await sql('DELETE FROM tasks WHERE id = $1', [task.id]);
  expect(await editsOf(task)).toHaveLength(1);
});

describe('a change in a join table', () => {
  const tagged = async (): Promise<{ task: Task; tag: string }> => {
    const task = await synced();
    const { id: tag } = await one<{ id: string }>("INSERT INTO tags (name) VALUES ('home') RETURNING id");
    await asSync('INSERT INTO task_tags (task_id, tag_id) VALUES ($1, $2)', [task.id, tag]);
    await sql('DELETE FROM sync_outbox');
    return { task: await taskOf(task), tag };
  };

  test('by the sync is no edit', async () => {
    const { task } = await tagged();
    expect(task.sql_local_last_edited_at?.getUTCFullYear()).toBe(2020);
    expect(await editsOf(task)).toEqual([]);
  });

  test.each([
    ['INSERT', 'INSERT INTO task_tags (task_id, tag_id) SELECT $1::uuid, gen_random_uuid()'],
    ['UPDATE', 'UPDATE task_tags SET tag_id = gen_random_uuid() WHERE task_id = $1'],
    ['DELETE', 'DELETE FROM task_tags WHERE task_id = $1'],
  ])('%s is an edit of its own row only', async (_, statement) => {
    const { task, tag } = await tagged();
    await sql(statement, [task.id]);
    const edited = await taskOf(task);
    expect(isNow(edited.sql_local_last_edited_at)).toBe(true);
    expect(isNow(edited.updated_at)).toBe(true);
    expect(await editsOf(task)).toHaveLength(1);
    expect(await editsOf({ id: tag })).toEqual([]);
  });

  test('that moves a link to another row is an edit of both', async () => {
    const { task } = await tagged();
    const other = await insertTask('Call Bob');
    await sql('DELETE FROM sync_outbox');
    await sql('UPDATE task_tags SET task_id = $2 WHERE task_id = $1', [task.id, other.id]);
    expect(await editsOf(task)).toHaveLength(1);
    expect(await editsOf(other)).toHaveLength(1);
  });

  test('before its row exists does nothing', async () => {
    await sql('INSERT INTO task_tags (task_id, tag_id) VALUES (gen_random_uuid(), gen_random_uuid())');
    expect(await sql('SELECT FROM sync_outbox')).toEqual([]);
  });
});

describe("the sync's own writes", () => {
  test('are not stamped, and are not sent', async () => {
    const task = await synced();
    await asSync("UPDATE tasks SET title = 'From Notion' WHERE id = $1", [task.id]);
    expect((await taskOf(task)).sql_local_last_edited_at).toEqual(task.sql_local_last_edited_at);
    await asSync("INSERT INTO tasks (title, notion_page_id) VALUES ('From Notion', 'page-2')");
    const inserted = await one<Task>("SELECT * FROM tasks WHERE notion_page_id = 'page-2'");
    expect(inserted.sql_local_last_edited_at).toBeNull();
    await asSync("DELETE FROM tasks WHERE notion_page_id = 'page-2'");
    expect(await sql('SELECT FROM sync_outbox')).toEqual([]);
  });

  test('end with their transaction: the next write of that connection is an edit', async () => {
    const task = await synced();
    await asSync("UPDATE tasks SET title = 'From Notion' WHERE id = $1", [task.id]);
    await sql("UPDATE tasks SET title = 'By hand' WHERE id = $1", [task.id]);
    expect(await editsOf(task)).toHaveLength(1);
  });
});

describe('a temporary id that was replaced', () => {
  const CHAT = 'sql:telegram_7';
  const insert = (onConflict = '', title = 'Again'): Promise<Task[]> =>
    sql<Task>(`INSERT INTO tasks (title, notion_page_id) VALUES ($2, $1) ${onConflict} RETURNING *`, [CHAT, title]);

  /** A chat's row after its page was created. */
  beforeEach(async () => {
    const [task] = await insert('', 'From the chat');
    await sql(
      "INSERT INTO creation_intents (entity, record_id, started_at, sent, page_id, temporary_id, closed_at) VALUES ('tasks', $1, now(), '{}', 'page-1', $2, now())",
      [task?.id, CHAT],
    );
    await asSync("UPDATE tasks SET notion_page_id = 'page-1' WHERE id = $1", [task?.id]);
  });

  test('still violates the UNIQUE constraint', async () => {
    await expect(insert()).rejects.toMatchObject({ code: '23505', constraint: 'tasks_notion_page_id_key' });
  });

  test('with ON CONFLICT DO NOTHING does nothing', async () => {
    expect(await insert('ON CONFLICT DO NOTHING')).toEqual([]);
    expect(await insert('ON CONFLICT (notion_page_id) DO NOTHING')).toEqual([]);
    expect(await sql('SELECT FROM tasks')).toHaveLength(1);
  });

  test('with ON CONFLICT DO UPDATE edits the row that it belongs to', async () => {
    await sql('DELETE FROM sync_outbox');
    const [task] = await insert('ON CONFLICT (notion_page_id) DO UPDATE SET title = excluded.title');
    expect(task).toMatchObject({ title: 'Again', notion_page_id: 'page-1' });
    expect(await sql('SELECT FROM tasks')).toHaveLength(1);
    expect(await editsOf({ id: task?.id ?? '' })).toHaveLength(1);
  });

  test('means nothing in another table', async () => {
    const [project] = await sql("INSERT INTO projects (name, notion_page_id) VALUES ('A', $1) RETURNING *", [CHAT]);
    expect(project?.notion_page_id).toBe(CHAT);
  });
});

describe('views for reading', () => {
  const titles = async (text: string): Promise<string[]> =>
    (await sql<{ title: string }>(text)).map(({ title }) => title).sort();

  test('active_tasks omits archived, cancelled and done tasks, and keeps those without a status', async () => {
    await sql(`INSERT INTO tasks (title, status, archived_at) VALUES
      ('todo', 'Todo', NULL), ('none', NULL, NULL), ('new option', 'Waiting', NULL),
      ('done', 'Done', NULL), ('cancelled', 'Cancelled', NULL), ('archived', 'Todo', now())`);
    expect(await titles('SELECT title FROM active_tasks')).toEqual(['new option', 'none', 'todo']);
  });

  test('active_projects omits projects archived by time or by status', async () => {
    await sql(`INSERT INTO projects (name, status, archived_at) VALUES
      ('active', 'Active', NULL), ('none', NULL, NULL), ('completed', 'Completed', NULL),
      ('archived', 'Archived', NULL), ('gone', 'Active', now())`);
    expect(await titles('SELECT name AS title FROM active_projects')).toEqual(['active', 'completed', 'none']);
  });

  test('active_tags omits archived tags', async () => {
    await sql("INSERT INTO tags (name, archived_at) VALUES ('live', NULL), ('gone', now())");
    expect(await titles('SELECT name AS title FROM active_tags')).toEqual(['live']);
  });

  test('related_tasks is the inverse of tasks.project_id', async () => {
    const { id } = await one("INSERT INTO projects (name) VALUES ('Plan') RETURNING id");
    await sql("INSERT INTO projects (name) VALUES ('Empty')");
    await sql("INSERT INTO tasks (title, project_id) VALUES ('A', $1), ('B', $1), ('C', NULL)", [id]);
    expect(await titles('SELECT t.title FROM projects p, related_tasks(p) t')).toEqual(['A', 'B']);
    expect(await titles('SELECT (p.related_tasks).title FROM projects p')).toEqual(['A', 'B']);
  });
});
