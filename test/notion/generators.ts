import type { RichTextItemResponse } from '@notionhq/client';
import fc from 'fast-check';
import type { NotionField } from '../../src/entities/define.ts';
import type { PageProperty } from '../../src/notion/properties.ts';
import type { Value } from '../../src/sync/types.ts';
import { cases } from '../support/cases.ts';
import { equation, held, item, type Look, type Mention, mentionItem, mergeItems } from './support.ts';

type DateResponse = NonNullable<Extract<PageProperty, { type: 'date' }>['date']>;

/** The minimum number of runs of each property test. */
export const manyCases = { numRuns: cases(2_000, 20_000) };
/** In milliseconds, for a busy machine. */
export const patience = 600_000;

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Text that PostgreSQL can store: no NUL and no half surrogate pairs. */
export const anyText = (maxLength = 20): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength }),
    fc.string({ unit: 'binary', maxLength }).map((text) => text.replaceAll('\0', '')),
    fc
      .array(
        fc.constantFrom(
          '👩‍🚀',
          '🇩🇪',
          '👍🏽',
          'e\u0301',
          'é',
          'ﬁ',
          '\u200f',
          '\u202e',
          'שלום',
          '漢字',
          '\ufeff',
          ' ',
          '\n',
          'a',
        ),
        {
          maxLength: maxLength / 2,
        },
      )
      .map((parts) => parts.join('')),
  );

/** Ordinary words, and sometimes characters with a meaning in Markdown. */
const words = fc
  .array(
    fc.oneof(
      {
        weight: 12,
        arbitrary: fc.constantFrom(
          'one',
          'two ',
          ' three',
          'naïve',
          '漢字',
          '👩‍🚀',
          ' ',
          'snake_case',
          '2 * 3',
          '(x)',
          '.',
        ),
      },
      { weight: 1, arbitrary: fc.constantFrom('*', '**', '_', '`', '~~', '\\', '[x](y)', '\n', '\r\n', '# ', '&amp;') },
      { weight: 1, arbitrary: anyText(4) },
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(''));

const rarely = <T>(value: T, otherwise: T): fc.Arbitrary<T> =>
  fc.integer({ min: 0, max: 5 }).map((n) => (n === 0 ? value : otherwise));

export const link = fc.constantFrom('https://x.org', 'https://x.org/a_(b)*', 'mailto:a@x.org', 'https://x.org/ä');
const looks: fc.Arbitrary<Look> = fc
  .record({
    bold: rarely(true, false),
    italic: rarely(true, false),
    strikethrough: rarely(true, false),
    underline: rarely(true, false),
    code: rarely(true, false),
    color: fc.constantFrom('default', 'default', 'default', 'red', 'blue_background'),
    link: fc.option(link, { freq: 8, nil: undefined }),
  })
  .map(({ link: url, ...annotations }) => ({ ...annotations, ...(url === undefined ? {} : { link: url }) }));

const mentions: fc.Arbitrary<Mention> = fc.oneof(
  fc.constantFrom(1, 2, 3).map((n): Mention => ({ type: 'user', user: { object: 'user', id: uuid(n) } })),
  fc.constantFrom(4, 5, 6).map((n): Mention => ({ type: 'page', page: { id: uuid(n) } })),
  fc.constantFrom(7).map((n): Mention => ({ type: 'database', database: { id: uuid(n) } })),
  fc.constantFrom('today', 'now').map(
    (when): Mention => ({
      type: 'template_mention',
      template_mention: { type: 'template_mention_date', template_mention_date: when as 'today' | 'now' },
    }),
  ),
  fc.constant<Mention>({
    type: 'template_mention',
    template_mention: { type: 'template_mention_user', template_mention_user: 'me' },
  }),
  fc.constant<Mention>({
    type: 'custom_emoji',
    custom_emoji: { id: uuid(8), name: 'ok', url: 'https://x.org/ok.png' },
  }),
  fc
    .constantFrom('2026-03-01', '2026-03-01T10:00:00.000+00:00')
    .map((start): Mention => ({ type: 'date', date: { start, end: null, time_zone: null } })),
);

const equations = fc.constantFrom('x', 'a_b*c*', '\\frac{1}{2}', 'E=mc^2', 'x + y');

/** One item as Notion returns it, of every writable kind. */
const textItem: fc.Arbitrary<RichTextItemResponse> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(words, looks).map(([text, look]) => item(text, look)) },
  {
    weight: 1,
    arbitrary: fc.tuple(mentions, looks).map(([mention, { link: _, ...look }]) => mentionItem(mention, look)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(equations, looks).map(([expression, { link: _, ...look }]): RichTextItemResponse => {
      const one = equation(expression);
      return { ...one, annotations: { ...one.annotations, ...look } };
    }),
  },
);

export const richTexts = fc.array(textItem, { maxLength: 5 }).map(mergeItems);

/** Markdown as a user may write it in SQL. */
export const markdowns = fc.oneof(
  words,
  anyText(),
  fc
    .array(
      fc.constantFrom(
        '**bold**',
        '*it*',
        '~~no~~',
        '`a*b`',
        '[x](https://x.org)',
        ' ',
        'word',
        '\n',
        '__b__',
        '*',
        '\\*',
      ),
      {
        maxLength: 6,
      },
    )
    .map((parts) => parts.join('')),
);

const zones = [
  'America/Los_Angeles',
  'Asia/Kolkata',
  'Asia/Calcutta',
  'Europe/Paris',
  'Australia/Lord_Howe',
  'US/Pacific',
];
/** Mostly around clock changes, in years that both sides support. */
const moment = fc.oneof(
  fc
    .constantFrom('2026-03-08T10:00:00Z', '2026-11-01T09:00:00Z', '2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z')
    .chain((at) => fc.integer({ min: -200, max: 200 }).map((quarters) => Date.parse(at) + quarters * 900_000)),
  fc.integer({ min: Date.parse('0001-01-03'), max: Date.parse('9999-12-29') }),
);
const iso = (at: number): string => new Date(at).toISOString();
const dayOf = (at: number): string => iso(at).slice(0, 10);
const length = fc.option(fc.integer({ min: 0, max: 864_000_000 }));
/** Notion's times are whole minutes. */
const isoMinute = (at: number): string => `${iso(at).slice(0, 16)}:00.000Z`;

/** A date as Notion returns it: with times with an offset and perhaps a zone, or of whole days. */
export const notionDates: fc.Arbitrary<DateResponse> = fc.oneof(
  fc.record({ at: moment, span: length, zone: fc.option(fc.constantFrom(...zones)) }).map(({ at, span, zone }) => ({
    start: isoMinute(at),
    end: span === null ? null : isoMinute(Math.min(at + span, Date.parse('9999-12-30'))),
    time_zone: zone as DateResponse['time_zone'],
  })),
  fc.record({ at: moment, span: length }).map(({ at, span }) => ({
    start: dayOf(at),
    end: span === null ? null : dayOf(Math.min(at + span, Date.parse('9999-12-30'))),
    time_zone: null,
  })),
);

export const optionNames = fc.oneof(
  fc.constantFrom('Todo', 'Done', 'in progress', 'Übung 👍🏽'),
  anyText().filter((text) => text !== '' && !text.includes(',')),
);
const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(0, 1e21, 2 ** 53 + 2, 5e-324, Number.MAX_VALUE, 0.1 + 0.2, 1e-7, -1e21),
);
const pageIds = fc.integer({ min: 1, max: 9 }).map(uuid);
const relations = fc.uniqueArray(pageIds, { maxLength: 5 });

const addresses = fc.oneof(
  fc.constantFrom(
    'https://x.org/plan.pdf',
    'https://x.org/a%20b.png?size=2#top',
    'https://x.org',
    'https://x.org/%zz/',
  ),
  anyText().map((text) => `https://x.org/${encodeURIComponent(text)}`),
  fc.webUrl(),
);
const fileNames = fc.oneof(
  fc.constantFrom('plan.pdf', 'a b.png'),
  anyText().filter((text) => text !== ''),
);
const latitudes = fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(0, -0, 52.5163, 1e-7));
const longitudes = fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.constantFrom(0, 13.3777, -180));
const placeNames = fc.oneof(anyText(), fc.constantFrom('Gate', 'Bar (1, 2)', ' (', 'two  ', ''));
const heldPlaces = fc.record({
  lat: latitudes,
  lon: longitudes,
  name: fc.option(placeNames),
  address: fc.option(anyText()),
  google_place_id: fc.option(fc.constantFrom('g1')),
});
/** A linked file, or one that Notion keeps. */
const heldFiles = fc.oneof(
  fc
    .record({ name: fileNames, url: addresses })
    .map(({ name, url }) => ({ name, type: 'external', external: { url } })),
  fc.record({ name: fileNames, n: fc.nat() }).map(({ name, n }) => ({
    name,
    type: 'file',
    file: {
      url: `https://prod-files-secure.s3.us-west-2.amazonaws.com/w/f/${n}.png?X-Amz-Signature=${n}`,
      expiry_time: '2026-03-01T11:00:00.000Z',
    },
  })),
);

/** A property as in a page. */
export function pageProperties(field: NotionField): fc.Arbitrary<PageProperty> {
  switch (field.kind) {
    case 'title':
      return richTexts.map((title) => held({ type: 'title', title }));
    case 'rich_text':
      return richTexts.map((rich_text) => held({ type: 'rich_text', rich_text }));
    case 'select':
      return fc
        .option(optionNames)
        .map((name) => held({ type: 'select', select: name && { id: name, name, color: 'red' } }));
    case 'number':
      return fc.option(numbers).map((number) => held({ type: 'number', number }));
    case 'date':
    case 'timestamp':
      return fc.option(notionDates).map((date) => held({ type: 'date', date }));
    case 'url':
    case 'email':
    case 'phone_number':
      return fc.option(anyText()).map((text) => held({ type: field.kind, [field.kind]: text || null }));
    case 'checkbox':
      return fc.boolean().map((checkbox) => held({ type: 'checkbox', checkbox }));
    case 'multi_select':
      return fc
        .uniqueArray(optionNames, { maxLength: 5 })
        .map((names) =>
          held({ type: 'multi_select', multi_select: names.map((name) => ({ id: name, name, color: 'red' })) }),
        );
    case 'people':
      return fc
        .uniqueArray(fc.tuple(pageIds, fc.constantFrom('user', 'user', 'group')), {
          maxLength: 5,
          selector: ([id]) => id,
        })
        .map((people) => held({ type: 'people', people: people.map(([id, object]) => ({ object, id })) }));
    case 'place':
      return fc.option(heldPlaces).map((place) => held({ type: 'place', place }));
    case 'verification':
      return fc
        .constantFrom('unverified', 'verified', 'expired')
        .chain((state) =>
          fc
            .option(fc.constantFrom({ start: '2026-03-01T10:00:00.000Z', end: '2026-06-01T10:00:00.000Z' }))
            .map((date) =>
              held({ type: 'verification', verification: { state, date: state === 'unverified' ? null : date } }),
            ),
        );
    case 'files':
      return fc.array(heldFiles, { maxLength: 5 }).map((files) => held({ type: 'files', files }));
    case 'relation_one':
    case 'relation_many':
      return relations.map((ids) => held({ type: 'relation', relation: ids.map((id) => ({ id })) }));
  }
}

/** Also with an end before the start. */
const toRange =
  (format: (at: number) => string) =>
  ([start, end]: [number, number]): string =>
    `${format(start)}/${format(end)}`;
const localTime = moment.map((at) => iso(at).slice(0, 19));

/** A value as SQL may store it, not in canonical form. */
export function sqlValues(field: NotionField): fc.Arbitrary<Value> {
  switch (field.kind) {
    case 'title':
      return fc.option(anyText());
    case 'rich_text':
      return fc.option(markdowns);
    case 'select':
      return fc.option(fc.oneof(optionNames, fc.constantFrom('a, b', 'x'.repeat(100), 'x'.repeat(101))));
    case 'number':
      return fc.option(numbers);
    case 'date':
      return fc.option(
        fc.oneof(
          moment.map(dayOf),
          ...(field.endColumn === undefined
            ? []
            : [fc.tuple(moment, moment).map(toRange(dayOf)), fc.constant('/2026-03-01')]),
          ...(field.timeColumn === undefined ? [] : [localTime]),
          ...(field.timeColumn === undefined || field.endColumn === undefined
            ? []
            : [fc.tuple(localTime, moment).map(([start, end]) => `${start}/${dayOf(end)}`)]),
          fc.constantFrom('12026-01-01', 'infinity'),
        ),
      );
    case 'timestamp':
      return fc.option(
        fc.oneof(
          moment.map(iso),
          ...(field.endColumn === undefined ? [] : [fc.tuple(moment, moment).map(toRange(iso))]),
          fc.constantFrom('infinity', '0044-03-15T00:00:00+00:00 BC'),
        ),
      );
    case 'url':
      return fc.option(fc.oneof(anyText(), fc.constantFrom('x'.repeat(2000), 'x'.repeat(2001))));
    case 'email':
    case 'phone_number':
      return fc.option(fc.oneof(anyText(), fc.constantFrom('x'.repeat(200), 'x'.repeat(201))));
    case 'checkbox':
      return fc.option(fc.boolean());
    case 'multi_select':
      return fc.option(
        fc.array(fc.oneof(optionNames, fc.constantFrom('', 'a, b', 'x'.repeat(100), 'x'.repeat(101))), {
          maxLength: 5,
        }),
      );
    case 'people':
      return fc.option(
        fc.array(
          fc.oneof(
            pageIds,
            pageIds.map((id) => id.replaceAll('-', '').toUpperCase()),
            fc.constantFrom('', 'Ann'),
          ),
          {
            maxLength: 5,
          },
        ),
      );
    case 'place':
      return fc.option(
        fc.oneof(
          fc.tuple(latitudes, longitudes).map(([lat, lon]) => `${lat},${lon}`),
          fc.tuple(placeNames, latitudes, longitudes).map(([name, lat, lon]) => `${name} (${lat}, ${lon})`),
          fc.constantFrom('Berlin', '91, 0', '1, 2, 3'),
        ),
      );
    case 'verification':
      return fc.option(fc.constantFrom('verified', 'unverified', 'expired', 'yes'));
    case 'files':
      return fc.option(
        fc.array(fc.oneof(addresses, fc.constantFrom('', 'plan.pdf', `https://x.org/${'x'.repeat(2000)}`)), {
          maxLength: 5,
        }),
      );
    case 'relation_one':
      return fc.option(pageIds);
    case 'relation_many':
      return fc.array(pageIds, { maxLength: 5 });
  }
}
