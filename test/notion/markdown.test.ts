import type { RichTextItemResponse } from '@notionhq/client';
import { describe, expect, test } from 'vitest';
import { encodeProperty } from '../../src/notion/properties.ts';
import { field, read, slow, write } from './notes-field.ts';
import { canonical, equation, item, type Look, mentionItem, userMention, zone } from './support.ts';

const annSmith = { type: 'user', user: { object: 'user', id: '00000000-0000-4000-8000-000000000001' } } as const;

describe('plain text', () => {
  test.each([
    '2 * 3 * 4',
    'snake_case_name',
    'a_b',
    '# not a heading',
    '- item',
    '* item',
    '1. x',
    '> said',
    '    four spaces',
    '---',
    '```',
    'https://example.com/a_b',
    'C:\\dir',
    '<b>',
    '<b>bold</b>',
    '&amp;',
    '[x] y',
    '- [ ] todo',
    '[a]: https://example.com',
    '[see](chapter two)',
    '[see](chapter2)',
    '![alt](picture.png)',
    '~5 minutes~',
    '* and _ and ` and ~~',
    ' leading and trailing  ',
    'two\n\n\nlines \n\n',
    'tab\there\r\nand there',
    '🙂 héllo',
  ])('%j is unchanged', (text) => {
    expect(canonical(field, text)).toBe(text);
    expect(write(text)).toEqual([item(text)]);
    expect(read(item(text))).toEqual({ value: text });
  });

  test.each([
    ['*', '*'],
    ['**bold**', '\\*\\*bold**'],
    ['*a* and 2 * 3', '\\*a* and 2 * 3'],
    ['`code`', '\\`code`'],
    ['a \\* b', 'a \\\\* b'],
    ['[x](https://example.com)', '\\[x](https://example.com)'],
  ])('%j from Notion is escaped as little as possible', (text, markdown) => {
    expect(read(item(text))).toEqual({ value: markdown });
    expect(write(markdown)).toEqual([item(text)]);
  });
});

describe('formatting', () => {
  test.each<[string, ...[string, Look?][]]>([
    ['**bold** and *italic*', ['bold', { bold: true }], [' and '], ['italic', { italic: true }]],
    ['~~gone~~ `x = 1`', ['gone', { strikethrough: true }], [' '], ['x = 1', { code: true }]],
    ['see [the page](https://example.com/a_(b))', ['see '], ['the page', { link: 'https://example.com/a_(b)' }]],
    ['**a *b* c**', ['a ', { bold: true }], ['b', { bold: true, italic: true }], [' c', { bold: true }]],
    ['***a***', ['a', { bold: true, italic: true }]],
    ['in**fix**ed', ['in'], ['fix', { bold: true }], ['ed']],
    ['``a`b``', ['a`b', { code: true }]],
    ['`` ` ``', ['`', { code: true }]],
    ['**`a*b`**', ['a*b', { code: true, bold: true }]],
    ['[**a** b](https://x.org)', ['a', { bold: true, link: 'https://x.org' }], [' b', { link: 'https://x.org' }]],
    ['**2 \\* 3\\***', ['2 * 3*', { bold: true }]],
  ])('%j', (markdown, ...runs) => {
    const items = runs.map(([text, look]) => item(text, look));
    expect(write(markdown)).toEqual(items);
    expect(read(...items).value).toBe(markdown === '**2 \\* 3\\***' ? '**2 * 3\\***' : markdown);
    expect(read(...items).residue).toBeUndefined();
  });

  // Reported of other Markdown tools: zensical#74, nuxt-content/mdc#454, marked#3838.
  test.each<[string, ...[string, Look?][]]>([
    ['**文字：**后续', ['文字：', { bold: true }], ['后续']],
    ['前面**「文字」**后续', ['前面'], ['「文字」', { bold: true }], ['后续']],
    ['**重点（说明）**です', ['重点（说明）', { bold: true }], ['です']],
    ['これは**「強調」**です。', ['これは'], ['「強調」', { bold: true }], ['です。']],
    ['**スター(注)**付き', ['スター(注)', { bold: true }], ['付き']],
    ['**한국어(조사)**는', ['한국어(조사)', { bold: true }], ['는']],
    ['*文字。*后续', ['文字。', { italic: true }], ['后续']],
    ['~~文字！~~后续', ['文字！', { strikethrough: true }], ['后续']],
    ['**`代码`**后续', ['代码', { bold: true, code: true }], ['后续']],
    ['**[链接](https://x.org)**后续', ['链接', { bold: true, link: 'https://x.org' }], ['后续']],
    ['**文字：**later', ['文字：', { bold: true }], ['later']],
    ['**𠮷(注)**𠮷', ['𠮷(注)', { bold: true }], ['𠮷']],
  ])('beside the punctuation of a script without spaces: %j', (markdown, ...runs) => {
    const items = runs.map(([text, look]) => item(text, look));
    expect(write(markdown)).toEqual(items);
    expect(write(String(read(...items).value))).toEqual(items);
  });

  test.each(['2**(x)', 'a**(b)**c', '文字 ** 后续', '** 文字**', '_文字：_后续', '文 * 字'])('%j has none', (text) => {
    expect(write(text)).toEqual([item(text)]);
  });

  test('has one canonical form', () => {
    expect(canonical(field, '__bold__ _italic_')).toBe('**bold** *italic*');
    expect(canonical(field, '')).toBeNull();
  });

  test('moves white space out of emphasis, and keeps what Notion had', () => {
    const items = [item('bold ', { bold: true }), item('text')];
    const { value, residue } = read(...items);
    expect(value).toBe('**bold** text');
    expect(write('**bold** text', residue)).toEqual(items);
  });

  test('expresses as much as Markdown can', () => {
    const items = [item('a'), item('(b)', { bold: true }), item('c '), item('d', { italic: true })];
    const { value, residue } = read(...items);
    expect(value).toBe('a(b)c *d*');
    expect(write('a(b)c *d*', residue)).toEqual(items);
  });
});

describe('what Markdown cannot express', () => {
  const items = [userMention('Ann'), item(' likes '), item('red', { color: 'red' }), item(' and '), equation('a_b*c*')];
  const { value, residue } = read(...items);

  test('is read as text', () => {
    expect(value).toBe('@Ann likes red and a_b\\*c*');
    expect(read(item('under', { underline: true })).value).toBe('under');
  });

  test('is written back unchanged', () => {
    expect(write(String(value), residue)).toEqual(items);
  });

  test('survives an edit next to it', () => {
    expect(write('@Ann likes red and a_b\\*c*, **much**', residue)).toEqual([
      ...items,
      item(', '),
      item('much', { bold: true }),
    ]);
    expect(write('@Ann hates red and a_b\\*c*', residue)).toEqual([
      userMention('Ann'),
      item(' hates '),
      ...items.slice(2),
    ]);
  });

  test('survives edits on both sides of it and in between', () => {
    expect(write('Hey @Ann hates red or a_b\\*c*!', residue)).toEqual([
      item('Hey '),
      userMention('Ann'),
      item(' hates '),
      item('red', { color: 'red' }),
      item(' or '),
      equation('a_b*c*'),
      item('!'),
    ]);
  });

  test('takes the formatting that SQL gave it', () => {
    const [mention] = write('***@Ann*** likes', residue);
    expect(mention).toEqual({
      ...userMention('Ann'),
      annotations: { ...items[0]?.annotations, bold: true, italic: true },
    });
    expect(write('@Ann likes **red** and a_b\\*c*', residue)[2]).toEqual(item('red', { bold: true, color: 'red' }));
  });

  test('a colour survives in part, a mention only whole', () => {
    const sentence = read(item('a long red sentence', { color: 'red' }), item(' '), mentionItem(annSmith));
    expect(write('a very red @Ann Smith', sentence.residue)).toEqual([
      item('a very red ', { color: 'red' }),
      mentionItem(annSmith),
    ]);
    expect(write('sentence @Ann', sentence.residue)).toEqual([item('sentence', { color: 'red' }), item(' @Ann')]);
    expect(write('a long red sentence @Ann **Smith**', sentence.residue)).toEqual([
      item('a long red sentence', { color: 'red' }),
      item(' @Ann '),
      item('Smith', { bold: true }),
    ]);
  });

  test('is not found in other words with the same letters', () => {
    const { residue: blue } = read(item('blue', { color: 'blue' }), item(' sky'));
    expect(write('black sky', blue)).toEqual([item('black sky')]);
    expect(write('bluer sky', blue)).toEqual([item('blue', { color: 'blue' }), item('r sky')]);
    const { residue: x } = read(item('explain '), equation('x'));
    expect(write('explain the axe x', x)).toEqual([item('explain the axe '), equation('x')]);
  });

  test('survives when many words around it change', () => {
    const { residue: kept } = read(item('one two three four '), userMention('Ann'));
    expect(write('@Ann five six seven eight', kept)).toEqual([userMention('Ann'), item(' five six seven eight')]);
  });

  test('is replaced only in lines where the edit makes the text expressible', () => {
    const bold = item('(b)', { bold: true, color: 'red' });
    const lines = [item('a'), bold, item('c\n1'), bold, item('2')];
    const { value, residue: kept } = read(...lines);
    expect(value).toBe('a(b)c\n1(b)2');
    expect(write('(b)\n1(b)3', kept)).toEqual([item('(b)', { color: 'red' }), item('\n1'), bold, item('3')]);
  });

  test('without text, is kept as long as its neighbour survives', () => {
    const nameless = mentionItem({ type: 'page', page: { id: 'p' } });
    const shown = { ...nameless, plain_text: '' };
    const { residue: kept } = read(item('see '), shown, item('there'));
    expect(write('see everything', kept).map((one) => one.type)).toEqual(['text', 'mention', 'text']);
    expect(write('nothing', kept).map((one) => one.type)).toEqual(['text']);
  });

  test('a date keeps its zone, in the form that Notion accepts', () => {
    const { residue: kept } = read(
      item('on '),
      mentionItem({
        type: 'date',
        date: { start: '2026-03-05T10:00:00.000-05:00', end: null, time_zone: 'America/New_York' },
      }),
    );
    const sent = encodeProperty(field, '', kept, zone);
    expect(sent).toEqual({ rich_text: [] });
    const again = encodeProperty(field, read(item('on ')).value, kept, zone);
    expect(again).toEqual({ rich_text: [{ text: { content: 'on ', link: null } }] });
    const whole = encodeProperty(field, '**on** @2026-03-05T15:00:00.000Z', kept, zone);
    expect('rich_text' in whole && whole.rich_text.at(-1)).toMatchObject({
      mention: { date: { start: '2026-03-05T10:00:00', end: null, time_zone: 'America/New_York' } },
    });
  });

  test('a link preview, which the API cannot write, becomes a link', () => {
    const preview: RichTextItemResponse = {
      ...item('PR 1'),
      type: 'mention',
      href: 'https://github.com/a/b/pull/1',
      mention: { type: 'link_preview', link_preview: { url: 'https://github.com/a/b/pull/1' } },
    };
    expect(read(preview)).toEqual({ value: '[PR 1](https://github.com/a/b/pull/1)' });
    expect(read({ ...preview, plain_text: '', href: null })).toEqual({
      value: '[https://github.com/a/b/pull/1](https://github.com/a/b/pull/1)',
    });
  });
});

describe('limits', () => {
  test('long text is split into items of 2000 characters, never within a surrogate pair', () => {
    const text = `${'a'.repeat(1999)}🙂${'b'.repeat(2000)}`;
    const sent = encodeProperty(field, text, undefined, zone);
    const lengths = 'rich_text' in sent && sent.rich_text.map((one) => ('text' in one ? one.text.content.length : 0));
    expect(lengths).toEqual([1999, 2000, 2]);
    expect(write(text)).toEqual([item(text)]);
  });

  test('an equation has at most 1000 characters', () => {
    const long = read(equation('x'.repeat(1001)), item('!'));
    expect(() => write('x'.repeat(1001), long.residue)).toThrow(/"Notes" has an equation of 1001 characters.* 1000/);
  });

  test('PostgreSQL never receives NUL or half a surrogate pair', () => {
    expect(read(item('a\0b')).value).toBe('ab');
    expect(read(item('a\ud83d')).value).toBe('a\ufffd');
    expect(read(item('\ud83d'), item('\ude42')).value).toBe('🙂');
    expect(read(item('a', { link: 'https://x.org/\0b' })).value).toBe('[a](https://x.org/b)');
  });

  test('200 000 characters with many edits do not take quadratic time', { timeout: slow }, () => {
    const lines = (word: string) => `${`${word} and some more words `.repeat(8)}\n`.repeat(1000);
    const { residue } = read(
      item('start '),
      userMention('Ann'),
      item(` ${lines('old')}`),
      item('end', { color: 'red' }),
    );
    const sent = write(`begin @Ann ${lines('new')}end`, residue);
    expect(sent).toEqual([item('begin '), userMention('Ann'), item(` ${lines('new')}`), item('end', { color: 'red' })]);
  });

  test('a long line of stars is written in reasonable time', { timeout: slow }, () => {
    const stars = '**a** b '.repeat(1000);
    expect(write(String(read(item(stars)).value))).toEqual([item(stars)]);
  });

  test('nothing is truncated: a text that is too long is an error', () => {
    const text = 'a'.repeat(200_001);
    expect(() => write(text)).toThrow(/"Notes" has 200001 characters .* 100 of 2000/);
    expect(canonical(field, text)).toBe(text);
    expect(() => write('*a* b '.repeat(51))).toThrow(/"Notes" has 204 characters in 102 /);
  });
});
