import { expect, test } from 'vitest';
import { startNotionEmulator } from '../../../src/emulators/notion/index.ts';
import { computed, defineEntity, title } from '../../../src/entities/define.ts';

test('what Notion would compute has a property that a person fills in', async () => {
  const notion = await startNotionEmulator();
  const shelves = defineEntity({
    name: 'shelves',
    table: 'shelves',
    databaseId: '11111111-2222-4333-8444-555555555555',
    title: 'Shelves',
    fields: {
      name: title('Name'),
      length: computed('Length', 'number'),
      full: computed('Full', 'boolean'),
      label: computed('Label', 'text'),
      made_at: computed('Made', 'timestamp'),
    },
  });
  notion.workspace.createEntityDatabases([shelves]);
  const { properties } = notion.workspace.dataSource('Shelves');
  expect(Object.values(properties).map(({ name, type }) => [name, type])).toEqual([
    ['Name', 'title'],
    ['Length', 'number'],
    ['Full', 'checkbox'],
    ['Label', 'rich_text'],
    ['Made', 'date'],
  ]);
  await notion.close();
});
