import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkbox,
  date,
  email,
  emptyValue,
  files,
  multiSelect,
  type NotionField,
  number,
  people,
  phoneNumber,
  place,
  relationToMany,
  relationToOne,
  richText,
  select,
  timestamp,
  title,
  url,
  verification,
} from '../../src/entities/define.ts';
import { FinalError, RecordError } from '../../src/errors.ts';
import { decodeProperty, encodeProperty, notionType } from '../../src/notion/properties.ts';
import type { Json, Value } from '../../src/sync/types.ts';
import { manyCases, patience } from './generators.ts';
import { canonical, echo, held, item, userMention, written, zone } from './support.ts';

const name = title('Title');
const status = select('Status', ['Todo']);
const hours = number('Hours');
const site = url('URL');
const project = relationToOne('Project', 'projects');
const done = checkbox('Done');
const labels = multiSelect('Labels', ['Red']);
const owners = people('Owners');
const papers = files('Papers');
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
  done,
  labels,
  owners,
  papers,
  place('Spot'),
  verification('Proof'),
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

describe('a checkbox', () => {
  test('is never empty: NULL in SQL is not checked', () => {
    expect(decodeProperty(done, held({ type: 'checkbox', checkbox: true }), zone)).toEqual({ value: true });
    expect(write(done, true)).toEqual({ checkbox: true });
    expect(write(done, null)).toEqual({ checkbox: false });
    expect(canonical(done, null)).toBe(false);
    expect(() => write(done, 'yes')).toThrow('"Done" must be true or false, but is "yes".');
  });
});

describe('a multi-select', () => {
  const option = (id: string, name: string) => ({ id, name, color: 'red' });
  const known = { id: 'x', type: 'multi_select', options: { r: 'Red', b: 'Blue' } };

  test('has the names of its options in their order, without repeats', () => {
    expect(read(labels, [option('b', 'Blue'), option('r', 'Red')])).toEqual({ value: ['Blue', 'Red'] });
    expect(canonical(labels, ['Red', '', 'Blue', 'Red'])).toEqual(['Red', 'Blue']);
    expect(write(labels, ['Blue', 'Red'])).toEqual({ multi_select: [{ name: 'Blue' }, { name: 'Red' }] });
  });

  test('keeps the known name of an option that was renamed, and finds it by id', () => {
    const renamed = held({ type: 'multi_select', multi_select: [option('r', 'Crimson')] });
    expect(decodeProperty(labels, renamed, zone, known)).toEqual({ value: ['Red'] });
    expect(encodeProperty(labels, ['Red', 'New'], undefined, zone, known)).toEqual({
      multi_select: [{ id: 'r' }, { name: 'New' }],
    });
  });

  test('refuses commas and more than 100 options', () => {
    expect(() => write(labels, ['Red', 'a, b'])).toThrow(/Notion refuses commas in option names: "Labels".*"a, b"/);
    expect(() => write(labels, ids(101))).toThrow(/"Labels" has 101 options; Notion accepts at most 100/);
    expect(written(labels, ids(100))).toEqual(ids(100));
  });
});

describe('people', () => {
  const ann = '6794760a-1f15-45cd-9c65-0dfe42f5135a';
  const team = '00000000-0000-4000-8000-000000000001';

  test('are ids in their order; groups stay groups', () => {
    const { value, residue } = read(owners, [
      { object: 'group', id: team, name: 'Team' },
      { object: 'user', id: ann, name: 'Ann' },
    ]);
    expect(value).toEqual([team, ann]);
    expect(write(owners, [ann, team], residue)).toEqual({
      people: [
        { object: 'user', id: ann },
        { object: 'group', id: team },
      ],
    });
  });

  test('in another spelling are the same, and other words are refused', () => {
    expect(canonical(owners, [ann.toUpperCase().replaceAll('-', ''), ann, ''])).toEqual([ann]);
    expect(() => write(owners, ['Ann'])).toThrow('"Owners" cannot be set to "Ann": write the id of a Notion user');
  });
});

describe('files', () => {
  const linked = (name: string, url: string) => ({ name, type: 'external', external: { url } });
  const kept = (n: number) => ({
    name: `scan ${n}.png`,
    type: 'file',
    file: {
      url: `https://prod-files-secure.s3.us-west-2.amazonaws.com/w/${n}/scan.png?X-Amz-Signature=${n}`,
      expiry_time: '2026-03-01T11:00:00.000Z',
    },
  });
  const [plan, notes] = ['https://example.com/plan.pdf', 'https://example.com/notes.txt'];

  test('are the addresses of linked files, named after the end of their address', () => {
    expect(read(papers, [linked('plan.pdf', plan)])).toEqual({ value: [plan] });
    expect(write(papers, [plan])).toEqual({ files: [linked('plan.pdf', plan)] });
    expect(write(papers, ['https://example.com/a%20b.png?x=1'])).toEqual({
      files: [linked('a b.png', 'https://example.com/a%20b.png?x=1')],
    });
  });

  test('that Notion keeps are sent back with every edit, in their place, and linked files keep their names', () => {
    const all = [kept(1), linked('Plan', plan), kept(2), linked('Notes', notes)];
    const { value, residue } = read(papers, all);
    expect(value).toEqual([plan, notes]);
    expect(write(papers, value, residue)).toEqual({ files: all });
    expect(write(papers, [notes, plan], residue)).toEqual({ files: [kept(1), all[3], all[1], kept(2)] });
    expect(write(papers, [notes], residue)).toEqual({ files: [kept(1), kept(2), all[3]] });
    expect(write(papers, [], residue)).toEqual({ files: [kept(1), kept(2)] });
    expect(write(papers, null, residue)).toEqual({ files: [kept(1), kept(2)] });
  });

  test('need a whole address, which does not expire', () => {
    expect(() => write(papers, ['plan.pdf'])).toThrow('"Papers" cannot be set to "plan.pdf": write the whole address');
    expect(() => write(papers, [kept(1).file.url])).toThrow(/"Papers" cannot link to a file that Notion keeps/);
    expect(() => write(papers, [`https://example.com/${'x'.repeat(2000)}`])).toThrow(/Notion accepts at most 2000/);
    expect(() =>
      write(
        papers,
        ids(101).map((id) => `https://example.com/${id}`),
      ),
    ).toThrow(/"Papers" has 101 files/);
  });

  test(
    'an edit in SQL loses no file that Notion keeps',
    () => {
      const address = fc.constantFrom(plan, notes, 'https://example.com/c', 'https://example.com/d');
      const held = fc.oneof(
        fc.nat({ max: 9 }).map(kept),
        address.map((url) => linked('Named', url)),
      );
      fc.assert(
        fc.property(fc.array(held, { maxLength: 6 }), fc.uniqueArray(address), (before, after) => {
          const sent = write(papers, after, read(papers, before).residue);
          const hosted = (list: readonly object[]) =>
            list.flatMap((one) => ('file' in one ? [JSON.stringify(one.file)] : [])).toSorted();
          expect(hosted('files' in sent ? sent.files : [])).toEqual(hosted(before));
          expect(written(papers, after, read(papers, before).residue)).toEqual(after);
        }),
        manyCases,
      );
    },
    patience,
  );
});

describe('a place', () => {
  const spot = place('Spot');
  const gate = { lat: 52.5163, lon: 13.3777, name: 'Gate', address: 'Pariser Platz', aws_place_id: null };

  test('is its coordinates, with its name before them; its address is kept where it does not move', () => {
    const { value, residue } = read(spot, gate);
    expect(value).toBe('Gate (52.5163, 13.3777)');
    expect(write(spot, value, residue)).toMatchObject({ place: gate });
    expect(write(spot, '52.5163, 13.3777', residue)).toMatchObject({ place: { ...gate, name: null } });
    expect(write(spot, 'Tower (48.8584, 2.2945)', residue)).toEqual({
      place: { lat: 48.8584, lon: 2.2945, name: 'Tower' },
    });
    expect(canonical(spot, '48.85840,2.2945')).toBe('48.8584, 2.2945');
  });

  test.each(['Berlin', '91, 0', '0, 181', '1', '1, 2, 3'])('"%s" is refused, with the form that is needed', (value) => {
    expect(() => write(spot, value)).toThrow(`"Spot" cannot be set to "${value}": write latitude and longitude`);
  });
});

describe('a verification', () => {
  const proof = verification('Proof');
  const dates = { start: '2026-03-01T10:00:00.000Z', end: '2026-06-01T10:00:00.000Z' };

  test('is its state, and keeps its dates while that is unchanged', () => {
    const { value, residue } = read(proof, {
      state: 'verified',
      date: { ...dates, time_zone: null },
      verified_by: null,
    });
    expect(value).toBe('verified');
    expect(write(proof, 'verified', residue)).toEqual({ verification: { state: 'verified', date: dates } });
    expect(write(proof, 'verified')).toEqual({ verification: { state: 'verified' } });
    expect(write(proof, null, residue)).toEqual({ verification: { state: 'unverified' } });
    expect(read(proof, { state: 'unverified', date: null, verified_by: null })).toEqual({ value: null });
    expect(canonical(proof, 'unverified')).toBeNull();
    expect(() => write(proof, 'expired')).toThrow('"Proof" cannot be set to "expired": write "verified", or clear it.');
  });
});

describe('every field', () => {
  test.each(all.map((field) => [field.kind, field] as const))('%s: empty is the same on both sides', (_, field) => {
    const empty = emptyValue(field);
    expect(written(field, null)).toEqual(empty);
    expect(written(field, empty)).toEqual(empty);
    expect(canonical(field, '')).toEqual(empty);
    expect(canonical(field, null)).toEqual(empty);
    expect(canonical(field, empty)).toEqual(empty);
  });

  test.each(all.map((field) => [field.kind, field] as const))('%s: another type in Notion is named', (_, field) => {
    const other = field.kind === 'checkbox' ? { type: 'button', button: {} } : { type: 'checkbox', checkbox: false };
    const retyped = () => decodeProperty(field, held(other), zone);
    expect(retyped).toThrow(FinalError);
    expect(retyped).toThrow(
      `"${field.property}" has the type "${other.type}" in Notion, but Lockstep needs "${notionType(field)}"`,
    );
  });

  test.each(all.map((field) => [field.kind, field] as const))(
    '%s: a value of the wrong sort is refused',
    (_, field) => {
      const wrong = Array.isArray(emptyValue(field)) ? 7 : ['a'];
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
