import { keyOf, type SampleRecord } from './record.ts';

const areas: readonly [name: string, description?: string][] = [
  ['Health', 'Body and head. **Weekly review: Sunday evening.**'],
  ['Home', 'The flat in Rua da Alegria, and everything in it that leaks.'],
  ['Career', 'Tidewater, talks, and what comes after.'],
  ['Finances', 'Budget lives in [the spreadsheet](https://example.com/budget); only decisions go here.'],
  ['Family & friends'],
  ['Learning', 'Two subjects at a time, *never* three.'],
  ['Creativity'],
  ['Digital life', 'Backups, automations, this workspace.'],
];

const resources: readonly [name: string, area: string | null, description?: string][] = [
  ['Running', 'Health', 'Plans, shoes, routes along the Douro.'],
  ['Sleep', 'Health'],
  ['Cooking', 'Home', 'Recipes that worked **twice**.'],
  ['Gardening', 'Home'],
  ['DIY & tools', 'Home', 'What fits the walls of a 1934 building.'],
  ['Data visualisation', 'Career', 'See also [the chart chooser](https://example.com/chart-chooser).'],
  ['Hiring', 'Career'],
  ['Oceanography', 'Career', 'Buoys, tides, and the people who know about them.'],
  ['Taxes', 'Finances', 'Portugal **and** Norway, sadly.'],
  ['Languages', 'Learning', 'Português, norsk, a little 日本語.'],
  ['Rust', 'Learning'],
  ['Statistics', 'Learning', 'From *t*-tests to Bayes, slowly.'],
  ['Writing', 'Creativity'],
  ['Photography', 'Creativity', 'Film scans are on the NAS under `photos/scans`.'],
  ['Self-hosting', 'Digital life'],
  ['Travel', null, 'Trips taken and trips dreamt of.'],
];

export const sampleTags = (): SampleRecord[] => [
  ...areas.map(([name, description]) => tag(name, 'Area', null, description)),
  ...resources.map(([name, area, description]) => tag(name, 'Resource', area, description)),
];

const tag = (name: string, type: string, area: string | null, description?: string): SampleRecord => ({
  entity: 'tags',
  key: keyOf('tags', name),
  fields: {
    name,
    type,
    ...(description === undefined ? {} : { description }),
    ...(area === null ? {} : { parent_id: keyOf('tags', area) }),
  },
});
