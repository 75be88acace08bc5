import type { RichTextItemResponse } from '@notionhq/client';
import { describe, expect, test } from 'vitest';
import { canonicalBody, planBodyChange } from '../../src/notion/body.ts';
import { encodeProperty } from '../../src/notion/properties.ts';
import { field, read, write } from '../notion/notes-field.ts';
import { equation, item, type Look, mentionItem, zone } from '../notion/support.ts';

// Each row is a public bug report of another tool; its address is the name of the test.

const REPORTED_URL = 'https://60f06c1c5a1772003b824d76-gclpzqfgft.chromatic.com/?path=/story/poi-map--create-point-poi';

describe('formatted text from Notion reads as Markdown that gives the same text back', () => {
  test.each<[source: string, markdown: string, ...runs: [string, Look?][]]>([
    [
      'https://github.com/innolitics/n2y/issues/7',
      'This is a **bold** word.',
      ['This is a '],
      ['bold ', { bold: true }],
      ['word.'],
    ],
    [
      'https://github.com/overengineeringstudio/effect-utils/pull/958',
      '**18 Uhr** im Saal',
      ['18 Uhr ', { bold: true }],
      ['im Saal'],
    ],
    ['https://github.com/syntax-tree/mdast-util-to-markdown/issues/62', '**A** ', ['A ', { bold: true }]],
    [
      'https://github.com/tradik/wpexporter/issues/50',
      'Projekt ***nazwa-serwisu*** realizowany',
      ['Projekt '],
      ['nazwa-serwisu ', { bold: true, italic: true }],
      ['realizowany'],
    ],
    [
      'https://github.com/evbacher/gd2md-html/issues/77',
      "**Here's some bold text again**\n**One more** then not bold",
      ["Here's some bold text again\nOne more", { bold: true }],
      [' then not bold'],
    ],
    [
      'https://github.com/29decibel/html2markdown/issues/9',
      '**Some text**\n\n**other text**',
      ['Some text\n\nother text', { bold: true }],
    ],
    ['https://github.com/echo724/notion2md/pull/50', '**`some text`**', ['some text', { bold: true, code: true }]],
    [
      'https://github.com/Roam-Research/issues/issues/294',
      'type `__init__.py`',
      ['type '],
      ['__init__.py', { code: true }],
    ],
    ['https://github.com/curvenote/schema/issues/28', '`  a``b  `', [' a``b ', { code: true }]],
    [
      'https://github.com/Fu-Jie/openwebui-extensions/issues/49',
      'I **prefer** tea **to** coffee.',
      ['I '],
      ['prefer', { bold: true }],
      [' tea '],
      ['to', { bold: true }],
      [' coffee.'],
    ],
  ])('%s', (_, markdown, ...runs) => {
    const items = runs.map(([text, look]) => item(text, look));
    const { value, residue } = read(...items);
    expect(value).toBe(markdown);
    expect(write(markdown, residue)).toEqual(items);
    // Written again, as after a restore, it reads the same.
    expect(read(...write(markdown)).value).toBe(markdown);
  });
});

describe('links keep their address', () => {
  test.each([
    ['https://github.com/tryfabric/martian/issues/41', REPORTED_URL, REPORTED_URL],
    ['https://github.com/jamalex/notion-py/issues/219', 'URL', 'https://developers.google.com/earth-engine/datasets'],
    [
      'https://github.com/Roam-Research/issues/issues/186',
      'metric',
      'https://en.wikipedia.org/wiki/Metric_(mathematics)#Definition',
    ],
    ['https://github.com/HappenApps/Quiver/issues/155', 'one side', 'https://example.com/a)b(c'],
    [
      'https://github.com/ozntel/obsidian-link-converter/issues/40',
      'Long(er)-Form [Mathematics] – LFM',
      'https://longformmath.com/',
    ],
  ])('%s', (_, text, link) => {
    const items = [item('see '), item(text, { link }), item(' there')];
    const { value, residue } = read(...items);
    expect(residue).toBeUndefined();
    expect(write(String(value))).toEqual(items);
  });

  test.each([
    ['https://github.com/jamalex/notion-py/issues/108', 'a [text]() without a destination'],
    ['https://github.com/brittonhayes/notionmd/pull/13', 'see [the notes](../notes/today.md)'],
  ])('%s: what Notion cannot link stays text', (_, text) => {
    expect(write(text)).toEqual([item(text)]);
    expect(read(item(text))).toEqual({ value: text });
  });
});

/** The texts that are sent, as Notion counts them. */
const sent = (text: string): string[] => {
  const property = encodeProperty(field, text, undefined, zone);
  return 'rich_text' in property
    ? property.rich_text.map((one) => ('text' in one ? one.text.content : expect.fail('no text')))
    : expect.fail('no rich text');
};

describe('long texts are sent in items that Notion accepts', () => {
  test.each([
    ['https://github.com/dwarvesf/dwarves-kit/pull/403', `${'x'.repeat(1_990)}🙂${'y'.repeat(100)}`, 2],
    ['https://github.com/qegj567-cloud/SullyOS/pull/77', `${'x'.repeat(1_999)}🙂${'y'.repeat(100)}`, 2],
    ['https://github.com/markomanninen/md2notion/issues/4', 'z'.repeat(4_218), 3],
    ['https://github.com/julien040/anyquery/issues/31', '🙂'.repeat(1_250), 2],
  ])('%s', (_, text, count) => {
    const items = sent(text);
    expect(items).toHaveLength(count);
    expect(items.join('')).toBe(text);
    for (const one of items) {
      expect(one.length).toBeLessThanOrEqual(2_000);
      expect(Buffer.from(one).toString()).toBe(one);
    }
  });
});

/** Who left: Notion returns nothing but the id. */
const gone = mentionItem({ type: 'user', user: { object: 'user', id: '8a9a7922-6f1d-4f5d-9efd-57baf8210980' } });

describe('what Markdown cannot express survives an edit next to it', () => {
  test.each<[source: string, text: string, one: RichTextItemResponse]>([
    ['https://github.com/ultimate-notion/ultimate-notion/issues/166', gone.plain_text, gone],
    ['https://github.com/anyproto/anytype-ts/issues/2187', 'A \\leftarrow B', equation('A \\leftarrow B')],
  ])('%s', (_, text, one) => {
    const { value, residue } = read(item('with '), one, item(' today'));
    expect(value).toBe(`with ${text} today`);
    expect(write(`with ${text} tomorrow`, residue).slice(0, 2)).toEqual([item('with '), one]);
    const property = encodeProperty(field, `with ${text} tomorrow`, residue, zone);
    expect(JSON.stringify(property)).not.toContain('plain_text');
    expect(JSON.stringify(property)).not.toMatch(/"(name|object|type)":/);
  });
});

describe('an empty text is an empty list', () => {
  test.each([
    ['https://github.com/minwook-shin/notion-database/issues/13', ''],
    ['https://github.com/minwook-shin/notion-database/issues/13', null],
  ])('%s: %j', (_, text) => {
    expect(encodeProperty(field, text, undefined, zone)).toEqual({ rich_text: [] });
  });
});

const NESTED_FENCES =
  '````markdown\nOuter\n```js\n\t<page url="https://www.notion.so/x">no page</page>\n```\nstill outer\n````';

describe('a body', () => {
  test.each([
    ['https://github.com/sho7650/obsidian-AI-exporter/issues/433', NESTED_FENCES],
    ['https://github.com/jamalex/notion-py/issues/31', '```yaml\ntags:\n  - Video Game Art\n  - Blender\n```'],
    ['https://github.com/thomas-villani/all2md/issues/97', 'Lead text $$\\sum x$$'],
  ])('%s: is sent as it was written', (_, markdown) => {
    expect(canonicalBody(markdown)).toBe(markdown);
    expect(planBodyChange('', markdown)).toEqual({ kind: 'replace', markdown });
    expect(planBodyChange(markdown, markdown)).toBeNull();
  });

  test('https://github.com/dillonkearns/elm-markdown/issues/73: a list nested by four spaces is nested by tabs', () => {
    const wanted = '1. List item\n    - nested list item\n    - other nested list item\n2. Second list item';
    expect(planBodyChange('', wanted)).toEqual({
      kind: 'replace',
      markdown: '1. List item\n\t- nested list item\n\t- other nested list item\n2. Second list item',
    });
  });
});
