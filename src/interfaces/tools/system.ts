import { z } from 'zod';
import { roleOf } from '../../definition/features.ts';
import { optionIn } from '../../definition/role-fields.ts';
import { done } from './answer.ts';
import { longText, titleText } from './inputs.ts';
import { optionOf, roleOption, roleValues } from './role-values.ts';
import { type Source, writingTool } from './tool.ts';
import { insertRow } from './write-row.ts';

const fixes = roleOf('system_fixes');
const upgrades = roleOf('system_upgrades');

/** The `source` option of each role. */
const REPORTED_BY: Readonly<Record<Source, string>> = { telegram: 'Telegram', mcp: 'User Report' };
const PROPOSED_BY: Readonly<Record<Source, string>> = { telegram: 'Telegram', mcp: 'AI Analysis' };

export const reportFix = writingTool({
  name: 'report_fix',
  feature: 'fix-tools',
  title: 'Report a fault',
  description: 'Reports a fault in the system itself: the bot, the sync, e-mail, files.',
  input: z.strictObject({
    title: titleText.describe('what is wrong, in one line'),
    description: longText.optional(),
    steps_to_reproduce: longText.optional(),
    affected_component: titleText.optional(),
    category: optionOf(fixes, 'category').optional(),
    priority: optionOf(fixes, 'priority').optional(),
  }),
  run: async (writing, { title, category, priority, ...texts }) => {
    const values = roleValues(fixes, {
      title,
      ...texts,
      category: await roleOption(writing, fixes, 'category', category),
      priority: await roleOption(writing, fixes, 'priority', priority),
      source: optionIn(fixes, 'source', REPORTED_BY[writing.source]),
    });
    return done(`Reported: "${title}".`, await insertRow(writing, fixes.entity, values));
  },
});

export const proposeUpgrade = writingTool({
  name: 'propose_upgrade',
  feature: 'upgrade-tools',
  title: 'Propose an upgrade',
  description: 'Records an idea for improving the system itself.',
  input: z.strictObject({
    title: titleText.describe('the idea, in one line'),
    description: longText.optional(),
    category: optionOf(upgrades, 'category').optional(),
    priority: optionOf(upgrades, 'priority').optional(),
  }),
  run: async (writing, { title, description, category, priority }) => {
    const values = roleValues(upgrades, {
      ...{ title, description },
      category: await roleOption(writing, upgrades, 'category', category),
      priority: await roleOption(writing, upgrades, 'priority', priority),
      source: optionIn(upgrades, 'source', PROPOSED_BY[writing.source]),
    });
    return done(`Proposed: "${title}".`, await insertRow(writing, upgrades.entity, values));
  },
});
