import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignNames, foldCase, nameToFileName, nameToSlug } from '../../../src/features/managed-files/file-names.ts';

const A = 'aaaaaaaa-0000-4000-8000-000000000000';
const B = 'bbbbbbbb-0000-4000-8000-000000000000';

describe('names of files', () => {
  it.each([
    ['Balcony Gärden!', 'balcony-garden'],
    ['  Straße & Œuvre — Łódź ', 'strasse-oeuvre-lodz'],
    ['İstanbul', 'istanbul'],
    ['日本 語', '日本-語'],
    ['../../etc/passwd', 'etc-passwd'],
    ['🎉', ''],
  ])('the slug of "%s" is "%s"', (name, slug) => {
    expect(nameToSlug(name)).toBe(slug);
  });

  it.each([
    ['Health', 'Health'],
    ['Família  e\nAmigos', 'Família e Amigos'],
    ['../x', 'x'],
    ['..', ''],
    ['a/b\\c:d', 'a-b-c-d'],
    ['.hidden. ', 'hidden'],
    ['a\u0000\u202eb', 'a-b'],
    ['🎉 Fun', '🎉 Fun'],
  ])('the file name of "%s" is "%s"', (name, file) => {
    expect(nameToFileName(name)).toBe(file);
  });

  it('never leave the folder, hide, or grow too long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        for (const file of [nameToSlug(name), nameToFileName(name)]) {
          expect(file).not.toMatch(/[/\\\p{Cc}]|^\.|[. ]$/u);
          expect(Buffer.byteLength(file)).toBeLessThanOrEqual(100);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are distinguished by the id, also if only the case differs', () => {
    const names = assignNames(
      [
        { id: A, wanted: 'Health' },
        { id: B, wanted: 'health' },
      ],
      new Map(),
    );
    expect([...names.values()]).toEqual(['Health', 'health-bbbbbbbb']);
  });

  it('stay with their first record, and with records that no longer exist', () => {
    const records = [
      { id: A, wanted: 'garden' },
      { id: B, wanted: 'garden' },
    ];
    expect([...assignNames(records, new Map([[B, 'garden']]))]).toEqual([
      [B, 'garden'],
      [A, 'garden-aaaaaaaa'],
    ]);
    expect(assignNames(records.slice(0, 1), new Map([[B, 'garden']])).get(A)).toBe('garden-aaaaaaaa');
  });

  it('can be swapped by two records without a collision of their files', () => {
    const known = new Map([
      [A, 'one'],
      [B, 'two'],
    ]);
    const names = assignNames(
      [
        { id: A, wanted: 'two' },
        { id: B, wanted: 'one' },
      ],
      known,
    );
    expect(Object.fromEntries(names)).toEqual({ [A]: 'two-aaaaaaaa', [B]: 'one-bbbbbbbb' });
  });

  it('come from the id if nothing else is left, or if a system reserves the name', () => {
    const names = assignNames(
      [
        { id: A, wanted: '' },
        { id: B, wanted: 'CON' },
      ],
      new Map(),
    );
    expect([...names.values()]).toEqual(['untitled-aaaaaaaa', 'CON-bbbbbbbb']);
  });

  it('are unique, and the same in every run', () => {
    const record = fc.record({ id: fc.uuid(), wanted: fc.constantFrom('', 'a', 'A', 'b', 'ß', 'SS') });
    fc.assert(
      fc.property(fc.uniqueArray(record, { selector: ({ id }) => id.slice(0, 8) }), (records) => {
        const names = assignNames(records, new Map());
        expect(new Set([...names.values()].map(foldCase)).size).toBe(records.length);
        expect(assignNames(records, names)).toEqual(names);
      }),
    );
  });
});
