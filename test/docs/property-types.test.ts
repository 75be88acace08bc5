import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { PageProperty } from '../../src/notion/properties.ts';

/** All that the client's types know: a type that it gains, or loses, fails the type check here. */
const types = Object.keys({
  title: true,
  rich_text: true,
  number: true,
  select: true,
  status: true,
  multi_select: true,
  date: true,
  people: true,
  files: true,
  checkbox: true,
  url: true,
  email: true,
  phone_number: true,
  relation: true,
  formula: true,
  rollup: true,
  created_time: true,
  last_edited_time: true,
  created_by: true,
  last_edited_by: true,
  unique_id: true,
  verification: true,
  place: true,
  button: true,
} as const satisfies Record<PageProperty['type'], true>);

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, root)), 'utf8');
const document = read('docs/property-types.md');

/** The table's lines, cell by cell. */
const rows = document
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

/** The tests that a text names, such as `file` "one", "another". */
const named = (text: string): { file: string; title: string }[] =>
  [...text.matchAll(/`(test\/[^`]+\.ts)`((?:[,\s]*"[^"]+")+)/g)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => ({ file, title })),
  );

test('the table has every type of property, once', () => {
  expect(rows.map(([, type]) => type?.replaceAll('`', '')).toSorted()).toEqual(types.toSorted());
});

test.each(rows.map((cells) => [cells[1], cells[2], cells[3], cells[5]]))(
  '%s: read, written, and shown by tests',
  (_, reading, writing, shown) => {
    expect(reading).not.toBe('');
    expect(writing).not.toBe('');
    expect(named(shown ?? '')).not.toEqual([]);
  },
);

test('every test that is named is there', () => {
  const tests = named(document);
  expect(tests.length).toBeGreaterThan(rows.length);
  const missing = tests.filter(({ file, title }) => {
    const isThere = existsSync(fileURLToPath(new URL(file, root))) && read(file).includes(title);
    return !isThere;
  });
  expect(missing).toEqual([]);
});
