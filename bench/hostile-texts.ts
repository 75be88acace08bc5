import type { decodeText } from '../src/notion/text-codec.ts';

export const MAX_LENGTH = 200_000;
const to = (part: string, length = MAX_LENGTH): string => part.repeat(Math.ceil(length / part.length)).slice(0, length);

/** By their parts: texts that made a parser or a writer of Markdown slow, each up to the limit of Notion. */
export const hostileTexts: Readonly<Record<string, string>> = {
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

export const field = { kind: 'rich_text', property: 'Notes' } as const;
type Items = Parameters<typeof decodeText>[1];
/** A rich text of Notion with that content, in items that differ in their formatting. */
export const richTextOf = (text: string, size = 2_000): Items =>
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
