import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differences } from '../support/compare.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Texts of up to Notion's limit that made a parser or a writer of Markdown slow. */
const texts: Readonly<Record<string, string>> = {
  'stars and underscores': '*a_'.repeat(30_000),
  'opened links': '[a]('.repeat(50_000),
  'backslashes and a star': `${'\\'.repeat(199_999)}*`,
};

describe('a text made to be slow is synced, and so are the records of other entities', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
    stack.startWorker();
    await stack.cycle();
  });
  afterAll(() => stack.stop());

  const titlesIn = (database: string) => stack.notion.workspace.pages(database).map(({ title }) => title);

  test.each(Object.entries(texts))('from SQL: %s', async (name, text) => {
    await stack.sql('INSERT INTO notes (title, body) VALUES ($1, $2)', [name, text]);
    await stack.sql('INSERT INTO people (name, notes) VALUES ($1, $2)', [name, text]);
    await stack.sql('INSERT INTO tags (name) VALUES ($1)', [name]);
    await stack.cycle();
    for (const database of ['Notes', 'People', 'Tags']) expect(titlesIn(database)).toContain(name);
    expect(await differences(stack)).toEqual([]);
  });

  test.each(Object.entries(texts))('from Notion: %s', async (name, text) => {
    const { workspace } = stack.notion;
    workspace.createPage('Notes', { Title: `Page ${name}` }, undefined, text);
    workspace.createPage('Tasks', { Title: `Page ${name}`, Notes: text });
    workspace.createPage('Tags', { Name: `Page ${name}` });
    await stack.cycle();
    for (const table of ['notes', 'tasks', 'tags']) {
      const title = table === 'tags' ? 'name' : 'title';
      expect(await stack.sql(`SELECT 1 FROM ${table} WHERE ${title} = $1`, [`Page ${name}`])).toHaveLength(1);
    }
    expect(await differences(stack)).toEqual([]);
  });
});
