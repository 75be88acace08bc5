import type { RichTextItemResponse } from '@notionhq/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalValue } from '../../src/notion/properties.ts';
import { cases } from '../support/cases.ts';
import { field, read, slow, write } from './notes-field.ts';
import {
  canonical,
  equation,
  item,
  type Look,
  mentionItem,
  mergeItems,
  userMention,
  written,
  zone,
} from './support.ts';

const manyCases = { numRuns: cases(1_000, 5_000) };
const strangeCases = { numRuns: cases(500, 1_500) };

/** Text with many characters that have a meaning in Markdown. */
const letters = [
  'a',
  'b',
  'é',
  '🙂',
  '.',
  '(',
  ')',
  ' ',
  '  ',
  '\n',
  '\r\n',
  '\t',
  '\u00a0',
  '\ufeff',
  '1.',
  '#',
  '-',
  '>',
  '&amp;',
  '<b>',
];
const markers = [
  '*',
  '**',
  '***',
  '_',
  '__',
  '~',
  '~~',
  '`',
  '``',
  '\\',
  '[',
  ']',
  '![',
  '](',
  '](https://x.org/a_b)',
  '<',
  '!',
];
const unit = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...letters) },
  { weight: 5, arbitrary: fc.constantFrom(...markers) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((c) => c !== '\0') },
);
const text = fc.array(unit, { maxLength: 12 }).map((units) => units.join(''));

const look: fc.Arbitrary<Look> = fc.record(
  {
    bold: fc.boolean(),
    italic: fc.boolean(),
    strikethrough: fc.boolean(),
    code: fc.boolean(),
    link: fc.constantFrom('https://x.org', 'https://x.org/a_(b)*', 'mailto:a@x.org', 'nowhere', 'https://x.org/a b)'),
  },
  { requiredKeys: [] },
);
const strangeLook: fc.Arbitrary<Look> = fc.record(
  { underline: fc.boolean(), color: fc.constantFrom('default', 'red', 'blue_background') },
  { requiredKeys: [] },
);
const words = fc.oneof(text, fc.constantFrom('one', 'two words', 'x', ' y ', '(z)'));
const runs = fc
  .array(fc.tuple(words, look), { maxLength: 3 })
  .map((all) => mergeItems(all.map(([content, one]) => item(content, one))));
const strangeRuns = fc
  .array(
    fc.oneof(
      fc.tuple(words, look, strangeLook).map(([content, one, strange]) => item(content, { ...one, ...strange })),
      fc.constant(userMention('Ann')),
      fc.constantFrom(equation('x_1'), equation('a*b*')),
    ),
    { maxLength: 5 },
  )
  .map(mergeItems);

const visible = (items: readonly RichTextItemResponse[]) => items.map((one) => one.plain_text).join('');

describe('properties', () => {
  test('the canonical form is what Notion returns, and is stable', { timeout: slow }, () => {
    fc.assert(
      fc.property(text, (markdown) => {
        const once = canonical(field, markdown);
        expect(canonicalValue(field, once, zone)).toBe(once);
        expect(written(field, once)).toBe(once);
        expect(written(field, markdown)).toBe(once);
      }),
      manyCases,
    );
  });

  test('plain text from Notion is written back as the same plain text', { timeout: slow }, () => {
    fc.assert(
      fc.property(text, (plain) => {
        const { value, residue } = read(item(plain));
        expect(residue).toBeUndefined();
        expect(write(String(value ?? ''))).toEqual(plain === '' ? [] : [item(plain)]);
      }),
      manyCases,
    );
  });

  test('formatted text is written back unchanged, with residue only where Markdown cannot express it', {
    timeout: slow,
  }, () => {
    fc.assert(
      fc.property(runs, (items) => {
        const { value, residue } = read(...items);
        expect(write(String(value ?? ''), residue)).toEqual(items);
        const alone = write(String(value ?? ''));
        expect(visible(alone)).toBe(visible(items));
        if (residue !== undefined) expect(alone).not.toEqual(items);
      }),
      manyCases,
    );
  });

  test('colours, mentions and equations are written back unchanged', { timeout: slow }, () => {
    fc.assert(
      fc.property(strangeRuns, (items) => {
        const { value, residue } = read(...items);
        expect(write(String(value ?? ''), residue)).toEqual(items);
      }),
      strangeCases,
    );
  });

  // Cases 21 and 22 of the recordings. The API can write neither mention.
  test.each([
    [
      'a mention of a block',
      'Block mention',
      'https://www.notion.so/31dcd6cf140680678100000000000000#31dcd6cf1406805b829f000000000000',
      { type: 'page', page: { id: '31dcd6cf-1406-8067-8100-000000000000' } },
    ],
    [
      'a link mention',
      'https://hkob.hatenablog.com/',
      'https://hkob.hatenablog.com/',
      { type: 'link_mention', link_mention: { href: 'https://hkob.hatenablog.com/', title: 'a blog' } },
    ],
  ] as const)('%s keeps its address as a link, also beside an edit', (_, words, href, mention) => {
    const { value, residue } = read({ ...mentionItem(mention), plain_text: words, href }, item(' and text'));
    const link = { type: 'text', text: { content: words, link: { url: href } } };
    expect(write(String(value), residue)).toMatchObject([link, { text: { content: ' and text' } }]);
    const edited = String(value).replace('text', 'words');
    expect(write(edited, residue)).toMatchObject([link, { text: { content: ' and words' } }]);
  });

  test('an edit arrives unchanged, whatever the text was before', { timeout: slow }, () => {
    fc.assert(
      fc.property(strangeRuns, text, fc.nat(), fc.nat(), (items, edit, from, length) => {
        const { value, residue } = read(...items);
        const before = [...String(value ?? '')];
        const start = from % (before.length + 1);
        const edited = before.toSpliced(start, length % 5, edit).join('');
        const wanted = canonical(field, edited);
        expect(written(field, wanted, residue)).toBe(wanted);
      }),
      strangeCases,
    );
  });
});
