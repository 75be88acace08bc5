import { z } from 'zod';
import { roleOf } from '../../definition/features.ts';
import { dateIn } from '../../definition/role-fields.ts';
import { FinalError } from '../../errors.ts';
import { done } from './answer.ts';
import { type ParsedDate, readDate } from './dates.ts';
import { findOneRecord } from './find-one-record.ts';
import { longText, titleText, whichRecord } from './inputs.ts';
import { mark } from './mark.ts';
import { optionOf, roleOption, roleValues } from './role-values.ts';
import { type Reading, writingTool } from './tool.ts';
import { insertRow, type Values } from './write-row.ts';

const tasks = roleOf('tasks');
const projects = roleOf('projects').entity;

/** When it is due, in the columns of the due date. */
function dueColumns(when: ParsedDate | null): Values {
  const { time } = dateIn(tasks, 'due_date') ?? {};
  return {
    ...roleValues(tasks, { due_date: when?.date }),
    ...(time === undefined ? {} : { [time]: when?.time ?? undefined }),
  };
}

export const createTask = writingTool({
  name: 'create_task',
  feature: 'task-tools',
  title: 'Create a task',
  description: 'Adds a task to the task list. A task with a future due date gets a calendar event with the next sync.',
  input: z.strictObject({
    title: titleText.describe('what to do, without the date'),
    due: titleText
      .optional()
      .describe("2026-03-01, 2026-03-01T14:30, or words such as `tomorrow at 9`, in the owner's time zone"),
    priority: optionOf(tasks, 'priority').optional(),
    project: whichRecord('project').optional(),
    notes: longText.optional(),
  }),
  run: async (writing, { title, due, priority, project, notes }) => {
    const when = due === undefined ? null : whenDue(due, writing);
    const isLinked = tasks.fields.project_id !== undefined;
    const found = project === undefined || !isLinked ? null : await findOneRecord(writing, [projects], project);
    if (found && 'answer' in found) return found.answer;
    const record = await insertRow(writing, tasks.entity, {
      ...dueColumns(when),
      ...roleValues(tasks, {
        ...{ title, notes },
        priority: await roleOption(writing, tasks, 'priority', priority),
        project_id: found?.record.id ?? project,
      }),
    });
    return done(`Created task "${title}"${when ? `, due ${formatDue(when)}` : ''}.`, record);
  },
});

export const markTask = writingTool({
  name: 'mark_task',
  feature: 'task-tools',
  isOff: tasks.fields.status === undefined,
  title: 'Mark a task',
  description: 'Sets the status of a task, for example Done. When the title is ambiguous, it returns the candidates.',
  input: z.strictObject({
    task: whichRecord('task'),
    status: optionOf(tasks, 'status'),
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
