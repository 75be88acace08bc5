import { describe, expect, test } from 'vitest';
import { type ComputedType, computed } from '../../src/entities/define.ts';
import { FinalError } from '../../src/errors.ts';
import { decodeComputed } from '../../src/notion/decode-computed.ts';
import type { PageProperty } from '../../src/notion/properties.ts';
import { held, item, zone } from './support.ts';

const read = (value: object, as: ComputedType = 'text') => decodeComputed(computed('Any', as), held(value), zone);

const date = (start: string, end: string | null = null) => ({ start, end, time_zone: null });
const option = (name: string) => ({ id: name, name, color: 'default' });
const ann = { object: 'user', id: '6794760a-1f15-45cd-9c65-0dfe42f5135a', type: 'person', person: {}, name: 'Ann' };
/** A user as an integration without the user capability sees it. */
const somebody = { object: 'user', id: '00000000-1f15-45cd-9c65-0dfe42f5135a' };
const formula = (value: object) => ({ type: 'formula', formula: value });
const rollup = (value: object) => ({ type: 'rollup', rollup: { function: 'show_original', ...value } });
const TIME = '2026-03-01T22:30:00.000Z';

/** For every type a value, its text, and an empty value. */
const asText = {
  title: [
    [{ title: [item('A '), item('title', { bold: true })] }, 'A title'],
    [{ title: [] }, null],
  ],
  rich_text: [
    [{ rich_text: [item('A '), item('text', { italic: true })] }, 'A text'],
    [{ rich_text: [] }, null],
  ],
  number: [
    [{ number: 1.5 }, '1.5'],
    [{ number: null }, null],
  ],
  checkbox: [
    [{ checkbox: true }, 'true'],
    [{ checkbox: false }, 'false'],
  ],
  select: [
    [{ select: option('One') }, 'One'],
    [{ select: null }, null],
  ],
  status: [
    [{ status: option('Doing') }, 'Doing'],
    [{ status: null }, null],
  ],
  multi_select: [
    [{ multi_select: [option('One'), option('Two')] }, 'One, Two'],
    [{ multi_select: [] }, null],
  ],
  date: [
    [{ date: date('2026-03-01', '2026-03-05') }, '2026-03-01/2026-03-05'],
    [{ date: null }, null],
  ],
  people: [
    [{ people: [ann, somebody, { object: 'group', id: 'g', name: 'Us' }] }, `Ann, ${somebody.id}, Us`],
    [{ people: [] }, null],
  ],
  files: [
    [
      { files: [{ name: 'a.pdf', type: 'external', external: { url: 'https://example.com' } }, { name: 'b.png' }] },
      'a.pdf, b.png',
    ],
    [{ files: [] }, null],
  ],
  url: [
    [{ url: 'https://example.com' }, 'https://example.com'],
    [{ url: null }, null],
  ],
  email: [
    [{ email: 'ann@example.com' }, 'ann@example.com'],
    [{ email: null }, null],
  ],
  phone_number: [
    [{ phone_number: '+1' }, '+1'],
    [{ phone_number: null }, null],
  ],
  relation: [
    [{ relation: [{ id: 'page-2' }, { id: 'page-1' }] }, 'page-2, page-1'],
    [{ relation: [] }, null],
  ],
  formula: [
    [{ formula: { type: 'string', string: 'Sum' } }, 'Sum'],
    [{ formula: { type: 'unsupported', unsupported: {} } }, null],
  ],
  rollup: [
    [{ rollup: { type: 'number', number: 3, function: 'sum' } }, '3'],
    [{ rollup: { type: 'array', array: [], function: 'show_original' } }, null],
  ],
  created_time: [[{ created_time: TIME }, TIME]],
  last_edited_time: [[{ last_edited_time: TIME }, TIME]],
  created_by: [
    [{ created_by: ann }, 'Ann'],
    [{ created_by: somebody }, somebody.id],
  ],
  last_edited_by: [
    [{ last_edited_by: ann }, 'Ann'],
    [{ last_edited_by: somebody }, somebody.id],
  ],
  unique_id: [
    [{ unique_id: { prefix: 'TASK', number: 12 } }, 'TASK-12'],
    [{ unique_id: { prefix: null, number: 12 } }, '12'],
    [{ unique_id: { prefix: 'TASK', number: null } }, null],
  ],
  verification: [
    [{ verification: { state: 'verified', date: null, verified_by: null } }, 'verified'],
    [{ verification: null }, null],
  ],
  place: [
    [{ place: { lat: 1, lon: 2, name: 'Home', address: 'A street' } }, 'Home'],
    [{ place: { lat: 1, lon: 2, address: 'A street' } }, 'A street'],
    [{ place: { lat: 1.5, lon: -2 } }, '1.5, -2'],
    [{ place: null }, null],
  ],
  button: [[{ button: {} }, null]],
} as const satisfies Record<PageProperty['type'], readonly (readonly [object, string | null])[]>;

describe('a computed column', () => {
  test.each(Object.keys(asText) as (keyof typeof asText)[])('reads a property of type %s as text', (type) => {
    for (const [value, words] of asText[type]) expect(read({ type, ...value })).toBe(words);
  });

  test('reads a formula by the type of its result', () => {
    expect(read(formula({ type: 'number', number: 2.5 }), 'number')).toBe(2.5);
    expect(read(formula({ type: 'boolean', boolean: false }), 'boolean')).toBe(false);
    expect(read(formula({ type: 'date', date: date('2026-03-01') }), 'date')).toBe('2026-03-01');
    expect(read(formula({ type: 'date', date: date(TIME) }), 'timestamp')).toBe(TIME);
    expect(read(formula({ type: 'boolean', boolean: true }))).toBe('true');
  });

  test('reads a rollup of numbers, dates and lists', () => {
    expect(read(rollup({ type: 'number', number: 12 }), 'number')).toBe(12);
    expect(read(rollup({ type: 'date', date: date('2026-03-01', '2026-03-05') }), 'date')).toBe('2026-03-01');
    const array = [
      { type: 'title', title: [item('First')] },
      { type: 'select', select: null },
      { type: 'number', number: 0 },
      { type: 'formula', formula: { type: 'boolean', boolean: true } },
    ];
    expect(read(rollup({ type: 'array', array }))).toBe('First, 0, true');
    expect(read(rollup({ type: 'unsupported', unsupported: {} }))).toBeNull();
  });

  test('reads numbers, flags and times in their own types', () => {
    expect(read({ type: 'number', number: 0 }, 'number')).toBe(0);
    expect(read({ type: 'unique_id', unique_id: { prefix: 'TASK', number: 12 } }, 'number')).toBe(12);
    expect(read({ type: 'checkbox', checkbox: false }, 'boolean')).toBe(false);
    expect(read({ type: 'created_time', created_time: TIME }, 'timestamp')).toBe(TIME);
    expect(read({ type: 'last_edited_time', last_edited_time: TIME }, 'timestamp')).toBe(TIME);
    expect(read({ type: 'date', date: null }, 'timestamp')).toBeNull();
  });

  test('uses the day in the configured time zone', () => {
    expect(read({ type: 'created_time', created_time: '2026-03-02T01:00:00.000Z' }, 'date')).toBe('2026-03-01');
    expect(read({ type: 'date', date: date('2026-03-01') }, 'timestamp')).toBe('2026-03-01T08:00:00.000Z');
  });

  test('is null when a formula’s result has another type', () => {
    expect(read(formula({ type: 'string', string: '' }), 'number')).toBeNull();
    expect(read(formula({ type: 'string', string: 'soon' }), 'date')).toBeNull();
    expect(read(rollup({ type: 'array', array: [] }), 'number')).toBeNull();
  });

  test('refuses a type that the column can never store, naming both', () => {
    const attempt = () => read({ type: 'title', title: [] }, 'number');
    expect(attempt).toThrow(FinalError);
    expect(attempt).toThrow(/"Any".*"title".*number/);
    expect(() => read({ type: 'number', number: 1 }, 'boolean')).toThrow(FinalError);
    expect(() => read({ type: 'checkbox', checkbox: true }, 'timestamp')).toThrow(FinalError);
  });
});
