import { backLink, date, defineEntity, relationToMany, richText, select, title } from './define.ts';

export const projects = defineEntity({
  name: 'projects',
  table: 'projects',
  databaseId: '2f865bc2-3a65-80f1-9ad9-c67e30f1ee93',
  title: 'Projects',
  archivedStatus: 'Archived',
  fields: {
    name: title('Name'),
    status: select('Status', ['Active', 'On Hold', 'Completed'], { default: 'Active' }),
    type: select('Type', ['Work', 'Personal', 'Learning']),
    description: richText('Description'),
    start_date: date('Start Date'),
    target_date: date('Target Date'),
    tags: relationToMany('Tags', 'tags', 'project_tags', ['project_id', 'tag_id']),
    related_tasks: backLink('Tasks', 'tasks', 'project_id'),
    related_goals: backLink('Goals', 'goals', 'related_projects'),
  },
});
