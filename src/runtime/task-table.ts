import { quote } from '../database/entity-sql.ts';
import { columnOrNull, roleTable } from '../database/role-table.ts';
import { dateIn } from '../definition/role-fields.ts';
import { perWorkspace } from '../shared/workspace.ts';

const parts = perWorkspace(() => {
  const tasks = roleTable('tasks');
  const { day = 'due_date', time, end } = dateIn(tasks, 'due_date') ?? {};
  return { tasks, day, time, end };
});

/** The entity with the role `tasks`. */
export const taskEntity = () => parts().tasks.entity;

/** The fields of a task that its event depends on. */
export function taskFields() {
  const { tasks, day } = parts();
  return { title: tasks.fields.title, dueDate: day };
}

/** The table of tasks in SQL, and its columns of a row `t`. */
export function taskSql() {
  const { tasks, day, time } = parts();
  return {
    name: tasks.name,
    table: tasks.table,
    title: `coalesce(${tasks.column('title')}, '')`,
    notes: tasks.column('notes'),
    dueDate: columnOrNull(day),
    dueTime: columnOrNull(time),
    /** Neither archived nor done. */
    open: tasks.isOpen,
  };
}

/** Assigns a day and a time to the row `t`. An end moves by the same number of days. */
export function assignDue(newDay: string, newTime: string): string {
  const { day, time, end } = parts();
  return [
    `${quote(day)} = ${newDay}`,
    ...(time === undefined ? [] : [`${quote(time)} = ${newTime}`]),
    ...(end === undefined ? [] : [`${quote(end)} = t.${quote(end)} + (${newDay} - ${columnOrNull(day)})`]),
  ].join(', ');
}
