import { literal, quote } from '../database/entity-sql.ts';
import { isActive } from '../database/is-active.ts';
import { roleOf } from '../definition/features.ts';

const { entity, title, fields } = roleOf('tasks');

const due = entity.fields[fields.due_date ?? ''];

/** The field of the due date; undefined where tasks have none. */
const dueField = due?.kind === 'date' ? due : undefined;

const columnOrNull = (name: string | undefined): string => (name === undefined ? 'NULL' : `t.${quote(name)}`);

/** The entity with the role `tasks`. */
export const taskEntity = entity;

/** The fields of a task that its event depends on. */
export const taskFields = { title, dueDate: fields.due_date ?? 'due_date' };

/** The table of tasks in SQL, and its columns of a row `t`. */
export const taskSql = {
  name: literal(entity.name),
  table: quote(entity.table),
  title: `coalesce(t.${quote(title)}, '')`,
  notes: columnOrNull(fields.notes),
  dueDate: `t.${quote(taskFields.dueDate)}`,
  dueTime: columnOrNull(dueField?.timeColumn),
  /** Neither archived nor done. */
  open: isActive(entity),
};

/** Assigns a day and a time to the row `t`. An end moves by the same number of days. */
export function assignDue(day: string, time: string): string {
  const end = dueField?.endColumn === undefined ? undefined : quote(dueField.endColumn);
  return [
    `${quote(taskFields.dueDate)} = ${day}`,
    ...(dueField?.timeColumn === undefined ? [] : [`${quote(dueField.timeColumn)} = ${time}`]),
    ...(end === undefined ? [] : [`${end} = t.${end} + (${day} - ${taskSql.dueDate})`]),
  ].join(', ');
}
