import { keyOf, type SampleRecord } from './record.ts';

interface Upgrade {
  readonly title: string;
  readonly status: 'Idea' | 'Planned' | 'In Progress' | 'Done';
  readonly priority?: 'Low' | 'Medium' | 'High' | 'Critical';
  readonly category?: 'Database' | 'Automation' | 'UI';
  readonly source?: 'Telegram' | 'AI Analysis' | 'Manual';
  readonly description?: string;
  readonly project_plan_url?: string;
  readonly associated_links?: string;
}

const upgrades: readonly Upgrade[] = [
  {
    title: 'Keep Notion and the database in sync automatically',
    status: 'In Progress',
    priority: 'Critical',
    category: 'Database',
    source: 'Manual',
    description: 'No more nightly CSV export. **Both sides may edit.**',
    project_plan_url: 'https://example.com/plans/in-step',
    associated_links: '[Notion API](https://developers.notion.com), [Temporal](https://docs.temporal.io)',
  },
  {
    title: 'Capture tasks by voice message',
    status: 'Planned',
    priority: 'High',
    category: 'Automation',
    source: 'Telegram',
    description: 'Dictate while running, find a task in the inbox afterwards.',
    project_plan_url: 'https://example.com/plans/voice',
  },
  {
    title: 'Due tasks appear in the calendar',
    status: 'In Progress',
    priority: 'High',
    category: 'Automation',
    source: 'Manual',
    associated_links: '[Calendar API](https://developers.google.com/calendar)',
  },
  {
    title: 'Weekly review dashboard',
    status: 'Planned',
    priority: 'Medium',
    category: 'UI',
    source: 'AI Analysis',
    description: 'One page: overdue, *stuck for two weeks*, done since Sunday.',
  },
  { title: 'Merge the two tag lists', status: 'Done', priority: 'High', category: 'Database', source: 'Manual' },
  {
    title: 'Archive finished projects after 90 days',
    status: 'Idea',
    priority: 'Low',
    category: 'Automation',
    source: 'AI Analysis',
    description: 'The list is longer than the screen. Archive, **never delete**.',
  },
  {
    title: 'Film posters in the watchlist gallery',
    status: 'Done',
    priority: 'Low',
    category: 'UI',
    source: 'Telegram',
    associated_links: '[TMDB](https://www.themoviedb.org)',
  },
  { title: 'Look up game covers when a game is added', status: 'Idea', category: 'Automation', source: 'Telegram' },
  {
    title: 'Index for full-text search over the notes',
    status: 'Planned',
    priority: 'Medium',
    category: 'Database',
    source: 'AI Analysis',
    description: '`tsvector` in three languages: `portuguese`, `norwegian`, `english`.',
  },
  {
    title: 'Birthdays from the people list',
    status: 'Idea',
    priority: 'Medium',
    category: 'Automation',
    source: 'Manual',
  },
  {
    title: 'Bigger text on the kitchen tablet',
    status: 'Done',
    priority: 'Medium',
    category: 'UI',
    source: 'Telegram',
    description: 'Readable from the stove, *with steam*.',
  },
  {
    title: 'Store rich text as Markdown',
    status: 'Done',
    priority: 'High',
    category: 'Database',
    source: 'Manual',
    description: 'Plain words stay plain; links and **bold** survive.',
  },
  { title: 'Tides of the day in the morning message', status: 'Idea', priority: 'Low', source: 'Telegram' },
  {
    title: 'Receipts from mail into the tax folder',
    status: 'Planned',
    priority: 'High',
    category: 'Automation',
    source: 'AI Analysis',
    project_plan_url: 'https://example.com/plans/receipts',
  },
  { title: 'Keyboard shortcuts for the inbox', status: 'Idea', priority: 'Low', category: 'UI' },
  {
    title: 'Yearly export for the grandchildren 📦',
    status: 'Idea',
    category: 'Database',
    source: 'Manual',
    description: 'One file that opens *without any program of mine*.',
  },
];

export const sampleSystemUpgrades = (): SampleRecord[] =>
  upgrades.map((upgrade) => ({
    entity: 'system_upgrades',
    key: keyOf('system_upgrades', upgrade.title),
    fields: { ...upgrade },
  }));
