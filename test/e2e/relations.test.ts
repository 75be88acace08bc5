import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Relay, startRelay } from '../faults/support/relay.ts';
import { differences, everything } from '../support/compare.ts';
import { type Stack, startStack } from '../support/stack.ts';

const MINUTE_MS = 60_000;

describe('relations', () => {
  let stack: Stack;
  let relay: Relay;

  beforeAll(async () => {
    stack = await startStack();
    relay = await startRelay(String(stack.env.NOTION_BASE_URL));
    stack.startWorker({ NOTION_BASE_URL: relay.url });
  });
  afterAll(async () => {
    await stack.stop();
    await relay.close();
  });

  const workspace = () => stack.notion.workspace;
  const sweep = () => stack.cycle({ sweep: true });
  const create = (database: string, values: Record<string, unknown>) => workspace().createPage(database, values);
  const many = (count: number, database: string, values: Record<string, unknown> = {}) =>
    Array.from({ length: count }, (_, n) => create(database, { Name: `No. ${n}`, ...values }));
  /** All pages that a page links to, including those that the integration cannot see. */
  const related = (pageId: string, property: string): string[] => {
    const held = workspace().page(pageId).page.properties[property];
    return held?.type === 'relation'
      ? held.relation.map(({ id }) => id).sort()
      : expect.fail(`no relation ${property}`);
  };
  const idOf = async (table: string, pageId: string): Promise<string> => {
    const [row] = await stack.sql<{ id: string }>(`SELECT id FROM ${table} WHERE notion_page_id = $1`, [pageId]);
    return row?.id ?? expect.fail(`${table} has no row of page ${pageId}`);
  };
  const pageOf = async (table: string, id: string): Promise<string> => {
    const [row] = await stack.sql<{ page: string }>(`SELECT notion_page_id AS page FROM ${table} WHERE id = $1`, [id]);
    return row?.page ?? expect.fail(`${table} has no row ${id}`);
  };
  const insert = async (statement: string, values: unknown[] = []): Promise<string> => {
    const [row] = await stack.sql<{ id: string }>(`${statement} RETURNING id`, values);
    return row?.id ?? expect.fail('nothing was inserted');
  };
  /** The pages of a goal's projects in SQL. */
  const projectsOf = async (goalPage: string): Promise<string[]> => {
    const rows = await stack.sql<{ page: string }>(
      `SELECT p.notion_page_id AS page FROM goal_projects j JOIN goals g ON g.id = j.goal_id
         JOIN projects p ON p.id = j.project_id WHERE g.notion_page_id = $1`,
      [goalPage],
    );
    return rows.map(({ page }) => page).sort();
  };
  const projectOf = async (taskPage: string): Promise<string | null> => {
    const [row] = await stack.sql<{ page: string | null }>(
      `SELECT p.notion_page_id AS page FROM tasks t LEFT JOIN projects p ON p.id = t.project_id WHERE t.notion_page_id = $1`,
      [taskPage],
    );
    return row ? row.page : expect.fail('the task is gone');
  };
  const errorsOf = async (syncName: string): Promise<{ code: string; message: string; record: string }[]> => {
    const [run] = await stack.sql<{ errors: { code: string; message: string; record: string }[] }>(
      'SELECT errors FROM sync_run_history WHERE sync_name = $1 ORDER BY id DESC LIMIT 1',
      [syncName],
    );
    return run?.errors ?? [];
  };
  const conflicts = () => stack.sql('SELECT * FROM sync_conflicts');

  test('a link added in SQL keeps the others when there are more than a page shows', async () => {
    const projects = many(30, 'Projects');
    const goal = create('Goals', { Name: 'Thirty', 'Related Projects': projects });
    const one = create('Projects', { Name: 'One more' });
    await stack.cycle();
    await stack.sql('INSERT INTO goal_projects VALUES ($1, $2)', [
      await idOf('goals', goal),
      await idOf('projects', one),
    ]);
    await stack.cycle();
    expect(related(goal, 'Related Projects')).toEqual([...projects, one].sort());
    expect(await projectsOf(goal)).toEqual([...projects, one].sort());
  });

  test('more links than Notion accepts in one write wait, are reported, and delay nothing else', async () => {
    const projects = many(120, 'Projects');
    const goal = create('Goals', { Name: 'Hundreds', 'Related Projects': projects });
    const one = create('Projects', { Name: 'Too many' });
    await stack.cycle();
    const id = await idOf('goals', goal);
    expect(await projectsOf(goal)).toHaveLength(120);

    await stack.sql("UPDATE goals SET notes = 'An edit of something else' WHERE id = $1", [id]);
    await stack.cycle();
    expect(related(goal, 'Related Projects')).toEqual([...projects].sort());

    await stack.sql('INSERT INTO goal_projects VALUES ($1, $2)', [id, await idOf('projects', one)]);
    await stack.sql('UPDATE goals SET progress = 42 WHERE id = $1', [id]);
    for (const _ of ['first', 'again']) {
      await stack.cycle();
      expect(await errorsOf('goals-sql-to-notion')).toMatchObject([
        { code: 'too_many_relations', message: expect.stringContaining('121'), record: id },
      ]);
      expect(workspace().page(goal).page.properties.Progress).toMatchObject({ number: 42 });
      expect(related(goal, 'Related Projects')).toEqual([...projects].sort());
      expect(await projectsOf(goal)).toHaveLength(121);
    }

    await stack.sql('DELETE FROM goal_projects WHERE goal_id = $1 AND project_id <> $2', [
      id,
      await idOf('projects', one),
    ]);
    await stack.cycle();
    expect(await errorsOf('goals-sql-to-notion')).toEqual([]);
    expect(related(goal, 'Related Projects')).toEqual([one]);
  });

  test('a link to a page that gets no row is kept, reported once, and sent with every edit', async () => {
    workspace().createDatabase({ title: 'Elsewhere', properties: { Name: { title: {} } } });
    const elsewhere = create('Elsewhere', { Name: 'In no table' });
    const { dataSourceId } = workspace().page(elsewhere);
    workspace().retypeProperty('Notes', 'Tags', { relation: { data_source_id: dataSourceId, single_property: {} } });
    const note = create('Notes', { Title: 'Points elsewhere', Tags: [elsewhere] });
    const { syncs } = await stack.cycle();
    expect(syncs.find(({ name }) => name === 'notes-sql-to-notion')).toMatchObject({ status: 'partial' });
    const id = await idOf('notes', note);
    const [error, ...others] = await errorsOf('notes-sql-to-notion');
    expect(others).toEqual([]);
    expect(error).toMatchObject({ code: 'link_unknown', record: id });
    expect(error?.message).toContain('"Tags"');
    expect(error?.message).toContain(elsewhere);
    expect(await stack.sql('SELECT record_id, field, page_id FROM pending_links')).toEqual([
      { record_id: id, field: 'tags', page_id: elsewhere },
    ]);

    const idle = await stack.cycle();
    expect(idle.syncs.find(({ name }) => name === 'notes-sql-to-notion')).toMatchObject({ status: 'ok' });
    await stack.sql("UPDATE notes SET title = 'Edited' WHERE id = $1", [id]);
    await stack.cycle();
    expect(related(note, 'Tags')).toEqual([elsewhere]);

    const second = create('Elsewhere', { Name: 'Another' });
    await stack.sql("INSERT INTO pending_links (entity, record_id, field, page_id) VALUES ('notes', $1, 'tags', $2)", [
      id,
      second,
    ]);
    await stack.sql("UPDATE notes SET title = 'Edited with a link' WHERE id = $1", [id]);
    await stack.cycle();
    expect(related(note, 'Tags')).toEqual([elsewhere, second].sort());
  });

  test('a link to a page that is not shared is not erased by any edit, and comes when the page is shared', async () => {
    const [seen, unseen] = [create('Tags', { Name: 'Seen' }), create('Tags', { Name: 'Unseen' })];
    workspace().unshare(unseen);
    const task = create('Tasks', { Title: 'Discreet', Tags: [seen, unseen] });
    await stack.cycle();
    const id = await idOf('tasks', task);
    await stack.sql("UPDATE tasks SET title = 'Discretion' WHERE id = $1", [id]);
    await stack.cycle();
    expect(related(task, 'Tags')).toEqual([seen, unseen].sort());
    workspace().share(unseen);
    await sweep();
    const tags = 'SELECT g.notion_page_id AS page FROM task_tags j JOIN tags g ON g.id = j.tag_id WHERE j.task_id = $1';
    expect(await stack.sql(tags, [id])).toHaveLength(2);

    workspace().unshare(unseen);
    await sweep().catch(() => undefined);
    expect(await stack.sql(tags, [id])).toHaveLength(2);
    const third = await insert("INSERT INTO tags (name) VALUES ('Third')");
    await stack.sql('INSERT INTO task_tags VALUES ($1, $2)', [id, third]);
    await stack.sql("UPDATE tasks SET priority = 'Low' WHERE id = $1", [id]);
    await stack.cycle();
    expect(await errorsOf('tasks-sql-to-notion')).toMatchObject([
      { code: 'link_hidden', message: expect.stringContaining(unseen), record: id },
    ]);
    expect(related(task, 'Tags')).toEqual([seen, unseen].sort());
    expect(workspace().page(task).page.properties.Priority).toMatchObject({ select: { name: 'Low' } });
    expect(await stack.sql(tags, [id])).toHaveLength(3);

    workspace().share(unseen);
    await stack.cycle();
    expect(related(task, 'Tags')).toEqual([seen, unseen, await pageOf('tags', third)].sort());
  });

  test('a row that links to a page that is not shared gets its page, and the link later', async () => {
    const project = create('Projects', { Name: 'Confidential' });
    await stack.cycle();
    workspace().unshare(project);
    const id = await insert("INSERT INTO tasks (title, project_id) VALUES ('Whisper', $1)", [
      await idOf('projects', project),
    ]);
    await stack.cycle();
    const page = await pageOf('tasks', id);
    expect(workspace().page(page).title).toBe('Whisper');
    expect(await errorsOf('tasks-sql-to-notion')).toMatchObject([{ code: 'link_hidden', record: id }]);
    workspace().share(project);
    await stack.cycle();
    expect(related(page, 'Project')).toEqual([project]);
    expect(await errorsOf('tasks-sql-to-notion')).toEqual([]);
  });

  test('a link to a trashed page stays in SQL, whatever is edited, and is back with the page', async () => {
    const [stays, trashed] = [create('Projects', { Name: 'Stays' }), create('Projects', { Name: 'Goes' })];
    const task = create('Tasks', { Title: 'Of a trashed project', Project: [trashed] });
    const goal = create('Goals', { Name: 'Of two', 'Related Projects': [stays, trashed] });
    await stack.cycle();
    workspace().trashPage(trashed);
    await sweep();
    const [row] = await stack.sql<{ archived: Date }>(
      'SELECT archived_at AS archived FROM projects WHERE notion_page_id = $1',
      [trashed],
    );
    expect(row?.archived).toBeInstanceOf(Date);
    expect(await projectOf(task)).toBe(trashed);
    expect(await projectsOf(goal)).toEqual([stays, trashed].sort());

    workspace().editPage(task, { Notes: 'Edited in Notion' });
    await stack.sql("UPDATE goals SET notes = 'Edited in SQL' WHERE notion_page_id = $1", [goal]);
    await stack.cycle();
    expect(workspace().page(goal).page.properties.Notes).toMatchObject({
      rich_text: [{ plain_text: 'Edited in SQL' }],
    });
    const third = create('Projects', { Name: 'Third' });
    await stack.cycle();
    await stack.sql('INSERT INTO goal_projects VALUES ($1, $2)', [
      await idOf('goals', goal),
      await idOf('projects', third),
    ]);
    await stack.cycle();
    expect(await projectOf(task)).toBe(trashed);
    expect(await projectsOf(goal)).toEqual([stays, trashed, third].sort());
    expect(await conflicts()).toEqual([]);

    workspace().restorePage(trashed);
    await sweep();
    expect(related(task, 'Project')).toEqual([trashed]);
    expect(related(goal, 'Related Projects')).toEqual([stays, trashed, third].sort());
    expect(await projectOf(task)).toBe(trashed);
    expect(await projectsOf(goal)).toEqual([stays, trashed, third].sort());
  });

  test('a link removed in Notion is removed, even when its page is trashed later', async () => {
    const project = create('Projects', { Name: 'Left' });
    const task = create('Tasks', { Title: 'Leaves', Project: [project] });
    await stack.cycle();
    workspace().editPage(task, { Project: [] });
    await stack.cycle();
    expect(await projectOf(task)).toBeNull();
    workspace().trashPage(project);
    await sweep();
    expect(await projectOf(task)).toBeNull();
  });

  test('both ends of a two-way relation, edited on different sides at once, end up equal', async () => {
    const [a, b, c] = ['A', 'B', 'C'].map((name) => create('Projects', { Name: name })) as [string, string, string];
    const [one, two, three] = ['One', 'Two', 'Three'].map((title) =>
      create('Tasks', { Title: title, Project: [a] }),
    ) as [string, string, string];
    const goal = create('Goals', { Name: 'Ends', 'Related Projects': [a] });
    await stack.cycle();

    workspace().editPage(a, { Tasks: [three] });
    workspace().editPage(b, { Tasks: [one, two], Goals: [goal] });
    const later = new Date(Date.now() + 5 * MINUTE_MS);
    const moved = 'UPDATE tasks SET project_id = $1, sql_local_last_edited_at = $3 WHERE notion_page_id = $2';
    await stack.sql(moved, [await idOf('projects', c), two, later]);
    await stack.sql(moved, [await idOf('projects', c), three, later]);
    await stack.cycle();
    await stack.cycle();
    expect(related(one, 'Project')).toEqual([b]);
    expect(related(two, 'Project')).toEqual([c]);
    expect(related(three, 'Project')).toEqual([c]);
    expect(related(b, 'Tasks')).toEqual([one]);
    expect(related(goal, 'Related Projects')).toEqual([a, b].sort());
    expect(await projectsOf(goal)).toEqual([a, b].sort());
    // Only what both sides changed was in conflict.
    expect(await conflicts()).toMatchObject([{ record_id: await idOf('tasks', two), winner: 'sql' }]);

    const before = await everything(stack);
    await stack.cycle();
    expect(await everything(stack)).toEqual(before);
  });

  test('a link added at the far end arrives and is removed when there are more than a page shows', async () => {
    const project = create('Projects', { Name: 'Busy' });
    const tasks = Array.from({ length: 30 }, (_, n) => create('Tasks', { Title: `T${n}`, Project: [project] }));
    const late = create('Tasks', { Title: 'Late' });
    await stack.cycle();
    workspace().editPage(project, { Tasks: [...tasks.slice(1), late] });
    await stack.cycle();
    expect(await projectOf(late)).toBe(project);
    expect(await projectOf(String(tasks[0]))).toBeNull();
    expect(await projectOf(String(tasks[29]))).toBe(project);
  });

  test('an edit in SQL writes only the edited property', async () => {
    workspace().addProperty('Tasks', 'Not mapped', { rich_text: {} });
    const task = create('Tasks', { Title: 'Narrow', 'Not mapped': 'Mine', Notes: 'Theirs' });
    await stack.cycle();
    const from = relay.passed.length;
    await stack.sql("UPDATE tasks SET priority = 'High' WHERE notion_page_id = $1", [task]);
    await stack.cycle();
    const properties = workspace().page(task).page.properties;
    const writes = relay.passed.slice(from).filter(({ method, path }) => method === 'PATCH' && path.includes(task));
    expect(writes.map((request) => request.writes)).toEqual([[properties.Priority?.id]]);
    expect(properties['Not mapped']).toMatchObject({ rich_text: [{ plain_text: 'Mine' }] });
  });

  test('in the end both sides are in sync', async () => {
    await stack.sql("DELETE FROM pending_links WHERE entity = 'notes'");
    await sweep();
    expect((await differences(stack)).filter((difference) => !difference.startsWith('notes'))).toEqual([]);
  });
});
