import { keyOf, projectKeys, type SampleRecord, tagKeys } from './record.ts';

interface Person {
  readonly name: string;
  readonly relationship?: 'Family' | 'Friend' | 'Colleague' | 'Client';
  readonly email?: string;
  /** From ranges that are reserved for fiction. */
  readonly phone?: string;
  readonly notes?: string;
  readonly projects?: readonly string[];
  readonly tags?: readonly string[];
}

const birthday = 'Bestemor’s 90th birthday';
const dashboard = 'Buoy dashboard v3';

const people: readonly Person[] = [
  {
    name: 'Ingrid Halvorsen',
    relationship: 'Family',
    email: 'ingrid.halvorsen@example.org',
    phone: '+47 40 05 55 12',
    notes: 'Sister. Owns the slide scanner, **returns calls after 20:00**.',
    projects: [birthday, 'Digitise the family slides'],
    tags: ['Family & friends'],
  },
  { name: 'Bestemor (Åse Halvorsen)', relationship: 'Family', phone: '+47 40 05 55 19', projects: [birthday] },
  {
    name: 'Per-Øyvind Halvorsen',
    relationship: 'Family',
    email: 'po.halvorsen@example.org',
    notes: 'Dad. Sends letters; answer *with letters*.',
    projects: [birthday],
    tags: ['Family & friends', 'Photography'],
  },
  { name: 'Tante Solveig', relationship: 'Family', notes: 'Lactose, no fish. Yes, in Bergen.', projects: [birthday] },
  { name: 'Marit & Eivind', relationship: 'Family', email: 'marit.eivind@example.org' },
  {
    name: 'João Figueiredo',
    relationship: 'Friend',
    email: 'joao.figueiredo@example.com',
    phone: '+44 7700 900142',
    notes: 'Has the off-site disk. Plays the *cavaquinho*, loudly.',
    projects: ['Home server rebuild'],
    tags: ['Self-hosting', 'Family & friends'],
  },
  {
    name: 'Siobhán Ní Bhriain',
    relationship: 'Friend',
    email: 'siobhan@example.org',
    phone: '+44 7700 900718',
    notes: 'Running partner, Tuesdays 07:15 at the Arrábida bridge.',
    projects: ['Douro half marathon'],
    tags: ['Running'],
  },
  { name: 'Łukasz Wójcik', relationship: 'Friend', email: 'lukasz.wojcik@example.com', tags: ['Photography'] },
  { name: 'Nguyễn Thị Mai', relationship: 'Friend', phone: '+1 415 555 0132', tags: ['Cooking', 'Travel'] },
  {
    name: '山田 葵',
    relationship: 'Friend',
    email: 'aoi.yamada@example.jp',
    notes: 'Aoi. Tandem on Thursdays: 30 min 日本語, 30 min norsk.',
    tags: ['Languages'],
  },
  { name: 'Chiara D’Amico', relationship: 'Friend', email: 'chiara@example.it', phone: '+1 212 555 0177' },
  {
    name: 'Rui, the carpenter',
    phone: '+44 20 7946 0311',
    notes: 'Worktop and shelves. Answers texts, **never** mail.',
    projects: ['Kitchen renovation'],
    tags: ['DIY & tools'],
  },
  { name: 'Dona Fernanda (3.º esq.)', relationship: 'Friend', notes: 'Has the spare key. Likes *pastéis de feijão*.' },
  {
    name: 'Prof. Teresa Vasconcelos',
    email: 'teresa.vasconcelos@example.edu',
    notes: 'Portuguese teacher, Mondays 18:30.',
    projects: ['Portuguese to B2'],
    tags: ['Languages'],
  },
  {
    name: 'Dr. Henrique Matos',
    phone: '+44 20 7946 0958',
    notes: 'GP. Ask for the *blood panel* results by phone.',
    tags: ['Health'],
  },
  {
    name: 'Anabela Couto',
    email: 'anabela@example.com',
    notes: 'Accountant.',
    projects: ['Tax return'],
    tags: ['Taxes'],
  },
  {
    name: 'Søren Mikkelsen',
    relationship: 'Colleague',
    email: 'soren@tidewater.example',
    notes: 'Firmware; leaves at the end of the month.',
    projects: ['Sensor firmware handover', dashboard],
  },
  {
    name: 'Zoë Åkesson',
    relationship: 'Colleague',
    email: 'zoe@tidewater.example',
    phone: '+46 70 174 06 05',
    notes: 'My lead. 1:1 every second Wednesday.',
    projects: [dashboard, 'Hire a data engineer'],
    tags: ['Career'],
  },
  { name: 'Kwabena Owusu', relationship: 'Colleague', email: 'kwabena@tidewater.example', projects: [dashboard] },
  {
    name: 'Ольга Павлова',
    relationship: 'Colleague',
    email: 'olga@tidewater.example',
    notes: 'Oceanographer. Knows why the swell model lies on Mondays.',
    projects: [dashboard],
    tags: ['Oceanography', 'Statistics'],
  },
  {
    name: 'Priya Raghunathan',
    relationship: 'Colleague',
    email: 'priya@tidewater.example',
    tags: ['Data visualisation'],
  },
  { name: 'Tomás Iglesias Peña', relationship: 'Colleague', projects: ['Sensor firmware handover'] },
  {
    name: 'Hannah Weiß',
    relationship: 'Colleague',
    email: 'hannah@tidewater.example',
    projects: ['Hire a data engineer'],
  },
  {
    name: 'Capt. Miguel Azevedo',
    relationship: 'Client',
    email: 'm.azevedo@harbour.example',
    phone: '+44 20 7946 0604',
    notes: 'Harbour master, Leixões. Wants **one** number on the screen, big.',
    projects: [dashboard],
  },
  {
    name: 'Fjordlaks AS (Bjørg Sætre)',
    relationship: 'Client',
    email: 'bjorg@fjordlaks.example',
    projects: [dashboard],
  },
  {
    name: 'يوسف حداد',
    relationship: 'Client',
    email: 'youssef.haddad@port.example',
    notes: 'Youssef, port of Tangier.',
  },
  {
    name: 'Institut Océan (Maëlle Le Goff)',
    relationship: 'Client',
    email: 'maelle@ocean.example',
    tags: ['Oceanography'],
  },
  { name: 'Ingibjörg Þórsdóttir', relationship: 'Client', phone: '+1 646 555 0119' },
];

export const samplePeople = (): SampleRecord[] =>
  people.map(({ projects, tags, ...plain }) => ({
    entity: 'people',
    key: keyOf('people', plain.name),
    fields: {
      ...plain,
      ...(projects === undefined ? {} : { projects: projectKeys(projects) }),
      ...(tags === undefined ? {} : { tags: tagKeys(tags) }),
    },
  }));
