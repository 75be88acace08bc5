import { body, defineEntity, relationToMany, relationToOne, richText, select, title } from './define.ts';

export const notes = defineEntity({
  name: 'notes',
  table: 'notes',
  databaseId: '2f865bc2-3a65-8059-85f4-cbfb10e32654',
  title: 'Notes',
  fields: {
    title: title('Title'),
    content: richText('Content'),
    body: body(),
    type: select('Type', ['Meeting', 'Idea', 'Learning', 'Reference']),
    project_id: relationToOne('Project', 'projects'),
    tags: relationToMany('Tags', 'tags', 'note_tags', ['note_id', 'tag_id']),
  },
});
