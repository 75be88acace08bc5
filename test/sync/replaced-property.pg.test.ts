import { dataSourceIdOf } from 'notion-emulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineEntity, number, relationToMany, richText, select, title } from '../../src/entities/define.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const topics = defineEntity({
  name: 'topics',
  table: 'topics',
  databaseId: '88888888-3a65-8055-8b36-ea0f30871fe3',
  title: 'Topics',
  archivedStatus: 'Dropped',
  fields: {
    name: title('Name'),
    notes: richText('Notes'),
    status: select('Status', ['Open', 'Dropped'], { default: 'Open' }),
    score: number('Score'),
    related: relationToMany('Related', 'topics', 'topic_links', ['topic_id', 'other_id']),
  },
});

const CONFIGS = { Notes: { rich_text: {} }, Score: { number: {} }, Status: { select: { options: [] } } };

describe.each(['field', 'row'] as const)(
  'a property that was replaced in Notion, with conflicts by %s',
  (conflicts) => {
    let engine: Engine;
    beforeEach(async () => {
      engine = await startEngine(
        topics,
        `CREATE TABLE topics (${COMMON_COLUMNS}, name text NOT NULL DEFAULT '', notes text, status text, score double precision);
       CREATE TABLE topic_links (topic_id uuid, other_id uuid, PRIMARY KEY (topic_id, other_id));`,
        { conflicts },
      );
    });
    afterEach(() => engine.close());

    const workspace = () => engine.notion.workspace;
    const replace = (property: keyof typeof CONFIGS) => {
      workspace().deleteProperty('Topics', property);
      workspace().addProperty('Topics', property, CONFIGS[property]);
    };
    const inNotion = (title: string, property: string): unknown => {
      const page =
        workspace()
          .pages('Topics')
          .find((each) => each.title === title) ?? expect.fail(`no page ${title}`);
      const value = page.page.properties[property];
      if (value?.type === 'rich_text') return value.rich_text.map(({ plain_text }) => plain_text).join('');
      if (value?.type === 'select') return value.select?.name ?? null;
      if (value?.type === 'relation') return value.relation.length;
      return value?.type === 'number' ? value.number : undefined;
    };
    const rows = () =>
      engine.sql('SELECT name, notes, status, score, archived_at IS NOT NULL AS archived FROM topics ORDER BY name');
    const settle = async () => {
      await engine.cycle();
      await engine.cycle({ sweep: true });
      const writes = engine.notion.counters.read().writes;
      await engine.cycle({ sweep: true });
      expect(engine.notion.counters.read().writes).toBe(writes);
      expect(await engine.sql('SELECT 1 FROM sync_outbox')).toEqual([]);
    };

    test('is filled from SQL, whatever else was edited, and a value set in Notion since stays', async () => {
      for (const name of ['a', 'b', 'c', 'd']) {
        workspace().createPage('Topics', { Name: name, Notes: `notes of ${name}`, Score: 7, Status: 'Open' });
      }
      await settle();
      replace('Notes');
      replace('Score');
      const pageOf = (title: string) =>
        String(
          workspace()
            .pages('Topics')
            .find((page) => page.title === title)?.id,
        );
      workspace().editPage(pageOf('b'), { Status: 'Busy' });
      workspace().editPage(pageOf('c'), { Notes: 'set since', Score: 8 });
      await engine.sql(
        "UPDATE topics SET status = 'Waiting', sql_local_last_edited_at = now() - interval '1 hour' WHERE name = 'd'",
      );
      await settle();
      expect(await rows()).toEqual([
        { name: 'a', notes: 'notes of a', status: 'Open', score: 7, archived: false },
        { name: 'b', notes: 'notes of b', status: 'Busy', score: 7, archived: false },
        { name: 'c', notes: 'set since', status: 'Open', score: 8, archived: false },
        { name: 'd', notes: 'notes of d', status: 'Waiting', score: 7, archived: false },
      ]);
      for (const name of ['a', 'b', 'd']) {
        expect([inNotion(name, 'Notes'), inNotion(name, 'Score')]).toEqual([`notes of ${name}`, 7]);
      }
      expect(inNotion('c', 'Notes')).toBe('set since');
      // Both sides have a value that the other never saw: the row's is kept.
      expect(await engine.sql('SELECT sql_version FROM sync_conflicts')).toMatchObject([
        { sql_version: { notes: 'notes of c', score: 7 } },
      ]);
      // From here on, clearing is an edit again.
      workspace().editPage(pageOf('a'), { Notes: '' });
      await settle();
      expect((await rows())[0]).toMatchObject({ name: 'a', notes: null });
    });

    test('the status of archived records: nothing is reopened', async () => {
      workspace().createPage('Topics', { Name: 'a', Status: 'Open' });
      workspace().createPage('Topics', { Name: 'b', Status: 'Open' });
      await settle();
      await engine.sql("UPDATE topics SET archived_at = now() WHERE name = 'a'");
      await settle();
      replace('Status');
      await settle();
      expect(await rows()).toMatchObject([
        { name: 'a', status: 'Dropped', archived: true },
        { name: 'b', status: 'Open', archived: false },
      ]);
      expect([inNotion('a', 'Status'), inNotion('b', 'Status')]).toEqual(['Dropped', 'Open']);
    });

    test('of another type for a while, which cleared it in Notion: it is filled from SQL again', async () => {
      workspace().createPage('Topics', { Name: 'a', Notes: 'words', Score: 7 });
      await settle();
      workspace().retypeProperty('Topics', 'Notes', { number: {} });
      workspace().retypeProperty('Topics', 'Score', { checkbox: {} });
      await expect(engine.cycle()).rejects.toMatchObject({ code: 'property_retyped' });
      workspace().retypeProperty('Topics', 'Notes', { rich_text: {} });
      workspace().retypeProperty('Topics', 'Score', { number: {} });
      await settle();
      expect(await rows()).toMatchObject([{ name: 'a', notes: 'words', score: 7 }]);
      expect([inNotion('a', 'Notes'), inNotion('a', 'Score')]).toEqual(['words', 7]);
    });

    test('a relation: links that SQL has are set again', async () => {
      const a = workspace().createPage('Topics', { Name: 'a' });
      workspace().createPage('Topics', { Name: 'b', Related: [a] });
      await settle();
      workspace().deleteProperty('Topics', 'Related');
      workspace().addProperty('Topics', 'Related', {
        relation: { data_source_id: dataSourceIdOf(topics.databaseId), single_property: {} },
      });
      await settle();
      expect(await engine.sql('SELECT 1 FROM topic_links')).toHaveLength(1);
      expect(inNotion('b', 'Related')).toBe(1);
    });
  },
);
