import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordFromJson, rowToJson } from '../../src/database/row-codec.ts';
import {
  checkbox,
  date,
  defineEntity,
  email,
  files,
  multiSelect,
  notionFields,
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
import { RecordError } from '../../src/errors.ts';
import { canonicalValue, decodeProperty, encodeProperty, type PageProperty } from '../../src/notion/properties.ts';
import type { Fields, Json } from '../../src/sync/types.ts';
import { manyCases, pageProperties, patience, sqlValues } from './generators.ts';
import { echo, mergeItems, written, zone } from './support.ts';

/** An entity with a field of every kind that a Notion property can have. */
const entity = defineEntity({
  name: 'things',
  table: 'things',
  databaseId: 'x',
  title: 'Things',
  fields: {
    name: title('Name'),
    text: richText('Text'),
    option: select('Option', []),
    amount: number('Amount'),
    due: date('Due', { timeColumn: 'due_time' }),
    day: date('Day'),
    instant: timestamp('Instant'),
    span: date('Span', { endColumn: 'span_end' }),
    visit: date('Visit', { timeColumn: 'visit_time', endColumn: 'visit_end' }),
    stay: timestamp('Stay', { endColumn: 'stay_end' }),
    link: url('Link'),
    email: email('Email'),
    phone: phoneNumber('Phone'),
    done: checkbox('Done'),
    labels: multiSelect('Labels', []),
    owners: people('Owners'),
    papers: files('Papers'),
    spot: place('Spot'),
    proof: verification('Proof'),
    one: relationToOne('One', 'things'),
    many: relationToMany('Many', 'things', 'many_things', ['one_id', 'other_id']),
  },
});
const kinds = notionFields(entity).map(([name, field]) => [name, field] as const);

/** Through a row and JSON in both directions, as `entityStore` writes and reads. */
function throughRow(fields: Fields): Fields {
  const write = { remoteId: 'p', fields, archived: false, remoteEditedAt: new Date(0), createdAt: new Date(0) };
  const row: Record<string, Json> = JSON.parse(JSON.stringify(rowToJson(entity, 'r', write)));
  const stored = { ...row, name: row.name ?? '', archived_at: null, sql_local_last_edited_at: null };
  const links = { one: fields.one ?? null, many: fields.many ?? [] };
  const record = { record_id: 'r', row: stored, links, state: null, intent: null, edit_seq: null, held: null };
  return recordFromJson(entity, record).row?.fields ?? {};
}

/** What a property means to Notion: runs merged, a date by its instants, links without order. */
function meaning(property: PageProperty): unknown {
  switch (property.type) {
    case 'title':
      return mergeItems(property.title);
    case 'rich_text':
      return mergeItems(property.rich_text);
    case 'number':
      // JSON has no negative zero.
      return property.number === 0 ? 0 : property.number;
    case 'select':
      return property.select?.name ?? null;
    case 'date':
      return property.date && { start: instant(property.date.start), end: instant(property.date.end) };
    case 'multi_select':
      return property.multi_select.map(({ name }) => name);
    case 'people':
      return property.people.map(({ id, object }) => ({ id, object }));
    case 'files':
      return property.files.map((one) => [one.name, one.type === 'external' ? one.external.url : one.file.url]);
    case 'place':
      return (
        property.place && {
          aws_place_id: null,
          ...property.place,
          lat: property.place.lat || 0,
          lon: property.place.lon || 0,
        }
      );
    case 'verification':
      // Whether it has expired follows from its dates.
      return [property.verification?.state === 'unverified', property.verification?.date];
    case 'relation':
      return property.relation.map(({ id }) => id).toSorted();
    default:
      return property;
  }
}

/** A day or an instant; a local time must already have an offset. */
const instant = (text: string | null): string | number | null =>
  text === null || text.length === 10 ? text : Date.parse(text);

/** Notion returns a time written in a time zone with its offset there. */
function answered(property: PageProperty): PageProperty {
  if (property.type !== 'date' || !property.date?.time_zone) return property;
  const { start, end, time_zone } = property.date;
  const withOffset = (text: string): string =>
    /(Z|[+-]\d\d:\d\d)$/.test(text) ? text : String(canonicalValue(timestamp(''), text, time_zone));
  return { ...property, date: { start: withOffset(start), end: end && withOffset(end), time_zone } };
}

describe('from Notion through SQL and back', () => {
  test.each(kinds)('%s is unchanged', { timeout: patience }, (name, field) => {
    fc.assert(
      fc.property(pageProperties(field), (property) => {
        const { value, residue } = decodeProperty(field, property, zone);
        const row = throughRow({ [name]: value });
        const back = canonicalValue(field, row[name] ?? null, zone);
        expect(back).toEqual(value);
        const sent = answered(echo(encodeProperty(field, back, residue, zone)));
        expect(meaning(sent)).toEqual(meaning(property));
      }),
      manyCases,
    );
  });
});

describe('from SQL through Notion and back', () => {
  test.each(kinds)('%s is unchanged, in its canonical form, or refused', { timeout: patience }, (name, field) => {
    fc.assert(
      fc.property(sqlValues(field), (value) => {
        const row = throughRow({ [name]: value });
        const canonical = canonicalValue(field, row[name] ?? null, zone);
        expect(canonicalValue(field, canonical, zone)).toEqual(canonical);
        try {
          expect(written(field, canonical)).toEqual(canonical);
        } catch (error) {
          if (!(error instanceof RecordError)) throw error;
          expect(isUnsayable(value)).toBe(true);
        }
      }),
      manyCases,
    );
  });
});

/** What Notion does not accept: long texts, commas in options, dates beyond its calendar, people and files that are none. */
const isUnsayable = (value: unknown): boolean =>
  (Array.isArray(value) && value.some((item) => isUnsayable(item) || item === 'Ann' || item === 'plan.pdf')) ||
  ['Berlin', '91, 0', '1, 2, 3', 'expired', 'yes'].includes(String(value)) ||
  (typeof value === 'string' && isReversed(value)) ||
  (typeof value === 'string' && (value.length > 100 || value.includes(',') || /^\d{5}|^infinity$|BC$/.test(value)));

/** A range without a start, or one that ends before it. */
function isReversed(value: string): boolean {
  const [start = '', end] = value.split('/');
  return end !== undefined && (start === '' || Date.parse(end) < Date.parse(start));
}
