import { z } from 'zod';
import { goals } from '../../entities/goals.ts';
import { done } from './answer.ts';
import { whichRecord } from './inputs.ts';
import { findOneRecord } from './titles.ts';
import { writingTool } from './tool.ts';
import { updateRow } from './write-row.ts';

const { min = 0, max = 100 } = goals.fields.progress?.kind === 'number' ? goals.fields.progress : {};

export const updateGoalProgress = writingTool({
  name: 'update_goal_progress',
  needs: [goals],
  title: "Update a goal's progress",
  description: 'Sets the progress of a goal, in percent. When the title is ambiguous, it returns the candidates.',
  input: z.strictObject({
    goal: whichRecord('goal'),
    progress: z
      .number()
      .min(min, { error: `is less than ${min}` })
      .max(max, { error: `is more than ${max}` })
      .describe('in percent: 75 means 75%'),
  }),
  run: async (writing, { goal, progress }) => {
    const found = await findOneRecord(writing, [goals], goal, ({ status }) => status === 'Active');
    if ('answer' in found) return found.answer;
    const { id, title } = found.record;
    await updateRow(writing, goals, id, { progress });
    return done(`Goal "${title}" is at ${progress}%.`, { entity: goals.name, id, title });
  },
});
