import { defineEntity, relationToOne, richText, select, title } from './define.ts';

export const tags = defineEntity({
  name: 'tags',
  table: 'tags',
  databaseId: '2f865bc2-3a65-801c-99ee-c4a4f04e02b4',
  title: 'Tags',
  fields: {
    name: title('Name'),
    type: select('Type', ['Area', 'Resource']),
    description: richText('Description'),
    parent_id: relationToOne('Parent', 'tags'),
  },
});
