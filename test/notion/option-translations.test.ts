import { describe, expect, it } from 'vitest';
import { tasks } from '../../src/entities/tasks.ts';
import { encodeOption } from '../../src/notion/option-codec.ts';
import { isNameOf, translateOptions } from '../../src/notion/option-translations.ts';
import { type Property, toKnownProperty, translatedNames, withNamesInSql } from '../../src/notion/schema.ts';

const statuses = ['Todo', 'In Progress', 'Done', 'Cancelled'];

describe('options in another language', () => {
  it.each<[string, readonly string[], object]>([
    ['Polish', ['Do zrobienia', 'W toku', 'Gotowe', 'Anulowane'], { Todo: 'Do zrobienia', Done: 'Gotowe' }],
    ['German', ['Offen', 'In Arbeit', 'Erledigt', 'Abgebrochen'], { Done: 'Erledigt', Cancelled: 'Abgebrochen' }],
    ["Notion's own template", ['Not started', 'In progress', 'Done'], { Todo: 'Not started' }],
    ['decorated', ['✅ Done', 'TO-DO'], { Done: '✅ Done', Todo: 'TO-DO' }],
    ['accents left out', ['En cours', 'Annule'], { 'In Progress': 'En cours', Cancelled: 'Annule' }],
  ])('%s', (_, present, expected) => {
    expect(translateOptions(statuses, present)).toMatchObject(expected);
  });

  it('leaves alone what Notion has under its own name, in any case', () => {
    expect(translateOptions(statuses, ['todo', 'Do zrobienia', 'Done', 'Gotowe'])).toEqual({});
  });

  it('gives a name one meaning, and prefers the best name', () => {
    expect(translateOptions(['Done', 'Completed'], ['Gotowe'])).toEqual({ Done: 'Gotowe' });
    expect(translateOptions(['Todo'], ['Open', 'To do'])).toEqual({ Todo: 'To do' });
    expect(translateOptions(['In Progress', 'Active'], ['Active'])).toEqual({});
  });

  it('knows nothing of options that it has no names for', () => {
    expect(translateOptions(['constructor', '✨'], ['toString', '🎉', 'Sonstiges'])).toEqual({});
    expect(isNameOf('Sonstiges', 'sonstiges!')).toBe(true);
  });
});

describe('a property whose options have other names', () => {
  const property = (names: Readonly<Record<string, string>>) =>
    ({
      ...{ id: 'prop', name: 'Status', type: 'select', description: null },
      select: { options: Object.entries(names).map(([id, name]) => ({ id, name, color: 'gray', description: null })) },
    }) as Property;
  const field = tasks.fields.status ?? expect.fail('no status');
  const polish = { a: 'Do zrobienia', b: 'W toku', c: 'Gotowe', d: 'Na później' };
  const first = toKnownProperty(tasks, field, property(polish), undefined);

  it('gets the names of the entity file when it is read for the first time', () => {
    expect(first.options).toEqual({ a: 'Todo', b: 'In Progress', c: 'Done', d: 'Na później' });
    expect(first.namesInNotion).toEqual({ a: 'Do zrobienia', b: 'W toku', c: 'Gotowe' });
    expect(first.declared).toEqual({ Todo: 'a', 'In Progress': 'b', Done: 'c' });
  });

  it('keeps them when an option is renamed or deleted in Notion', () => {
    const { a, c, d } = { ...polish, c: 'Zrobione' };
    const later = toKnownProperty(tasks, field, property({ a, c, d }), first);
    expect(later.options).toEqual({ a: 'Todo', c: 'Done', d: 'Na później' });
    expect(later.namesInNotion).toEqual({ a: 'Do zrobienia', c: 'Zrobione' });
    const own = toKnownProperty(tasks, field, property({ a: 'Todo', c: 'Done' }), later);
    expect(own).not.toHaveProperty('namesInNotion');
  });

  it('was read before: its options keep the names that rows have', () => {
    const before = { id: 'prop', type: 'select', options: { c: 'Gotowe' }, declared: {} };
    const known = toKnownProperty(tasks, field, property(polish), before);
    expect(known.options).toEqual(polish);
    expect(translatedNames(withNamesInSql(known, { Gotowe: 'Done' }))).toEqual({ c: 'Done' });
  });

  it('is written by either name', () => {
    if (field.kind !== 'select') return expect.fail('no select');
    expect(encodeOption(field, 'Done', first)).toEqual({ id: 'c' });
    expect(encodeOption(field, 'Gotowe', first)).toEqual({ id: 'c' });
    expect(encodeOption(field, 'Na później', first)).toEqual({ id: 'd' });
    expect(encodeOption(field, 'Someday', first)).toEqual({ name: 'Someday' });
  });
});
