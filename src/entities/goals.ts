import { date, defineEntity, number, relationToMany, richText, select, title } from './define.ts';

export const goals = defineEntity({
  name: 'goals',
  table: 'goals',
  databaseId: '2f865bc2-3a65-8055-8b36-ea0f30871fe3',
  title: 'Goals',
  archivedStatus: 'Archived',
  fields: {
    name: title('Name'),
    category: select('Category', ['Health', 'Career', 'Learning']),
    progress: number('Progress', { min: 0, max: 100 }),
    target_date: date('Target Date'),
    status: select('Status', ['Active', 'Achieved', 'Abandoned'], { default: 'Active' }),
    notes: richText('Notes'),
    related_projects: relationToMany('Related Projects', 'projects', 'goal_projects', ['goal_id', 'project_id'], {
      dual: 'Goals',
    }),
  },
});
