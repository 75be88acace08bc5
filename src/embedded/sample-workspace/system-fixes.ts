import { keyOf, type SampleRecord } from './record.ts';

interface Fix {
  readonly title: string;
  readonly status: 'Reported' | 'Investigating' | 'In Progress' | 'Fixed';
  readonly priority?: 'Low' | 'Medium' | 'High' | 'Critical';
  readonly category?: 'Sync' | 'Email' | 'File Processing';
  readonly source?: 'Telegram' | 'User Report' | 'Auto-Detection';
  readonly description?: string;
  readonly steps_to_reproduce?: string;
  readonly affected_component?: string;
  readonly resolution_notes?: string;
}

const fixes: readonly Fix[] = [
  {
    title: 'Due dates move back one day after midnight',
    status: 'Fixed',
    priority: 'Critical',
    category: 'Sync',
    source: 'User Report',
    description: 'Tasks due *today* show up as overdue for an hour.',
    steps_to_reproduce: '1. Set a due date without a time.\n2. Look at it between 00:00 and 01:00.',
    affected_component: 'calendar bridge',
    resolution_notes: 'The day was read as midnight **UTC**. It is a day, not an instant.',
  },
  {
    title: 'Invoice PDFs with umlauts are skipped',
    status: 'Fixed',
    priority: 'High',
    category: 'File Processing',
    source: 'Auto-Detection',
    steps_to_reproduce: 'Save `Rechnung Müller.pdf` from a Mac into the inbox folder.',
    affected_component: 'file watcher',
    resolution_notes: 'Names are compared in *NFC* now.',
  },
  {
    title: 'Same newsletter filed twice',
    status: 'Investigating',
    priority: 'Low',
    category: 'Email',
    source: 'Auto-Detection',
    affected_component: 'mail rules',
  },
  {
    title: 'Tags vanish when a page has more than 25 of them',
    status: 'In Progress',
    priority: 'High',
    category: 'Sync',
    source: 'User Report',
    description:
      'Only the first 25 relations arrive. See [the limits](https://developers.notion.com/reference/request-limits).',
    affected_component: 'relation reader',
  },
  {
    title: 'Scanner folder fills the disk',
    status: 'Reported',
    priority: 'Medium',
    category: 'File Processing',
    source: 'Auto-Detection',
    description: '43 GB of TIFF since January. **Nothing** deletes the originals.',
  },
  {
    title: 'Reply from João ends up in spam',
    status: 'Reported',
    priority: 'Medium',
    category: 'Email',
    source: 'Telegram',
    description: 'His signature has eleven links.',
  },
  {
    title: 'Bot answers twice after a restart',
    status: 'Fixed',
    priority: 'Medium',
    category: 'Sync',
    source: 'Telegram',
    steps_to_reproduce: 'Send a message, restart the bot *within a second*.',
    affected_component: 'Telegram bot',
    resolution_notes: 'The update offset is saved **before** the answer goes out.',
  },
  {
    title: 'Voice messages over two minutes are cut off',
    status: 'Investigating',
    priority: 'High',
    category: 'File Processing',
    source: 'Telegram',
    steps_to_reproduce: 'Dictate for 2:05. The last sentence is missing.',
  },
  { title: 'Calendar shows the São João holiday twice', status: 'Reported', priority: 'Low', source: 'User Report' },
  {
    title: 'Emoji in titles break the subject line',
    status: 'Fixed',
    priority: 'Low',
    category: 'Email',
    source: 'User Report',
    affected_component: 'digest mail',
    resolution_notes: 'Headers are encoded as RFC 2047 says. 🎉',
  },
  {
    title: 'Sync stops without a word when the token expires',
    status: 'In Progress',
    priority: 'Critical',
    category: 'Sync',
    source: 'Auto-Detection',
    description: 'It looked healthy for **nine days**. It was not.',
    affected_component: 'calendar bridge',
  },
  {
    title: 'Receipt photos are filed sideways',
    status: 'Reported',
    priority: 'Low',
    category: 'File Processing',
    source: 'Telegram',
    description: 'EXIF rotation is ignored.',
  },
  {
    title: 'Arabic names are shown mirrored in the digest',
    status: 'Investigating',
    priority: 'Medium',
    category: 'Email',
    source: 'User Report',
    description: 'Seen with حداد يوسف. Probably a missing `dir="auto"`.',
  },
  {
    title: 'Two edits in the same minute, one is lost',
    status: 'Fixed',
    priority: 'Critical',
    category: 'Sync',
    source: 'Auto-Detection',
    affected_component: 'change detection',
    resolution_notes: 'Content is compared, *times only break ties*.',
  },
  { title: 'Digest arrives at 3 in the morning', status: 'Fixed', category: 'Email', source: 'Telegram' },
  { title: 'Duplicate pages after a dropped connection', status: 'Investigating', priority: 'High', category: 'Sync' },
];

export const sampleSystemFixes = (): SampleRecord[] =>
  fixes.map((fix) => ({ entity: 'system_fixes', key: keyOf('system_fixes', fix.title), fields: { ...fix } }));
