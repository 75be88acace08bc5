import { noteBodies, noteButtons, notePages } from './note-bodies.ts';
import { keyOf, type SampleBody, type SampleRecord, tagKeys } from './record.ts';

type Kind = 'Meeting' | 'Idea' | 'Learning' | 'Reference';
type Note = readonly [title: string, project: string | null, tags: readonly string[], content?: string];

const kitchen = 'Kitchen renovation';
const dashboard = 'Buoy dashboard v3';
const firmware = 'Sensor firmware handover';
const portuguese = 'Portuguese to B2';
const server = 'Home server rebuild';
const clock = 'Tide clock in Rust';
const marathon = 'Douro half marathon';
const talk = 'Talk: Small data at sea';

const notes: Readonly<Record<Kind, readonly Note[]>> = {
  Meeting: [
    [
      'Dashboard kick-off with Zoë and Olga',
      dashboard,
      ['Career'],
      'Three screens, no more. **Decision:** the alarm list is the home page.\nOlga brings a week of bad data from the Sines buoy.',
    ],
    [
      '1:1 with Zoë',
      null,
      ['Career'],
      'Wants me to lead the dashboard team *from summer*. Said yes, asked for Kwabena.',
    ],
    [
      'Captain Azevedo on the pilot boat',
      dashboard,
      ['Oceanography'],
      'He reads **wave period**, not height. Font twice as big.',
    ],
    ['Handover with Søren, part 1', firmware, ['Career'], 'Boot loader, partitions, why `0x7f` means a flat battery.'],
    ['Handover with Søren, part 2', firmware, ['Career']],
    [
      'Rui about the worktop',
      kitchen,
      ['DIY & tools'],
      'Oak takes six weeks, **granite three**. He wants half in advance.',
    ],
    [
      'Parents’ call, Sunday',
      'Bestemor’s 90th birthday',
      ['Family & friends'],
      'Dad drives, Solveig needs a room on the ground floor.',
    ],
    ['Condominium assembly', 'Balcony garden', ['Home'], 'Roof in autumn: 640 € per flat. Trellis *not* discussed.'],
    [
      'Hiring sync with Hannah',
      'Hire a data engineer',
      ['Hiring'],
      '23 applications, 6 worth a call. [Score sheet](https://example.com/score-sheet).',
    ],
    [
      'Anabela: what she needs this year',
      'Tax return',
      ['Taxes'],
      'Rent contract, both payslips, proof of the **tax residence**.',
    ],
    ['Port of Tangier, first call', dashboard, [], 'Youssef wants right-to-left from day one. شكرا يوسف'],
  ],
  Idea: [
    [
      'A buoy that writes postcards',
      null,
      ['Creativity', 'Oceanography'],
      'One sentence a day from its own data. *“Today I was moved by 2.4 metres.”*',
    ],
    [
      'Blog post: alarms that nobody hears',
      null,
      ['Writing'],
      'Start with the **night watch** story. End without advice.',
    ],
    ['Shelf under the stairs for the server', server, ['Home', 'Self-hosting']],
    [
      'Tide clock as a present for Bestemor',
      clock,
      ['Family & friends'],
      'Bergen has *tiny* tides. Show the ferry instead?',
    ],
    ['Supper club: four people, one pot', null, ['Cooking', 'Family & friends'], 'First guests: Mai, Łukasz, Chiara.'],
    ['Photo series: doors of Rua da Alegria', null, ['Photography'], '36 doors, one roll, **one morning**.'],
    ['Weekly review as a phone call', null, ['Digital life'], 'Let the bot ring and ask three questions.'],
    ['Interval coach from the smartwatch data', marathon, ['Running', 'Statistics']],
    [
      'Vocabulary from the supermarket receipts',
      portuguese,
      ['Languages'],
      'OCR the receipt, five words a day: *nabiça, grelos, alheira…*',
    ],
    ['Sonify the swell', null, ['Creativity'], 'Period to pitch, height to volume. João plays along.'],
    ['Herbs by the kitchen window instead of a blind', kitchen, ['Gardening']],
  ],
  Learning: [
    [
      'Conjuntivo: when "se" and when "quando"',
      portuguese,
      ['Languages'],
      '**Se tiver** tempo, **quando tiver** tempo: the same form, the *futuro do conjuntivo*.',
    ],
    [
      'False friends, português–norsk',
      portuguese,
      ['Languages'],
      '“Rar” is nice in Norwegian; *raro* is rare. Nobody was amused.',
    ],
    [
      'Ownership, in my own words',
      clock,
      ['Rust'],
      'A value has one owner. `&` lends it, `&mut` lends it to **one** at a time. That is all.',
    ],
    [
      'Why my harmonic analysis was off',
      clock,
      ['Oceanography', 'Rust'],
      'Leap seconds? No. **Daylight saving time**, as always.',
    ],
    [
      'Reading a box plot aloud',
      null,
      ['Statistics', 'Data visualisation'],
      'Median first, then the box, whiskers last. Say *“half of the days”*, not “the IQR”.',
    ],
    ['Bayes with three doors and a goat', 'Statistics refresher', ['Statistics']],
    [
      'How ZFS finds a rotten block',
      server,
      ['Self-hosting'],
      'Checksums live in the *parent* block; `zpool scrub` walks the tree and heals from the mirror.',
    ],
    ['Cadence: 172 instead of 158', marathon, ['Running'], 'Shorter steps, **no knee pain** for three weeks now.'],
    [
      'Notes on "Thinking in Systems"',
      null,
      ['Learning'],
      'Stocks, flows, delays. The delay between *deciding* and *seeing* is where I give up.',
    ],
    ['What the speaker coach said', talk, ['Writing'], 'Pause. **Longer.** Then say the number.'],
    [
      'Expired film: one stop per decade',
      null,
      ['Photography'],
      'Portra from 2009 at ISO 160. See the [contact sheet](https://example.com/contact-sheet).',
    ],
    ['Keigo for beginners', null, ['Languages'], '食べる → 召し上がる (they), いただく (I). *Aoi laughed kindly.*'],
    ['Sourdough in a hot kitchen', null, ['Cooking'], 'Bulk fermentation 3 h at 27 °C, **not** 5. Fridge overnight.'],
  ],
  Reference: [
    [
      'Wi-Fi, fuse box, water stop',
      null,
      ['Home'],
      'Fuse 4 is the stove. Water stop behind the *blue* door, quarter turn.',
    ],
    [
      'Kitchen measurements',
      kitchen,
      ['DIY & tools'],
      'Wall 3 274 mm, window sill at 1 020 mm, gas at **410 mm** from the corner.',
    ],
    [
      'Chart libraries',
      dashboard,
      ['Data visualisation'],
      '`uPlot`: 48 kB, 60 fps with 100 000 points. Plain SVG: 0 kB, dies at 5 000. Chart.js: *no*.',
    ],
    [
      'Alarm thresholds by harbour',
      dashboard,
      ['Oceanography'],
      'Leixões 3.5 m, Sines 4.0 m, Tanger 3.0 m.\nSource: [harbour rules](https://example.com/harbour-rules), 2nd edition.',
    ],
    [
      'How to flash a buoy',
      firmware,
      ['Career'],
      '1. Magnet on the hull, ten seconds.\n2. `tide flash --port /dev/ttyUSB0`\n3. Wait for **two** blinks.',
    ],
    [
      'Half marathon pace table',
      marathon,
      ['Running'],
      '1:55:00 is 5:27/km. First five at 5:32, last five *whatever is left*.',
    ],
    [
      'Bestemor’s fårikål',
      null,
      ['Cooking', 'Family & friends'],
      'Lamb, cabbage, pepper, water. **Two hours**, lid on, do not stir.',
    ],
    ['Packing list, hand luggage', null, ['Travel'], 'Passport, charger, *the other charger*, earplugs, a real book.'],
    ['Backup rule 3-2-1', server, ['Self-hosting'], 'Three copies, two media, **one elsewhere**. João is elsewhere.'],
    ['Documents for the tax office', 'Tax return', ['Taxes']],
    [
      'Interview questions worth asking',
      'Hire a data engineer',
      ['Hiring'],
      '“Tell me about data that *lied* to you.” Then be quiet.',
    ],
    [
      'Where the slides are',
      'Digitise the family slides',
      ['Photography', 'Family & friends'],
      'Boxes 1–6 in the cellar at Nordnes, 7 and 8 with Per-Øyvind.',
    ],
    [
      'Balcony: sun and wind',
      'Balcony garden',
      ['Gardening'],
      'Left corner 6 h of sun, right corner 2 h. *Nortada* from June.',
    ],
    [
      'Trails for a rainy weekend',
      'Walk the Rota Vicentina',
      ['Travel'],
      'Gerês: Trilho da Preguiça, 5.3 km. Arouca: the Passadiços, **book ahead**.',
    ],
    ['Book list', null, ['Learning'], '*Os Maias*, *The Mezzanine*, *Piranesi*, *Kystens kvinner*.'],
  ],
};

export const sampleNotes = (): SampleRecord[] =>
  Object.entries(notes).flatMap(([type, list]) =>
    list.map(([title, project, tags, content]) => ({
      entity: 'notes',
      key: keyOf('notes', title),
      fields: {
        title,
        type,
        ...(content === undefined ? {} : { content }),
        ...(project === null ? {} : { project_id: keyOf('projects', project) }),
        tags: tagKeys(tags),
      },
      ...bodyOf(title),
    })),
  );

function bodyOf(title: string): { body?: SampleBody } {
  const markdown = noteBodies[title];
  if (markdown === undefined) return {};
  const [unsupported, childPage] = [noteButtons[title], notePages[title]];
  return { body: { markdown, ...(unsupported && { unsupported }), ...(childPage && { childPage }) } };
}
