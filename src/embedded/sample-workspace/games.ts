import { keyOf, type SampleRecord } from './record.ts';

type Platform = 'PC' | 'PS5' | 'Switch';
type Status = 'Playing' | 'Completed' | 'Backlog';
interface Known {
  readonly hours_played?: number;
  readonly rating?: number;
  readonly rawg_id?: number;
  readonly notes?: string;
}
type Game = readonly [name: string, platform: Platform | null, known?: Known];

const shelves: readonly (readonly [Status, readonly Game[]])[] = [
  [
    'Playing',
    [
      ['Hades', 'Switch', { hours_played: 31.5, rating: 9, rawg_id: 274755, notes: 'Heat 6 with the **shield**.' }],
      ['Dredge', 'PC', { hours_played: 4, notes: 'Fishing, but *wrong*. Research, really.' }],
      ['Stardew Valley', 'Switch', { hours_played: 112.25, rawg_id: 654, notes: 'Shared farm with Ingrid, Sundays.' }],
    ],
  ],
  [
    'Completed',
    [
      ['The Witcher 3: Wild Hunt', 'PC', { hours_played: 143, rating: 10, rawg_id: 3328 }],
      ['Portal 2', 'PC', { hours_played: 12, rating: 10, rawg_id: 4200 }],
      [
        'Hollow Knight',
        'Switch',
        { hours_played: 58.5, rating: 9, rawg_id: 9767, notes: 'Never again. *Perhaps Silksong.*' },
      ],
      ['The Legend of Zelda: Breath of the Wild', 'Switch', { hours_played: 96, rating: 10, rawg_id: 22511 }],
      ['God of War', 'PS5', { hours_played: 38, rating: 8, rawg_id: 58175 }],
      ['A Short Hike', 'PC', { hours_played: 2.5, rating: 9 }],
      [
        'Return of the Obra Dinn',
        'PC',
        { hours_played: 9, rating: 10, notes: 'Read [nothing](https://example.com/obra-dinn) first.' },
      ],
      ['Gris', 'PC', { hours_played: 4 }],
      ['Journey', 'PS5', { hours_played: 2, rating: 9 }],
    ],
  ],
  [
    'Backlog',
    [
      [
        'Elden Ring',
        'PS5',
        { hours_played: 0, rawg_id: 326243, notes: 'João says 100 hours. *Not before the marathon.*' },
      ],
      ['Disco Elysium', 'PC'],
      ['Outer Wilds', 'PC', { hours_played: 1.5, notes: 'Start over, with **headphones**.' }],
      ['Red Dead Redemption 2', 'PS5', { rawg_id: 28 }],
      ['ペルソナ5 ザ・ロイヤル', 'Switch', { notes: 'In Japanese, as reading practice?' }],
      ['Ōkami HD', 'Switch'],
      ['Kentucky Route Zero', 'PC'],
      ['Pentiment', null, { notes: 'Which platform was it on sale for?' }],
      ['Tchia', 'PS5'],
      ['Sable', 'PC'],
      ['Dorfromantik', 'PC', { hours_played: 6 }],
      ['Citizen Sleeper', null],
    ],
  ],
];

export const sampleGames = (): SampleRecord[] =>
  shelves.flatMap(([status, games]) =>
    games.map(([name, platform, known = {}]) => ({
      entity: 'games',
      key: keyOf('games', name),
      fields: {
        name,
        status,
        ...(platform === null ? {} : { platform }),
        ...known,
        ...(known.rawg_id === undefined ? {} : { cover_url: `https://covers.example.com/${known.rawg_id}.jpg` }),
      },
    })),
  );
