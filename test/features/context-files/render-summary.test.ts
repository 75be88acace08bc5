import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, it } from 'vitest';
import { replaceSection } from '../../../src/features/context-files/managed-section.ts';
import { type ProjectSummary, renderSummary } from '../../../src/features/context-files/render-summary.ts';
import { toMarkdownLine } from '../../../src/features/managed-files/markdown-line.ts';
import { renderNote } from '../../../src/features/note-files/render-note.ts';

const EMPTY: ProjectSummary = { name: 'Garden', facts: [], goals: [], projects: [], people: [], tasks: [], recent: [] };
const task = (title: string) => ({ title, status: null, priority: null, day: null, time: null });

describe('a context file', () => {
  it('shows known facts and omits empty ones', () => {
    const text = renderSummary({
      ...EMPTY,
      facts: [
        ['Status', 'On Hold'],
        ['Target', null],
      ],
      goals: [{ name: 'Eat well', status: 'Active', progress: 40, day: null }],
      people: [{ name: 'Ana', relationship: 'Friend' }],
      tasks: [
        { title: 'Buy *soil*', status: 'In Progress', priority: 'High', day: '2026-12-01', time: '09:30' },
        task('Water'),
      ],
      recent: [{ day: '2026-11-20', kind: 'note', title: 'Seeds', what: 'added' }],
    });
    expect(text).toBe(`# Garden

Status: On Hold

## Goals

- Eat well · Active · 40 %

## People

- Ana · Friend

## Open tasks

- [ ] Buy \\*soil\\* · due 2026-12-01 09:30 · High · In Progress
- [ ] Water

## Recent activity

- 2026-11-20: note Seeds · added`);
  });

  it('shows how many more there are', () => {
    const text = renderSummary({ ...EMPTY, tasks: Array.from({ length: 203 }, (_, n) => task(`T${n}`)) });
    expect(text).toContain('- [ ] T199\n- … and 3 more');
  });

  it('renders any title as plain text on one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (title) => {
        const [block, ...others] = fromMarkdown(`- x ${toMarkdownLine(title)}`).children;
        expect(others).toEqual([]);
        const kinds = new Set<string>();
        const walk = (node: { type: string; children?: readonly { type: string }[] }): void => {
          kinds.add(node.type);
          node.children?.forEach(walk);
        };
        if (block) walk(block);
        expect([...kinds].sort()).toEqual(['list', 'listItem', 'paragraph', 'text']);
      }),
      { numRuns: 500 },
    );
  });

  it('contains no HTML from a title', () => {
    expect(toMarkdownLine('<!-- lockstep:end --> & <b>')).toBe('&lt;!-- lockstep:end --&gt; &amp; &lt;b&gt;');
  });

  it('is not broken by a title that contains its marks', () => {
    const text = renderSummary({
      ...EMPTY,
      name: 'x\n<!-- lockstep:end -->',
      tasks: [task('<!-- lockstep:end -->\n<!-- lockstep:begin -->\n')],
    });
    const managed = replaceSection(null, text);
    expect(managed).toMatchObject({ kind: 'changed' });
    if (managed.kind === 'changed') expect(replaceSection(managed.bytes, text)).toEqual({ kind: 'same' });
  });
});

it('a note is its title, its facts and its texts', () => {
  const note = {
    title: 'Talk #1',
    type: 'Meeting',
    day: '2026-11-20',
    tags: ['Home'],
    content: '**x**',
    body: '# y\n',
  };
  expect(renderNote(note)).toBe('# Talk \\#1\n\nMeeting · 2026-11-20 · Home\n\n**x**\n\n# y\n');
  expect(renderNote({ ...note, type: null, tags: [], content: null, body: ' ' })).toBe('# Talk \\#1\n\n2026-11-20\n');
});
