import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  date,
  email,
  type NotionField,
  number,
  phoneNumber,
  relationToMany,
  relationToOne,
  richText,
  select,
  timestamp,
  title,
  url,
} from '../../src/entities/define.ts';
import { FinalError, RecordError } from '../../src/errors.ts';
import { decodeProperty, encodeProperty, notionType } from '../../src/notion/properties.ts';
import type { Json, Value } from '../../src/sync/types.ts';
import { canonical, echo, held, item, userMention, written, zone } from './support.ts';

const name = title('Title');
const status = select('Status', ['Todo']);
const hours = number('Hours');
const site = url('URL');
const project = relationToOne('Project', 'projects');
const tags = relationToMany('Tags', 'tags', 'task_tags', ['task_id', 'tag_id']);
const all: readonly NotionField[] = [
  name,
  richText('Notes'),
  status,
  hours,
  site,
  email('Email'),
  phoneNumber('Phone'),
  date('Due Date', { timeColumn: 'due_time' }),
  timestamp('Completed At'),
  project,
  tags,
];

const read = (field: NotionField, value: object) =>
  decodeProperty(field, held({ type: notionType(field), [notionType(field)]: value }), zone);
const write = (field: NotionField, value: Value, residue?: Json) => encodeProperty(field, value, residue, zone);
const ids = (count: number) => Array.from({ length: count }, (_, i) => `page-${String(i).padStart(3, '0')}`);
const refs = (list: readonly string[]) => list.map((id) => ({ id }));

describe('a title', () => {
  test('is its text without formatting', () => {
    expect(read(name, [item('2 *stars* '), item('bold', { bold: true })]).value).toBe('2 *stars* bold');
    expect(read(name, [item('**as it is**')])).toEqual({ value: '**as it is**' });
    expect(read(name, [])).toEqual({ value: null });
    expect(canonical(name, '**as it is**')).toBe('**as it is**');
  });

  test('keeps mentions and formatting while unchanged, and next to an edit', () => {
    const items = [item('Ask '), userMention('Ann'), item(' now', { color: 'red' })];
    const { residue } = read(name, items);
    expect(echo(write(name, 'Ask @Ann now', residue))).toEqual(held({ type: 'title', title: items }));
    expect(echo(write(name, 'Tell @Ann now', residue))).toEqual(
      held({ type: 'title', title: [item('Tell '), ...items.slice(1)] }),
    );
    expect(write(name, null, residue)).toEqual({ title: [] });
  });

  test('of more than 200 000 characters is refused, not cut', () => {
    expect(() => write(name, 'x'.repeat(200_001))).toThrow(RecordError);
    expect(written(name, 'x'.repeat(200_000))).toBe('x'.repeat(200_000));
  });

  test('contains nothing that PostgreSQL cannot store', () => {
    expect(read(name, [item('a\0b')]).value).toBe('ab');
  });
});

describe('a select', () => {
  test('is the name of its option', () => {
    expect(read(status, { id: 'a', name: 'Todo', color: 'red' })).toEqual({ value: 'Todo' });
    expect(write(status, 'Todo')).toEqual({ select: { name: 'Todo' } });
    expect(write(status, null)).toEqual({ select: null });
    expect(canonical(status, '')).toBeNull();
  });

  test('has no commas and at most 100 characters', () => {
    expect(() => write(status, 'a, b')).toThrow(/Notion refuses commas in option names: "Status".*"a, b"/);
    expect(() => write(status, 'x'.repeat(101))).toThrow(/"Status" has 101 characters; Notion accepts at most 100/);
    expect(canonical(status, 'a, b')).toBe('a, b');
  });
});

describe('a number', () => {
  test('is itself', () => {
    expect(decodeProperty(hours, held({ type: 'number', number: 0 }), zone)).toEqual({ value: 0 });
    expect(write(hours, 2.5)).toEqual({ number: 2.5 });
    expect(write(hours, null)).toEqual({ number: null });
    expect(Object.is(canonical(hours, -0), 0)).toBe(true);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, '3'])('%s is refused', (value) => {
    expect(() => write(hours, value)).toThrow(/"Hours" cannot be set to/);
    expect(canonical(hours, value)).toBe(value);
  });
});

describe('an address', () => {
  test('is a text, or null', () => {
    expect(write(site, 'https://example.com')).toEqual({ url: 'https://example.com' });
    expect(write(site, '')).toEqual({ url: null });
    expect(written(email('Email'), 'a@example.com')).toBe('a@example.com');
  });

  test.each([
    [site, 2000],
    [email('Email'), 200],
    [phoneNumber('Phone'), 200],
  ])('$kind accepts at most %i characters', (field, most) => {
    expect(written(field, 'x'.repeat(most))).toBe('x'.repeat(most));
    expect(() => write(field, 'x'.repeat(most + 1))).toThrow(`"${field.property}" has ${most + 1} characters`);
  });
});

describe('what PostgreSQL cannot store', () => {
  test('NUL and half surrogate pairs are not read, in any kind of text', () => {
    const odd = 'a\0b\ud83d';
    expect(read(status, { id: 'a', name: odd, color: 'red' }).value).toBe('ab\ufffd');
    expect(read(name, [item(odd)]).value).toBe('ab\ufffd');
    for (const field of [site, email('Email'), phoneNumber('Phone')]) {
      expect(decodeProperty(field, held({ type: field.kind, [field.kind]: odd }), zone).value).toBe('ab\ufffd');
      expect(decodeProperty(field, held({ type: field.kind, [field.kind]: '\0' }), zone).value).toBeNull();
    }
  });

  test('Unicode is not normalised', () => {
    for (const text of ['e\u0301', '\u00e9', '\ufb01', '👩‍🚀', '\u200fשלום\u202e', '\ufeffa']) {
      for (const field of [name, richText('Notes'), status, site]) expect(written(field, text)).toBe(text);
    }
  });
});

describe('a relation to one', () => {
  test('is the first page; others in Notion are kept', () => {
    expect(read(project, refs(['a']))).toEqual({ value: 'a' });
    const { value, residue } = read(project, refs(['a', 'b', 'c']));
    expect(value).toBe('a');
    expect(write(project, 'a', residue)).toEqual({ relation: refs(['a', 'b', 'c']) });
    expect(write(project, 'x', residue)).toEqual({ relation: refs(['x', 'b', 'c']) });
    expect(write(project, 'b', residue)).toEqual({ relation: refs(['b', 'c']) });
    expect(write(project, null, residue)).toEqual({ relation: [] });
  });
});

describe('a relation to many', () => {
  test('is a sorted list', () => {
    expect(read(tags, refs(['b', 'a', 'b']))).toEqual({ value: ['a', 'b'] });
    expect(canonical(tags, ['b', 'a', 'b'])).toEqual(['a', 'b']);
    expect(canonical(tags, null)).toEqual([]);
    expect(write(tags, ['b', 'a'])).toEqual({ relation: refs(['a', 'b']) });
    expect(write(tags, [])).toEqual({ relation: [] });
  });

  test('accepts 100 pages in one write', () => {
    expect(written(tags, ids(100))).toEqual(ids(100));
    expect(() => write(tags, ids(101))).toThrow(/"Tags" relates to 101 pages; Notion accepts at most 100/);
  });

  test('never sends a temporary id', () => {
    expect(() => write(tags, ['sql:1'])).toThrow(/temporary id sql:1/);
    expect(() => write(project, 'sql:1')).not.toThrow(RecordError);
    expect(() => write(project, 'sql:1')).toThrow();
  });
});

describe('every field', () => {
  test.each(all.map((field) => [field.kind, field] as const))('%s: empty is null on both sides', (kind, field) => {
    const empty = kind === 'relation_many' ? [] : null;
    expect(written(field, empty)).toEqual(empty);
    expect(canonical(field, '')).toEqual(empty);
    expect(canonical(field, empty)).toEqual(empty);
  });

  test.each(all.map((field) => [field.kind, field] as const))('%s: another type in Notion is named', (_, field) => {
    const retyped = () => decodeProperty(field, held({ type: 'checkbox', checkbox: false }), zone);
    expect(retyped).toThrow(FinalError);
    expect(retyped).toThrow(
      `"${field.property}" has the type "checkbox" in Notion, but Lockstep needs "${notionType(field)}"`,
    );
  });

  test.each(all.map((field) => [field.kind, field] as const))(
    '%s: a value of the wrong sort is refused',
    (kind, field) => {
      const wrong = kind === 'relation_many' ? 7 : ['a'];
      expect(() => write(field, wrong)).toThrow(RecordError);
      expect(canonical(field, wrong)).toEqual(wrong);
    },
  );
});

describe('invariants', () => {
  const id = fc.constantFrom(...ids(6));
  const text = fc.string({ unit: 'binary', maxLength: 60 }).map((value) => value.replaceAll('\0', ''));

  test('plain values are read as they were written', () => {
    fc.assert(
      fc.property(text, (value) => {
        for (const field of [name, site, email('Email'), phoneNumber('Phone')]) {
          expect(written(field, value)).toBe(canonical(field, value));
        }
        if (!value.includes(',')) expect(written(status, value)).toBe(canonical(status, value));
      }),
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(written(hours, value)).toBe(canonical(hours, value));
      }),
      { examples: [[-0]] },
    );
  });

  test('a title takes an edit, whatever it was before', () => {
    const items = fc.array(
      fc.oneof(
        text.map((value) => item(value, { bold: true })),
        text.map((value) => item(value)),
        fc.constant(userMention('Ann')),
      ),
    );
    fc.assert(
      fc.property(items, text, (before, after) => {
        expect(written(name, after, read(name, before).residue)).toBe(canonical(name, after));
      }),
    );
  });

  test('relations are written back unchanged, and take what SQL set', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id), fc.option(id), fc.array(id), (before, one, many) => {
        const { value, residue } = read(project, refs(before));
        expect(write(project, value, residue)).toEqual({ relation: refs(before) });
        expect(written(project, one, residue)).toBe(one);
        expect(written(tags, many)).toEqual(canonical(tags, many));
      }),
    );
  });
});
