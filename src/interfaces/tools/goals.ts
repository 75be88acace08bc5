import { z } from 'zod';
import { roleOf } from '../../definition/features.ts';
import { optionIn } from '../../definition/role-fields.ts';
import { done } from './answer.ts';
import { findOneRecord } from './find-one-record.ts';
import { whichRecord } from './inputs.ts';
import { roleValues } from './role-values.ts';
import { writingTool } from './tool.ts';
import { updateRow } from './write-row.ts';

const goals = roleOf('goals');
const field = goals.entity.fields[goals.fields.progress ?? ''];
const { min = 0, max = 100 } = field?.kind === 'number' ? field : {};
const active = optionIn(goals, 'status', 'Active');

export const updateGoalProgress = writingTool({
  name: 'update_goal_progress',
  feature: 'goal-tools',
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
    const found = await findOneRecord(writing, [goals.entity], goal, ({ status }) => status === active);
    if ('answer' in found) return found.answer;
    const { id, title } = found.record;
    await updateRow(writing, goals.entity, id, roleValues(goals, { progress }));
    return done(`Goal "${title}" is at ${progress}%.`, { entity: goals.entity.name, id, title });
  },
});
