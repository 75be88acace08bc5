import { randomUUID } from 'node:crypto';
import { Clock, type ExactPage, OWNER, Store, Workspace } from 'notion-emulator';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  fillSampleWorkspace,
  type SampleRecord,
  sampleWorkspace,
} from '../../../src/embedded/sample-workspace/sample-workspace.ts';
import { notionFields } from '../../../src/entities/define.ts';
import { entities } from '../../../src/entities/index.ts';
import { decodeProperty } from '../../../src/notion/properties.ts';
import type { Value } from '../../../src/sync/types.ts';

const today = '2026-03-27';
/** Daylight saving time starts on the 29th, within the due times. */
const zone = 'Europe/Lisbon';
const records = sampleWorkspace(today);

let workspace: Workspace;
let made: number;
let pageOf: (key: string) => ExactPage;
beforeAll(() => {
  workspace = new Workspace(new Store(new Clock(Date.now), null), randomUUID);
  made = fillSampleWorkspace(workspace, today, zone);
  const titleOf = ({ fields }: SampleRecord) => String(fields.title ?? fields.name);
  const entityOf = new Map(entities.map(({ databaseId, name }) => [databaseId, name]));
  const pages = new Map(workspace.pages().map((page) => [`${entityOf.get(page.databaseId)}: ${page.title}`, page]));
  const keys = new Map(records.map((record) => [record.key, `${record.entity}: ${titleOf(record)}`]));
  pageOf = (key) => {
    const page = pages.get(keys.get(key) ?? '');
    if (!page) throw new Error(`There is no page for ${key}.`);
    return page;
  };
});

const listOf = (value: Value | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : typeof value === 'object' ? (value ?? []) : [];

describe('the filled workspace', () => {
  test('has one page for every record, created by a person', () => {
    expect(made).toBe(records.length);
    expect(workspace.pages()).toHaveLength(records.length);
    expect(new Set(workspace.pages().map((page) => page.editedBy))).toEqual(new Set([OWNER.id]));
  });

  test('has the values of the records, property by property', () => {
    for (const { entity, key, fields } of records) {
      const properties = pageOf(key).page.properties;
      for (const [name, field] of entities.flatMap((one) => (one.name === entity ? notionFields(one) : []))) {
        const property = properties[field.property];
        if (!property) throw new Error(`${key} has no property ${field.property}.`);
        const { value } = decodeProperty(field, property, zone);
        const said = fields[name];
        const related = field.kind.startsWith('relation') ? listOf(said).map((other) => pageOf(other).id) : [];
        const expected =
          field.kind === 'relation_many'
            ? related.toSorted()
            : field.kind === 'relation_one'
              ? (related[0] ?? null)
              : (said ?? null);
        expect([key, name, value]).toEqual([key, name, expected]);
      }
    }
  });

  test('has ranges, in local time', () => {
    const due = (key: string) => {
      const property = pageOf(key).page.properties['Due Date'];
      return property?.type === 'date' ? property.date : null;
    };
    expect(due('tasks/empty-the-old-cabinets')).toEqual({ start: '2026-04-08', end: '2026-04-09', time_zone: null });
    const fitted = due('tasks/worktop-is-fitted');
    expect(Date.parse(fitted?.start ?? '')).toBe(Date.parse('2026-04-12T08:30:00+01:00'));
    expect(Date.parse(fitted?.end ?? '')).toBe(Date.parse('2026-04-12T13:00:00+01:00'));
  });

  test('has the other side of two-way relations', () => {
    const property = pageOf('projects/tax-return').page.properties.Tasks;
    const tasks = records.filter(({ fields }) => fields.project_id === 'projects/tax-return' && 'due_date' in fields);
    expect(property?.type === 'relation' && property.relation.map(({ id }) => id).toSorted()).toEqual(
      tasks.map(({ key }) => pageOf(key).id).toSorted(),
    );
  });

  test('has content in many notes, read back unchanged', () => {
    const written = records.flatMap(({ key, body }) => (body ? [{ key, ...body }] : []));
    expect(written.length).toBeGreaterThan(20);
    for (const { key, markdown, unsupported, childPage } of written) {
      const [text, ...more] = [workspace.body(pageOf(key).id).markdown].flatMap((whole) => [
        whole.slice(0, markdown.length),
        whole.slice(markdown.length),
      ]);
      expect([key, text]).toEqual([key, markdown]);
      expect(more[0]).toMatch(
        unsupported
          ? /^\n<unknown url=".*" alt="button"\/>$/
          : childPage
            ? /^\n<page url=".*">Radio, in detail<\/page>$/
            : /^$/,
      );
    }
    expect(written.filter(({ unsupported }) => unsupported)).toHaveLength(1);
    expect(written.filter(({ childPage }) => childPage)).toHaveLength(1);
  });

  test('is not filled twice, even on another day', () => {
    expect(fillSampleWorkspace(workspace, '2026-03-28', zone)).toBe(0);
    expect(workspace.pages()).toHaveLength(records.length);
  });
});
