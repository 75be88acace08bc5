import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BodyChange, canonicalBody, isCutOff, isEdited, planBodyChange } from '../../src/notion/body.ts';
import { cases } from '../support/cases.ts';

const HOST = 'https://prod-files-secure.s3.us-west-2.amazonaws.com/space';
const BOOKMARK = '<unknown url="https://www.notion.so/p#b1" alt="bookmark"/>';
const CHILD = '<page url="https://www.notion.so/c1">Child</page>';

/** Notion's update_content, as documented, with newly signed files; and its replace_content. */
function applied(current: string, change: BodyChange | null): string {
  if (!change) return current;
  if (change.kind === 'impossible') throw new Error('no request says it');
  if (change.kind === 'replace') return change.markdown;
  expect(JSON.stringify(change)).not.toContain('X-Amz');
  let text = current.replaceAll('X-Amz-Signature=read', 'X-Amz-Signature=new');
  for (const { old_str, new_str } of change.edits) {
    // Notion drops the empty line that is left.
    const parts =
      new_str === '' && change.kind === 'inserts'
        ? text.split(new RegExp(`^${old_str}\n|\n${old_str}$`, 'm'))
        : text.split(old_str);
    const isOnce = parts.length === 2 && text.indexOf(old_str) === text.lastIndexOf(old_str);
    if (!isOnce) throw new Error(`"${old_str}" is not in "${text}" once`);
    text = parts.join(new_str);
  }
  const edited = text.replaceAll('X-Amz-Signature=new', 'X-Amz-Signature=read');
  if (change.kind === 'edits') return edited;
  return change.inserts.reduce((all, { at, markdown }) => {
    return at === 'start' ? `${markdown}\n${all}` : `${all}\n${markdown}`;
  }, edited);
}

const changed = (current: string, wanted: string | null): string => applied(current, planBodyChange(current, wanted));

describe('the canonical form', () => {
  test.each([
    ['Hello\r\nyou\r', 'Hello\nyou'],
    ['a\n\n \t\n', 'a'],
    ['  \n', null],
    ['a\0b', 'ab'],
    [`![x](${HOST}/a.png?X-Amz-Date=1&X-Amz-Signature=2)`, `![x](${HOST}/a.png)`],
    [
      `<file src="${HOST}/a.pdf?X-Amz-Date=1&amp;X-Amz-Signature=2&v=3">A</file>`,
      `<file src="${HOST}/a.pdf?v=3">A</file>`,
    ],
    ['https://file.notion.so/f/a.png?exp=1&signature=2', 'https://file.notion.so/f/a.png'],
    [
      '[mine](https://my.s3.amazonaws.com/a?X-Amz-Signature=2&sig=1)',
      '[mine](https://my.s3.amazonaws.com/a?X-Amz-Signature=2&sig=1)',
    ],
  ])('%j becomes %j', (text, kept) => {
    expect(canonicalBody(text)).toBe(kept);
  });

  test('is stable', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\0', ' ', '?', HOST, '&sig=1') }), (text) => {
        const once = canonicalBody(text);
        expect(canonicalBody(once ?? '')).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a request quotes only what changes', () => {
  test('one word', () => {
    expect(planBodyChange('one\ntwo\nthree', 'one\n2\nthree')).toEqual({
      kind: 'edits',
      edits: [{ old_str: 'two', new_str: '2' }],
    });
  });

  test('a line that occurs twice is identified by its neighbours', () => {
    expect(planBodyChange('a\nsame\nb\nsame\nc', 'a\nsame\nb\nother\nc')).toEqual({
      kind: 'edits',
      edits: [{ old_str: 'b\nsame\nc', new_str: 'b\nother\nc' }],
    });
  });

  test('an empty body is written whole, and a cleared body is emptied', () => {
    expect(planBodyChange('', 'a\nb')).toEqual({ kind: 'replace', markdown: 'a\nb' });
    expect(planBodyChange('a\nb', null)).toEqual({ kind: 'replace', markdown: '' });
  });

  test('more than a hundred edits are joined', () => {
    const lines = Array.from({ length: 1_000 }, (_, n) => `line ${n}.`);
    const wanted = lines.map((line, n) => (n % 4 === 0 ? `${line} changed` : line)).join('\n');
    const change = planBodyChange(lines.join('\n'), wanted);
    expect(change?.kind === 'edits' ? change.edits.length : 0).toBe(100);
    expect(applied(lines.join('\n'), change)).toBe(wanted);
  });
});

describe('a block that Markdown cannot create', () => {
  test('is kept when everything is cleared', () => {
    expect(changed(`a\n${BOOKMARK}\nb\n${CHILD}`, null)).toBe(`${BOOKMARK}\n${CHILD}`);
  });

  test('is kept with the blocks that contain it', () => {
    const toggle = `<details>\n<summary>T</summary>\n\ttext\n\t${BOOKMARK}\n</details>`;
    expect(changed(`a\n${toggle}`, 'a')).toBe(`a\n<details>\n<summary>T</summary>\n\t${BOOKMARK}\n</details>`);
    expect(changed(`- item\n\t${BOOKMARK}\n- other`, '- other')).toBe(`- item\n\t${BOOKMARK}\n- other`);
  });

  test('is identified by its URL, even if its title changed', () => {
    expect(planBodyChange(`a\n${CHILD}`, `a\n${CHILD.replace('Child', 'Old')}`)).toBeNull();
  });

  test('does not move when text moves past it', () => {
    expect(changed(`a\n${BOOKMARK}\nb`, `${BOOKMARK}\na\nb`)).toBe(`${BOOKMARK}\na\nb`);
    expect(changed(`${BOOKMARK}\n${CHILD}`, `${CHILD}\n${BOOKMARK}`)).toMatch(/unknown.*\n.*page|page.*\n.*unknown/);
  });

  test('of another page becomes a mention, or is left out', () => {
    expect(changed('a', `a\n${CHILD}\n${BOOKMARK}\nb`)).toBe(
      'a\n<mention-page url="https://www.notion.so/c1">Child</mention-page>\nb',
    );
  });

  test('is plain text within code', () => {
    const code = `\`\`\`html\n${CHILD}\n\`\`\``;
    expect(changed(`a\n${code}`, 'a')).toBe('a');
  });

  test('is never moved into code', () => {
    expect(changed(`a\n${BOOKMARK}\nb`, '```\na\nb\n```')).toBe(`\`\`\`\na\nb\n\`\`\`\n${BOOKMARK}`);
  });

  test('a file hosted by Notion is compared without its signature, and never quoted by an edit', () => {
    const image = `![x](${HOST}/a.png?X-Amz-Signature=read)`;
    const body = `one\n${image}\ntwo`;
    expect(planBodyChange(body, canonicalBody(body))).toBeNull();
    expect(changed(body, `one\n![x](${HOST}/a.png)\n2`)).toBe(`one\n${image}\n2`);
    expect(changed(body, null)).toBe(image);
  });

  test('beside a file, blocks are inserted at the edges, and between two files nothing is sent', () => {
    const image = `![x](${HOST}/a.png?X-Amz-Signature=read)`;
    const bare = `![x](${HOST}/a.png)`;
    const other = `![y](${HOST}/b.png?X-Amz-Signature=read)`;
    expect(planBodyChange(image, `${bare}\ntext`)).toEqual({
      kind: 'inserts',
      edits: [],
      inserts: [{ at: 'end', markdown: 'text' }],
    });
    expect(changed(`${image}\n${BOOKMARK}`, `top\n${bare}\n${BOOKMARK}`)).toBe(`top\n${image}\n${BOOKMARK}`);
    expect(changed(`${image}\nold\n${other}`, `top\n${bare}\nnew\n![y](${HOST}/b.png)\nend`)).toBe(
      `top\n${image}\nnew\n${other}\nend`,
    );
    expect(planBodyChange(`${image}\n${other}`, `${bare}\ntext\n![y](${HOST}/b.png)`)).toEqual({ kind: 'impossible' });
  });

  test('lists nested by spaces are nested by tabs', () => {
    const nested = (wanted: string) => planBodyChange('', wanted);
    expect(nested('- a\n  - b\n    - c\n- d')).toEqual({ kind: 'replace', markdown: '- a\n\t- b\n\t\t- c\n- d' });
    expect(nested('1. a\n    1. b\n        - c\n    2. d')).toEqual({
      kind: 'replace',
      markdown: '1. a\n\t1. b\n\t\t- c\n\t2. d',
    });
    expect(nested('```\n- a\n  - b\n```\n\n- c\n\n  - d')).toEqual({
      kind: 'replace',
      markdown: '```\n- a\n  - b\n```\n\n- c\n\n\t- d',
    });
    expect(planBodyChange('- a\n\t- b', '- a\n\t- b')).toBeNull();
  });
});

/** Lines that make unique quotes difficult, and fixed lines, each at most once. */
const plain: fc.Arbitrary<string> = fc.constantFrom(
  'a',
  'b',
  'ab',
  'aa',
  'a b',
  '',
  '- a',
  '\ta',
  '- b',
  '\t- a',
  '---',
);
const fixed = ['1', '2', '3'].flatMap((n) => [
  `<unknown url="https://www.notion.so/p#${n}" alt="button"/>`,
  `<page url="https://www.notion.so/${n}">P${n}</page>`,
]);
const flat = plain.filter((line) => !line.startsWith('\t'));
const bodyWith = (atoms: readonly string[], line = plain): fc.Arbitrary<string[]> =>
  fc
    .tuple(fc.array(line, { maxLength: 12 }), fc.shuffledSubarray([...atoms]), fc.array(fc.nat(12)))
    .map(([lines, some, places]) => {
      const result = [...lines];
      some.forEach((atom, i) => {
        result.splice(places[i] ?? 0, 0, atom);
      });
      return result;
    });
const isFixed = (line: string): boolean => /^\t?<(unknown|page)/.test(line);
const trimmed = (text: string): string => text.replace(/[ \t\n]+$/, '');

describe('properties', () => {
  test('bodies without fixed blocks become the wanted body', () => {
    fc.assert(
      fc.property(bodyWith([]), bodyWith([]), (from, to) => {
        const wanted = canonicalBody(to.join('\n'));
        expect(trimmed(changed(from.join('\n'), wanted))).toBe(wanted ?? '');
      }),
      { numRuns: cases(2_000, 20_000) },
    );
  });

  test('bodies keep their fixed blocks in order, and their other lines become the wanted ones', () => {
    fc.assert(
      fc.property(bodyWith(fixed, flat), bodyWith(fixed, flat), (from, to) => {
        const current = from.join('\n');
        const wanted = canonicalBody(to.filter((line) => !isFixed(line) || from.includes(line)).join('\n'));
        const result = changed(current, wanted).split('\n');
        expect(result.filter(isFixed)).toEqual(from.filter(isFixed));
        const text = (lines: readonly string[]) => trimmed(lines.filter((line) => !isFixed(line)).join('\n'));
        expect(text(result)).toBe(text((wanted ?? '').split('\n')));
      }),
      { numRuns: cases(2_000, 20_000) },
    );
  });

  test('no fixed block is lost from lists and toggles', () => {
    const line = fc.oneof(plain, fc.constantFrom('<details>', '<summary>T</summary>', '\ta', '</details>'));
    const codeToo = fc.oneof(line, fc.constant('```'));
    const indented = fixed.map((atom) => `\t${atom}`);
    fc.assert(
      fc.property(bodyWith([...fixed.slice(0, 3), ...indented.slice(3)], line), bodyWith([], codeToo), (from, to) => {
        const result = changed(from.join('\n'), canonicalBody(to.join('\n'))).split('\n');
        expect(result.filter(isFixed).sort()).toEqual(from.filter(isFixed).sort());
      }),
      { numRuns: cases(1_000, 5_000) },
    );
  });

  test('an unchanged body needs no request', () => {
    fc.assert(
      fc.property(bodyWith(fixed), (lines) => {
        expect(planBodyChange(lines.join('\n'), canonicalBody(lines.join('\n')))).toBeNull();
      }),
      { numRuns: cases(1_000, 5_000) },
    );
  });

  test('an edit that Notion skipped is detected', () => {
    fc.assert(
      fc.property(bodyWith(fixed), (lines) => {
        const current = lines.join('\n');
        const change = planBodyChange(`${current}\nend`, `${current}\nfresh`);
        if (change?.kind !== 'edits') return;
        expect(isEdited(`${current}\nend`, change, `${current}\nfresh`)).toBe(true);
        expect(isEdited(`${current}\nend`, change, `${current}\nend`)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});

test('a body is cut off if it shows, as unknown, a block that Markdown can express', () => {
  const said = (markdown: string, ids: readonly string[]) => ({ markdown, truncated: true, unknown_block_ids: ids });
  expect(isCutOff(said(`a\n${BOOKMARK}`, ['b1']))).toBe(false);
  expect(isCutOff(said(`a\n${BOOKMARK.replace('bookmark', 'paragraph')}`, ['b1']))).toBe(true);
  expect(isCutOff(said('a', ['b1']))).toBe(true);
  expect(isCutOff({ ...said('a', []), truncated: false })).toBe(false);
});
