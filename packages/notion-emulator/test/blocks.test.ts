import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInline, renderInline } from '../src/blocks/inline.ts';
import { type Block, everyBlock } from '../src/blocks/model.ts';
import { parseBlocks } from '../src/blocks/parse.ts';
import { renderBlocks } from '../src/blocks/render.ts';
import type { Run } from '../src/model.ts';
import { API_COLORS } from '../src/notion-types.ts';
import { PLAIN, toPlainText } from '../src/rich-text.ts';

const noMentions = { user: () => undefined, page: () => undefined, database: () => undefined };

function parse(markdown: string): Block[] {
  let made = 0;
  return parseBlocks(markdown, {
    newId: () => {
      made += 1;
      return `block ${made}`;
    },
    checkMention: () => undefined,
    existing: (tag) => {
      throw new Error(`there is no ${tag.name}`);
    },
    holdsFile: () => true,
  });
}

const render = (blocks: readonly Block[]): string =>
  renderBlocks(blocks, {
    pageId: 'page',
    childTitle: () => null,
    databaseOf: () => ({ dataSourceId: null, inline: false }),
    signed: (url) => url,
    isCutOff: () => false,
  });

const runsIn = (block: Block): readonly Run[] => ('runs' in block ? block.runs : []);
const plain = (runs: readonly Run[]): string => toPlainText(runs, noMentions);
const textOf = (blocks: readonly Block[]): string[] => [...everyBlock(blocks)].map((block) => plain(runsIn(block)));

/** Text with many characters that Markdown uses. */
const words = fc.string({
  unit: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...'ab 1\\*_~`$[]()<>{}|^#-+.:!="/\n') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('é', '漢', '👍🏽', '\u00a0', '<br>', '**', '```', '<span color="red">', '</span>'),
    },
  ),
  maxLength: 12,
});

const annotations = fc.record({
  bold: fc.boolean(),
  italic: fc.boolean(),
  strikethrough: fc.boolean(),
  underline: fc.boolean(),
  code: fc.boolean(),
  color: fc.constantFrom(...API_COLORS),
});
const look = fc.oneof(fc.constant(PLAIN), annotations);
const run: fc.Arbitrary<Run> = fc.oneof(
  fc.record({
    type: fc.constant('text' as const),
    text: words,
    link: fc.constantFrom(null, null, 'https://example.com/a_(b)', 'https://example.com/?q=*'),
    annotations: look,
  }),
  fc.record({
    type: fc.constant('equation' as const),
    expression: fc.constantFrom('x_1', 'a*b*c', '\\frac{1}{2}'),
    annotations: look,
  }),
);
const runs = fc.array(run, { maxLength: 5 });

/** For hundreds of cases on a busy machine. */
const SLOW = 60_000;

/** Without white space at the ends, which a line does not keep. */
const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '');
const withoutEnds = (markdown: string): string => markdown.replace(/[ \t]+$/gm, '');

describe('rich text in one line', () => {
  test(
    'every word survives, whatever it looks like',
    () => {
      fc.assert(
        fc.property(runs, (written) => {
          const line = renderInline(written);
          expect(line).not.toContain('\n');
          expect(trimmed(plain(parseInline(line, () => undefined)))).toBe(trimmed(plain(written)));
        }),
        { numRuns: 200 },
      );
    },
    SLOW,
  );

  test(
    'what was read is written the same again',
    () => {
      fc.assert(
        fc.property(words, (text) => {
          const once = renderInline(parseInline(text.replaceAll('\n', ' '), () => undefined));
          expect(trimmed(renderInline(parseInline(once, () => undefined)))).toBe(trimmed(once));
        }),
        { numRuns: 200 },
      );
    },
    SLOW,
  );

  test.each([
    ['**b** *i* ~~s~~ `c`', '**b** *i* ~~s~~ `c`'],
    ['***a** b*', '***a** b*'],
    [
      '<span color="red">r</span> <span color="blue_bg">b</span>',
      '<span color="red">r</span> <span color="blue_bg">b</span>',
    ],
    ['<span underline="true">u</span><br>next', '<span underline="true">u</span><br>next'],
    ['$x^2$ costs $5 or $6', '$`x^2`$ costs \\$5 or \\$6'],
    ['snake_case and \\_x\\_', 'snake_case and \\_x\\_'],
    ['<mention-date start="2026-01-02" startTime="10:00" timeZone="Europe/Lisbon"/>!', null],
    [
      '<mention-user url="user://04e420a3-09ba-4d2e-a593-75a876cd9207">Ana *x*</mention-user>.',
      '<mention-user url="user://04e420a3-09ba-4d2e-a593-75a876cd9207"/>.',
    ],
    ['<b>no tag</b>', '\\<b\\>no tag\\</b\\>'],
    ['[no link](x)', '\\[no link\\](x)'],
  ])('%s', (read, written) => {
    expect(renderInline(parseInline(read, () => undefined))).toBe(written ?? read);
  });
});

const text = (type: string) =>
  fc.record({ runs: runs, color: fc.constantFrom(...API_COLORS) }).map(({ runs: written, color }) => ({
    id: 'x',
    type,
    runs: written,
    color,
    children: [],
  })) as fc.Arbitrary<Block>; // the types below are text blocks

const leaf: fc.Arbitrary<Block> = fc.oneof(
  text('heading_1'),
  text('heading_4'),
  fc.record({ id: fc.constant('x'), type: fc.constant('divider' as const) }),
  fc.record({
    id: fc.constant('x'),
    type: fc.constant('code' as const),
    text: words,
    language: fc.constantFrom('plain text', 'typescript', 'java/c/c++/c#'),
  }),
  fc.record({
    id: fc.constant('x'),
    type: fc.constant('table' as const),
    headerRow: fc.boolean(),
    headerColumn: fc.boolean(),
    children: fc.array(
      fc.tuple(runs, runs).map((cells) => ({ id: 'x', type: 'table_row' as const, cells })),
      { minLength: 1, maxLength: 3 },
    ),
  }),
);

const tree = fc.letrec<{ block: Block; parent: Block }>((tie) => ({
  block: fc.oneof({ depthSize: 'small' }, leaf, tie('parent')),
  parent: fc
    .tuple(
      fc.oneof(
        text('paragraph'),
        text('bulleted_list_item'),
        text('numbered_list_item'),
        text('to_do').map((block) => ({ ...block, checked: true })),
        text('quote'),
        text('toggle'),
        text('callout'),
        text('heading_2').map((block) => ({ ...block, toggleable: true })),
        fc.constant<Block>({ id: 'x', type: 'column', children: [] }),
      ),
      fc.array(tie('block'), { maxLength: 3 }),
    )
    .map(([block, children]) => ({ ...block, children }) as Block), // every parent type has children
})).block;

describe('blocks', () => {
  test(
    'what was written is read as the same blocks with the same words',
    () => {
      fc.assert(
        fc.property(fc.array(tree, { maxLength: 4 }), (blocks) => {
          const read = parse(render(blocks));
          expect([...everyBlock(read)].map(({ type }) => type)).toEqual(
            [...everyBlock(blocks)].map(({ type }) => type),
          );
          expect(textOf(read).map(trimmed)).toEqual(textOf(blocks).map(trimmed));
          expect(withoutEnds(render(parse(render(read))))).toBe(withoutEnds(render(read)));
        }),
        { numRuns: 100 },
      );
    },
    SLOW,
  );

  test(
    'any text at all is read, and what it becomes stays what it is',
    () => {
      fc.assert(
        fc.property(
          fc.array(
            fc.oneof(
              words,
              fc.constantFrom(
                '\t- x',
                '> q',
                '```',
                '$$',
                '<details>',
                '::: callout',
                ':::',
                '</details>',
                '<table>',
                '| a |',
                '|---|',
              ),
            ),
            { maxLength: 8 },
          ),
          (lines) => {
            const once = render(parse(lines.join('\n')));
            expect(withoutEnds(render(parse(once)))).toBe(withoutEnds(once));
          },
        ),
        { numRuns: 200, examples: [[['<span color="red"></span> é']], [['<span color="red"> </span> é']]] },
      );
    },
    SLOW,
  );

  test.each(['1. '.repeat(60_000), '::: callout\n'.repeat(16_000), '<columns>\n<column>\n'.repeat(9_000)])(
    'nested without end are text from some level on (%#)',
    (markdown) => {
      const blocks = parse(markdown);
      const depth = (block: Block): number =>
        1 + Math.max(0, ...('children' in block ? block.children.map(depth) : []));
      expect(Math.max(...blocks.map(depth))).toBeLessThan(110);
    },
  );
});
