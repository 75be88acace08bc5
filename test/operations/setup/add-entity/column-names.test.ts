import fc from 'fast-check';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { columnNameOf } from '../../../../src/operations/setup/add-entity/column-names.ts';
import { columnsOf } from '../../../../src/operations/setup/add-entity/columns.ts';
import { entityNameOf, findNameProblem } from '../../../../src/operations/setup/add-entity/entity-name.ts';
import { SQL_WORDS, SYSTEM_COLUMNS } from '../../../../src/operations/setup/add-entity/reserved-words.ts';
import { toPlural, toSingular } from '../../../../src/operations/setup/add-entity/word-forms.ts';
import { entityFile, quoted } from '../../../../src/operations/setup/add-entity/write-entity-file.ts';
import { propose } from './support.ts';

describe('a column is named after its property', () => {
  test.each([
    ['Due Date', 'due_date'],
    ['Étagère n° 2', 'etagere_n_2'],
    ['Größe (cm)', 'grosse_cm'],
    ['Smørrebrød', 'smorrebrod'],
    ["Author's note", 'authors_note'],
    ['  __ISBN__  ', 'isbn'],
    ['2nd reader', 'notion_2nd_reader'],
    ['Order', 'notion_order'],
    ['Created At', 'notion_created_at'],
    ['ID', 'notion_id'],
    ['ctid', 'notion_ctid'],
    ['Constructor', 'notion_constructor'],
    ['书名', 'property_7'],
    ['🎉', 'property_7'],
    ['Название 2', 'property_7'],
    ['"; DROP TABLE tasks', 'drop_table_tasks'],
    [`${'A'.repeat(39)} name`, 'a'.repeat(39)],
  ])('"%s" becomes %s', (property, column) => {
    expect(columnNameOf(property, 7)).toBe(column);
  });

  /** Includes many names that collide with each other or with existing ones. */
  const words = fc.constantFrom(
    'Name',
    'name',
    'NÀME',
    'name_2',
    'Order',
    'id',
    'ID',
    'current',
    'Notion Page',
    '书',
    '2',
  );
  const property = fc.oneof(
    words,
    fc.string({ unit: 'binary', minLength: 1, maxLength: 90 }),
    fc.constantFrom(...SQL_WORDS, ...SYSTEM_COLUMNS),
  );

  test('for any name, and uniquely', () => {
    fc.assert(
      fc.property(fc.uniqueArray(property, { minLength: 1, maxLength: 12 }), fc.boolean(), (properties, timed) => {
        const configs = properties.map((name, index): [string, object] => [
          name,
          index === 0 ? { title: {} } : index % 2 ? { date: {} } : { relation: toTags },
        ]);
        const start = (time: string) => ({ start: `2026-01-01${time}`, end: null, time_zone: null });
        const page = (time: string) =>
          Object.fromEntries(
            properties.map((name, n) => [name, { id: `p${n}`, type: 'date' as const, date: start(time) }]),
          );
        const { entity } = propose(Object.fromEntries(configs), {
          toOne: timed ? properties : [],
          pages: timed ? [page('T10:00:00Z'), page('')] : [],
        });
        const columns = columnsOf(entity).map(({ name }) => name);
        const all = [
          ...columns,
          ...Object.values(entity.fields).flatMap((field) => ('joinTable' in field ? field.joinTable : [])),
        ];
        expect(new Set(all).size).toBe(all.length);
        for (const name of all) {
          expect(name).toMatch(/^[a-z][a-z0-9_]{0,55}$/);
          expect(SQL_WORDS.has(name) || SYSTEM_COLUMNS.has(name)).toBe(false);
        }
        expect(
          Object.values(entity.fields)
            .map((field) => field.property)
            .toSorted(),
        ).toEqual(properties.toSorted());
      }),
      { numRuns: 200 },
    );
  });

  test('which is in the file unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        const [statement] = ts.createSourceFile('x.ts', `(${quoted(text)});`, ts.ScriptTarget.Latest).statements;
        const inner =
          statement && ts.isExpressionStatement(statement) && ts.isParenthesizedExpression(statement.expression)
            ? statement.expression.expression
            : undefined;
        expect(inner && ts.isStringLiteral(inner) && inner.text).toBe(text);
      }),
    );
  });

  const toTags = { data_source_id: 'tags source', type: 'single_property', single_property: {} };
});

test('a string literal uses the quotes that need fewer escapes', () => {
  expect(['plain', "it's", 'a "b"', `it's "b"`, 'a\\b\n'].map(quoted)).toEqual([
    "'plain'",
    `"it's"`,
    `'a "b"'`,
    `'it\\'s "b"'`,
    "'a\\\\b\\n'",
  ]);
});

describe('an entity', () => {
  test.each([
    ['📚 Books', 'books'],
    ['Reading list', 'reading_lists'],
    ['Library', 'libraries'],
    ['People', 'people'],
    ['Media', 'media'],
    ['1001 Movies', 'movies'],
    ['Boxes', 'boxes'],
    ['Constructor', 'constructors'],
    ['书', ''],
  ])('is named after its database: "%s" becomes %s', (title, name) => {
    expect(entityNameOf(title)).toBe(name);
  });

  test.each(['book', 'reading_list', 'library', 'person', 'movie', 'box', 'status', 'series', 'news', 'media'])(
    '%s: the plural and its singular',
    (word) => {
      expect(toSingular(toPlural(word))).toBe(word);
    },
  );

  test.each([
    ['', /snake case/],
    ['Books', /snake case/],
    ['my books', /snake case/],
    ['books_', /snake case/],
    ['1books', /snake case/],
    ['b'.repeat(31), /30 characters/],
    ['order', /SQL keyword/],
    ['classes', undefined],
    ['class', /reserved name in the entity files/],
    ['title', /reserved name in the entity files/],
    ['entities', /reserved name in the entity files/],
    ['tasks', /already used/],
    ['sync_state', /already used/],
    ['calendar_events', /already used/],
    ['calendar_personal', /already used/],
    // Its sync would have the same name as the one of the PARA folders.
    ['areas', /already used/],
    ['define', /already used/],
    ['active_things', /reserved for Lockstep/],
    ['constructor', /reserved name in the entity files/],
    ['system', undefined],
    ['zeppelins', undefined],
  ])('"%s" is refused for the right reason, or accepted', (name, why) => {
    const found = findNameProblem(name, ['tasks', 'sync_state'], ['define.ts', 'index.ts', 'tasks.ts']);
    if (why) expect(found).toMatch(why);
    else expect(found).toBeUndefined();
  });
});

test('the file of an entity', () => {
  const { entity } = propose({ Name: { title: {} }, Pages: { number: {} } });
  expect(
    entityFile({ ...entity, archivedStatus: 'Archived' }),
  ).toBe(`import { defineEntity, number, title } from './define.ts';

export const books = defineEntity({
  name: 'books',
  table: 'books',
  databaseId: '00000000-0000-4000-8000-000000000001',
  title: 'Books',
  archivedStatus: 'Archived',
  fields: {
    name: title('Name'),
    pages: number('Pages'),
  },
});
`);
});
