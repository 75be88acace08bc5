import { keyOf, type SampleRecord } from './record.ts';

type Kind = 'Movie' | 'TV Show' | 'Anime';
type Status = 'Watching' | 'Completed' | 'Plan to Watch';
interface Known {
  readonly year?: number;
  readonly tmdb_id?: number;
  readonly rating?: number;
  readonly notes?: string;
}
type Title = readonly [title: string, known: Known];

const shelves: readonly (readonly [Kind, Status, readonly Title[]])[] = [
  [
    'Movie',
    'Completed',
    [
      ['Arrival', { year: 2016, tmdb_id: 329865, rating: 9, notes: 'Watch again **before** the next language exam.' }],
      ['Le Fabuleux Destin d’Amélie Poulain', { year: 2001, tmdb_id: 194, rating: 8 }],
      [
        'Portrait de la jeune fille en feu',
        { year: 2019, tmdb_id: 531428, rating: 10, notes: 'The last shot. *The last shot.*' },
      ],
      ['기생충 (Parasite)', { year: 2019, tmdb_id: 496243, rating: 9 }],
      ['Perfect Days', { year: 2023, tmdb_id: 976893, rating: 9, notes: 'Recommended by Aoi.' }],
      ['Paddington 2', { year: 2017, tmdb_id: 346648, rating: 8 }],
      ['Aftersun', { year: 2022, tmdb_id: 965150, rating: 8 }],
      ['The Grand Budapest Hotel', { year: 2014, tmdb_id: 120467 }],
    ],
  ],
  [
    'Movie',
    'Plan to Watch',
    [
      ['Drive My Car', { year: 2021, tmdb_id: 758866 }],
      ['Anatomie d’une chute', { year: 2023, tmdb_id: 915935, notes: 'With Chiara, *not* alone.' }],
      ['Past Lives', { year: 2023, tmdb_id: 666277 }],
      ['Verdens verste menneske', { year: 2021 }],
      [
        'Dune: Part Two',
        { year: 2024, tmdb_id: 693134, notes: 'On the big screen at Trindade if they still show it.' },
      ],
      ['Os Verdes Anos', { year: 1963, notes: 'Teresa’s homework.' }],
      ['Everything Everywhere All at Once', { year: 2022, tmdb_id: 545611 }],
    ],
  ],
  [
    'TV Show',
    'Watching',
    [
      ['Severance', { year: 2022, tmdb_id: 95396, notes: 'S2E4. **No spoilers from Kwabena.**' }],
      ['The Bear', { year: 2022, tmdb_id: 136315, rating: 8 }],
      ['Shōgun', { year: 2024, tmdb_id: 126308 }],
    ],
  ],
  [
    'TV Show',
    'Completed',
    [
      ['Chernobyl', { year: 2019, tmdb_id: 87108, rating: 10 }],
      [
        'Dark',
        {
          year: 2017,
          tmdb_id: 70523,
          rating: 9,
          notes: 'The [family tree](https://example.com/dark-family-tree) helps.',
        },
      ],
      ['Breaking Bad', { year: 2008, tmdb_id: 1396, rating: 9 }],
      ['Skam', { year: 2015, rating: 7 }],
      ['Detectorists', { year: 2014, rating: 9, notes: 'For evenings after a bad day.' }],
    ],
  ],
  [
    'TV Show',
    'Plan to Watch',
    [
      ['Andor', { year: 2022, tmdb_id: 83867 }],
      ['The Wire', { year: 2002, tmdb_id: 1438, notes: 'Everybody says so. *Everybody.*' }],
      ['Glória', { year: 2021 }],
      ['Twin Peaks', { year: 1990, tmdb_id: 1920 }],
    ],
  ],
  [
    'Anime',
    'Watching',
    [['葬送のフリーレン (Frieren)', { year: 2023, tmdb_id: 209867, rating: 9, notes: 'One episode per running day.' }]],
  ],
  [
    'Anime',
    'Completed',
    [
      ['千と千尋の神隠し (Spirited Away)', { year: 2001, tmdb_id: 129, rating: 10 }],
      ['もののけ姫 (Princess Mononoke)', { year: 1997, tmdb_id: 128, rating: 9 }],
      ['君の名は。 (Your Name)', { year: 2016, tmdb_id: 372058, rating: 8 }],
      ['Cowboy Bebop', { year: 1998, tmdb_id: 30991, rating: 9 }],
      ['Violet Evergarden', { year: 2018, rating: 7 }],
    ],
  ],
  [
    'Anime',
    'Plan to Watch',
    [
      ['蟲師 (Mushishi)', { year: 2005 }],
      ['Vinland Saga', { year: 2019, tmdb_id: 88803, notes: 'For the ships.' }],
      ['となりのトトロ (My Neighbour Totoro)', { tmdb_id: 8392 }],
    ],
  ],
];

export const sampleMedia = (): SampleRecord[] =>
  shelves.flatMap(([type, status, titles]) =>
    titles.map(([title, known]) => ({
      entity: 'media',
      key: keyOf('media', title),
      fields: {
        title,
        type,
        status,
        ...known,
        ...(known.tmdb_id === undefined ? {} : { poster_url: `https://posters.example.com/${known.tmdb_id}.jpg` }),
      },
    })),
  );
