import { type DayOf, keyOf, projectKeys, type SampleRecord } from './record.ts';

interface Goal {
  readonly name: string;
  readonly status: 'Active' | 'Achieved' | 'Abandoned';
  readonly category?: 'Health' | 'Career' | 'Learning';
  readonly progress?: number;
  /** In days from today. */
  readonly target?: number;
  readonly projects?: readonly string[];
  readonly notes?: string;
}

const goals: readonly Goal[] = [
  {
    name: 'Run a half marathon under 1:55',
    status: 'Active',
    category: 'Health',
    progress: 62,
    target: 34,
    projects: ['Douro half marathon'],
    notes: 'Last long run: 17 km at 5:38/km. **The knee is fine.**',
  },
  {
    name: 'Speak Portuguese without switching to English',
    status: 'Active',
    category: 'Learning',
    progress: 55,
    target: 90,
    projects: ['Portuguese to B2'],
    notes: 'The neighbours have *agreed* to pretend that they speak no English.',
  },
  {
    name: 'Lead the dashboard team by next summer',
    status: 'Active',
    category: 'Career',
    progress: 40,
    target: 180,
    projects: ['Buoy dashboard v3', 'Hire a data engineer', 'Sensor firmware handover'],
  },
  {
    name: 'Ship something written in Rust',
    status: 'Active',
    category: 'Learning',
    progress: 25,
    target: 150,
    projects: ['Tide clock in Rust'],
  },
  {
    name: 'Sleep seven hours, five nights a week',
    status: 'Active',
    category: 'Health',
    progress: 80,
    notes: 'Phone charges in the hall since March.',
  },
  { name: 'Six months of expenses in savings', status: 'Active', progress: 71, target: 240, projects: ['Tax return'] },
  {
    name: 'Own my data again',
    status: 'Active',
    progress: 35,
    target: 60,
    projects: ['Home server rebuild', 'Move the blog off WordPress'],
    notes: 'Photos, mail archive and notes on disks that I can hold. See [the plan](https://example.com/own-my-data).',
  },
  {
    name: 'Give a talk outside of work',
    status: 'Achieved',
    category: 'Career',
    progress: 100,
    target: -28,
    projects: ['Talk: Small data at sea'],
    notes: 'Forty people, two good questions, one job offer.',
  },
  {
    name: 'Walk 200 km along the coast',
    status: 'Achieved',
    category: 'Health',
    progress: 100,
    target: -215,
    projects: ['Walk the Rota Vicentina'],
  },
  {
    name: 'Pass the statistics certificate',
    status: 'Abandoned',
    category: 'Learning',
    progress: 15,
    projects: ['Statistics refresher'],
    notes: 'Wrong year for it. The book stays on the shelf, *within reach*.',
  },
];

export const sampleGoals = (dayOf: DayOf): SampleRecord[] =>
  goals.map(({ target, projects, ...plain }) => ({
    entity: 'goals',
    key: keyOf('goals', plain.name),
    fields: {
      ...plain,
      ...(target === undefined ? {} : { target_date: dayOf(target) }),
      ...(projects === undefined ? {} : { related_projects: projectKeys(projects) }),
    },
  }));
