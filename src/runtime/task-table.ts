import { quote } from '../database/entity-sql.ts';
import { columnOrNull, roleTable } from '../database/role-table.ts';
import { dateIn } from '../definition/role-fields.ts';

const tasks = roleTable('tasks');
const { day = 'due_date', time, end } = dateIn(tasks, 'due_date') ?? {};

/** The entity with the role `tasks`. */
export const taskEntity = tasks.entity;

/** The fields of a task that its event depends on. */
export const taskFields = { title: tasks.fields.title, dueDate: day };

/** The table of tasks in SQL, and its columns of a row `t`. */
export const taskSql = {
  name: tasks.name,
  table: tasks.table,
  title: `coalesce(${tasks.column('title')}, '')`,
  notes: tasks.column('notes'),
  dueDate: columnOrNull(day),
  dueTime: columnOrNull(time),
  /** Neither archived nor done. */
  open: tasks.isOpen,
};

/** Assigns a day and a time to the row `t`. An end moves by the same number of days. */
export function assignDue(newDay: string, newTime: string): string {
  return [
    `${quote(day)} = ${newDay}`,
    ...(time === undefined ? [] : [`${quote(time)} = ${newTime}`]),
    ...(end === undefined ? [] : [`${quote(end)} = t.${quote(end)} + (${newDay} - ${taskSql.dueDate})`]),
  ].join(', ');
}
