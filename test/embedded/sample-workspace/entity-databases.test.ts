import { startNotionEmulator } from 'notion-emulator';
import { expect, test } from 'vitest';
import { createEntityDatabases } from '../../../src/embedded/sample-workspace/entity-databases.ts';
import { computed, defineEntity, title } from '../../../src/entities/define.ts';
import { entities } from '../../../src/entities/index.ts';

test('a computed field gets an editable property', async () => {
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
  createEntityDatabases(notion.workspace, [shelves]);
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

const RELATIONS: ReadonlySet<string> = new Set(['relation_one', 'relation_many', 'back_link']);

test('every entity has its database with the properties that it declares', async () => {
  const notion = await startNotionEmulator();
  createEntityDatabases(notion.workspace, entities);
  for (const entity of entities) {
    const { properties } = notion.workspace.dataSource(entity.databaseId);
    for (const field of Object.values(entity.fields)) {
      if (field.kind === 'body' || field.kind === 'computed') continue;
      const type = RELATIONS.has(field.kind) ? 'relation' : field.kind === 'timestamp' ? 'date' : field.kind;
      expect(properties[field.property]?.type, `${entity.name}.${field.property}`).toBe(type);
    }
  }
  await notion.close();
});
