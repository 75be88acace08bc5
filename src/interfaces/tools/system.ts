import { z } from 'zod';
import { systemFixes } from '../../entities/system-fixes.ts';
import { systemUpgrades } from '../../entities/system-upgrades.ts';
import { done } from './answer.ts';
import { longText, optionText, titleText } from './inputs.ts';
import { optionNamed, optionsOf } from './options.ts';
import { type Source, writingTool } from './tool.ts';
import { insertRow } from './write-row.ts';

/** The `source` option of each table. */
const REPORTED_BY: Readonly<Record<Source, string>> = { telegram: 'Telegram', mcp: 'User Report' };
const PROPOSED_BY: Readonly<Record<Source, string>> = { telegram: 'Telegram', mcp: 'AI Analysis' };

export const reportFix = writingTool({
  name: 'report_fix',
  needs: [systemFixes],
  title: 'Report a fault',
  description: 'Reports a fault in the system itself: the bot, the sync, e-mail, files.',
  input: z.strictObject({
    title: titleText.describe('what is wrong, in one line'),
    description: longText.optional(),
    steps_to_reproduce: longText.optional(),
    affected_component: titleText.optional(),
    category: optionText('category', optionsOf(systemFixes, 'category')).optional(),
    priority: optionText('priority', optionsOf(systemFixes, 'priority')).optional(),
  }),
  run: async (writing, { title, category, priority, ...texts }) => {
    const record = await insertRow(writing, systemFixes, {
      title,
      ...texts,
      category: await optionNamed(writing, systemFixes, 'category', category),
      priority: await optionNamed(writing, systemFixes, 'priority', priority),
      source: REPORTED_BY[writing.source],
    });
    return done(`Reported: "${title}".`, record);
  },
});

export const proposeUpgrade = writingTool({
  name: 'propose_upgrade',
  needs: [systemUpgrades],
  title: 'Propose an upgrade',
  description: 'Records an idea for improving the system itself.',
  input: z.strictObject({
    title: titleText.describe('the idea, in one line'),
    description: longText.optional(),
    category: optionText('category', optionsOf(systemUpgrades, 'category')).optional(),
    priority: optionText('priority', optionsOf(systemUpgrades, 'priority')).optional(),
  }),
  run: async (writing, { title, description, category, priority }) => {
    const record = await insertRow(writing, systemUpgrades, {
      ...{ title, description },
      category: await optionNamed(writing, systemUpgrades, 'category', category),
      priority: await optionNamed(writing, systemUpgrades, 'priority', priority),
      source: PROPOSED_BY[writing.source],
    });
    return done(`Proposed: "${title}".`, record);
  },
});
