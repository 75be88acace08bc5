import { defineEntity, richText, select, title } from './define.ts';

export const systemFixes = defineEntity({
  name: 'system_fixes',
  table: 'system_fixes',
  databaseId: '2f865bc2-3a65-80de-afea-c77a7eff05a0',
  title: 'System Fixes',
  archivedStatus: 'Archived',
  fields: {
    title: title('Title'),
    status: select('Status', ['Reported', 'Investigating', 'In Progress', 'Fixed'], { default: 'Reported' }),
    priority: select('Priority', ['Low', 'Medium', 'High', 'Critical']),
    category: select('Category', ['Sync', 'Email', 'File Processing']),
    description: richText('Description'),
    steps_to_reproduce: richText('Steps to Reproduce'),
    affected_component: richText('Affected Component'),
    source: select('Source', ['Telegram', 'User Report', 'Auto-Detection']),
    resolution_notes: richText('Resolution Notes'),
  },
});
