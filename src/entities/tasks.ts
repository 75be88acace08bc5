import { date, defineEntity, relationToMany, relationToOne, richText, select, timestamp, title } from './define.ts';

export const tasks = defineEntity({
  name: 'tasks',
  table: 'tasks',
  databaseId: '2f865bc2-3a65-80d9-b631-eef92b30c5ce',
  title: 'Tasks',
  archivedStatus: 'Cancelled',
  closedStatuses: ['Done'],
  fields: {
    title: title('Title'),
    status: select('Status', ['Todo', 'In Progress', 'Done', 'Cancelled'], { default: 'Todo' }),
    priority: select('Priority', ['Low', 'Medium', 'High', 'Critical']),
    due_date: date('Due Date', { timeColumn: 'due_time' }),
    project_id: relationToOne('Project', 'projects', { dual: 'Tasks' }),
    tags: relationToMany('Tags', 'tags', 'task_tags', ['task_id', 'tag_id']),
    notes: richText('Notes'),
    completed_at: timestamp('Completed At'),
  },
});
