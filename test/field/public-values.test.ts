import { describe, expect, test } from 'vitest';
import { computed, date, email, number, select, timestamp, url } from '../../src/entities/define.ts';
import { RecordError } from '../../src/errors.ts';
import { decodeComputed } from '../../src/notion/decode-computed.ts';
import type { NotionDate } from '../../src/notion/notion-dates.ts';
import { decodeProperty, encodeProperty } from '../../src/notion/properties.ts';
import { echo, held } from '../notion/support.ts';

// Each row is a public bug report of another tool; its address is the name of the test.

const day = date('Due');
const dayAndTime = date('Due', { timeColumn: 'due_time' });
const instant = timestamp('At');
const inNotion = (value: NotionDate) => held({ type: 'date', date: value });

describe('a day stays this day, however often it is written and read', () => {
  test.each([
    [
      'https://github.com/HeroBlackInk/ultimate-todoist-sync-for-obsidian/issues/24',
      '2023-05-10',
      'Pacific/Kiritimati',
    ],
    ['https://github.com/n8n-io/n8n/issues/1878', '2021-06-09', 'Pacific/Pago_Pago'],
    ['https://github.com/julien040/anyquery/issues/26', '2024-12-17', 'Asia/Tokyo'],
    ['https://github.com/brianc/node-postgres/issues/818', '1975-05-11', 'Europe/Berlin'],
    ['https://github.com/davedelong/calendar_fallacies/issues/13', '2017-03-26', 'Asia/Beirut'],
  ])('%s', (_, value, zone) => {
    for (const field of [day, dayAndTime]) {
      let written: string | null = value;
      for (let cycle = 0; cycle < 10; cycle += 1) {
        const property = encodeProperty(field, written, undefined, zone);
        expect(property).toEqual({ date: { start: value, end: null, time_zone: null } });
        const decoded = decodeProperty(field, echo(property), zone).value;
        written = typeof decoded === 'string' ? decoded : null;
      }
      expect(written).toBe(value);
    }
  });
});

describe('a local time is sent with the offset of its day', () => {
  test.each([
    [
      'https://github.com/Ravio1i/notion-gcal-sync/issues/17',
      '2021-07-01T10:00:00',
      'Europe/Berlin',
      '2021-07-01T10:00:00+02:00',
    ],
    [
      'https://github.com/Ravio1i/notion-gcal-sync/issues/17',
      '2021-11-01T10:00:00',
      'Europe/Berlin',
      '2021-11-01T10:00:00+01:00',
    ],
    [
      'https://github.com/raycast/extensions/issues/8020',
      '2023-08-20T09:00:00',
      'America/New_York',
      '2023-08-20T09:00:00-04:00',
    ],
    [
      'https://github.com/mangstadt/biweekly/issues/38',
      '2016-03-13T02:30:00',
      'America/Los_Angeles',
      '2016-03-13T03:30:00-07:00',
    ],
  ])('%s: %s in %s', (_, value, zone, start) => {
    expect(encodeProperty(dayAndTime, value, undefined, zone)).toEqual({ date: { start, end: null, time_zone: null } });
  });
});

describe('a held date takes an edit in a form that Notion accepts', () => {
  const meeting = {
    start: '2024-02-10T14:00:00.000+01:00',
    end: '2024-02-10T15:00:00.000+01:00',
    time_zone: 'Europe/Rome',
  };
  test.each<[source: string, value: string, after: NotionDate]>([
    [
      'https://github.com/raycast/extensions/issues/10687',
      '2024-02-11',
      { start: '2024-02-11', end: null, time_zone: null },
    ],
    [
      'https://github.com/biyard/ratel/issues/1186',
      '2024-02-12T14:00:00',
      { start: '2024-02-12T14:00:00', end: '2024-02-12T15:00:00', time_zone: 'Europe/Rome' },
    ],
    [
      'https://github.com/biyard/ratel/issues/1186',
      '2024-02-10T16:00:00',
      { start: '2024-02-10T16:00:00', end: '2024-02-10T17:00:00', time_zone: 'Europe/Rome' },
    ],
  ])('%s: %s', (_, value, after) => {
    const { residue } = decodeProperty(dayAndTime, inNotion(meeting), 'Europe/Rome');
    expect(encodeProperty(dayAndTime, value, residue, 'Europe/Rome')).toEqual({ date: after });
  });

  test('https://github.com/julien040/anyquery/issues/26: an edit of something else leaves a range as it is', () => {
    const range = { start: '2024-12-16', end: '2024-12-20', time_zone: null };
    const { value, residue } = decodeProperty(day, inNotion(range), 'America/Bogota');
    expect(encodeProperty(day, String(value), residue, 'America/Bogota')).toEqual({ date: range });
  });
});

describe('a time that only PostgreSQL knows is refused alone', () => {
  test.each([
    ['https://github.com/n8n-io/n8n/issues/8912', '-infinity'],
    ['https://github.com/porsager/postgres/issues/728', 'infinity'],
  ])('%s', (_, value) => {
    for (const field of [day, instant]) {
      expect(() => encodeProperty(field, value, undefined, 'UTC')).toThrow(RecordError);
    }
  });
});

describe('plain values are sent in a form that Notion accepts', () => {
  test('https://github.com/makenotion/notion-sdk-js/issues/160: an empty address is null', () => {
    expect(encodeProperty(url('Link'), '', undefined, 'UTC')).toEqual({ url: null });
    expect(encodeProperty(email('Mail'), '', undefined, 'UTC')).toEqual({ email: null });
  });
  test.each([
    ['https://github.com/egordm/notionsci/issues/13', 'Physics - Data Analysis, Statistics and Probability'],
    ['https://github.com/lolipopshock/notion-df/issues/1', 'b,c'],
  ])('%s: an option with a comma is refused alone, by name', (_, option) => {
    const send = () => encodeProperty(select('Topic', []), option, undefined, 'UTC');
    expect(send).toThrow(RecordError);
    expect(send).toThrow(option);
  });
  test('https://github.com/dvanoni/notero/issues/240: an option that is too long is refused alone', () => {
    expect(() => encodeProperty(select('Topic', []), 'x'.repeat(101), undefined, 'UTC')).toThrow(RecordError);
  });
  test('NaN is refused alone', () => {
    expect(() => encodeProperty(number('Count'), 'NaN', undefined, 'UTC')).toThrow(RecordError);
    expect(() => encodeProperty(number('Count'), Number.NaN, undefined, 'UTC')).toThrow(RecordError);
  });
});

describe('computed properties are read whatever Notion has', () => {
  const left = { object: 'user', id: '8a9a7922-6f1d-4f5d-9efd-57baf8210980' };
  const emptySelects = {
    type: 'rollup',
    rollup: { type: 'array', function: 'show_original', array: [{ type: 'select', select: null }] },
  };
  const formula = { type: 'formula', formula: { type: 'string', string: 'ANN' } };
  test.each<[source: string, property: object, text: string | null]>([
    ['https://github.com/ultimate-notion/ultimate-notion/issues/39', { type: 'created_by', created_by: left }, left.id],
    ['https://github.com/langchain-ai/langchain/pull/24224', { type: 'people', people: [left] }, left.id],
    ['https://github.com/5am-code/laravel-notion-api/issues/65', emptySelects, null],
    ['https://github.com/PipedreamHQ/pipedream/issues/8094', formula, 'ANN'],
    ['https://github.com/jomei/notionapi/issues/174', { type: 'button', button: {} }, null],
    ['https://github.com/mariosimao/notion-sdk-php/issues/157', { type: 'newer_than_this', newer_than_this: 1 }, null],
  ])('%s', (_, property, text) => {
    expect(decodeComputed(computed('Any', 'text'), held(property), 'UTC')).toBe(text);
  });
});
