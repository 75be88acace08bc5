import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defineEntity, relationToMany, relationToOne, title } from '../../src/entities/define.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const topics = defineEntity({
  name: 'topics',
  table: 'topics',
  databaseId: '11111111-3a65-8055-8b36-ea0f30871fe3',
  title: 'Topics',
  fields: {
    name: title('Name'),
    parent_id: relationToOne('Parent', 'topics'),
    related: relationToMany('Related', 'topics', 'topic_links', ['topic_id', 'other_id']),
  },
});

describe('an entity with relations to itself', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine(
      topics,
      `CREATE TABLE topics (${COMMON_COLUMNS}, name text NOT NULL DEFAULT '', parent_id uuid);
       CREATE TABLE topic_links (topic_id uuid, other_id uuid, PRIMARY KEY (topic_id, other_id));`,
    );
  });
  afterAll(() => engine.close());

  const create = (values: Record<string, unknown>) => engine.notion.workspace.createPage('Topics', values);
  const insert = async (name: string): Promise<string> => {
    const [row] = await engine.sql<{ id: string }>('INSERT INTO topics (name) VALUES ($1) RETURNING id', [name]);
    return row?.id ?? expect.fail('nothing was inserted');
  };
  const pageOf = async (id: string): Promise<string> => {
    const [row] = await engine.sql<{ page: string }>('SELECT notion_page_id AS page FROM topics WHERE id = $1', [id]);
    return row?.page ?? expect.fail(`no row ${id}`);
  };
  const relation = (pageId: string, property: string): string[] => {
    const held = engine.notion.workspace.page(pageId).page.properties[property];
    return held?.type === 'relation' ? held.relation.map(({ id }) => id).sort() : expect.fail(`no ${property}`);
  };
  /** The names of a row's parent and related rows. */
  const linksOf = async (pageId: string) => {
    const [row] = await engine.sql(
      `SELECT (SELECT p.name FROM topics p WHERE p.id = t.parent_id) AS parent,
         ARRAY(SELECT o.name FROM topic_links l JOIN topics o ON o.id = l.other_id WHERE l.topic_id = t.id ORDER BY 1) AS related
       FROM topics t WHERE notion_page_id = $1`,
      [pageId],
    );
    return row;
  };
  /** After two cycles there are no changes. */
  const settled = async () => {
    await engine.cycle();
    const tally = await engine.cycle();
    expect(tally).toMatchObject({ created: 0, updated: 0, conflicts: 0, errors: [] });
    expect(await engine.sql('SELECT * FROM sync_outbox')).toEqual([]);
    expect(await engine.sql('SELECT * FROM pending_links')).toEqual([]);
  };

  test('reads pages from Notion that link to themselves and to each other', async () => {
    const [a, b] = [create({ Name: 'A' }), create({ Name: 'B' })];
    engine.notion.workspace.editPage(a, { Parent: [a], Related: [a, b] });
    engine.notion.workspace.editPage(b, { Parent: [a], Related: [a] });
    await engine.cycle();
    expect(await linksOf(a)).toEqual({ parent: 'A', related: ['A', 'B'] });
    expect(await linksOf(b)).toEqual({ parent: 'A', related: ['A'] });
    await settled();
  });

  test('sends a circle of SQL-first rows: pages first, links after', async () => {
    const [a, b, c] = [await insert('C1'), await insert('C2'), await insert('C3')];
    await engine.sql('UPDATE topics SET parent_id = $2 WHERE id = $1', [a, b]);
    await engine.sql('UPDATE topics SET parent_id = $2 WHERE id = $1', [b, c]);
    await engine.sql('UPDATE topics SET parent_id = $2 WHERE id = $1', [c, a]);
    await engine.sql('INSERT INTO topic_links VALUES ($1, $2), ($2, $1), ($3, $3)', [a, b, c]);
    expect(await engine.cycle()).toMatchObject({ created: 3, errors: [] });
    const [pageA, pageB, pageC] = [await pageOf(a), await pageOf(b), await pageOf(c)];
    expect([pageA, pageB, pageC].map((page) => relation(page, 'Parent'))).toEqual([[pageB], [pageC], [pageA]]);
    expect([pageA, pageB, pageC].map((page) => relation(page, 'Related'))).toEqual([[pageB], [pageA], [pageC]]);
    expect(engine.notion.workspace.pages('Topics').filter(({ title }) => title.startsWith('C'))).toHaveLength(3);
    await settled();
  });

  test('sends a SQL-first row that links to itself', async () => {
    const own = await insert('Own');
    await engine.sql('UPDATE topics SET parent_id = id WHERE id = $1', [own]);
    await engine.sql('INSERT INTO topic_links VALUES ($1, $1)', [own]);
    await engine.cycle();
    const page = await pageOf(own);
    expect(relation(page, 'Parent')).toEqual([page]);
    expect(relation(page, 'Related')).toEqual([page]);
    await engine.sql('UPDATE topics SET parent_id = NULL WHERE id = $1', [own]);
    await engine.cycle();
    expect(relation(page, 'Parent')).toEqual([]);
    expect(relation(page, 'Related')).toEqual([page]);
    await settled();
  });

  test('a link set in SQL replaces a pending to-one link', async () => {
    const [stray, wanted] = ['99999999-3a65-4055-8b36-ea0f30871fe3', create({ Name: 'Wanted' })];
    const child = create({ Name: 'Child' });
    await engine.cycle();
    const waiting =
      "INSERT INTO pending_links SELECT 'topics', id, 'parent_id', $2 FROM topics WHERE notion_page_id = $1";
    await engine.sql(waiting, [child, stray]);
    const adopt =
      'UPDATE topics SET parent_id = (SELECT id FROM topics WHERE notion_page_id = $2) WHERE notion_page_id = $1';
    await engine.sql(adopt, [child, wanted]);
    await engine.cycle();
    expect(relation(child, 'Parent')).toEqual([wanted]);
    await engine.sql('UPDATE topics SET parent_id = NULL WHERE notion_page_id = $1', [child]);
    await engine.cycle();
    expect(relation(child, 'Parent')).toEqual([]);
    await settled();
  });
});
