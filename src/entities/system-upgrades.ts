import { defineEntity, richText, select, title, url } from './define.ts';

export const systemUpgrades = defineEntity({
  name: 'system_upgrades',
  table: 'system_upgrades',
  databaseId: '2f865bc2-3a65-80ee-98c4-fb6e5a22128e',
  title: 'System Upgrades',
  archivedStatus: 'Archived',
  fields: {
    title: title('Title'),
    status: select('Status', ['Idea', 'Planned', 'In Progress', 'Done'], { default: 'Idea' }),
    priority: select('Priority', ['Low', 'Medium', 'High', 'Critical']),
    category: select('Category', ['Database', 'Automation', 'UI']),
    description: richText('Description'),
    source: select('Source', ['Telegram', 'AI Analysis', 'Manual']),
    project_plan_url: url('Project Plan URL'),
    associated_links: richText('Associated Links'),
  },
});
