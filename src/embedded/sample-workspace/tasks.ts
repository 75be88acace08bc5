import { type DayOf, keyOf, type SampleRecord, tagKeys } from './record.ts';

type Status = 'Todo' | 'In Progress' | 'Done' | 'Cancelled';
type Priority = 'Low' | 'Medium' | 'High' | 'Critical';
/** Due in days from today, optionally with a time and an end: `3`, `3 14:30`, `3..5`, `3 09:00..3 12:30`. */
type Task = readonly [title: string, status: Status, priority: Priority | null, due: string | null, notes?: string];

interface Bundle {
  readonly project: string | null;
  readonly tags: readonly string[];
  readonly tasks: readonly Task[];
}

const bundles: readonly Bundle[] = [
  {
    project: 'Kitchen renovation',
    tags: ['Home', 'DIY & tools'],
    tasks: [
      ['Measure the wall behind the stove', 'Done', 'Medium', '-33'],
      [
        'Get three quotes for the worktop',
        'Done',
        'High',
        '-21',
        'Rui 1 850 €, Pedra & Cal 2 300 €, *third never answered*.',
      ],
      ['Order the sink and the mixer tap', 'Done', 'High', '-6'],
      [
        'Pick a colour for the cabinet doors',
        'In Progress',
        'Medium',
        '1',
        'Between **sage** and the blue of the [tile book](https://example.com/azulejos).',
      ],
      ['Rui measures for the worktop', 'Todo', 'High', '2 09:30', 'Bring the key for the back door.'],
      ['Ask Dona Fernanda about the water stop', 'Todo', 'Critical', '3 18:00'],
      ['Electrician: two sockets and the light over the sink', 'Todo', 'High', '9 14:00..9 17:00'],
      ['Empty the old cabinets', 'Todo', 'Medium', '12..13'],
      ['Worktop is fitted', 'Todo', 'Critical', '16 08:30..16 13:00', 'Nobody cooks until the *17th hour*.'],
      ['Sell the old oven', 'Todo', 'Low', '20'],
      ['Install a second dishwasher', 'Cancelled', 'Low', '-15', 'We are two people.'],
    ],
  },
  {
    project: 'Douro half marathon',
    tags: ['Running', 'Health'],
    tasks: [
      ['Register for the half marathon', 'Done', 'High', '-58'],
      ['New shoes, half a size up', 'Done', 'Medium', '-30'],
      ['Long run: 15 km along the Foz', 'Done', 'Medium', '-8 08:00'],
      ['Long run: 17 km to Matosinhos and back', 'Done', 'Medium', '-1 08:00', '5:38/km, **no pain**.'],
      ['Intervals with Siobhán', 'Todo', 'Medium', '1 07:15', 'Arrábida bridge, bring the headlamp.'],
      ['Book physio for the left knee', 'Todo', 'High', '2'],
      ['Long run: 19 km', 'Todo', 'Medium', '6 08:00'],
      ['Try the gels on a tempo run', 'Todo', 'Low', '8 18:30'],
      ['Pick up the race number', 'Todo', 'High', '33 16:00'],
      [
        'Race day: Douro half marathon',
        'Todo',
        'Critical',
        '34 09:00..34 12:00',
        'Start pen **C**. Breakfast at 06:30, nothing new.',
      ],
    ],
  },
  {
    project: 'Portuguese to B2',
    tags: ['Languages', 'Learning'],
    tasks: [
      ['Finish unit 6: conjuntivo imperfeito', 'Done', 'Medium', '-11'],
      [
        'Write a page about the São João festival',
        'Done',
        'Low',
        '-4',
        'Teresa marked 14 mistakes, *nine of them articles*.',
      ],
      ['Lesson with Teresa', 'Todo', 'Medium', '3 18:30..3 19:30'],
      ['Listen to two episodes of "Fala com ela"', 'In Progress', 'Low', '4'],
      ['Mock exam, listening part', 'Todo', 'High', '11'],
      [
        'Register for the CAPLE exam',
        'Todo',
        'Critical',
        '18',
        'Places go within days: [registration page](https://example.com/caple).',
      ],
      ['Read "Os Maias", chapter 1', 'Todo', null, null],
    ],
  },
  {
    project: 'Buoy dashboard v3',
    tags: ['Career', 'Data visualisation'],
    tasks: [
      ['Interview three harbour masters', 'Done', 'High', '-49'],
      ['Throw away the gauge charts', 'Done', 'Medium', '-36'],
      ['Cache tiles for offline use', 'Done', 'High', '-13'],
      [
        'Drift alarm: agree on the radius with Olga',
        'Done',
        'High',
        '-3 10:00',
        '150 m for moored, **400 m** for drifters.',
      ],
      ['Fix the wave period axis on small screens', 'In Progress', 'High', '0'],
      ['Review Kwabena’s branch on alarm sounds', 'In Progress', 'Medium', '0 15:00'],
      ['Decide between `uPlot` and plain SVG', 'In Progress', 'Medium', '1', 'Numbers in the *Chart libraries* note.'],
      ['Dark mode for the night watch', 'Todo', 'Medium', '5'],
      [
        'Rain test: wet screen, gloves, 20 minutes',
        'Todo',
        'High',
        '7 11:00..7 12:30',
        'Captain Azevedo lends us the pilot boat.',
      ],
      [
        'Translate labels to Portuguese and Arabic',
        'Todo',
        'Medium',
        '10',
        'Youssef checks the Arabic; the layout must **mirror**.',
      ],
      ['Load test with 400 buoys', 'Todo', 'High', '14'],
      ['Demo for the port of Leixões', 'Todo', 'Critical', '20 14:00..20 15:30'],
      ['Release v3 to all clients', 'Todo', 'Critical', '21'],
      ['Tilt the map in 3D', 'Cancelled', 'Low', '-26', 'Nobody asked for it. Nobody.'],
    ],
  },
  {
    project: 'Sensor firmware handover',
    tags: ['Career'],
    tasks: [
      ['Record Søren flashing a buoy from scratch', 'Done', 'High', '-7'],
      [
        'List every sensor still on firmware 1.x',
        'In Progress',
        'High',
        '-2',
        '11 of 64 so far. *Overdue, ask Tomás for help.*',
      ],
      ['Write `docs/firmware/recovery.md`', 'In Progress', 'Critical', '2'],
      [
        'Move the signing key out of Søren’s laptop',
        'Todo',
        'Critical',
        '4 13:00',
        'Two people, two laptops, **no cloud**.',
      ],
      ['Dry run: Tomás updates a buoy alone', 'Todo', 'High', '8..9'],
      ['Farewell dinner for Søren', 'Todo', 'Medium', '11 20:00', 'Table for nine at Cantina 32.'],
    ],
  },
  {
    project: 'Hire a data engineer',
    tags: ['Career', 'Hiring'],
    tasks: [
      ['Write the job ad without the word "rockstar"', 'Done', 'High', '-10'],
      ['Agree on the salary band with Hannah', 'Done', 'High', '-5'],
      ['Read the first 23 applications', 'In Progress', 'Medium', '1'],
      ['Phone call with the candidate from Gdańsk', 'Todo', 'Medium', '3 11:00..3 11:45'],
      [
        'Prepare the take-home task (two hours at most)',
        'Todo',
        'High',
        '5',
        'Real data, **paid**, with an answer in three days.',
      ],
      ['Interview day', 'Todo', 'High', '15 09:00..15 17:00'],
    ],
  },
  {
    project: 'Home server rebuild',
    tags: ['Self-hosting', 'Digital life'],
    tasks: [
      ['Buy two 8 TB disks from different batches', 'Done', 'High', '-4'],
      ['Burn in the disks for 72 hours', 'In Progress', 'Medium', '0', '`badblocks -wsv` on both; **sdb** at 61 %.'],
      ['Create the ZFS mirror', 'Todo', 'High', '3'],
      [
        'Restore one random folder from the backup',
        'Todo',
        'Critical',
        '6',
        'A backup that was never restored is *a hope*.',
      ],
      ['Carry the off-site disk to João', 'Todo', 'Medium', '13 19:00'],
      ['Move the photo library to Immich', 'Todo', 'Medium', '19'],
      ['Label the cables', 'Todo', 'Low', null],
    ],
  },
  {
    project: 'Tax return',
    tags: ['Taxes', 'Finances'],
    tasks: [
      ['Download the statements of both banks', 'Done', 'Medium', '-9'],
      ['Collect receipts from the home office', 'In Progress', 'Medium', '5'],
      ['Correct the prefilled Norwegian return', 'Todo', 'High', '17', 'They count the flat twice. *Every year.*'],
      ['Meeting with Anabela', 'Todo', 'High', '22 10:30..22 11:30'],
      ['Submit the IRS declaration', 'Todo', 'Critical', '40'],
    ],
  },
  {
    project: 'Tide clock in Rust',
    tags: ['Rust', 'Learning'],
    tasks: [
      ['Blink the LED', 'Done', null, '-27'],
      [
        'Compute high water for Leixões from the harmonic constants',
        'Done',
        'Medium',
        '-12',
        'Off by four minutes. Good enough for coffee.',
      ],
      ['Drive the e-ink display without flicker', 'In Progress', 'Low', null],
      [
        'Understand `Pin`',
        'Todo',
        null,
        null,
        'Chapter 4 of [the async book](https://rust-lang.github.io/async-book/), with tea.',
      ],
      ['Solder the battery connector', 'Todo', 'Low', '23'],
    ],
  },
  {
    project: 'Balcony garden',
    tags: ['Gardening', 'Home'],
    tasks: [
      ['Count the hours of sun per corner', 'Done', 'Low', '-2'],
      ['Sow the coriander', 'Todo', 'Low', '4'],
      ['Two sacks of soil from the Bolhão market', 'Todo', 'Medium', '6 11:00'],
      ['Ask the condominium about a trellis', 'Todo', 'Medium', '10'],
    ],
  },
  {
    project: 'Bestemor’s 90th birthday',
    tags: ['Family & friends'],
    tasks: [
      ['Book flights to Bergen', 'Done', 'Critical', '-17'],
      ['Ask Ingrid which photos are missing', 'In Progress', 'Medium', '2 20:00'],
      [
        'Write the speech, three minutes',
        'Todo',
        'High',
        '14',
        'The story with the **boat and the goat**, nothing about politics.',
      ],
      ['Print the photo book', 'Todo', 'High', '15'],
      ['Bergen: Bestemor turns 90', 'Todo', 'Critical', '25..28'],
    ],
  },
  {
    project: 'Digitise the family slides',
    tags: ['Photography'],
    tasks: [
      ['Sort the boxes by year', 'Done', 'Low', '-160'],
      ['Pick up the scanner at Ingrid’s', 'Todo', 'Low', '28'],
    ],
  },
  {
    project: 'Move the blog off WordPress',
    tags: ['Digital life', 'Writing'],
    tasks: [
      ['Export all 214 posts', 'Done', 'High', '-150'],
      ['Redirect the old feed', 'Done', 'High', '-97'],
    ],
  },
  {
    project: 'Talk: Small data at sea',
    tags: ['Career', 'Writing'],
    tasks: [
      ['Rehearse in front of Zoë and Priya', 'Done', 'High', '-31 17:00'],
      ['Upload slides and speaker notes', 'Done', 'Medium', '-27'],
    ],
  },
  {
    project: null,
    tags: ['Home'],
    tasks: [
      ['Descale the coffee machine', 'Todo', 'Low', '-3'],
      ['Call the landlord about the damp in the hall', 'Todo', 'High', '0 12:00'],
      ['Read the gas meter', 'Todo', 'Medium', '5'],
      ['Renew the contents insurance', 'Todo', 'High', '27', 'Compare first: it went up by **14 %**.'],
      ['Wash the windows before the Nortada', 'Todo', 'Low', '11..12'],
      ['Fix the squeaking bedroom door', 'Done', 'Low', '-14'],
    ],
  },
  {
    project: null,
    tags: ['Health'],
    tasks: [
      ['Dentist', 'Todo', 'Medium', '8 08:45..8 09:30'],
      ['Ask Dr. Matos for the blood results', 'Todo', 'Medium', '1'],
      ['Donate blood', 'Done', null, '-19'],
      ['Swim instead of running, once', 'Cancelled', 'Low', '-5'],
    ],
  },
  {
    project: null,
    tags: ['Family & friends'],
    tasks: [
      ['Answer Dad’s letter', 'In Progress', 'Medium', '-1'],
      ['誕生日カード for Aoi', 'Todo', 'Medium', '7', 'Write it in Japanese. **Check the kanji.**'],
      ['Dinner with Mai and Łukasz', 'Todo', 'Low', '5 20:00', 'Their turn to choose; no more ramen 🍜.'],
      ['Send Chiara the address in Bologna', 'Done', null, null],
      ['Return João’s ladder', 'Todo', 'Low', null],
    ],
  },
  {
    project: null,
    tags: ['Digital life'],
    tasks: [
      ['Rotate the passwords of the shared accounts', 'Todo', 'High', '12'],
      ['Cancel the second streaming subscription', 'Todo', 'Low', '2'],
      ['Inbox to zero', 'Done', 'Medium', '-1'],
      ['Find out why the bedroom sensor reports 84 °C', 'Todo', 'Medium', null],
    ],
  },
  {
    project: null,
    tags: [],
    tasks: [
      ['Renew the passport', 'Todo', 'Critical', '30 09:15', 'Consulate in Lisbon. Two photos, *no glasses*.'],
      ['Buy a birthday present', 'Todo', null, null],
      ['Compare night trains to Madrid', 'Todo', 'Low', '36'],
      ['Return the library books', 'Todo', 'Medium', '-2'],
      ['Learn to whistle with two fingers', 'Todo', null, null],
    ],
  },
];

export const sampleTasks = (dayOf: DayOf): SampleRecord[] =>
  bundles.flatMap(({ project, tags, tasks }) => tasks.map((task) => taskRecord(task, project, tags, dayOf)));

function taskRecord(
  [title, status, priority, due, notes]: Task,
  project: string | null,
  tags: readonly string[],
  dayOf: DayOf,
): SampleRecord {
  const [start, end] = due?.split('..') ?? [];
  return {
    entity: 'tasks',
    key: keyOf('tasks', title),
    fields: {
      title,
      status,
      ...(priority === null ? {} : { priority }),
      ...(start === undefined ? {} : { due_date: moment(start, dayOf) }),
      ...(project === null ? {} : { project_id: keyOf('projects', project) }),
      tags: tagKeys(tags),
      ...(notes === undefined ? {} : { notes }),
      ...(status === 'Done' && start !== undefined ? { completed_at: completion(title, start, dayOf) } : {}),
    },
    ...(end === undefined ? {} : { ends: { due_date: moment(end, dayOf) } }),
  };
}

/** `3` or `3 14:30`, counted from today. */
function moment(text: string, dayOf: DayOf): string {
  const [days, time] = text.split(' ');
  return time === undefined ? dayOf(Number(days)) : `${dayOf(Number(days))}T${time}:00`;
}

/** Within the two days before the due date, at an hour that differs by task. */
function completion(title: string, due: string, dayOf: DayOf): string {
  const { length } = title;
  const hour = String(8 + (length % 12)).padStart(2, '0');
  const minute = String((length * 7) % 60).padStart(2, '0');
  return `${dayOf(Number.parseInt(due, 10) - (length % 3))}T${hour}:${minute}:00.000Z`;
}
