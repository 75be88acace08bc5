import { describe, expect, test } from 'vitest';
import { parse } from '../../../src/interfaces/bot/parse.ts';
import { readDate, takeDate } from '../../../src/interfaces/tools/dates.ts';

/** Half past eight in the morning of Wednesday, 4 February 2026, in Madrid. */
const moment = { now: new Date('2026-02-04T07:30:00Z'), timeZone: 'Europe/Madrid' };

/** Of each language: the words of a title, and phrases with the due date that they mean. */
const LANGUAGES: Readonly<Record<string, readonly [title: string, due: Readonly<Record<string, string>>]>> = {
  English: [
    'Call the dentist',
    {
      today: '2026-02-04',
      tomorrow: '2026-02-05',
      'the day after tomorrow': '2026-02-06',
      'on Friday': '2026-02-06',
      'by Sunday': '2026-02-08',
      'next week': '2026-02-11',
      'in 3 days': '2026-02-07',
      'in 2 weeks': '2026-02-18',
      'tomorrow at 9': '2026-02-05T09:00',
      'tomorrow at 9:30am': '2026-02-05T09:30',
      'on Friday at 18:30': '2026-02-06T18:30',
      'on 3 December': '2026-12-03',
      'on December 3rd, 2027': '2027-12-03',
      'on 24/12/2026 at 20:00': '2026-12-24T20:00',
      '2026-12-24 14:30': '2026-12-24T14:30',
      'tomorrow at 14:00 UTC': '2026-02-05T15:00',
      'tomorrow at 9am EST': '2026-02-05T15:00',
      'tomorrow at 9am PST': '2026-02-05T18:00',
      '2026-12-24T09:00:00Z': '2026-12-24T10:00',
      '2026-12-24T09:00:00-05:00': '2026-12-24T15:00',
      '2026-07-01T09:00+02:00': '2026-07-01T09:00',
      'in 24 hours': '2026-02-05T08:30',
      'Fri @ 7pm': '2026-02-06T19:00',
      'in 45 minutes': '2026-02-04T09:15',
    },
  ],
  German: [
    'Zahnarzt anrufen',
    {
      heute: '2026-02-04',
      morgen: '2026-02-05',
      übermorgen: '2026-02-06',
      'am Freitag': '2026-02-06',
      'bis Sonntag': '2026-02-08',
      'nächsten Montag': '2026-02-09',
      'nächste Woche': '2026-02-11',
      'in 3 Tagen': '2026-02-07',
      'in zwei Wochen': '2026-02-18',
      'morgen um 9': '2026-02-05T09:00',
      'morgen um 9:30 Uhr': '2026-02-05T09:30',
      'am Freitag um 18 Uhr': '2026-02-06T18:00',
      'heute 18 Uhr 30': '2026-02-04T18:30',
      '3.12. 18:30': '2026-12-03T18:30',
      'am 3.12. um 18:30 Uhr': '2026-12-03T18:30',
      'am 3.12.2026': '2026-12-03',
      'am 3. Dezember': '2026-12-03',
      'bis zum 1. März 2027': '2027-03-01',
      'am 24. Dezember um 20:15 Uhr': '2026-12-24T20:15',
      'in 2 Stunden': '2026-02-04T10:30',
    },
  ],
  Spanish: [
    'Llamar al dentista',
    {
      hoy: '2026-02-04',
      mañana: '2026-02-05',
      'pasado mañana': '2026-02-06',
      'el viernes': '2026-02-06',
      'para el domingo': '2026-02-08',
      'el próximo lunes': '2026-02-09',
      'la próxima semana': '2026-02-11',
      'en 3 días': '2026-02-07',
      'dentro de dos semanas': '2026-02-18',
      'mañana a las 9': '2026-02-05T09:00',
      'mañana a las 9:30': '2026-02-05T09:30',
      'mañana a las 9 de la mañana': '2026-02-05T09:00',
      'el viernes a las 5 de la tarde': '2026-02-06T17:00',
      'pasado mañana a las 18:30': '2026-02-06T18:30',
      'el 3 de diciembre': '2026-12-03',
      'antes del 24 de diciembre': '2026-12-24',
      'el 1 de marzo de 2027': '2027-03-01',
      'el 3 de diciembre a las 20:15': '2026-12-03T20:15',
      'en 2 horas': '2026-02-04T10:30',
      'para mañana': '2026-02-05',
    },
  ],
  French: [
    'Appeler le dentiste',
    {
      "aujourd'hui": '2026-02-04',
      demain: '2026-02-05',
      'après-demain': '2026-02-06',
      vendredi: '2026-02-06',
      'avant dimanche': '2026-02-08',
      'lundi prochain': '2026-02-09',
      'la semaine prochaine': '2026-02-11',
      'dans 3 jours': '2026-02-07',
      'dans deux semaines': '2026-02-18',
      'demain à 9h': '2026-02-05T09:00',
      'demain à 9h30': '2026-02-05T09:30',
      'demain à 9 heures': '2026-02-05T09:00',
      'vendredi à 18 h 30': '2026-02-06T18:30',
      'après-demain à 18h': '2026-02-06T18:00',
      'le 3 décembre': '2026-12-03',
      'pour le 24 décembre': '2026-12-24',
      'le 1er mars 2027': '2027-03-01',
      'le 3 décembre à 20h15': '2026-12-03T20:15',
      'dans 2 heures': '2026-02-04T10:30',
      'avant demain': '2026-02-05',
    },
  ],
  Italian: [
    'Chiamare il dentista',
    {
      oggi: '2026-02-04',
      domani: '2026-02-05',
      dopodomani: '2026-02-06',
      venerdì: '2026-02-06',
      'entro domenica': '2026-02-08',
      'lunedì prossimo': '2026-02-09',
      'la prossima settimana': '2026-02-11',
      'tra 3 giorni': '2026-02-07',
      'fra due settimane': '2026-02-18',
      'domani alle 9': '2026-02-05T09:00',
      'domani alle 9:30': '2026-02-05T09:30',
      'venerdì alle ore 18:30': '2026-02-06T18:30',
      'venerdì alle 5 del pomeriggio': '2026-02-06T17:00',
      'dopodomani alle 18': '2026-02-06T18:00',
      'il 3 dicembre': '2026-12-03',
      'entro il 24 dicembre': '2026-12-24',
      'il 1 marzo 2027': '2027-03-01',
      'il 3 dicembre alle 20:15': '2026-12-03T20:15',
      'tra 2 ore': '2026-02-04T10:30',
      'per domani': '2026-02-05',
    },
  ],
  Portuguese: [
    'Ligar ao dentista',
    {
      hoje: '2026-02-04',
      amanhã: '2026-02-05',
      'depois de amanhã': '2026-02-06',
      'na sexta-feira': '2026-02-06',
      'na sexta': '2026-02-06',
      'até domingo': '2026-02-08',
      'próxima segunda': '2026-02-09',
      'na próxima semana': '2026-02-11',
      'em 3 dias': '2026-02-07',
      'daqui a duas semanas': '2026-02-18',
      'amanhã às 9': '2026-02-05T09:00',
      'amanhã às 9h30': '2026-02-05T09:30',
      'amanhã às 9 da manhã': '2026-02-05T09:00',
      'na sexta-feira às 5 da tarde': '2026-02-06T17:00',
      'depois de amanhã às 18h': '2026-02-06T18:00',
      '3 de dezembro': '2026-12-03',
      'até 24 de dezembro': '2026-12-24',
      '1º de março de 2027': '2027-03-01',
      'em 2 horas': '2026-02-04T10:30',
    },
  ],
  Dutch: [
    'Tandarts bellen',
    {
      vandaag: '2026-02-04',
      morgen: '2026-02-05',
      overmorgen: '2026-02-06',
      vrijdag: '2026-02-06',
      'voor zondag': '2026-02-08',
      'volgende maandag': '2026-02-09',
      'volgende week': '2026-02-11',
      'over 3 dagen': '2026-02-07',
      'over twee weken': '2026-02-18',
      'morgen om 9': '2026-02-05T09:00',
      'morgen om 9 uur': '2026-02-05T09:00',
      'morgen om 9:30': '2026-02-05T09:30',
      'vrijdag om 18.30 uur': '2026-02-06T18:30',
      'overmorgen om 18 uur': '2026-02-06T18:00',
      'op 3 december': '2026-12-03',
      'voor 24 december': '2026-12-24',
      'op 1 maart 2027': '2027-03-01',
      'op 3 december om 20:15': '2026-12-03T20:15',
      'over 2 uur': '2026-02-04T10:30',
    },
  ],
};

const inputs = Object.values(LANGUAGES).flatMap(([, due]) => Object.keys(due)).length;
const task = (text: string) => parse(`Add task: ${text}`, moment);
const created = (title: string, due?: string) => ({
  kind: 'call',
  tool: 'create_task',
  input: due === undefined ? { title } : { title, due },
});

describe.each(Object.entries(LANGUAGES))('%s', (_, [title, phrases]) => {
  test.each(Object.entries(phrases))('%s', (phrase, due) => {
    const [date, time = null] = due.split('T');
    expect(readDate(phrase, moment)).toEqual({ date, time });
    expect(task(`${title} ${phrase}`)).toEqual(created(title, due));
  });
});

describe('what looks like a date, and is none', () => {
  const titles = [
    'Read "The Day After Tomorrow"',
    'Read “Tomorrow and Tomorrow and Tomorrow”',
    'Lies „Morgen ist heute“',
    "Watch 'Saturday Fever'",
    'Écouter « Dimanche à Bamako »',
    'Watch Friday the 13th',
    'Read The 9/11 Report',
    'Read The 5th Wave',
    'Move old monitor to attic',
    'Buy 40th birthday gift',
    'Delete mails up to January 30th',
    'Call +34 600 123 456',
    'Call 555-123-4567',
    'Call 0049 30 123456',
    'Call (415) 555 2671',
    'Add 1/2 cup of sugar',
    'Drink 3/4 of the bottle',
    'Support is there 24/7',
    'Fix version 2.3',
    'Write section 4.2.1',
    'Rate it as 9',
    'Courir à 5 km/h',
    'Guten Morgen sagen',
    'Black Friday shopping',
    'Pay for monday.com',
    'Do laundry',
    'Mar del Plata guide',
    'Buy 5 min noodles',
    'Read chapter 3.12',
    'Order part 12-345-6789',
    'Buy um 3 books',
    'Plan mai tai party',
    'Say segunda vez',
  ];
  test.each(titles)('%s', (text) => {
    expect(takeDate(text, moment)).toBeNull();
    expect(task(text)).toEqual(created(text));
    // A date beside it is found.
    expect(task(`${text} tomorrow`)).toEqual(created(text, '2026-02-05'));
  });

  test('the table has at least 150 inputs in seven languages', () => {
    expect(Object.keys(LANGUAGES)).toHaveLength(7);
    expect(inputs + titles.length).toBeGreaterThanOrEqual(150);
  });
});

test.each([
  ['Add task: Read "The Day After Tomorrow"', created('Read "The Day After Tomorrow"')],
  ['Add task: Flight LH1234 3.12. 18:30', created('Flight LH1234', '2026-12-03T18:30')],
  ['Add task: Call 3.12 18:30', created('Call', '2026-12-03T18:30')],
  ['Add task: Pay 3.12 euros', created('Pay 3.12 euros')],
])('as reported: %s', (text, intent) => {
  expect(parse(text, moment)).toEqual(intent);
});

describe('hours from now are real hours', () => {
  test.each([
    ['2026-03-28T11:00:00Z', 'in 24 hours', { date: '2026-03-29', time: '13:00' }],
    ['2026-10-24T10:00:00Z', 'in 24 hours', { date: '2026-10-25', time: '11:00' }],
    ['2026-03-29T00:30:00Z', 'in 1 hour', { date: '2026-03-29', time: '03:30' }],
    ['2026-10-24T23:30:00Z', 'in 90 minutes', { date: '2026-10-25', time: '02:00' }],
    ['2026-03-28T11:00:00Z', 'in 24 Stunden', { date: '2026-03-29', time: '13:00' }],
    // A day is a day.
    ['2026-03-28T11:00:00Z', 'tomorrow at 12', { date: '2026-03-29', time: '12:00' }],
  ])('at %s, %s', (now, text, due) => {
    expect(readDate(text, { now: new Date(now), timeZone: 'Europe/Madrid' })).toEqual(due);
  });
});

test.each(['Add task:', 'Add task: ', 'add task', '/task', 'Add task: ""', 'Add task: …', 'todo:'])(
  '%j has no title',
  (text) => {
    expect(parse(text, moment)).toEqual({ kind: 'incomplete', example: '/task Call dentist tomorrow' });
  },
);

test('a command for another bot is ignored', () => {
  expect(parse('/task@other_bot Call mum', moment, 'lockstep_bot')).toEqual({ kind: 'foreign' });
  expect(parse('/task@Lockstep_Bot Call mum', moment, 'lockstep_bot')).toEqual(created('Call mum'));
});
