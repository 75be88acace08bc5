import { type DayOf, keyOf, type SampleRecord, tagKeys } from './record.ts';

interface Project {
  readonly name: string;
  readonly status: 'Active' | 'On Hold' | 'Completed';
  readonly type: 'Work' | 'Personal' | 'Learning';
  readonly tags: readonly string[];
  /** In days from today. */
  readonly start?: number;
  readonly target?: number;
  readonly description?: string;
}

const projects: readonly Project[] = [
  {
    name: 'Kitchen renovation',
    status: 'Active',
    type: 'Personal',
    tags: ['Home', 'DIY & tools'],
    start: -40,
    target: 55,
    description:
      'New worktop, sink under the window, sockets where one needs them.\n**Budget: 9 400 €**, of which 1 500 € in reserve.',
  },
  {
    name: 'Douro half marathon',
    status: 'Active',
    type: 'Personal',
    tags: ['Health', 'Running'],
    start: -63,
    target: 34,
    description: 'Under 1:55, without the knee. Plan from [Hal Higdon](https://www.halhigdon.com).',
  },
  {
    name: 'Portuguese to B2',
    status: 'Active',
    type: 'Learning',
    tags: ['Learning', 'Languages'],
    start: -120,
    target: 90,
    description: 'CAPLE exam in the spring. Speak *every* day, even badly.',
  },
  {
    name: 'Buoy dashboard v3',
    status: 'Active',
    type: 'Work',
    tags: ['Career', 'Data visualisation', 'Oceanography'],
    start: -75,
    target: 21,
    description:
      'Live view for the harbour masters: **wave height, period, drift alarm**. Must work on a phone in rain.',
  },
  {
    name: 'Sensor firmware handover',
    status: 'Active',
    type: 'Work',
    tags: ['Career'],
    start: -20,
    target: 12,
    description: 'Søren leaves at the end of the month; everything in his head has to be in `docs/firmware`.',
  },
  {
    name: 'Hire a data engineer',
    status: 'Active',
    type: 'Work',
    tags: ['Career', 'Hiring'],
    start: -14,
    target: 45,
  },
  {
    name: 'Home server rebuild',
    status: 'Active',
    type: 'Personal',
    tags: ['Digital life', 'Self-hosting'],
    start: -9,
    target: 30,
    description: 'Old NAS is out of warranty *and* out of disk. ZFS mirror, off-site copy at João’s.',
  },
  {
    name: 'Tax return',
    status: 'Active',
    type: 'Personal',
    tags: ['Finances', 'Taxes'],
    target: 40,
    description: 'IRS opens in April; the Norwegian one arrives by itself but is wrong every year.',
  },
  {
    name: 'Tide clock in Rust',
    status: 'Active',
    type: 'Learning',
    tags: ['Learning', 'Rust', 'Oceanography'],
    start: -30,
    description: 'A little e-ink clock that shows the next high water at Leixões. Excuse to learn `embedded-hal`.',
  },
  {
    name: 'Balcony garden',
    status: 'Active',
    type: 'Personal',
    tags: ['Home', 'Gardening'],
    start: -5,
    target: 75,
  },
  {
    name: 'Bestemor’s 90th birthday',
    status: 'Active',
    type: 'Personal',
    tags: ['Family & friends', 'Travel'],
    target: 26,
    description: 'Bergen, the whole family, **no surprise party** (she was very clear).',
  },
  {
    name: 'Digitise the family slides',
    status: 'On Hold',
    type: 'Personal',
    tags: ['Family & friends', 'Photography'],
    start: -200,
    description: '1 140 slides from 1962 to 1989. Waiting for the scanner that Ingrid promised.',
  },
  { name: 'Statistics refresher', status: 'On Hold', type: 'Learning', tags: ['Learning', 'Statistics'], start: -150 },
  {
    name: 'Move the blog off WordPress',
    status: 'Completed',
    type: 'Personal',
    tags: ['Digital life', 'Writing'],
    start: -180,
    target: -95,
    description: 'Static pages, no comments, feeds kept alive. Done, and 400 ms faster.',
  },
  {
    name: 'Talk: Small data at sea',
    status: 'Completed',
    type: 'Work',
    tags: ['Career', 'Writing', 'Oceanography'],
    start: -110,
    target: -28,
    description: '25 minutes at the Lisbon data meetup. [Slides](https://example.com/talks/small-data-at-sea).',
  },
  {
    name: 'Walk the Rota Vicentina',
    status: 'Completed',
    type: 'Personal',
    tags: ['Travel', 'Health'],
    start: -240,
    target: -215,
  },
];

export const sampleProjects = (dayOf: DayOf): SampleRecord[] =>
  projects.map(({ name, status, type, tags, start, target, description }) => ({
    entity: 'projects',
    key: keyOf('projects', name),
    fields: {
      name,
      status,
      type,
      tags: tagKeys(tags),
      ...(description === undefined ? {} : { description }),
      ...(start === undefined ? {} : { start_date: dayOf(start) }),
      ...(target === undefined ? {} : { target_date: dayOf(target) }),
    },
  }));
