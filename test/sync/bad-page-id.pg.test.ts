import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineEntity, relationToMany, relationToOne, title } from '../../src/entities/define.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const topics = defineEntity({
  name: 'topics',
  table: 'topics',
  databaseId: '66666666-3a65-8055-8b36-ea0f30871fe3',
  title: 'Topics',
  fields: {
    name: title('Name'),
    parent_id: relationToOne('Parent', 'topics'),
    related: relationToMany('Related', 'topics', 'topic_links', ['topic_id', 'other_id']),
  },
});

/** Neither is a page: Notion answers the first with 400 and the second with 404. */
const BAD_IDS = ['legacy-17', '99999999-3a65-4055-8b36-ea0f30871fe3'];

describe.each(BAD_IDS)('a row with the page id %s', (badId) => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await startEngine(
      topics,
      `CREATE TABLE topics (${COMMON_COLUMNS}, name text NOT NULL DEFAULT '', parent_id uuid);
       CREATE TABLE topic_links (topic_id uuid, other_id uuid, PRIMARY KEY (topic_id, other_id));`,
    );
  });
  afterEach(() => engine.close());

  const create = (name: string) => engine.notion.workspace.createPage('Topics', { Name: name });
  const insertBad = async (): Promise<string> => {
    const [row] = await engine.sql<{ id: string }>(
      "INSERT INTO topics (notion_page_id, name) VALUES ($1, 'Bad') RETURNING id",
      [badId],
    );
    return row?.id ?? expect.fail('nothing was inserted');
  };
  const nameOf = async (page: string) => {
    const [row] = await engine.sql<{ name: string }>('SELECT name FROM topics WHERE notion_page_id = $1', [page]);
    return row?.name;
  };
  const titleInNotion = (page: string): string => engine.notion.workspace.page(page).title;
  const queueRead = () => engine.sql("INSERT INTO sync_refresh (entity, page_id) VALUES ('topics', $1)", [badId]);

  test('is reported, and the others go on in both directions', async () => {
    const page = create('A');
    await engine.cycle();
    const bad = await insertBad();
    for (const name of ['B', 'D']) {
      await queueRead();
      engine.notion.workspace.editPage(page, { Name: name });
      const other = create(`Edited in SQL after ${name}`);
      const { errors } = await engine.cycle();
      expect(errors.length).toBeGreaterThan(0);
      expect(errors.every(({ record }) => record === bad)).toBe(true);
      expect(errors[0]?.message).toContain(badId);
      expect(await nameOf(page)).toBe(name);
      await engine.sql("UPDATE topics SET name = 'SQL ' || name WHERE notion_page_id = $1", [other]);
      await engine.cycle();
      expect(titleInNotion(other)).toBe(`SQL Edited in SQL after ${name}`);
    }
  });

  test('leaves both queues when it is deleted', async () => {
    create('A');
    await engine.cycle();
    const bad = await insertBad();
    await queueRead();
    await engine.sql('DELETE FROM topics WHERE id = $1', [bad]);
    expect(await engine.cycle()).toMatchObject({ errors: [] });
    expect(await engine.sql('SELECT * FROM sync_refresh')).toEqual([]);
    expect(await engine.sql('SELECT * FROM sync_outbox')).toEqual([]);
  });

  test('is reported by each row that links to it; what else these rows hold is sent', async () => {
    const page = create('A');
    await engine.cycle();
    const bad = await insertBad();
    const [fresh] = await engine.sql<{ id: string }>(
      "INSERT INTO topics (name, parent_id) VALUES ('New', $1) RETURNING id",
      [bad],
    );
    await engine.sql("UPDATE topics SET name = 'A edited', parent_id = $2 WHERE notion_page_id = $1", [page, bad]);
    await engine.sql('INSERT INTO topic_links SELECT id, $2 FROM topics WHERE notion_page_id = $1', [page, bad]);
    for (let cycle = 1; cycle <= 2; cycle += 1) {
      const { errors } = await engine.cycle();
      expect(errors.map(({ code }) => code)).toContain('link_hidden');
      expect(titleInNotion(page)).toBe('A edited');
      expect(engine.notion.workspace.pages('Topics').map(({ title }) => title)).toEqual(['A edited', 'New']);
    }

    await engine.sql('UPDATE topics SET parent_id = NULL');
    await engine.sql('DELETE FROM topic_links');
    await engine.sql('DELETE FROM topics WHERE id = $1', [bad]);
    await engine.cycle();
    expect(await engine.cycle()).toMatchObject({ created: 0, updated: 0, errors: [] });
    expect(await engine.sql('SELECT * FROM sync_outbox')).toEqual([]);
    expect(fresh).toBeDefined();
  });

  test('a row whose page is not found does not come back, and stops no other', async () => {
    const [lost, page] = [create('Lost'), create('A')];
    await engine.cycle();
    await engine.sql('UPDATE sync_state SET page_id = $2 WHERE page_id = $1', [lost, badId]);
    await engine.sql('DELETE FROM topics WHERE notion_page_id = $1', [lost]);
    await engine.sql("UPDATE topics SET name = 'B' WHERE notion_page_id = $1", [page]);
    const { errors } = await engine.cycle();
    expect(errors).toHaveLength(1);
    expect(titleInNotion(page)).toBe('B');
  });
});
