import { expect, test } from 'vitest';
import { describeMigration } from '../../../src/interfaces/cli/describe-migration.ts';

const nothing = { lockstep: [], pending: [], entities: [], next: null };

test('a database that needs nothing is up to date', () => {
  const entities = [{ entity: 'libros', statements: [], refused: [], changes: [] }];
  expect(describeMigration({ ...nothing, entities })).toBe('The database is up to date.');
});

test('what comes first, what each entity gets, and the SQL are listed', () => {
  const text = describeMigration({
    lockstep: ['20261124000000_init'],
    pending: ['0001_mine.sql'],
    entities: [
      {
        entity: 'books',
        statements: ['ALTER TABLE libros RENAME TO books'],
        refused: [],
        changes: [
          { kind: 'renamed', what: 'table libros to books' },
          { kind: 'no longer synced', what: 'editorial; its column stays' },
        ],
      },
      { entity: 'autores', statements: ['DROP TRIGGER'], refused: [], changes: [] },
    ],
    next: { file: '0002_books.sql', sql: 'ALTER TABLE libros RENAME TO books;\n' },
  });
  expect(text.split('\n')).toEqual([
    'First: 1 migration of Lockstep: 20261124000000_init.',
    'First: migrations/0001_mine.sql.',
    'books',
    '  renamed: table libros to books',
    '  no longer synced: editorial; its column stays',
    'autores',
    '  renewed: its triggers, indexes or view',
    '',
    '-- migrations/0002_books.sql',
    'ALTER TABLE libros RENAME TO books;',
    '',
    'Nothing was written. Apply it with: lockstep migrate',
  ]);
});

test('what is refused is listed with its reason', () => {
  const entities = [{ entity: 'libros', statements: [], refused: ['libros.id is not unique'], changes: [] }];
  expect(describeMigration({ ...nothing, entities }).split('\n')).toEqual([
    'libros',
    '  refused: libros.id is not unique',
    'Nothing was written. lockstep migrate changes nothing until what is refused is resolved.',
  ]);
});
