import { z } from 'zod';
import { notes } from '../../entities/notes.ts';
import { projects } from '../../entities/projects.ts';
import { done } from './answer.ts';
import { longText, optionText, titleText, whichRecord } from './inputs.ts';
import { optionNamed, optionsOf } from './options.ts';
import { findOneRecord } from './titles.ts';
import { writingTool } from './tool.ts';
import { insertRow } from './write-row.ts';

export const createNote = writingTool({
  name: 'create_note',
  needs: [notes, projects],
  title: 'Create a note',
  description: 'Creates a note: an idea, meeting minutes, something learned.',
  input: z.strictObject({
    title: titleText,
    content: longText.optional().describe('the content, in Markdown'),
    type: optionText('type', optionsOf(notes, 'type')).optional(),
    project: whichRecord('project').optional(),
  }),
  run: async (writing, { title, content, type, project }) => {
    const found = project === undefined ? null : await findOneRecord(writing, [projects], project);
    if (found && 'answer' in found) return found.answer;
    const record = await insertRow(writing, notes, {
      title,
      content: content || undefined,
      type: await optionNamed(writing, notes, 'type', type),
      project_id: found?.record.id,
    });
    return done(`Created note "${title}".`, record);
  },
});
