import type { PageObjectResponse } from '@notionhq/client';
import { describe, expect, test } from 'vitest';
import { select } from '../../../../src/entities/define.ts';
import { archivedOption, statusesOf } from '../../../../src/operations/setup/propose/archived-status.ts';
import { toSamples } from '../../../../src/operations/setup/propose/page-samples.ts';
import { optionsNamed, propose } from './support.ts';

const title = { title: {} };
const relation = (data_source_id: string) => ({
  relation: { data_source_id, type: 'single_property', single_property: {} },
});
const twoWay = (data_source_id: string, synced_property_name: string) => ({
  relation: { data_source_id, type: 'dual_property', dual_property: { synced_property_id: 'x', synced_property_name } },
});

type Value = PageObjectResponse['properties'][string];
const formula = (formula: Extract<Value, { type: 'formula' }>['formula']): Value => ({
  id: 'f',
  type: 'formula',
  formula,
});
const number = (value: number | null): Value => formula({ type: 'number', number: value });
const words = formula({ type: 'string', string: 'x' });
/** @param text `start` or `start/end` */
const date = (text: string | null): Value => {
  const [start = '', end = null] = text?.split('/') ?? [];
  return { id: 'd', type: 'date', date: text === null ? null : { start, end, time_zone: null } };
};
const day = formula({ type: 'date', date: { start: '2026-01-01', end: null, time_zone: null } });
const moment = formula({ type: 'date', date: { start: '2026-01-01T10:00:00Z', end: null, time_zone: null } });

test('every type of property becomes a field or a computed column, or is omitted with a reason', () => {
  const { entity, omitted } = propose({
    Pages: { number: {} },
    Name: title,
    Summary: { rich_text: {} },
    Genre: { select: { options: optionsNamed('Crime') } },
    Stage: { status: { options: optionsNamed('Open', 'Shut'), groups: [{ option_ids: ['id of Shut'] }] } },
    Read: { date: {} },
    Shop: { url: {} },
    Mail: { email: {} },
    Phone: { phone_number: {} },
    Tags: relation('tags source'),
    Owned: { checkbox: {} },
    Topics: { multi_select: { options: optionsNamed('Sea') } },
    Readers: { people: {} },
    Cover: { files: {} },
    Twice: { formula: {} },
    Sum: { rollup: {} },
    By: { created_by: {} },
    'Edited by': { last_edited_by: {} },
    Number: { unique_id: {} },
    Proof: { verification: {} },
    Where: { place: {} },
    Added: { created_time: {} },
    Edited: { last_edited_time: {} },
    Buy: { button: {} },
    Other: relation('elsewhere'),
    Novelty: { hologram: {} },
    'Sync Key': { rich_text: {} },
  });
  expect(entity.fields).toEqual({
    name: { kind: 'title', property: 'Name' },
    pages: { kind: 'number', property: 'Pages' },
    summary: { kind: 'rich_text', property: 'Summary' },
    genre: { kind: 'select', property: 'Genre', options: ['Crime'] },
    stage: { kind: 'select', property: 'Stage', options: ['Open', 'Shut'], default: 'Shut' },
    read: { kind: 'date', property: 'Read' },
    shop: { kind: 'url', property: 'Shop' },
    mail: { kind: 'email', property: 'Mail' },
    phone: { kind: 'phone_number', property: 'Phone' },
    tags: {
      kind: 'relation_many',
      property: 'Tags',
      to: 'tags',
      joinTable: 'book_tags',
      joinColumns: ['book_id', 'tag_id'],
    },
    owned: { kind: 'checkbox', property: 'Owned' },
    topics: { kind: 'multi_select', property: 'Topics', options: ['Sea'] },
    readers: { kind: 'people', property: 'Readers' },
    cover: { kind: 'files', property: 'Cover' },
    proof: { kind: 'verification', property: 'Proof' },
    notion_where: { kind: 'place', property: 'Where' },
    ...Object.fromEntries(
      ['Twice', 'Sum', 'By', 'Edited by', 'Number'].map((property) => {
        const name = property.toLowerCase().replace(' ', '_');
        return [name, { kind: 'computed', property, as: 'text' }];
      }),
    ),
  });
  expect(Object.keys(entity.fields)[0]).toBe('name');
  expect(omitted).toEqual([
    { property: 'Added', type: 'created_time', why: 'same as created_at' },
    { property: 'Edited', type: 'last_edited_time', why: 'same as notion_last_edited_at' },
    { property: 'Buy', type: 'button', why: 'it has no value' },
    { property: 'Other', type: 'relation', why: 'Lockstep does not sync the related database' },
    { property: 'Novelty', type: 'hologram', why: 'Lockstep does not know this type' },
  ]);
});

describe('relations', () => {
  test('two to the same table have one join table each, named after the property', () => {
    const { entity } = propose({ Name: title, Author: relation('people source'), Editors: relation('people source') });
    expect(entity.fields).toMatchObject({
      author: { joinTable: 'book_author', joinColumns: ['book_id', 'person_id'] },
      editors: { joinTable: 'book_editors', joinColumns: ['book_id', 'person_id'] },
    });
  });

  test('a join table never has the name of an existing one', () => {
    const { entity } = propose({ Name: title, Tags: relation('tags source') }, { name: 'task' });
    expect(entity.fields).toMatchObject({ tags: { joinTable: 'task_tags_2' } });
  });

  test('one to a single page is a column', () => {
    const { entity } = propose({ Name: title, Author: relation('people source') }, { toOne: ['Author'] });
    expect(entity.fields).toMatchObject({ author_id: { kind: 'relation_one', to: 'people' } });
  });

  test('of the two sides of a relation with itself, one is written: the first, or the one to a single page', () => {
    const schema = { Name: title, Sequels: twoWay('own', 'Prequel'), Prequel: twoWay('own', 'Sequels') };
    const first = propose(schema);
    expect(first.entity.fields).toEqual({
      name: { kind: 'title', property: 'Name' },
      sequels: {
        ...{ kind: 'relation_many', property: 'Sequels', to: 'books', dual: 'Prequel' },
        ...{ joinTable: 'book_sequels', joinColumns: ['book_id', 'related_book_id'] },
      },
    });
    expect(first.otherSides).toEqual([{ property: 'Prequel', of: 'books', through: 'Sequels' }]);
    const { entity, otherSides } = propose(schema, { toOne: ['Prequel'] });
    expect(entity.fields).toMatchObject({ prequel_id: { kind: 'relation_one', to: 'books', dual: 'Sequels' } });
    expect(otherSides).toEqual([{ property: 'Sequels', of: 'books', through: 'Prequel' }]);
  });

  const linksTo = (...pages: readonly (readonly string[])[]) =>
    pages.map((ids) => ({
      Author: { id: 'p1', type: 'relation' as const, relation: ids.map((id) => ({ id })), has_more: false },
    }));

  test.each<[string, readonly (readonly string[])[], string]>([
    ['no page has a link', [[], []], 'author'],
    ['each page has another link', [['a'], ['b'], ['c']], 'author'],
    ['pages share a link, and none has two', [['a'], ['a'], []], 'author_id'],
    ['one of them has two', [['a'], ['a', 'b']], 'author'],
  ])('where %s', (_, pages, field) => {
    const schema = { Name: title, Author: relation('people source') };
    expect(Object.keys(propose(schema, { pages: linksTo(...pages) }).entity.fields)).toEqual(['name', field]);
  });

  test("the owner's word counts more than the pages", () => {
    const schema = { Name: title, Author: relation('people source') };
    const { fields } = propose(schema, { pages: linksTo(['a'], ['a']), toMany: ['books/Author'] }).entity;
    expect(fields).toMatchObject({ author: { kind: 'relation_many' } });
  });

  test('to a database whose other side is new as well, is written on one side', () => {
    const { entity } = propose({ Name: title, Author: twoWay('people source', 'Has written') });
    expect(entity.fields.author).toMatchObject({ dual: 'Has written' });
  });
});

describe('samples', () => {
  test.each<[Value[], string]>([
    [[], 'text'],
    [[number(1), number(null)], 'number'],
    [[number(1), words], 'text'],
    [[formula({ type: 'boolean', boolean: true })], 'boolean'],
    [[day], 'date'],
    [[day, moment], 'timestamp'],
    [[formula({ type: 'date', date: null })], 'timestamp'],
    [[{ id: 'f', type: 'rollup', rollup: { type: 'array', array: [], function: 'show_original' } }], 'text'],
    [[{ id: 'f', type: 'rollup', rollup: { type: 'number', number: 3, function: 'sum' } }], 'number'],
  ])('%j is stored as %s', (values, type) => {
    expect(toSamples(values.map((value) => ({ It: value }))).computedType('f')).toBe(type);
  });

  test.each<[(string | null)[], object]>([
    [[], { read_date: { kind: 'date', property: 'Read Date' } }],
    [[null, '2026-01-01'], { read_date: { kind: 'date', property: 'Read Date' } }],
    [
      ['2026-01-01', '2026-01-01T10:00:00Z'],
      { read_date: { kind: 'date', property: 'Read Date', timeColumn: 'read_time' } },
    ],
    [[null, '2026-01-01T10:00:00Z'], { read_date: { kind: 'timestamp', property: 'Read Date' } }],
    [['2026-01-01/2026-01-02'], { read_date: { kind: 'date', property: 'Read Date', endColumn: 'read_end' } }],
    [
      ['2026-01-01T10:00:00Z/2026-01-01T11:00:00Z'],
      { read_date: { kind: 'timestamp', property: 'Read Date', endColumn: 'read_end' } },
    ],
    // A day has no place for both.
    [
      ['2026-01-01', '2026-01-01T10:00:00Z/2026-01-01T11:00:00Z'],
      { read_date: { kind: 'date', property: 'Read Date', timeColumn: 'read_time' } },
    ],
  ])('dates such as %j', (dates, fields) => {
    const pages = dates.map((start) => ({ 'Read Date': { ...date(start), id: 'p1' } }));
    const { entity } = propose({ Name: title, 'Read Date': { date: {} } }, { pages });
    expect(entity.fields).toMatchObject(fields);
    expect(Object.keys(entity.fields)).toEqual(['name', 'read_date']);
  });
});

describe('archived', () => {
  test.each([
    [['Open', 'Cancelled', 'Archived'], 'Archived'],
    [['Offen', 'Abgebrochen'], 'Abgebrochen'],
    [['À lire', 'Archivé'], 'Archivé'],
    [['Open', 'Done'], undefined],
  ])('of %j is %s', (options, archived) => {
    expect(archivedOption(options)).toBe(archived);
  });

  test('the view also excludes done and cancelled records', () => {
    const status = select('Status', ['Open', 'Done', 'Cancelled', 'Archived']);
    expect(statusesOf(status, 'Archived')).toEqual({
      archivedStatus: 'Archived',
      closedStatuses: ['Done', 'Cancelled'],
    });
    expect(statusesOf(status, null)).toEqual({ closedStatuses: ['Done', 'Cancelled'] });
    expect(statusesOf(select('Status', ['Open']), null)).toEqual({});
  });

  test('the column is always named status', () => {
    const stage = { select: { options: optionsNamed('Open', 'Archived') } };
    expect(propose({ Name: title, Stage: stage }).entity.fields.status).toMatchObject({ property: 'Stage' });
    const both = propose({ Name: title, Stage: stage, Status: { select: { options: [] } } }).entity.fields;
    expect(both).toMatchObject({ stage: { property: 'Stage' }, status: { property: 'Status' } });
  });
});
