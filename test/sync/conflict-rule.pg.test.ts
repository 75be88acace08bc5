import { afterEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { defineEntity, richText, title } from '../../src/entities/define.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const topics = defineEntity({
  name: 'topics',
  table: 'topics',
  databaseId: '77777777-3a65-8055-8b36-ea0f30871fe3',
  title: 'Topics',
  fields: { name: title('Name'), summary: richText('Summary'), source: richText('Source') },
});

describe('one record, edited on both sides', () => {
  let engine: Engine;
  afterEach(() => engine.close());

  /** A record that both sides agree on, then its edits: Notion's now, SQL's five minutes later. */
  async function editBoth(conflicts: 'row' | 'field', edits: object, inSql: string): Promise<string> {
    engine = await startEngine(
      topics,
      `CREATE TABLE topics (${COMMON_COLUMNS}, name text NOT NULL DEFAULT '', summary text, source text)`,
      { conflicts },
    );
    const { workspace } = engine.notion;
    const page = workspace.createPage('Topics', { Name: 'agreed', Summary: 'agreed', Source: 'agreed' });
    await engine.cycle();
    workspace.editPage(page, { ...edits });
    await engine.sql(`UPDATE topics SET ${inSql}, sql_local_last_edited_at = now() + interval '5 minutes'`);
    await engine.cycle();
    await engine.cycle();
    return page;
  }

  const row = async () => {
    const [found] = await engine.sql('SELECT name, summary, source FROM topics');
    return found;
  };
  const inNotion = (id: string) => {
    const { title, page } = engine.notion.workspace.page(id);
    const textOf = (property: string) => {
      const value = page.properties[property];
      return value?.type === 'rich_text' ? value.rich_text.map(({ plain_text }) => plain_text).join('') : undefined;
    };
    return { name: title, summary: textOf('Summary'), source: textOf('Source') };
  };
  const conflicts = () => engine.sql('SELECT winner, base_version, notion_version, sql_version FROM sync_conflicts');

  test('edits to different fields are both kept by default', async () => {
    const id = await editBoth(readConfig({}).conflicts, { Summary: 'Notion' }, "source = 'SQL'");
    expect(await row()).toEqual({ name: 'agreed', summary: 'Notion', source: 'SQL' });
    expect(inNotion(id)).toEqual(await row());
    expect(await conflicts()).toEqual([]);
  });

  test('`field`: of a field that both sides changed, the newest edit wins, and the conflict is about that field alone', async () => {
    const id = await editBoth('field', { Name: 'Notion', Summary: 'Notion' }, "name = 'SQL', source = 'SQL'");
    expect(await row()).toEqual({ name: 'SQL', summary: 'Notion', source: 'SQL' });
    expect(inNotion(id)).toEqual(await row());
    const [conflict, ...more] = await conflicts();
    expect(more).toEqual([]);
    expect(conflict).toMatchObject({
      winner: 'sql',
      base_version: { name: 'agreed', summary: 'agreed', source: 'agreed' },
      // Restoring it takes back neither side's edit of another field.
      notion_version: { name: 'Notion', summary: 'Notion', source: 'SQL' },
      sql_version: { name: 'SQL', summary: 'Notion', source: 'SQL' },
    });
  });

  test('`row`: the newest version wins as a whole, and the other one is kept', async () => {
    const id = await editBoth('row', { Summary: 'Notion' }, "source = 'SQL'");
    expect(await row()).toEqual({ name: 'agreed', summary: 'agreed', source: 'SQL' });
    expect(inNotion(id)).toEqual(await row());
    expect(await conflicts()).toMatchObject([
      { winner: 'sql', notion_version: { summary: 'Notion', source: 'agreed' }, sql_version: { summary: 'agreed' } },
    ]);
  });
});
