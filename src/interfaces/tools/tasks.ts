import { z } from 'zod';
import { hasRole, roleOf } from '../../definition/features.ts';
import { entities } from '../../definition/index.ts';
import type { Entity } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import { done } from './answer.ts';
import { type ParsedDate, readDate } from './dates.ts';
import { longText, optionText, titleText, whichRecord } from './inputs.ts';
import { mark } from './mark.ts';
import { optionNamed, optionsOf } from './options.ts';
import { findOneRecord } from './titles.ts';
import { type Reading, writingTool } from './tool.ts';
import { insertRow, type Values } from './write-row.ts';

const { entity: tasks, title: titleColumn, fields } = roleOf('tasks');
const priorityField = fields.priority ?? 'priority';

/** The entity that tasks belong to. */
const projects: Entity | undefined = (() => {
  const field = tasks.fields[fields.project_id ?? ''];
  return field?.kind === 'relation_one' ? entities.find(({ name }) => name === field.to) : undefined;
})();

/** A value of a field that this entity of tasks may not have. @throws FinalError when it has none */
function ofTask(name: keyof typeof fields, value: Values[string]): Values {
  const column = fields[name];
  if (value === undefined) return {};
  if (column !== undefined) return { [column]: value };
  throw new FinalError('invalid_input', `${tasks.name} has no field for ${name} of the role "tasks"`);
}

/** When it is due, in the columns of the due date. */
function dueColumns(when: ParsedDate | null): Values {
  const due = tasks.fields[fields.due_date ?? ''];
  const timeColumn = due?.kind === 'date' ? due.timeColumn : undefined;
  return {
    ...ofTask('due_date', when?.date),
    ...(timeColumn === undefined ? {} : { [timeColumn]: when?.time ?? undefined }),
  };
}

export const createTask = writingTool({
  name: 'create_task',
  isOff: !hasRole('tasks'),
  title: 'Create a task',
  description: 'Adds a task to the task list. A task with a future due date gets a calendar event with the next sync.',
  input: z.strictObject({
    title: titleText.describe('what to do, without the date'),
    due: titleText
      .optional()
      .describe("2026-03-01, 2026-03-01T14:30, or words such as `tomorrow at 9`, in the owner's time zone"),
    priority: optionText('priority', optionsOf(tasks, priorityField)).optional(),
    project: whichRecord('project').optional(),
    notes: longText.optional(),
  }),
  run: async (writing, { title, due, priority, project, notes }) => {
    const when = due === undefined ? null : whenDue(due, writing);
    const found = project === undefined || !projects ? null : await findOneRecord(writing, [projects], project);
    if (found && 'answer' in found) return found.answer;
    const record = await insertRow(writing, tasks, {
      [titleColumn]: title,
      ...dueColumns(when),
      ...ofTask('priority', priority && (await optionNamed(writing, tasks, priorityField, priority))),
      ...ofTask('project_id', found?.record.id ?? project),
      ...ofTask('notes', notes),
    });
    return done(`Created task "${title}"${when ? `, due ${formatDue(when)}` : ''}.`, record);
  },
});

export const markTask = writingTool({
  name: 'mark_task',
  isOff: !hasRole('tasks') || tasks.fields.status?.kind !== 'select',
  title: 'Mark a task',
  description: 'Sets the status of a task, for example Done. When the title is ambiguous, it returns the candidates.',
  input: z.strictObject({
    task: whichRecord('task'),
    status: optionText('status', optionsOf(tasks, 'status')),
  }),
  run: async (writing, { task, status }) => mark(writing, task, { tasks: status }),
});

/** @throws FinalError when the text is not a date */
function whenDue(due: string, reading: Reading): ParsedDate {
  const when = readDate(due, reading);
  if (when) return when;
  throw new FinalError('date_unknown', `"${due}" is not a date: use 2026-03-01 or 2026-03-01T14:30`);
}

function formatDue({ date, time }: ParsedDate): string {
  const day = new Date(`${date}T00:00:00Z`);
  const part = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(day);
  const parts = [
    part({ weekday: 'long' }),
    part({ day: 'numeric' }),
    part({ month: 'long' }),
    part({ year: 'numeric' }),
  ];
  return `${parts.join(' ')}${time === null ? '' : ` at ${time}`}`;
}
