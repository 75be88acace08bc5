import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  COMMON_COLUMNS,
  isReservedWord,
  SQL_WORDS,
  SYSTEM_COLUMNS,
} from '../../../../src/definition/reserved-words.ts';
import { parseDefinition } from '../../../../src/definition/schema.ts';
import { entities as builtIn } from '../../../../src/entities/index.ts';
import { columnNameOf } from '../../../../src/operations/setup/propose/column-names.ts';
import { entityNameOf, entityNamesFor, findNameProblem } from '../../../../src/operations/setup/propose/entity-name.ts';
import { toSingular } from '../../../../src/operations/setup/propose/word-forms.ts';
import { columnsOf } from '../../../../src/operations/tables/columns.ts';
import { propose } from './support.ts';

test('a table without fields has the common columns', () => {
  const entity = { name: 'x', table: 'x', databaseId: '', title: 'x', fields: {} };
  expect(columnsOf(entity).map(({ name }) => name)).toEqual([...COMMON_COLUMNS]);
});

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
        // The definition accepts what is proposed.
        const tags = { ...entity, name: 'tags_of_books', fields: { name: { kind: 'title', property: 'Name' } } };
        expect(() => parseDefinition({ entities: ['tags', entity, tags] }, 'x', builtIn)).not.toThrow();
        const columns = columnsOf({ ...entity, table: entity.name }).map(({ name }) => name);
        const all = [
          ...columns,
          ...Object.values(entity.fields).flatMap((field) => ('joinTable' in field ? field.joinTable : [])),
        ];
        expect(new Set(all).size).toBe(all.length);
        for (const name of all) {
          expect(name).toMatch(/^[a-z][a-z0-9_]{0,39}$/);
          expect(isReservedWord(name)).toBe(false);
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

  const toTags = { data_source_id: 'tags source', type: 'single_property', single_property: {} };
});

describe('an entity', () => {
  test.each([
    ['📚 Books', 'books'],
    ['Reading list', 'reading_list'],
    ['Diario', 'diario'],
    ['1001 Movies', 'movies'],
    ['Constructor', 'constructor'],
    ['书', ''],
  ])('is named after its database: "%s" becomes %s', (title, name) => {
    expect(entityNameOf(title)).toBe(name);
  });

  test('of several has a name that is neither reserved nor used', () => {
    const titles = ['Tasks', 'Libros', 'libros', '书', '空', 'Order', 'Areas', 'Enrichments', 'Sync state'];
    expect(entityNamesFor(titles, new Set(['tasks']))).toEqual([
      ...['tasks_2', 'libros', 'libros_2', 'database', 'database_2', 'notion_order', 'notion_areas'],
      ...['notion_enrichments', 'notion_sync_state'],
    ]);
  });

  test.each([
    ['books', 'book'],
    ['reading_lists', 'reading_list'],
    ['libraries', 'library'],
    ['people', 'person'],
    ['movies', 'movie'],
    ['boxes', 'box'],
    ['statuses', 'status'],
    ['series', 'series'],
    ['news', 'news'],
    ['facturas', 'factura'],
    ['diario', 'diario'],
  ])('%s: one of them is a %s', (plural, singular) => {
    expect(toSingular(plural)).toBe(singular);
  });

  test.each([
    ['', /snake case/],
    ['Books', /snake case/],
    ['my books', /snake case/],
    ['books_', /snake case/],
    ['1books', /snake case/],
    ['b'.repeat(41), /40 characters/],
    ['order', /reserved word/],
    ['constructor', /reserved word/],
    ['classes', undefined],
    ['class', undefined],
    ['tasks', /already used/],
    ['sync_state', /reserved for Lockstep/],
    ['calendar_events', /reserved for Lockstep/],
    ['enrichments', /reserved for Lockstep/],
    // Its sync would have the same name as the one of the PARA folders.
    ['areas', /reserved for Lockstep/],
    ['active_things', /reserved for Lockstep/],
    ['zeppelins', undefined],
  ])('"%s" is refused for the right reason, or accepted', (name, why) => {
    const found = findNameProblem(name, new Set(['tasks']));
    if (why) expect(found).toMatch(why);
    else expect(found).toBeUndefined();
  });
});
