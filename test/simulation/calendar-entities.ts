import { personalCalendar, workCalendar } from '../../src/entities/calendars.ts';
import { date, defineEntity, type Entity, richText, select, title } from '../../src/entities/define.ts';

/** The fields of a task that its event depends on. */
export const tasks = defineEntity({
  name: 'tasks',
  table: 'tasks',
  databaseId: 'tasks',
  title: 'Tasks',
  archivedStatus: 'Cancelled',
  closedStatuses: ['Done'],
  fields: {
    title: title('Title'),
    status: select('Status', ['Todo', 'Done', 'Cancelled'], { default: 'Todo' }),
    notes: richText('Notes'),
    due_date: date('Due Date', { timeColumn: 'due_time' }),
  },
});

export const calendars: readonly Entity[] = [personalCalendar, workCalendar];
