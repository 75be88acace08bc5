import { defineEntity, type Entity, flag, plain, timestamp } from './define.ts';

/** The two calendars share a table. The engine treats each as a separate entity. */
const calendar = (name: string, type: string): Entity =>
  defineEntity({
    name,
    table: 'calendar_events',
    databaseId: name,
    title: name,
    remote: { id: 'google_event_id', editedAt: 'google_updated_at' },
    only: { column: 'calendar_type', value: type },
    oneValue: ['start_time', 'end_time', 'all_day', 'time_zone'],
    fields: {
      summary: plain('summary'),
      description: plain('description'),
      location: plain('location'),
      start_time: timestamp('start'),
      end_time: timestamp('end'),
      all_day: flag('all-day'),
      time_zone: plain('time zone'),
      status: plain('status'),
      source_task_id: plain('task', 'uuid'),
    },
  });

/** Read and written. */
export const personalCalendar = calendar('calendar_personal', 'personal');

/** Never written. */
export const workCalendar = calendar('calendar_work_readonly', 'work_readonly');
