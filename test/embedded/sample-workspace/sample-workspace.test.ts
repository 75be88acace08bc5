import { describe, expect, test } from 'vitest';
import type { SampleRecord } from '../../../src/embedded/sample-workspace/record.ts';
import { sampleWorkspace } from '../../../src/embedded/sample-workspace/sample-workspace.ts';
import type { Field } from '../../../src/entities/define.ts';
import { entities } from '../../../src/entities/index.ts';
import { canonicalValue } from '../../../src/notion/properties.ts';
import type { Value } from '../../../src/sync/types.ts';

const today = '2026-03-02';
const zone = 'Europe/Lisbon';
const records = sampleWorkspace(today);
const byKey = new Map(records.map((record) => [record.key, record]));
const of = (entity: string) => records.filter((record) => record.entity === entity);

/** Every value with its field. */
const values = records.flatMap((record) =>
  Object.entries(record.fields).map(([name, value]) => ({ record, name, value, field: fieldOf(record, name) })),
);

function fieldOf({ entity, key }: SampleRecord, name: string): Field {
  const field = entities.find((one) => one.name === entity)?.fields[name];
  if (!field) throw new Error(`${key} has a field ${name} that ${entity} has not.`);
  return field;
}

const listOf = (value: Value): readonly string[] =>
  typeof value === 'string' ? [value] : typeof value === 'object' ? (value ?? []) : [];

const days = (date: string): number => (Date.parse(date.slice(0, 10)) - Date.parse(today)) / 86_400_000;

describe('the sample workspace', () => {
  test('has at least 320 records in all ten databases', () => {
    expect(records.length).toBeGreaterThanOrEqual(320);
    expect(Object.fromEntries(entities.map(({ name }) => [name, of(name).length]))).toMatchObject({
      tags: 24,
      tasks: 110,
      projects: 16,
      goals: 10,
      notes: 50,
      people: 28,
      media: 36,
      games: 24,
      system_upgrades: 16,
      system_fixes: 16,
    });
  });

  test('is the same for the same day, and shifts with it', () => {
    expect(sampleWorkspace(today)).toEqual(records);
    const task = (day: string) => sampleWorkspace(day).find(({ key }) => key === 'tasks/renew-the-passport')?.fields;
    expect(task(today)).toMatchObject({ due_date: '2026-04-01T09:15:00' });
    expect(task('2028-02-28')).toMatchObject({ due_date: '2028-03-29T09:15:00' });
  });

  test('has unique keys and titles', () => {
    expect(byKey.size).toBe(records.length);
    const titles = records.map(({ entity, fields }) => `${entity}: ${fields.title ?? fields.name}`);
    expect(new Set(titles).size).toBe(records.length);
    expect(titles.filter((title) => title.includes('undefined'))).toEqual([]);
  });

  test('relates only to existing records of the entity that the field names', () => {
    for (const { record, value, field } of values) {
      if (field.kind !== 'relation_one' && field.kind !== 'relation_many') continue;
      expect(Array.isArray(value)).toBe(field.kind === 'relation_many');
      for (const key of listOf(value))
        expect([record.key, key, byKey.get(key)?.entity]).toEqual([record.key, key, field.to]);
    }
  });

  test('uses only options of the field, and numbers within its range', () => {
    for (const { record, value, field } of values) {
      if (field.kind === 'select') expect(field.options, record.key).toContain(value);
      if (field.kind === 'number') {
        expect(value, record.key).toBeGreaterThanOrEqual(field.min ?? 0);
        expect(value, record.key).toBeLessThanOrEqual(field.max ?? Number.MAX_SAFE_INTEGER);
      }
    }
  });

  test('has every value as Notion would return it', () => {
    for (const { record, name, value, field } of values) {
      if (field.kind === 'back_link' || field.kind === 'computed' || field.kind === 'body')
        throw new Error(`${record.key} sets ${name}, which is no property to be set.`);
      if (field.kind === 'plain' || field.kind === 'flag')
        throw new Error(`${record.key} sets ${name}, which is no property to be set.`);
      const expected = field.kind === 'relation_many' ? [...listOf(value)].toSorted() : value;
      expect([record.key, canonicalValue(field, value, zone)]).toEqual([record.key, expected]);
    }
  });

  test('has ranges that end after they start', () => {
    const ranges = records.flatMap(({ key, fields, ends = {} }) =>
      Object.entries(ends).map(([name, end]) => ({ key, start: String(fields[name]), end })),
    );
    expect(ranges.length).toBeGreaterThan(8);
    for (const { key, start, end } of ranges) {
      expect(end > start, key).toBe(true);
      expect(end.length, key).toBe(start.length);
    }
  });

  test('has tasks due before, on and after today, with and without a time', () => {
    const due = of('tasks').flatMap(({ fields }) => (typeof fields.due_date === 'string' ? [fields.due_date] : []));
    expect(due.filter((date) => days(date) < 0).length).toBeGreaterThan(20);
    expect(due.filter((date) => days(date) === 0).length).toBeGreaterThan(2);
    expect(due.filter((date) => days(date) > 0).length).toBeGreaterThan(40);
    expect(due.filter((date) => date.length > 10).length).toBeGreaterThan(15);
    expect(due.length).toBeLessThan(of('tasks').length);
  });

  test('has completed only tasks that are done, and not in the future', () => {
    for (const { key, fields } of of('tasks')) {
      if (fields.completed_at === undefined) continue;
      expect(fields.status, key).toBe('Done');
      expect(days(String(fields.completed_at)), key).toBeLessThan(0);
    }
  });

  test('puts resources below areas', () => {
    const tags = of('tags');
    expect(tags.filter(({ fields }) => fields.type === 'Area')).toHaveLength(8);
    const parents = tags.flatMap(({ fields }) => listOf(fields.parent_id ?? null));
    expect(parents.length).toBeGreaterThan(12);
    for (const parent of parents) expect(byKey.get(parent)?.fields.type).toBe('Area');
  });

  test('has empty fields in every entity, bold words and links', () => {
    for (const { name, fields } of entities.filter((entity) => of(entity.name).length > 0)) {
      const most = Object.values(fields).filter(({ kind }) => kind !== 'back_link').length;
      expect(
        of(name).some((record) => Object.keys(record.fields).length < most),
        name,
      ).toBe(true);
    }
    const texts = values.filter(({ field }) => field.kind === 'rich_text').map(({ value }) => String(value));
    expect(texts.filter((text) => text.includes('**')).length).toBeGreaterThan(30);
    expect(texts.filter((text) => text.includes('](https://')).length).toBeGreaterThan(10);
  });
});
