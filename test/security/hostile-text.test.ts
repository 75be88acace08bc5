import { describe, expect, test } from 'vitest';
import { RecordError } from '../../src/errors.ts';
import { parseMarkdown, toMarkdown } from '../../src/notion/markdown.ts';
import { plainSpan, textOf } from '../../src/notion/rich-text.ts';
import { decodeText, encodeText } from '../../src/notion/text-codec.ts';

/** CPU time, which other processes do not influence as they do the clock. */
function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}

const MAX_SECONDS = 3;
const MAX_LENGTH = 200_000;
const to = (part: string, length = MAX_LENGTH): string => part.repeat(Math.ceil(length / part.length)).slice(0, length);

const texts: Readonly<Record<string, string>> = {
  'stars and underscores': to('*a_'),
  'a line of 16,000 characters': to('*a_', 16_000),
  'a line at the limit': to('*a_', 1_050),
  'lines at the limit of a line': `${to('*a_', 990)}\n${to('_b*', 990)}`,
  'lines at the limit': to(`${'*a_'.repeat(10)}\n`, 3_000),
  underscores: to('_a*'),
  'opened brackets': to('['),
  'opened links': to('[a]('),
  'closed brackets': to('[a]'),
  backquotes: to('`a``b```c'),
  backslashes: to('\\'),
  'backslashes and a star': `${to('\\', MAX_LENGTH - 1)}*`,
  'escaped stars': to('\\*'),
  tildes: to('~~a'),
  'spaces before a star': `a${' '.repeat(MAX_LENGTH - 3)}*b`,
  'a tab before a star': `${to(' \t', MAX_LENGTH - 2)}a*`,
  'line breaks': to('\n'),
  'short lines': to('*a\n'),
  'short lines below the limit': `${to('*a* b\n', 5_900)}${to('words ', MAX_LENGTH - 6_000)}`,
  'long words': to('x'),
};

const field = { kind: 'rich_text', property: 'Notes' } as const;
type Items = Parameters<typeof decodeText>[1];
const items = (text: string, size = 2_000): Items =>
  (text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []).map(
    (content, at) =>
      ({
        type: 'text',
        text: { content, link: null },
        plain_text: content,
        href: null,
        annotations: {
          ...{ bold: at % 2 === 0, italic: at % 3 === 0, strikethrough: at % 5 === 0 },
          ...{ underline: at % 7 === 0, code: false, color: 'default' },
        },
      }) as const,
  );

describe('a hostile text of up to 200,000 characters takes less than a second', () => {
  test.each(Object.entries(texts))('from SQL to Notion and back: %s', (_, text) => {
    let markdown = '';
    expect(cpuSeconds(() => void parseMarkdown(text))).toBeLessThan(MAX_SECONDS);
    const write = cpuSeconds(() => {
      markdown = toMarkdown([plainSpan(text)]);
    });
    expect(write).toBeLessThan(MAX_SECONDS);
    expect(textOf(parseMarkdown(markdown))).toBe(text);
    // Canonical: written again, it stays as it is.
    expect(toMarkdown(parseMarkdown(markdown))).toBe(markdown);
  });

  test.each(Object.entries(texts))('from Notion to SQL, with formatting, and an edit of it: %s', (_, text) => {
    let decoded: ReturnType<typeof decodeText> = { value: null };
    const read = cpuSeconds(() => {
      decoded = decodeText(field, items(text));
    });
    expect(read).toBeLessThan(MAX_SECONDS);
    const write = cpuSeconds(() => {
      try {
        encodeText(field, `${decoded.value}!`.slice(0, MAX_LENGTH), decoded.residue);
      } catch (error) {
        expect(error).toBeInstanceOf(RecordError);
      }
    });
    expect(write).toBeLessThan(2 * MAX_SECONDS);
  });
});
