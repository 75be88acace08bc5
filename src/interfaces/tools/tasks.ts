import { z } from 'zod';
import { projects } from '../../entities/projects.ts';
import { tasks } from '../../entities/tasks.ts';
import { FinalError } from '../../errors.ts';
import { done } from './answer.ts';
import { type ParsedDate, readDate } from './dates.ts';
import { longText, optionText, titleText, whichRecord } from './inputs.ts';
import { mark } from './mark.ts';
import { optionNamed, optionsOf } from './options.ts';
import { findOneRecord } from './titles.ts';
import { type Reading, writingTool } from './tool.ts';
import { insertRow } from './write-row.ts';

export const createTask = writingTool({
  name: 'create_task',
  title: 'Create a task',
  description:
    'Adds a task to the task list. A task that is due on a day ahead gets an event in the calendar with the next sync.',
  input: z.strictObject({
    title: titleText.describe('what is to be done, without its date'),
    due: titleText
      .optional()
      .describe("when: 2026-03-01, 2026-03-01T14:30, or words such as «tomorrow at 9», in the owner's time zone"),
    priority: optionText('priority', optionsOf(tasks, 'priority')).optional(),
    project: whichRecord('project').optional(),
    notes: longText.optional(),
  }),
  run: async (writing, { title, due, priority, project, notes }) => {
    const when = due === undefined ? null : whenDue(due, writing);
    const meant = project === undefined ? null : await findOneRecord(writing, [projects], project);
    if (meant && 'answer' in meant) return meant.answer;
    const record = await insertRow(writing, tasks, {
      title,
      due_date: when?.date,
      due_time: when?.time ?? undefined,
      priority: await optionNamed(writing, tasks, 'priority', priority),
      project_id: meant?.record.id,
      notes,
    });
    return done(`Task «${title}» is on the list${when ? `, due ${saidWhen(when)}` : ''}.`, record);
  },
});

export const markTask = writingTool({
  name: 'mark_task',
  title: 'Mark a task',
  description:
    'Sets the status of a task, for example Done when it is finished. Asks back where the title is not clear.',
  input: z.strictObject({
    task: whichRecord('task'),
    status: optionText('status', optionsOf(tasks, 'status')),
  }),
  run: async (writing, { task, status }) => mark(writing, task, { tasks: status }),
});

/** @throws FinalError when it says no date */
function whenDue(due: string, reading: Reading): ParsedDate {
  const when = readDate(due, reading);
  if (when) return when;
  throw new FinalError('date_unknown', `«${due}» is no date: say it as 2026-03-01, or 2026-03-01T14:30`);
}

function saidWhen({ date, time }: ParsedDate): string {
  const day = new Date(`${date}T00:00:00Z`);
  const part = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(day);
  const said = [
    part({ weekday: 'long' }),
    part({ day: 'numeric' }),
    part({ month: 'long' }),
    part({ year: 'numeric' }),
  ];
  return `${said.join(' ')}${time === null ? '' : ` at ${time}`}`;
}
