import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DoctorFixture, named, openDoctorFixture } from './doctor-fixture.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const TASK = id(1);

describe('lockstep doctor finds relations that were cut off at 25 links', () => {
  let fixture: DoctorFixture;
  let tags: string[];
  beforeAll(async () => {
    fixture = await openDoctorFixture();
    tags = Array.from({ length: 30 }, (_, n) => fixture.notion.workspace.createPage('Tags', { Name: `Tag ${n}` }));
  });
  afterAll(() => fixture.close());
  beforeEach(() =>
    fixture.user
      .query('TRUNCATE tasks, tags, task_tags, sync_state, sync_outbox, pending_links, sync_refresh')
      .then(() => undefined),
  );

  /** A page with `inNotion` tags, and a row with 25 of them. */
  async function cut(inNotion: number, agreed: number | null, known = 30): Promise<void> {
    const page = fixture.notion.workspace.createPage('Tasks', { Title: 'Much', Tags: tags.slice(0, inNotion) });
    const base = JSON.stringify({ title: 'Much', tags: tags.slice(0, agreed ?? 0).sort() });
    await fixture.unnoticed(
      ...tags
        .slice(0, known)
        .map((tag, n) => `INSERT INTO tags (id, notion_page_id, name) VALUES ('${id(100 + n)}', '${tag}', 'x')`),
      `INSERT INTO tasks (id, notion_page_id, title) VALUES ('${TASK}', '${page}', 'Much')`,
      ...tags.slice(0, 25).map((_, n) => `INSERT INTO task_tags VALUES ('${TASK}', '${id(100 + n)}')`),
      ...(agreed === null
        ? []
        : [
            `INSERT INTO sync_state (entity, record_id, page_id, base, archived, trashed, page_created_at, page_edited_at)
              VALUES ('tasks', '${TASK}', '${page}', '${base}', false, false, now(), now())`,
          ]),
    );
  }
  const count = async (table: string) => {
    const { rows } = await fixture.user.query(`SELECT count(*)::int AS n FROM ${table}`);
    return rows[0].n;
  };

  test.each([
    ['the synced content has more', 30, 30],
    ['Notion has more', 30, 25],
    ['Notion has more, and nothing was synced yet', 30, null],
  ])('%s: the links are added, without counting as an edit', async (_, inNotion, agreed) => {
    await cut(inNotion, agreed);
    const [found, ...others] = await fixture.problems();
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code: 'relation_cut', subject: 'tasks/Tags', fix: 'lockstep doctor --fix' });
    expect(found?.what).toBe('1 row has only the first 25 links of the page: "Much"');
    expect(await fixture.problems({ fix: true })).toEqual([]);
    expect([await count('task_tags'), await count('sync_outbox')]).toEqual([30, 0]);
  });

  test('a link to a page without a row stays pending', async () => {
    await cut(30, 25, 28);
    expect(await fixture.problems({ fix: true })).toEqual([]);
    expect([await count('task_tags'), await count('pending_links')]).toEqual([28, 2]);
  });

  test('rows with exactly 25 links, and rows edited in SQL, are not reported', async () => {
    await cut(25, 25);
    expect(await fixture.problems()).toEqual([]);
    await fixture.user.query('TRUNCATE tasks, tags, task_tags, sync_state');
    await cut(30, 30);
    await fixture.user.query("UPDATE tasks SET title = 'Much, with fewer tags'");
    expect(named(await fixture.problems())).toEqual([]);
  });
});
