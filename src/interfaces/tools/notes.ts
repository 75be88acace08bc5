import { z } from 'zod';
import { roleOf } from '../../definition/features.ts';
import { done } from './answer.ts';
import { findOneRecord } from './find-one-record.ts';
import { longText, titleText, whichRecord } from './inputs.ts';
import { optionOf, roleOption, roleValues } from './role-values.ts';
import { writingTool } from './tool.ts';
import { insertRow } from './write-row.ts';

const notes = roleOf('notes');
const projects = roleOf('projects').entity;

export const createNote = writingTool({
  name: 'create_note',
  feature: 'note-tools',
  title: 'Create a note',
  description: 'Creates a note: an idea, meeting minutes, something learned.',
  input: z.strictObject({
    title: titleText,
    content: longText.optional().describe('the content, in Markdown'),
    type: optionOf(notes, 'type').optional(),
    project: whichRecord('project').optional(),
  }),
  run: async (writing, { title, content, type, project }) => {
    const isLinked = notes.fields.project_id !== undefined;
    const found = project === undefined || !isLinked ? null : await findOneRecord(writing, [projects], project);
    if (found && 'answer' in found) return found.answer;
    const values = roleValues(notes, {
      title,
      // A note may have its text in its body alone.
      [notes.fields.content === undefined ? 'body' : 'content']: content || undefined,
      type: await roleOption(writing, notes, 'type', type),
      project_id: found?.record.id ?? project,
    });
    return done(`Created note "${title}".`, await insertRow(writing, notes.entity, values));
  },
});
